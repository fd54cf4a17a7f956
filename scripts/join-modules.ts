import { join } from 'node:path';
import { type BuildOptions, build, buildSync, type Plugin } from 'esbuild';

const common = {
  bundle: true,
  write: false,
  format: 'cjs',
  platform: 'node',
  target: 'node26',
  logLevel: 'warning',
} satisfies BuildOptions;

/**
 * One script of all modules that these (paths in `folder`, without extension) come to import: a function of `module`,
 * `require` and `importMetaUrl`, the script's own URL. `module.exports` has a function for each, which runs it.
 */
export async function joinModules(entryPoints: readonly string[], folder: string): Promise<string> {
  const members = entryPoints.map((path) => `  '${path}': () => require('./${path}.js'),\n`);
  const { outputFiles } = await build({
    ...common,
    stdin: { contents: `module.exports = {\n${members.join('')}};\n`, resolveDir: folder },
    define: { 'import.meta.url': 'importMetaUrl' },
    // Modules are strict; what they become is not by itself.
    banner: { js: "(function (module, require, importMetaUrl) { 'use strict';" },
    footer: { js: '})' },
    plugins: [loadedWhenUsed(['node:crypto'])],
  });
  // Comments alone are left with more than ASCII in them. It is read as Latin-1, and V8 keeps it with a byte a character.
  return (outputFiles[0]?.text ?? '').replaceAll(/[^\0-~]/g, escaped);
}

function escaped(char: string): string {
  return `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

/** A module with what it imports, as CommonJS. */
export function moduleAsCommonJs(path: string): string {
  return buildSync({ ...common, entryPoints: [path], banner: { js: "'use strict';" } }).outputFiles[0]?.text ?? '';
}

/** The names that a module exports. */
export function exportedNames(path: string): readonly string[] {
  const { metafile } = buildSync({ ...common, format: 'esm', entryPoints: [path], metafile: true });
  return Object.values(metafile.outputs)[0]?.exports ?? [];
}

/** Modules of Node that take milliseconds to load: here each is loaded when a function of it is used for the first time. */
function loadedWhenUsed(names: readonly string[]): Plugin {
  return {
    name: 'loaded when used',
    setup({ onResolve, onLoad }) {
      onResolve({ filter: /^node:/ }, ({ path, namespace }) =>
        names.includes(path) && namespace !== 'lazy' ? { path, namespace: 'lazy' } : undefined,
      );
      onLoad({ filter: /./, namespace: 'lazy' }, async ({ path }) => {
        const members = Object.keys(await import(path)).filter((name) => name !== 'default');
        const getters = members.map((name) => `  get ${name}() { return require('${path}').${name}; },\n`);
        return { contents: `module.exports = {\n${getters.join('')}};\n`, resolveDir: join('/') };
      });
    },
  };
}
