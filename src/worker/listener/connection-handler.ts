import type { SocketEngine } from '../../network/engine/engine.ts';
import type { ListenerAction } from '../../snapshot/listener.ts';
import type { ActiveListener } from './active-listener.ts';
import type { FilterChain } from './filter-chain.ts';

/** A thread's listeners and what is going on with them (Envoy's ConnectionHandlerImpl). */
export class ConnectionHandler implements Disposable {
  readonly engine: SocketEngine;
  readonly #listeners = new Map<string, ActiveListener>();
  readonly #drainingChains = new Map<string, FilterChain[]>();

  constructor(engine: SocketEngine) {
    this.engine = engine;
  }

  get connectionCount(): number {
    let count = 0;
    for (const listener of this.#listeners.values()) count += listener.connectionCount;
    return count;
  }

  listener(tag: string): ActiveListener | undefined {
    return this.#listeners.get(tag);
  }

  add(tag: string, listener: ActiveListener): void {
    this.#listeners.set(tag, listener);
  }

  /** Chains that an in-place update dropped: closed when main says that their time is over. */
  addDrainingChains(tag: string, chains: readonly FilterChain[]): void {
    if (chains.length > 0) this.#drainingChains.set(tag, [...(this.#drainingChains.get(tag) ?? []), ...chains]);
  }

  /** Removes a listener with its connections. */
  remove(tag: string): void {
    this.#drainingChains.delete(tag);
    this.#listeners.get(tag)?.[Symbol.dispose]();
    this.#listeners.delete(tag);
  }

  act({ action, tags }: ListenerAction): void {
    for (const tag of tags) {
      const listener = this.#listeners.get(tag);
      if (action === 'stop') listener?.stopListening();
      else if (action === 'drain') listener?.startDrain();
      else if (listener !== undefined) this.#closeDrainingChains(tag, listener);
    }
  }

  [Symbol.dispose](): void {
    for (const tag of [...this.#listeners.keys()]) this.remove(tag);
  }

  #closeDrainingChains(tag: string, listener: ActiveListener): void {
    listener.closeConnections(this.#drainingChains.get(tag) ?? []);
    this.#drainingChains.delete(tag);
  }
}
