import type { Address } from '../../../sdk/network.ts';
import { IpAddress } from '../../common/network/address.ts';
import { ofAddressData } from '../../common/network/listen-transfer.ts';
import type { SocketEngine } from '../../network/engine/engine.ts';
import type { ListenerAction } from '../../snapshot/listener.ts';
import type { PassedConnection } from '../../snapshot/worker-messages.ts';
import { ActiveListener } from './active-listener.ts';
import type { FilterChain } from './filter-chain.ts';

/** A listener of a thread. */
export interface HandledListener extends Disposable {
  readonly connectionCount: number;
  acceptConnections(accept: boolean): void;
  stopListening(): void;
  startDrain(): void;
  /** Closes what is left of the connections of chains whose drain time is over. */
  removeChains(chains: readonly FilterChain[]): void;
}

/** What an in-place update of a listener dropped. */
export interface DrainingChains {
  readonly tag: string;
  readonly update: number;
  readonly chains: readonly FilterChain[];
}

/** A thread's listeners and what is going on with them (Envoy's ConnectionHandlerImpl). */
export class ConnectionHandler implements Disposable {
  readonly engine: SocketEngine;
  readonly #listeners = new Map<string, HandledListener>();
  readonly #drainingChains: DrainingChains[] = [];
  #accepts = true;

  constructor(engine: SocketEngine) {
    this.engine = engine;
  }

  get connectionCount(): number {
    let count = 0;
    for (const listener of this.#listeners.values()) count += listener.connectionCount;
    return count;
  }

  listener(tag: string): HandledListener | undefined {
    return this.#listeners.get(tag);
  }

  /** The listener of an address, or of its port on all addresses: the one that came last, as in Envoy. */
  findByAddress(address: Address): ActiveListener | undefined {
    const all = [...this.#listeners.values()].filter((listener) => listener instanceof ActiveListener);
    const any = address.ip.includes(':') ? '::' : '0.0.0.0';
    return (
      all.findLast((listener) => listener.isFor(address)) ??
      all.findLast((listener) => address.kind === 'ip' && listener.isFor(new IpAddress(any, address.port)))
    );
  }

  add(tag: string, listener: HandledListener): void {
    this.#listeners.set(tag, listener);
    listener.acceptConnections(this.#accepts);
  }

  /** Chains that an in-place update dropped: closed when main says that their time is over. */
  addDrainingChains(draining: DrainingChains): void {
    if (draining.chains.length > 0) this.#drainingChains.push(draining);
  }

  /** Removes a listener with its connections. */
  remove(tag: string): void {
    this.#takeDrainingChains((draining) => draining.tag === tag);
    this.#listeners.get(tag)?.[Symbol.dispose]();
    this.#listeners.delete(tag);
  }

  /**
   * A connection that another thread accepted for the listener of this tag, or for what has taken its place.
   * @param isBooked whether it is counted already as that listener's on this thread
   */
  adopt({ tag, descriptor, localAddress }: PassedConnection, isBooked: boolean): void {
    const address = ofAddressData(localAddress);
    const own = this.#listeners.get(tag);
    const listener = own instanceof ActiveListener ? own : this.findByAddress(address);
    const socket = this.engine.adopt(descriptor, address);
    if (listener === undefined) socket.close();
    else listener.adopt(socket, isBooked && listener === own);
  }

  /** False: whoever connects waits. */
  acceptConnections(accept: boolean): void {
    this.#accepts = accept;
    for (const listener of this.#listeners.values()) listener.acceptConnections(accept);
  }

  act(action: ListenerAction): void {
    for (const tag of action.tags) {
      const listener = this.#listeners.get(tag);
      if (action.action === 'stop') listener?.stopListening();
      else if (action.action === 'drain') listener?.startDrain();
      else this.#closeDrainingChains(tag, action.update);
    }
  }

  [Symbol.dispose](): void {
    for (const tag of [...this.#listeners.keys()]) this.remove(tag);
  }

  #closeDrainingChains(tag: string, update: number): void {
    const draining = this.#takeDrainingChains((each) => each.tag === tag && each.update === update);
    this.#listeners.get(tag)?.removeChains(draining?.chains ?? []);
  }

  #takeDrainingChains(which: (draining: DrainingChains) => boolean): DrainingChains | undefined {
    const taken = this.#drainingChains.filter(which);
    for (const draining of taken) this.#drainingChains.splice(this.#drainingChains.indexOf(draining), 1);
    return taken[0];
  }
}
