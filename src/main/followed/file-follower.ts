import type { FollowedResource } from '../../../sdk/config.ts';
import type { Logger } from '../../../sdk/extension.ts';
import type { Scope } from '../../../sdk/stats.ts';
import type { ThreadLocalSlot } from '../../../sdk/thread-local.ts';
import type { TypeRegistry } from '../../common/proto/type-registry.ts';
import type { FollowedSnapshot } from '../../snapshot/followed.ts';
import type { InitManager } from '../init/init-manager.ts';
import { attempt } from './attempt.ts';
import { DiscoveryStats } from './discovery-stats.ts';
import type { AskedFile, FollowedFiles } from './followed-files.ts';
import { type ResourceFileResult, readResourceFile } from './read-resource-file.ts';
import type { FollowableFiles } from './system-files.ts';
import type { UnknownFields } from './unknown-fields.ts';

export interface FileFollowerParts {
  readonly followed: FollowedFiles;
  readonly slot: ThreadLocalSlot<FollowedSnapshot>;
  readonly scope: Scope;
  readonly types: TypeRegistry;
  readonly files: FollowableFiles;
  readonly logger: Logger;
  readonly initManager: InitManager;
  readonly unknownFields: UnknownFields;
  /** Unix milliseconds. */
  readonly now: () => number;
}

/** Follows the files that the configuration asks for, and hands what is in them to the workers. */
export class FileFollower implements Disposable {
  readonly #parts: FileFollowerParts;
  readonly #watches = new DisposableStack();

  constructor(parts: FileFollowerParts) {
    this.#parts = parts;
  }

  /** Before anything is handed to workers. */
  start(): void {
    for (const [key, asked] of this.#parts.followed.asked) {
      const { resource } = asked.source;
      if (resource === undefined) this.#followFile(key, asked);
      else this.#followResource(key, asked, resource);
    }
  }

  [Symbol.dispose](): void {
    this.#watches.dispose();
  }

  #followFile(key: string, { source: { path, watchedDirectory, writes } }: AskedFile): void {
    const { followed, slot, files, logger } = this.#parts;
    const known = followed.get(key);
    if (known !== undefined) slot.set(key, known);
    const update = () => {
      const bytes = attempt(() => files.read(path));
      if ('error' in bytes) return logger.error(`Failed to read file: ${bytes.error}`);
      const problem = this.#offer(key, bytes.value);
      if (problem !== undefined) logger.error(`Failed to transform data from file: ${problem}`);
    };
    if (writes === true) this.#watches.use(files.watchWrites(path, update));
    if (watchedDirectory !== '') this.#watches.use(files.watchFolder(watchedDirectory, update));
  }

  #followResource(key: string, { source, first }: AskedFile, resource: FollowedResource): void {
    const { followed, slot, files, scope, initManager } = this.#parts;
    const { path, watchedDirectory } = source;
    const stats = new DiscoveryStats(scope.scope(resource.statPrefix));
    const known = followed.get(key);
    if (known !== undefined) slot.set(key, known);
    if (first !== undefined) this.#take(key, path, first, stats);
    if (followed.get(key) === undefined) {
      const initialize = (ready: () => void) => void this.#watches.use(followed.onChange(key, ready));
      initManager.add({ name: resource.initTarget, initialize });
    }
    const update = () => this.#take(key, path, this.#readResource(path, resource), stats);
    const watch = watchedDirectory === '' ? files.watch(path, update) : files.watchFolder(watchedDirectory, update);
    this.#watches.use(watch);
  }

  #readResource(path: string, { typeName }: FollowedResource): ResourceFileResult {
    const { files, types } = this.#parts;
    const bytes = attempt(() => files.read(path));
    if ('error' in bytes) return { kind: 'failure', reason: bytes.error };
    return readResourceFile(types, path, bytes.value, typeName);
  }

  #take(key: string, path: string, result: ResourceFileResult, stats: DiscoveryStats): void {
    const { logger, now, unknownFields } = this.#parts;
    stats.updateAttempt.inc();
    if (result.kind === 'failure') {
      stats.updateFailure.inc();
      return logger.warn(`Filesystem config update failure: in ${path}, ${result.reason}`);
    }
    const unknown = unknownFields.check(result.unknown);
    const reason = unknown ?? (result.kind === 'resource' ? this.#offer(key, result.bytes) : result.reason);
    if (reason !== undefined) {
      stats.updateRejected.inc();
      return logger.warn(`Filesystem config update rejected: ${reason}`);
    }
    if (result.kind === 'resource') stats.noteSuccess(result.versionInfo, now());
  }

  /** Takes contents, or says why not. */
  #offer(key: string, bytes: Uint8Array): string | undefined {
    const problem = this.#parts.followed.faultOf(key, bytes);
    if (problem === undefined) this.#set(key, bytes);
    return problem;
  }

  /** What is as it was changes nothing. */
  #set(key: string, bytes: Uint8Array): void {
    const { followed, slot } = this.#parts;
    const known = followed.get(key);
    if (known !== undefined && Buffer.compare(known.bytes, bytes) === 0) return;
    const contents = { bytes, version: (known?.version ?? 0) + 1 };
    slot.set(key, contents);
    followed.set(key, contents);
  }
}
