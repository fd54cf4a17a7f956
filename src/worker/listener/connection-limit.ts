import type { Runtime, RuntimeSnapshot } from '../../../sdk/extension.ts';

/** A limit of the runtime, Infinity where it has none; looked up once for each of its snapshots, not for each connection. */
export class ConnectionLimit {
  readonly #runtime: Runtime;
  readonly #key: string;
  #snapshot: RuntimeSnapshot | undefined = undefined;
  #value = Number.POSITIVE_INFINITY;

  constructor(runtime: Runtime, key: string) {
    this.#runtime = runtime;
    this.#key = key;
  }

  get value(): number {
    const { snapshot } = this.#runtime;
    if (snapshot !== this.#snapshot) {
      this.#snapshot = snapshot;
      this.#value = snapshot.getInteger(this.#key, Number.POSITIVE_INFINITY);
    }
    return this.#value;
  }
}
