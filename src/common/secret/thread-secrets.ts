import type { Message } from '@bufbuild/protobuf';
import type { DiscoveredSecret, SecretKind, SecretLookup, SecretSubscription } from '../../../sdk/config.ts';

/** The same for all who ask for the same. */
export function secretKey({ kind, name, path }: Pick<SecretSubscription, 'kind' | 'name' | 'path'>): string {
  return `${kind} ${name} ${path}`;
}

/** A thread's secrets: those of the bootstrap, and those that are discovered as they are now. */
export class ThreadSecrets implements SecretLookup {
  readonly #statics: SecretLookup | undefined;
  readonly #values = new Map<string, Message>();
  readonly #callbacks = new Map<string, Set<() => void>>();

  constructor(statics: SecretLookup | undefined) {
    this.#statics = statics;
  }

  staticSecret(kind: SecretKind, name: string): Message | undefined {
    return this.#statics?.staticSecret(kind, name);
  }

  discover(subscription: SecretSubscription): DiscoveredSecret {
    const key = secretKey(subscription);
    return { key, value: this.#values.get(key) };
  }

  get(key: string): Message | undefined {
    return this.#values.get(key);
  }

  /** Without telling anyone. */
  put(key: string, value: Message | undefined): void {
    if (value === undefined) this.#values.delete(key);
    else this.#values.set(key, value);
  }

  /** A secret has come or changed. */
  set(key: string, value: Message): void {
    this.put(key, value);
    for (const callback of [...(this.#callbacks.get(key) ?? [])]) callback();
  }

  onChange(key: string, callback: () => void): Disposable {
    const callbacks = this.#callbacks.get(key) ?? new Set();
    this.#callbacks.set(key, callbacks);
    callbacks.add(callback);
    return { [Symbol.dispose]: () => callbacks.delete(callback) };
  }
}
