/** What a thread knows by keys, and who wants to be told when it changes. */
export class ThreadValues<Value> {
  readonly #values = new Map<string, Value>();
  readonly #callbacks = new Map<string, Set<(value: Value) => void>>();

  get(key: string): Value | undefined {
    return this.#values.get(key);
  }

  /** Without telling anyone. */
  put(key: string, value: Value | undefined): void {
    if (value === undefined) this.#values.delete(key);
    else this.#values.set(key, value);
  }

  /** It has come or changed. */
  set(key: string, value: Value): void {
    this.put(key, value);
    for (const callback of [...(this.#callbacks.get(key) ?? [])]) callback(value);
  }

  onChange(key: string, callback: (value: Value) => void): Disposable {
    const callbacks = this.#callbacks.get(key) ?? new Set();
    this.#callbacks.set(key, callbacks);
    callbacks.add(callback);
    return { [Symbol.dispose]: () => callbacks.delete(callback) };
  }
}
