import type { Buffer } from '../../../sdk/buffer.ts';
import type { Dispatcher } from '../../../sdk/event.ts';
import type { ListenerFactoryContext } from '../../../sdk/extension.ts';
import type { Address } from '../../../sdk/network.ts';
import type {
  UdpListenerFilter,
  UdpListenerFilterCallbacks,
  UdpSender,
  UdpSocket,
  UdpSocketHandler,
} from '../../../sdk/udp.ts';
import { reportExtensionFault } from '../../common/extension-fault.ts';
import type { ListenerConfig, UdpListenerConfig } from '../../common/listener/listener-config.ts';
import type { HandledListener } from './connection-handler.ts';
import { ListenerStats } from './listener-stats.ts';

type CreateFilter = (callbacks: UdpListenerFilterCallbacks) => UdpListenerFilter;

/** A listener for datagrams on one worker (Envoy's ActiveRawUdpListener, for each of its addresses). */
export class ActiveUdpListener implements HandledListener {
  readonly context: ListenerFactoryContext;
  /** There are none. */
  readonly connectionCount = 0;
  readonly #stats: ListenerStats;
  readonly #udp: UdpListenerConfig;
  readonly #createFilters: readonly CreateFilter[];
  readonly #readers: UdpReader[] = [];
  readonly #bypassOverloadManager: boolean;
  #accepts = true;

  constructor(config: ListenerConfig, udp: UdpListenerConfig, context: ListenerFactoryContext, handlerName: string) {
    this.context = context;
    this.#udp = udp;
    this.#bypassOverloadManager = config.bypassOverloadManager;
    this.#stats = new ListenerStats(context.listenerScope, handlerName, true);
    this.#createFilters = udp.filters.map(({ extension, config: filter }) =>
      extension.createFilterFactory(filter, context),
    );
  }

  addSocket(socket: UdpSocket): void {
    this.#addReader(new SwitchableSocket(socket));
  }

  /** This listener replaces `old` on its sockets: what arrives from now on is its own. */
  takeSockets(old: ActiveUdpListener): void {
    for (const reader of old.#readers.splice(0)) this.#addReader(reader.release());
  }

  acceptConnections(accept: boolean): void {
    if (this.#bypassOverloadManager) return;
    this.#accepts = accept;
    for (const reader of this.#readers) reader.readDisable(!accept);
  }

  /** Sessions go with their sockets. */
  stopListening(): void {
    for (const reader of this.#readers.splice(0)) reader.close();
  }

  startDrain(): void {}

  removeChains(): void {}

  [Symbol.dispose](): void {
    this.stopListening();
    this.context.scope[Symbol.dispose]();
    this.context.listenerScope[Symbol.dispose]();
  }

  #addReader(socket: SwitchableSocket): void {
    const reader = new UdpReader(socket, this.#createFilters, {
      dispatcher: this.context.dispatcher,
      maxBytes: this.#udp.maxRxDatagramBytes,
      onTooLong: () => this.#stats.udpRxDatagramDropped?.inc(),
      reportFault: (error) =>
        reportExtensionFault(this.context, this.context.listenerScope, 'a UDP listener filter', error),
    });
    this.#readers.push(reader);
    reader.readDisable(!this.#accepts);
  }
}

/** A socket that outlives listener configurations. */
class SwitchableSocket implements UdpSocketHandler {
  readonly socket: UdpSocket;
  target: UdpSocketHandler | undefined = undefined;

  constructor(socket: UdpSocket) {
    this.socket = socket;
    socket.start(this);
  }

  onDatagram(data: Buffer, peer: Address, local: Address): void {
    this.target?.onDatagram(data, peer, local);
    data.drain(data.length);
  }

  onReceiveError(): void {
    this.target?.onReceiveError({ code: '', errno: 0, message: '' });
  }
}

interface UdpReaderHost {
  readonly dispatcher: Dispatcher;
  readonly maxBytes: number;
  onTooLong(): void;
  reportFault(error: unknown): void;
}

/** One socket of a listener with its filters. */
class UdpReader implements UdpSocketHandler, UdpListenerFilterCallbacks {
  readonly dispatcher: Dispatcher;
  readonly #switch: SwitchableSocket;
  readonly #host: UdpReaderHost;
  readonly #filters: UdpListenerFilter[] = [];

  constructor(socket: SwitchableSocket, createFilters: readonly CreateFilter[], host: UdpReaderHost) {
    this.dispatcher = host.dispatcher;
    this.#switch = socket;
    this.#host = host;
    this.#guard(() => this.#filters.push(...createFilters.map((create) => create(this))));
    socket.target = this;
  }

  send(data: Buffer, sender: UdpSender, peer: Address, local: Address): void {
    this.#switch.socket.send(data, sender, peer, local);
  }

  onDatagram(data: Buffer, peer: Address, local: Address): void {
    if (data.length > this.#host.maxBytes) this.#host.onTooLong();
    else this.#guard(() => this.#filters.some((filter) => filter.onData(data, peer, local) === 'StopIteration'));
  }

  onReceiveError(): void {
    this.#guard(() => this.#filters.some((filter) => filter.onReceiveError?.() === 'StopIteration'));
  }

  readDisable(disable: boolean): void {
    this.#switch.socket.readDisable(disable);
  }

  close(): void {
    this.release().socket.close();
  }

  /** Ends the filters; the socket is another's from now on. */
  release(): SwitchableSocket {
    for (const filter of this.#filters.splice(0)) this.#guard(() => filter[Symbol.dispose]?.());
    this.#switch.target = undefined;
    return this.#switch;
  }

  #guard(act: () => void): void {
    try {
      act();
    } catch (error) {
      this.#host.reportFault(error);
    }
  }
}
