import type { Address, ConnectionInfo, SslInfo, TrafficDirection } from '../../../sdk/network.ts';
import type { Struct } from '../../../sdk/stream-info.ts';
import { NO_METADATA } from '../../common/upstream/proto-values.ts';

/** A connection as one of its requests sees it: the client is the one that x-forwarded-for or an extension tells of. */
export class RequestConnectionInfo implements ConnectionInfo {
  readonly #base: ConnectionInfo;
  remoteAddress: Address;

  constructor(base: ConnectionInfo, remoteAddress: Address) {
    this.#base = base;
    this.remoteAddress = remoteAddress;
  }

  get connectionId(): number {
    return this.#base.connectionId;
  }

  get localAddress(): Address {
    return this.#base.localAddress;
  }

  get directLocalAddress(): Address {
    return this.#base.directLocalAddress;
  }

  get directRemoteAddress(): Address {
    return this.#base.directRemoteAddress;
  }

  get requestedServerName(): string {
    return this.#base.requestedServerName;
  }

  get requestedApplicationProtocols(): readonly string[] {
    return this.#base.requestedApplicationProtocols;
  }

  get detectedTransportProtocol(): string {
    return this.#base.detectedTransportProtocol;
  }

  get localAddressRestored(): boolean {
    return this.#base.localAddressRestored;
  }

  get ja3Hash(): string {
    return this.#base.ja3Hash;
  }

  get ja4Hash(): string {
    return this.#base.ja4Hash;
  }

  get nextProtocol(): string {
    return this.#base.nextProtocol;
  }

  get ssl(): SslInfo | undefined {
    return this.#base.ssl;
  }

  get roundTripTimeMs(): number | undefined {
    return this.#base.roundTripTimeMs;
  }

  get interfaceName(): string | undefined {
    return this.#base.interfaceName;
  }

  get listenerName(): string {
    return this.#base.listenerName;
  }

  get listenerMetadata(): ReadonlyMap<string, Struct> {
    return this.#base.listenerMetadata ?? NO_METADATA;
  }

  get listenerDirection(): TrafficDirection {
    return this.#base.listenerDirection ?? 'UNSPECIFIED';
  }

  get filterChainMetadata(): ReadonlyMap<string, Struct> {
    return this.#base.filterChainMetadata ?? NO_METADATA;
  }

  get localCloseReason(): string {
    return this.#base.localCloseReason ?? '';
  }
}
