import type { Message } from '@bufbuild/protobuf';
import type { DiscoveredSecret, SecretKind, SecretLookup, SecretSubscription } from '../../../sdk/config.ts';
import { ThreadValues } from '../thread-values.ts';

/** The same for all who ask for the same. */
export function secretKey({ kind, name, path }: Pick<SecretSubscription, 'kind' | 'name' | 'path'>): string {
  return `${kind} ${name} ${path}`;
}

/** A thread's secrets: those of the bootstrap, and those that are discovered as they are now. */
export class ThreadSecrets extends ThreadValues<Message> implements SecretLookup {
  readonly #statics: SecretLookup | undefined;

  constructor(statics: SecretLookup | undefined) {
    super();
    this.#statics = statics;
  }

  staticSecret(kind: SecretKind, name: string): Message | undefined {
    return this.#statics?.staticSecret(kind, name);
  }

  discover(subscription: SecretSubscription): DiscoveredSecret {
    const key = secretKey(subscription);
    return { key, value: this.get(key) };
  }
}
