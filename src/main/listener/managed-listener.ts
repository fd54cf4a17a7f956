import { isDeepStrictEqual } from 'node:util';
import type { Listener } from '../../../api/generated/envoy/config/listener/v3/listener_pb.d.ts';
import type { ListenAddress, ListenerConfig } from '../../common/listener/listener-config.ts';
import { withFields } from '../../common/proto/field-access.ts';
import { InitManager } from '../init/init-manager.ts';
import type { ListenerSockets } from './listener-sockets.ts';

/** Where a listener came from and when it was put in. */
export interface ListenerOrigin {
  readonly versionInfo: string;
  /** Static listeners cannot be changed by xDS. */
  readonly addedViaApi: boolean;
  /** Unix milliseconds. */
  readonly lastUpdatedMs: number;
}

/** A listener as main knows it. */
export class ManagedListener {
  readonly message: Listener;
  readonly bytes: Uint8Array;
  readonly config: ListenerConfig;
  readonly origin: ListenerOrigin;
  readonly sockets: ListenerSockets;
  /** Key of the workers' slot; an in-place update keeps it. */
  readonly tag: string;
  /** Where threads count its connections; an in-place update keeps it. */
  readonly connectionCounts: SharedArrayBuffer;
  readonly initManager: InitManager;

  constructor(parts: {
    message: Listener;
    bytes: Uint8Array;
    config: ListenerConfig;
    origin: ListenerOrigin;
    sockets: ListenerSockets;
    tag: string;
    connectionCounts: SharedArrayBuffer;
  }) {
    this.message = parts.message;
    this.bytes = parts.bytes;
    this.config = parts.config;
    this.origin = parts.origin;
    this.sockets = parts.sockets;
    this.tag = parts.tag;
    this.connectionCounts = parts.connectionCounts;
    this.initManager = new InitManager(`Listener-local-init-manager ${parts.config.name} ${parts.config.hash}`);
  }

  get name(): string {
    return this.config.name;
  }

  /** Whether two listeners want the same addresses: the sockets of one can serve the other. */
  hasSameSockets(other: ListenerConfig): boolean {
    const textOf = ({ address, protocol }: ListenAddress): string => `${protocol} ${address.asString}`;
    const mine = this.config.addresses.map(textOf).join();
    const theirs = other.addresses.map(textOf).join();
    const { bindToPort, reusePort, socketOptions } = this.config;
    const isAlike = bindToPort === other.bindToPort && reusePort === other.reusePort;
    return mine === theirs && isAlike && isDeepStrictEqual(socketOptions, other.socketOptions);
  }
}

/** Whether only filter chains differ, so that connections of unchanged chains can live on. */
export function differsInFilterChainsOnly(
  before: Listener,
  after: Listener,
  hash: (message: Listener) => string,
): boolean {
  if (after.filterChains.length === 0) return false;
  const noChains = { filterChains: [], defaultFilterChain: undefined, filterChainMatcher: undefined };
  const without = (listener: Listener): Listener => withFields(listener, noChains);
  return hash(without(before)) === hash(without(after));
}

/** How many chains of `before` are not in `after`. */
export function goneFilterChains(before: ListenerConfig, after: ListenerConfig): number {
  const kept = new Set(after.filterChains.map(({ hash }) => hash));
  const gone = before.filterChains.filter(({ hash }) => !kept.has(hash)).length;
  const { defaultFilterChain } = before;
  const isDefaultGone = defaultFilterChain !== undefined && defaultFilterChain.hash !== after.defaultFilterChain?.hash;
  return isDefaultGone ? gone + 1 : gone;
}
