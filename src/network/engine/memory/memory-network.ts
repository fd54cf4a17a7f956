import type { Address } from '../../../../sdk/network.ts';
import { IpAddress } from '../../../common/network/address.ts';
import type { BindOptions } from '../engine.ts';
import { SocketError } from '../socket-error.ts';
import type { FaultPlan } from './faults.ts';
import { MemoryDatagrams } from './memory-datagrams.ts';
import type { MemoryStreamSocket } from './memory-socket.ts';

const firstEphemeralPort = 32_768;
const lastPort = 65_535;

/** Someone who accepts on a binding. */
export interface Acceptor {
  /** False when its queue is full: the connection is not answered. */
  offer(connecting: MemoryStreamSocket): boolean;
  readonly paused: boolean;
}

export interface Binding {
  readonly id: number;
  readonly address: Address;
  readonly reusePort: boolean;
  readonly backlog: number;
  readonly acceptors: Acceptor[];
  /** Bound sockets and listen sockets that keep it alive. */
  users: number;
  nextAcceptor: number;
}

/** The addresses of one simulated world, shared by the engines of all its threads. */
export class MemoryNetwork {
  readonly #bindings: Binding[] = [];
  readonly faults: FaultPlan;
  readonly datagrams = new MemoryDatagrams(this);
  /** On their way from one thread to another, by what goes for a descriptor. */
  readonly detached = new Map<number, MemoryStreamSocket>();
  #nextId = 1;
  #nextPort = firstEphemeralPort;

  constructor(faults: FaultPlan = () => ({})) {
    this.faults = faults;
  }

  bind(options: BindOptions): Binding | SocketError {
    const { address } = options;
    if (address.kind === 'internal') return new SocketError('EAFNOSUPPORT');
    const reusePort = options.reusePort === true && address.kind === 'ip';
    const wanted = address.kind === 'ip' && address.port === 0 ? new IpAddress(address.ip, this.freePort()) : address;
    const others = this.#bindings.filter((each) => each.address.equals(wanted));
    const shared = others.find((each) => each.reusePort && reusePort);
    if (shared !== undefined) {
      shared.users++;
      return shared;
    }
    if (others.length > 0) return new SocketError('EADDRINUSE');
    const binding: Binding = {
      id: this.#nextId++,
      address: wanted,
      reusePort,
      backlog: options.backlog ?? 128,
      acceptors: [],
      users: 1,
      nextAcceptor: 0,
    };
    this.#bindings.push(binding);
    return binding;
  }

  /** Addresses in use. */
  get bindingCount(): number {
    return this.#bindings.length;
  }

  byId(id: number): Binding | undefined {
    return this.#bindings.find((each) => each.id === id);
  }

  release(binding: Binding): void {
    if (--binding.users === 0) this.#bindings.splice(this.#bindings.indexOf(binding), 1);
  }

  /** Who takes a connection to `address`: in turn, where several listen; of a shared socket, not who is paused. */
  acceptorOf(address: Address): Acceptor | undefined {
    const bindings = this.#bindings.filter((each) => each.acceptors.length > 0);
    const binding =
      bindings.find((each) => each.address.equals(address)) ?? bindings.find((each) => takes(each, address));
    if (binding === undefined) return undefined;
    const awake = binding.reusePort ? [] : binding.acceptors.filter(({ paused }) => !paused);
    const candidates = awake.length > 0 ? awake : binding.acceptors;
    return candidates[binding.nextAcceptor++ % candidates.length];
  }

  /** Keeps a socket until someone adopts it. */
  detach(socket: MemoryStreamSocket): number {
    const id = this.#nextId++;
    this.detached.set(id, socket);
    return id;
  }

  freePort(): number {
    if (this.#nextPort > lastPort) this.#nextPort = firstEphemeralPort;
    return this.#nextPort++;
  }
}

function takes(binding: Binding, address: Address): boolean {
  const bound = binding.address;
  return (
    bound instanceof IpAddress && bound.isAny && bound.ipVersion === address.ipVersion && bound.port === address.port
  );
}
