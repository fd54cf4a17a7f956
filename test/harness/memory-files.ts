import type { FollowableFiles } from '../../src/main/followed/system-files.ts';

/** A file system in memory; `touch` is what those who watch a path are told. */
export class MemoryFiles implements FollowableFiles {
  readonly contents = new Map<string, string>();
  readonly #watches = new Set<readonly [path: string, callback: () => void]>();

  read(path: string): Uint8Array {
    const content = this.contents.get(path);
    if (content === undefined) throw new Error(`no ${path}`);
    return new TextEncoder().encode(content);
  }

  watch(path: string, callback: () => void): Disposable {
    const entry = [path, callback] as const;
    this.#watches.add(entry);
    return { [Symbol.dispose]: () => this.#watches.delete(entry) };
  }

  watchFolder(path: string, callback: () => void): Disposable {
    return this.watch(path, callback);
  }

  watchWrites(path: string, callback: () => void): Disposable {
    return this.watch(`${path} written`, callback);
  }

  touch(path: string): void {
    for (const [watched, callback] of [...this.#watches]) if (watched === path) callback();
  }

  get watched(): readonly string[] {
    return [...this.#watches].map(([path]) => path).sort();
  }
}
