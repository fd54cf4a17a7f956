import { readFileSync, watch } from 'node:fs';
import { nodeRuntimeFiles } from '../runtime/runtime-files.ts';

/** The file system as discovered secrets see it. Reading throws what the system says. */
export interface SecretFiles {
  read(path: string): Uint8Array;
  /** Calls when something is put in place of `path`. */
  watch(path: string, onReplaced: () => void): Disposable;
  /** Calls when something is put into a folder or taken away from it. */
  watchFolder(path: string, onMoved: () => void): Disposable;
}

export const nodeSecretFiles: SecretFiles = {
  read: (path) => readFileSync(path),
  watch: (path, onReplaced) => nodeRuntimeFiles.watch(path, onReplaced),
  watchFolder(path, onMoved) {
    const watcher = watch(path, { persistent: false }, (event) => {
      if (event === 'rename') onMoved();
    });
    // The folder itself may go: nothing will be put there any more.
    watcher.on('error', () => watcher.close());
    return { [Symbol.dispose]: () => watcher.close() };
  },
};
