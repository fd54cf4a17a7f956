import { ConfigError } from '../../../sdk/config.ts';
import type { Address } from '../../../sdk/network.ts';
import type { ListenAddress, ListenerConfig } from '../../common/listener/listener-config.ts';
import {
  type BindOptions,
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
  /** By address; each has one socket, or one for each worker where datagrams come as soon as it is bound. */
  readonly #sockets: readonly (readonly BoundSocket[])[];
  #closed = false;

  private constructor(sockets: readonly (readonly BoundSocket[])[]) {
    this.#sockets = sockets;
  }

  /** Throws ConfigError in Envoy's words when an address cannot be had. */
  static bind(config: ListenerConfig, engine: SocketEngine, workers = 1): ListenerSockets {
    const sockets: BoundSocket[][] = [];
    if (!config.bindToPort) return new ListenerSockets(sockets);
    for (const [i, listen] of config.addresses.entries()) {
      const bound = listen.protocol === 'udp' ? bindUdp(config, i, engine, workers) : bindStream(config, i, engine);
      if (bound instanceof SocketError) {
        for (const socket of sockets.flat()) socket.close();
        throw new ConfigError(faultOf(bound, listen.address, config.name));
      }
      sockets.push(bound);
    }
    return new ListenerSockets(sockets);
  }

  /** With the ports that were chosen; empty when the listener does not bind. */
  get addresses(): readonly Address[] {
    return this.#sockets.map(([socket]) => (socket as BoundSocket).address);
  }

  /** By address, then by worker; with `only`, for that worker alone: each transfer is for one use. */
  transfers(workers: number, only?: number): (ListenTransfer | undefined)[][] {
    const wanted = (worker: number): boolean => only === undefined || only === worker;
    return this.#sockets.map((sockets) =>
      Array.from({ length: workers }, (_, worker) =>
        wanted(worker) ? transferOf(sockets[worker % sockets.length] as BoundSocket) : undefined,
      ),
    );
  }

  [Symbol.dispose](): void {
    if (this.#closed) return;
    this.#closed = true;
    for (const socket of this.#sockets.flat()) socket.close();
  }
}

function bindStream(config: ListenerConfig, index: number, engine: SocketEngine): BoundSocket[] | SocketError {
  const options = bindOptions(config, index);
  const bound = engine.bind(config.backlog > 0 ? { ...options, backlog: config.backlog } : options);
  return bound instanceof SocketError ? bound : [bound];
}

/** Datagrams are shared out among the sockets of a port: each worker's, and no other, has to be there from the first. */
function bindUdp(
  config: ListenerConfig,
  index: number,
  engine: SocketEngine,
  workers: number,
): BoundSocket[] | SocketError {
  const sockets: BoundSocket[] = [];
  const options = bindOptions(config, index);
  for (let worker = 0; worker < (config.reusePort ? workers : 1); worker++) {
    const bound = engine.bindUdp({ ...options, address: sockets[0]?.address ?? options.address });
    if (bound instanceof SocketError) {
      for (const socket of sockets) socket.close();
      return bound;
    }
    sockets.push(bound);
  }
  return sockets;
}

function bindOptions(config: ListenerConfig, index: number): BindOptions {
  const { address, ipv4Compat, mode } = config.addresses[index] as ListenAddress;
  return { address, reusePort: config.reusePort, ipv4Compat, mode, socketOptions: config.socketOptions[index] ?? [] };
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
