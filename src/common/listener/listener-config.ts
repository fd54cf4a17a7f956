import type {
  ListenerFilterExtension,
  NetworkFilterExtension,
  TransportSocketExtension,
  UdpListenerFilterExtension,
} from '../../../sdk/extension.ts';
import type { Address, ConnectionInfo, TrafficDirection } from '../../../sdk/network.ts';
import type { AcceptsStat } from '../../../sdk/stats.ts';
import type { Struct } from '../../../sdk/stream-info.ts';
import type { AccessLogConfig } from '../access-log/access-log-config.ts';
import type { SocketOption } from '../network/socket-option.ts';
import type { FilterChainMatcherFactory } from './filter-chain-matcher.ts';

/** An extension with its checked configuration, ready to be made on a worker. */
export interface Configured<E> {
  readonly extension: E;
  readonly name: string;
  readonly config: unknown;
}

export interface ListenAddress {
  readonly address: Address;
  readonly ipv4Compat: boolean;
  /** Permissions of a Unix socket's file, 0 = as the umask says. */
  readonly mode: number;
  /** `tcp` stands for streams of any kind. */
  readonly protocol: 'tcp' | 'udp';
}

/** What a listener for datagrams has in the place of filter chains. */
export interface UdpListenerConfig {
  readonly filters: readonly Configured<UdpListenerFilterExtension>[];
  /** Longer datagrams are dropped. */
  readonly maxRxDatagramBytes: number;
}

export interface FilterChainConfig {
  readonly name: string;
  readonly match: FilterChainMatchConfig;
  readonly filters: readonly Configured<NetworkFilterExtension>[];
  /** Absent = raw. */
  readonly transportSocket: Configured<TransportSocketExtension> | undefined;
  /** 0 = no limit. */
  readonly transportSocketConnectTimeoutMs: number;
  readonly metadata: ReadonlyMap<string, Struct>;
  /** Tells whether an update left this chain as it was: a hash of its proto. */
  readonly hash: string;
}

export type SourceType = 'ANY' | 'SAME_IP_OR_LOOPBACK' | 'EXTERNAL';

/** A checked FilterChainMatch; empty lists match anything. */
export interface FilterChainMatchConfig {
  readonly destinationPort: number | undefined;
  readonly prefixRanges: readonly string[];
  readonly serverNames: readonly string[];
  readonly transportProtocol: string;
  readonly applicationProtocols: readonly string[];
  readonly directSourcePrefixRanges: readonly string[];
  readonly sourceType: SourceType;
  readonly sourcePrefixRanges: readonly string[];
  readonly sourcePorts: readonly number[];
}

export interface ListenerFilterConfig extends Configured<ListenerFilterExtension> {
  /** True when the filter does not apply to this connection. */
  readonly isDisabled: (info: ConnectionInfo) => boolean;
}

/** A checked envoy.config.listener.v3.Listener. Times in milliseconds, sizes in bytes. */
export interface ListenerConfig {
  readonly name: string;
  /** The first is `address`, the others `additional_addresses`. */
  readonly addresses: readonly ListenAddress[];
  /** Of each address's socket. */
  readonly socketOptions: readonly (readonly SocketOption[])[];
  readonly statPrefix: string;
  /** Which of its statistics are kept, and of its filters'; undefined = all. */
  readonly acceptsStat: AcceptsStat | undefined;
  /** By namespace. */
  readonly metadata: ReadonlyMap<string, Struct>;
  /** Accepted connections go to the worker that has the fewest. */
  readonly exactBalance: boolean;
  readonly bindToPort: boolean;
  readonly reusePort: boolean;
  /** 0 = the kernel's. */
  readonly backlog: number;
  readonly bufferLimitBytes: number;
  /** How long more than that may wait for a client; 0 = as long as it takes. */
  readonly bufferHighTimeoutMs: number;
  readonly listenerFilters: readonly ListenerFilterConfig[];
  readonly listenerFiltersTimeoutMs: number;
  readonly continueOnListenerFiltersTimeout: boolean;
  readonly useOriginalDst: boolean;
  /** Set for datagrams: there are no filter chains then. */
  readonly udp: UdpListenerConfig | undefined;
  readonly filterChains: readonly FilterChainConfig[];
  readonly defaultFilterChain: FilterChainConfig | undefined;
  /** Chooses a chain by its name; undefined when each chain's `filter_chain_match` decides. */
  readonly filterChainMatcher: FilterChainMatcherFactory | undefined;
  readonly accessLogs: readonly AccessLogConfig[];
  readonly trafficDirection: TrafficDirection;
  readonly drainType: 'DEFAULT' | 'MODIFY_ONLY';
  readonly ignoreGlobalConnLimit: boolean;
  readonly bypassOverloadManager: boolean;
  /** Set on accepted sockets; undefined = as the system does. */
  readonly keepAlive:
    | { readonly idleSeconds?: number; readonly intervalSeconds?: number; readonly probes?: number }
    | undefined;
  /** Hash of the whole proto. */
  readonly hash: string;
}

/** Whether two listeners have an address in common; port 0 is no address in particular. */
export function sharedAddress(a: ListenerConfig, b: ListenerConfig): boolean {
  return a.addresses.some(({ address, protocol }) => {
    if (address.kind === 'ip' && address.port === 0) return false;
    return b.addresses.some((other) => other.protocol === protocol && other.address.equals(address));
  });
}
