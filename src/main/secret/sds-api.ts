import type { Secret } from '../../../api/generated/envoy/extensions/transport_sockets/tls/v3/secret_pb.d.ts';
import type { SecretSubscription } from '../../../sdk/config.ts';
import type { Logger } from '../../../sdk/extension.ts';
import type { TypeRegistry } from '../../common/proto/type-registry.ts';
import { attempt } from '../followed/attempt.ts';
import type { FollowableFiles } from '../followed/system-files.ts';
import type { UnknownFields } from '../followed/unknown-fields.ts';
import { inlineSecret } from './inline-secret.ts';
import { readSecretFile, type SecretFileResult } from './read-secret-file.ts';
import type { SdsStats } from './sds-stats.ts';

/** Takes a secret for good, or says what is wrong with it for those who ask for it. */
export type OfferSecret = (secret: Secret) => string | undefined;

export interface SdsApiParts {
  readonly types: TypeRegistry;
  readonly files: FollowableFiles;
  readonly stats: SdsStats;
  readonly logger: Logger;
  readonly offer: OfferSecret;
  readonly unknownFields: UnknownFields;
  /** Unix milliseconds. */
  readonly now: () => number;
}

/** Follows one secret's file of discovery, and the files that the secret refers to (Envoy's SdsApi). */
export class SdsApi implements Disposable {
  /** With the contents of its files; undefined until it has come. */
  current: Secret | undefined = undefined;
  versionInfo = '';
  lastUpdatedMs: number;
  readonly #subscription: SecretSubscription;
  readonly #parts: SdsApiParts;
  readonly #watch: Disposable;
  #fileWatches = new DisposableStack();
  #watched = '';
  /** As the file of discovery has it. */
  #source: Secret | undefined = undefined;
  #hash: string | undefined = undefined;
  /** Of what was read last: its contents, or why it could not be read. */
  #tried = '';
  /** By watch: of which contents it is told that they do not work. */
  readonly #toldFailures = new Map<number, string>();

  constructor(subscription: SecretSubscription, parts: SdsApiParts) {
    this.#subscription = subscription;
    this.#parts = parts;
    this.lastUpdatedMs = parts.now();
    const { path, watchedDirectory } = subscription;
    const update = () => this.update();
    this.#watch =
      watchedDirectory === '' ? parts.files.watch(path, update) : parts.files.watchFolder(watchedDirectory, update);
  }

  get name(): string {
    return this.#subscription.name;
  }

  /** Reads the file of discovery. */
  update(): void {
    const { stats, logger, unknownFields } = this.#parts;
    const { path, name } = this.#subscription;
    stats.updateAttempt.inc();
    const result = this.#read();
    if (result.kind === 'failure') {
      stats.updateFailure.inc();
      return logger.warn(`Filesystem config update failure: in ${path}, ${result.reason}`);
    }
    const unknown = unknownFields.check(result.unknown);
    const reason = unknown ?? (result.kind === 'secret' ? this.#take(result) : result.reason);
    if (reason === undefined) return;
    stats.updateRejected.inc();
    logger.warn(`sds: secret '${name}' config rejected: ${reason}`);
  }

  [Symbol.dispose](): void {
    this.#watch[Symbol.dispose]();
    this.#fileWatches.dispose();
  }

  #read(): SecretFileResult {
    const { files, types } = this.#parts;
    const { path } = this.#subscription;
    const bytes = attempt(() => files.read(path));
    if ('error' in bytes) return { kind: 'failure', reason: bytes.error };
    return readSecretFile(types, path, bytes.value, this.#subscription);
  }

  #noteUpdate(versionInfo: string): void {
    const { stats, now } = this.#parts;
    this.versionInfo = versionInfo;
    this.lastUpdatedMs = now();
    stats.noteSuccess(versionInfo, this.lastUpdatedMs);
  }

  #take({ secret, versionInfo }: Extract<SecretFileResult, { readonly kind: 'secret' }>): string | undefined {
    const before = this.#source;
    this.#source = secret;
    const reason = this.#load();
    if (reason === undefined) this.#noteUpdate(versionInfo);
    else this.#source = before;
    return reason;
  }

  /** Reads the files that the secret refers to, and offers it if anything has changed. */
  #load(): string | undefined {
    const { files, types, offer } = this.#parts;
    const source = this.#source;
    if (source === undefined) return undefined;
    const inlined = attempt(() => inlineSecret(source, (path) => files.read(path)));
    if ('error' in inlined) {
      this.#tried = inlined.error;
      return inlined.error;
    }
    const { secret, folders } = inlined.value;
    this.#watchFolders(folders);
    const hash = Buffer.from(types.encode(secret)).toString('base64');
    this.#tried = hash;
    if (hash === this.#hash) return undefined;
    const reason = offer(secret);
    if (reason !== undefined) return reason;
    this.#hash = hash;
    this.current = secret;
    return undefined;
  }

  #watchFolders(folders: readonly string[]): void {
    const watched = folders.join('\n');
    if (watched === this.#watched) return;
    this.#watched = watched;
    this.#fileWatches.dispose();
    this.#fileWatches = new DisposableStack();
    this.#toldFailures.clear();
    for (const [watch, folder] of folders.entries())
      this.#fileWatches.use(this.#parts.files.watchFolder(folder, () => this.#onFilesChanged(watch)));
  }

  /** A watch may tell of one move several times: what does not work counts once for each watch. */
  #onFilesChanged(watch: number): void {
    const reason = this.#load();
    if (reason === undefined) return this.#toldFailures.clear();
    if (this.#toldFailures.get(watch) === this.#tried) return;
    this.#toldFailures.set(watch, this.#tried);
    this.#parts.stats.keyRotationFailed.inc();
    this.#parts.logger.warn(`Failed to reload certificates: ${reason}`);
  }
}
