import { copyFileSync, existsSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from '../harness/processes.ts';
import { envoyBootstrap } from './envoy-config.ts';
import type { Peer } from './peer.ts';

const noOpFilter = join(import.meta.dirname, '../load/no-op-filter.ts');
const root = join(import.meta.dirname, '..', '..');

/** How `bin/nuncio` is started on the clone's TypeScript, or on what `npm run build` made of it, as it is published. */
export function nuncioCommand(form: 'built' | 'source', folder: string, args: readonly string[]): Command {
  const env = { NUNCIO_NODE: process.execPath };
  if (form === 'source') return { argv: [join(root, 'bin/nuncio'), ...args], env: { ...env, NUNCIO_UNBUILT: '1' } };
  const launcher = join(folder, 'nuncio/bin/nuncio');
  if (!existsSync(launcher)) {
    mkdirSync(join(folder, 'nuncio/bin'), { recursive: true });
    copyFileSync(join(root, 'bin/nuncio'), launcher);
    symlinkSync(join(root, 'dist'), join(folder, 'nuncio/dist'));
  }
  return { argv: [launcher, ...args], env };
}

/** With the engine that it chooses by itself. */
export const nuncioBuilt: Peer = nuncio('Nuncio', 'built', 'auto');
export const nuncioOnNode: Peer = nuncio('Nuncio (node engine)', 'built', 'node');
export const nuncioOnIoUring: Peer = nuncio('Nuncio (io_uring)', 'built', 'io_uring');
export const nuncioSource: Peer = nuncio('Nuncio (unbuilt)', 'source', 'auto');

function nuncio(name: string, form: 'built' | 'source', engine: 'auto' | 'node' | 'io_uring'): Peer {
  const entry = join(root, form === 'built' ? 'dist/src/exe/cli.cjs' : 'src/exe/cli.ts');
  return {
    name,
    supports: () => true,
    find: () => (existsSync(entry) ? entry : undefined),
    prepare(_program, setup) {
      const path = join(setup.folder, 'nuncio.json');
      writeFileSync(path, envoyBootstrap(setup));
      const args = ['-c', path, '--concurrency', `${setup.workers}`, '-l', 'warning', '--socket-engine', engine];
      return nuncioCommand(form, setup.folder, setup.filters > 0 ? [...args, '--plugin', noOpFilter] : args);
    },
  };
}
