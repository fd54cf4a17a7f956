import type { Buffer } from '../../../../sdk/buffer.ts';
import type { Dispatcher } from '../../../../sdk/event.ts';
import type { Address } from '../../../../sdk/network.ts';
import { IpAddress } from '../../../common/network/address.ts';
import type { BindOptions } from '../engine.ts';
import { SocketError } from '../socket-error.ts';
import type { MemoryNetwork } from './memory-network.ts';
import { type MemoryUdpHost, MemoryUdpSocket } from './memory-udp-socket.ts';

/** An address that datagrams are sent to. */
interface UdpBinding {
  readonly id: number;
  readonly address: Address;
  readonly reusePort: boolean;
  /** Who reads them; those sent before are lost. */
  socket: MemoryUdpSocket | undefined;
  /** Bound sockets, descriptors and readers that keep it alive. */
  users: number;
}

/** The UDP side of a simulated world. */
export class MemoryDatagrams {
  readonly #network: MemoryNetwork;
  readonly #bindings: UdpBinding[] = [];
  #nextId = 1;

  constructor(network: MemoryNetwork) {
    this.#network = network;
  }

  bind({ address, reusePort = false }: BindOptions): UdpBinding | SocketError {
    if (address.kind !== 'ip') return new SocketError('EAFNOSUPPORT');
    const wanted = address.port === 0 ? new IpAddress(address.ip, this.#network.freePort()) : address;
    const others = this.#bindings.filter((each) => each.address.equals(wanted));
    if (others.some((other) => !reusePort || !other.reusePort)) return new SocketError('EADDRINUSE');
    const binding: UdpBinding = { id: this.#nextId++, address: wanted, reusePort, socket: undefined, users: 1 };
    this.#bindings.push(binding);
    return binding;
  }

  /** A descriptor more of a binding. */
  retain(binding: UdpBinding): number {
    binding.users++;
    return binding.id;
  }

  release(binding: UdpBinding): void {
    if (--binding.users === 0) this.#bindings.splice(this.#bindings.indexOf(binding), 1);
  }

  /** Reads what a descriptor's binding gets. */
  open(host: MemoryUdpHost, id: number): MemoryUdpSocket | SocketError {
    const binding = this.#bindings.find((each) => each.id === id);
    return binding === undefined ? new SocketError('EBADF') : this.#read(host, binding, undefined);
  }

  connect(host: MemoryUdpHost, remote: Address, source: Address | undefined): MemoryUdpSocket | SocketError {
    const any = new IpAddress(remote.ip, 0);
    const binding = this.bind({ address: source ?? any, reusePort: false });
    return binding instanceof SocketError ? binding : this.#read(host, binding, remote);
  }

  /** Brings a datagram to whom it is for. @param onRefused nobody is */
  pass(dispatcher: Dispatcher, payload: Buffer, from: Address, to: Address, onRefused: () => void): void {
    const { connect, latencyMs } = this.#network.faults(to);
    if (connect === 'ignore') return;
    const timer = dispatcher.createTimer(() => {
      const readers = this.#readersOf(from, to);
      const reader = readers[from.port % Math.max(1, readers.length)];
      if (reader === undefined || connect === 'refuse') onRefused();
      else reader.onArrival(payload, from, to);
    });
    timer.enableTimer(latencyMs ?? 0);
  }

  #read(host: MemoryUdpHost, binding: UdpBinding, remote: Address | undefined): MemoryUdpSocket {
    const socket = new MemoryUdpSocket(host, this, binding.address, remote, () => this.release(binding));
    binding.socket = socket;
    return socket;
  }

  #readersOf(from: Address, to: Address): MemoryUdpSocket[] {
    const sockets = this.#bindings.flatMap(({ address, socket }) =>
      socket !== undefined && takes(address, to) ? [socket] : [],
    );
    const exact = sockets.filter(({ remoteAddress }) => remoteAddress?.equals(from) === true);
    return exact.length > 0 ? exact : sockets.filter(({ remoteAddress }) => remoteAddress === undefined);
  }
}

function takes(bound: Address, to: Address): boolean {
  if (bound.equals(to)) return true;
  return bound instanceof IpAddress && bound.isAny && bound.ipVersion === to.ipVersion && bound.port === to.port;
}
