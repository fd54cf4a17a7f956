import type { Logger } from '../../../sdk/extension.ts';
import type { Scope } from '../../../sdk/stats.ts';
import type { ThreadLocalSlot } from '../../../sdk/thread-local.ts';
import type { TypeRegistry } from '../../common/proto/type-registry.ts';
import type { SecretSnapshot } from '../../snapshot/secret.ts';
import type { FollowableFiles } from '../followed/system-files.ts';
import type { UnknownFields } from '../followed/unknown-fields.ts';
import type { DiscoveredSecrets } from './discovered-secrets.ts';
import { SdsApi } from './sds-api.ts';
import { SdsStats } from './sds-stats.ts';

export interface SecretManagerParts {
  readonly secrets: DiscoveredSecrets;
  readonly slot: ThreadLocalSlot<SecretSnapshot>;
  readonly scope: Scope;
  readonly types: TypeRegistry;
  readonly files: FollowableFiles;
  readonly logger: Logger;
  /** Unix milliseconds. */
  readonly now: () => number;
  readonly unknownFields: UnknownFields;
}

/** Follows the secrets that the configuration asks for, and hands them to the workers. */
export class SecretManager implements Disposable {
  readonly #parts: SecretManagerParts;
  readonly #apis: SdsApi[] = [];

  constructor(parts: SecretManagerParts) {
    this.#parts = parts;
  }

  /** As they are now; those that have not come have no `current`. */
  get discovered(): readonly SdsApi[] {
    return this.#apis;
  }

  /** Reads every file once, before anything is handed to workers, and follows it from then on. */
  start(): void {
    const { secrets, slot, scope, ...parts } = this.#parts;
    for (const [key, { subscription }] of secrets.asked) {
      const api = new SdsApi(subscription, {
        ...parts,
        stats: new SdsStats(scope, subscription.name),
        offer: (secret) => {
          const problem = secrets.offer(key, secret);
          if (problem === undefined) slot.set(key, { bytes: parts.types.encode(secret) });
          return problem;
        },
      });
      this.#apis.push(api);
      api.update();
    }
  }

  [Symbol.dispose](): void {
    for (const api of this.#apis.splice(0)) api[Symbol.dispose]();
  }
}
