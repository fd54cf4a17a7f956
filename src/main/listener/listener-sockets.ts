import { ConfigError } from '../../../sdk/config.ts';
import type { Address } from '../../../sdk/network.ts';
import type { ListenerConfig } from '../../common/listener/listener-config.ts';
import {
  type BoundSocket,
  type ListenTransfer,
  type SocketEngine,
  SocketError,
  SocketOptionError,
} from '../../network/engine/engine.ts';

/**
 * The addresses of a listener, bound by main before any worker listens: errors surface here, and the sockets outlive
 * updates of the listener.
 */
export class ListenerSockets implements Disposable {
  readonly #sockets: readonly BoundSocket[];
  #closed = false;

  private constructor(sockets: readonly BoundSocket[]) {
    this.#sockets = sockets;
  }

  /** Throws ConfigError in Envoy's words when an address cannot be had. */
  static bind(config: ListenerConfig, engine: SocketEngine): ListenerSockets {
    const sockets: BoundSocket[] = [];
    if (!config.bindToPort) return new ListenerSockets(sockets);
    for (const [i, { address, ipv4Compat, mode }] of config.addresses.entries()) {
      const backlog = config.backlog > 0 ? { backlog: config.backlog } : {};
      const socketOptions = config.socketOptions[i] ?? [];
      const bound = engine.bind({ address, reusePort: config.reusePort, ipv4Compat, mode, socketOptions, ...backlog });
      if (bound instanceof SocketError) {
        for (const socket of sockets) socket.close();
        throw new ConfigError(faultOf(bound, address, config.name));
      }
      sockets.push(bound);
    }
    return new ListenerSockets(sockets);
  }

  /** With the ports that were chosen; empty when the listener does not bind. */
  get addresses(): readonly Address[] {
    return this.#sockets.map(({ address }) => address);
  }

  /** By address, then by worker; with `only`, for that worker alone: each transfer is for one use. */
  transfers(workers: number, only?: number): (ListenTransfer | undefined)[][] {
    const wanted = (worker: number): boolean => only === undefined || only === worker;
    return this.#sockets.map((socket) =>
      Array.from({ length: workers }, (_, worker) => (wanted(worker) ? transferOf(socket) : undefined)),
    );
  }

  [Symbol.dispose](): void {
    if (this.#closed) return;
    this.#closed = true;
    for (const socket of this.#sockets) socket.close();
  }
}

/** In Envoy's words, and what it only logs. */
function faultOf(error: SocketError, address: Address, listener: string): string {
  if (!(error instanceof SocketOptionError)) return `cannot bind '${address.asString}': ${error.message}`;
  const { label, state } = error.option;
  const where = state === 'prebind' ? 'ListenSocket' : listener;
  return `${where}: Setting socket options failed (Setting ${label} option on socket failed: ${error.message})`;
}

function transferOf(socket: BoundSocket): ListenTransfer {
  const transfer = socket.transfer();
  if (transfer instanceof SocketError)
    throw new ConfigError(`cannot listen on '${socket.address.asString}': ${transfer.message}`);
  return transfer;
}
