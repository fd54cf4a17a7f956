import { readFileSync, watch } from 'node:fs';
import { basename, dirname } from 'node:path';
import { nodeRuntimeFiles } from '../runtime/runtime-files.ts';

/** The file system as those see it who follow files. Reading throws what the system says. */
export interface FollowableFiles {
  read(path: string): Uint8Array;
  /** Calls when something is put in place of `path`. */
  watch(path: string, onReplaced: () => void): Disposable;
  /** Calls when `path` is written to, as it is now or when it is made anew. The folder around it must exist. */
  watchWrites(path: string, onWritten: () => void): Disposable;
  /** Calls when something is put into a folder or taken away from it. */
  watchFolder(path: string, onMoved: () => void): Disposable;
}

export const nodeFollowableFiles: FollowableFiles = {
  read: (path) => readFileSync(path),
  watch: (path, onReplaced) => nodeRuntimeFiles.watch(path, onReplaced),
  watchWrites(path, onWritten) {
    const name = basename(path);
    return watchFolder(dirname(path), (event, changed) => {
      if (event === 'change' && changed === name) onWritten();
    });
  },
  watchFolder: (path, onMoved) =>
    watchFolder(path, (event) => {
      if (event === 'rename') onMoved();
    }),
};

function watchFolder(path: string, onEvent: (event: string, name: string | null) => void): Disposable {
  const watcher = watch(path, { persistent: false }, onEvent);
  // The folder itself may go: nothing will happen there any more.
  watcher.on('error', () => watcher.close());
  return { [Symbol.dispose]: () => watcher.close() };
}
