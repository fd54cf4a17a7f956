import { readdirSync, readFileSync, realpathSync, statSync, watch } from 'node:fs';
import { basename, dirname } from 'node:path';

export interface DirectoryEntry {
  readonly name: string;
  readonly kind: 'directory' | 'file' | 'other';
}

/** The file system as the runtime's disk layers see it. Reading throws what the system says. */
export interface RuntimeFiles {
  /** Links are followed. */
  directoryExists(path: string): boolean;
  list(path: string): readonly DirectoryEntry[];
  read(path: string): string;
  /** With all links resolved. */
  realPath(path: string): string;
  /** Calls when something is put in place of `path`, a link above all. The folder around it must exist. */
  watch(path: string, onReplaced: () => void): Disposable;
}

export const nodeRuntimeFiles: RuntimeFiles = {
  directoryExists: (path) => statSync(path, { throwIfNoEntry: false })?.isDirectory() === true,
  list: (path) => readdirSync(path).map((name) => ({ name, kind: kindOf(`${path}/${name}`) })),
  read: (path) => readFileSync(path, 'utf8'),
  realPath: (path) => realpathSync(path),

  watch(path, onReplaced) {
    const name = basename(path);
    const watcher = watch(dirname(path), { persistent: false }, (event, changed) => {
      // `rename` also tells of what went away.
      if (event === 'rename' && changed === name && exists(path)) onReplaced();
    });
    // The folder itself may go: nothing will be put there any more.
    watcher.on('error', () => watcher.close());
    return { [Symbol.dispose]: () => watcher.close() };
  },
};

function kindOf(path: string): DirectoryEntry['kind'] {
  const status = statSync(path, { throwIfNoEntry: false });
  if (status?.isDirectory() === true) return 'directory';
  return status?.isFile() === true ? 'file' : 'other';
}

function exists(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false }) !== undefined;
}
