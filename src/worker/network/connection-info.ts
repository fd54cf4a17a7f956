import type { Address, ConnectionInfo, SslInfo, TrafficDirection, TransportSocket } from '../../../sdk/network.ts';
import type { Struct } from '../../../sdk/stream-info.ts';
import { NO_METADATA } from '../../common/upstream/proto-values.ts';

const NO_PROTOCOLS: readonly string[] = [];

/** Who talks to whom on one connection, with what listener filters found out (Envoy's ConnectionInfoSetterImpl). */
export class SocketConnectionInfo implements ConnectionInfo {
  readonly connectionId: number;
  localAddress: Address;
  directLocalAddress: Address;
  remoteAddress: Address;
  readonly directRemoteAddress: Address;
  requestedServerName = '';
  requestedApplicationProtocols: readonly string[] = NO_PROTOCOLS;
  detectedTransportProtocol = '';
  localAddressRestored = false;
  ja3Hash = '';
  ja4Hash = '';
  /** Not measured, which Envoy tells as 0; undefined where there is no connection. */
  roundTripTimeMs: number | undefined = 0;
  interfaceName: string | undefined = undefined;
  listenerName = '';
  listenerMetadata: ReadonlyMap<string, Struct> = NO_METADATA;
  listenerDirection: TrafficDirection = 'UNSPECIFIED';
  filterChainMetadata: ReadonlyMap<string, Struct> = NO_METADATA;
  localCloseReason = '';
  #transportSocket: TransportSocket | undefined = undefined;

  constructor(connectionId: number, local: Address, remote: Address) {
    this.connectionId = connectionId;
    this.localAddress = local;
    this.directLocalAddress = local;
    this.remoteAddress = remote;
    this.directRemoteAddress = remote;
  }

  get nextProtocol(): string {
    return this.#transportSocket?.protocol ?? '';
  }

  get ssl(): SslInfo | undefined {
    return this.#transportSocket?.ssl;
  }

  /** A socket that connects learns where it is bound. */
  setLocalAddress(address: Address): void {
    this.localAddress = address;
    this.directLocalAddress = address;
  }

  /** The layer that answers for `nextProtocol` and `ssl`. */
  setTransportSocket(transportSocket: TransportSocket): void {
    this.#transportSocket = transportSocket;
  }

  /** A listener filter learned the address that the client meant to reach. */
  restoreLocalAddress(address: Address): void {
    this.localAddress = address;
    this.localAddressRestored = true;
  }
}

/** Hands out connection ids that no other thread hands out: thread k of n counts k + 1, k + 1 + n, … */
export class ConnectionIds {
  #next: number;
  readonly #stride: number;

  /** `thread` counts from 0; `threads` is how many there are, main among them. */
  constructor(thread: number, threads: number) {
    this.#next = thread + 1;
    this.#stride = threads;
  }

  next(): number {
    const id = this.#next;
    this.#next += this.#stride;
    return id;
  }
}
