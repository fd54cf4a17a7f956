import type { RuntimeLayer, RuntimeValue } from '../../common/runtime/runtime-entry.ts';
import { textValue } from '../../common/runtime/text-value.ts';
import type { RuntimeFiles } from './runtime-files.ts';
import { readYaml } from './runtime-yaml.ts';

const maxDepth = 16;

/** Reads a folder as a layer: each file is a value, its path with dots the key. Throws when anything cannot be read, or is no YAML. */
export function readDiskLayer(name: string, folder: string, files: RuntimeFiles): RuntimeLayer {
  const values = new Map<string, RuntimeValue>();
  const walk = (path: string, prefix: string, depth: number): void => {
    if (depth > maxDepth) throw new Error(`Walk recursion depth exceeded ${maxDepth}`);
    // The kernel's own file systems hold no configuration, and reading them may never end.
    if (/^\/(?:dev|proc|sys)(?:\/|$)/.test(files.realPath(path))) throw new Error(`Invalid path: ${path}`);
    for (const { name: entry, kind } of files.list(path)) {
      const key = prefix === '' ? entry : `${prefix}.${entry}`;
      if (kind === 'directory') walk(`${path}/${entry}`, key, depth + 1);
      else if (kind === 'file') values.set(key, textValue(withoutComments(files.read(`${path}/${entry}`)), readYaml));
    }
  };
  walk(folder, '', 1);
  return { name, values };
}

/** Lines that begin with `#` and empty ones are left out, as is what ends the last line. */
export function withoutComments(text: string): string {
  const lines = text.split('\n').filter((line) => line !== '');
  const last = lines.at(-1);
  const kept = lines.filter((line) => !line.startsWith('#'));
  return kept.map((line) => (line === last ? line.trimEnd() : `${line}\n`)).join('');
}
