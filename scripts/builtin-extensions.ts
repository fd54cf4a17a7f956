import { existsSync } from 'node:fs';
import type { Extension } from '../sdk/extension.ts';

const builtin = new URL('../src/extensions/builtin.ts', import.meta.url);

/** What src/extensions/builtin.ts lists as `builtinExtensions`; undefined while there is no such file. */
export async function loadBuiltinExtensions(): Promise<readonly Extension[] | undefined> {
  if (!existsSync(builtin)) return undefined;
  const { builtinExtensions } = (await import(builtin.href)) as { builtinExtensions?: readonly Extension[] };
  if (builtinExtensions === undefined) throw new Error(`${builtin.pathname} does not export builtinExtensions`);
  return builtinExtensions;
}
