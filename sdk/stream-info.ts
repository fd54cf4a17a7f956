/** What is known of a connection or a request while it lasts, and is logged when it ends (envoy/stream_info/stream_info.h). */
import type { Protocol } from './codec.ts';
import type { TimeSource } from './event.ts';
import type { Address, ConnectionInfo, DetectedCloseType } from './network.ts';
import type { ClusterInfo, Host } from './upstream.ts';

/** Short strings as access logs print them (docs: %RESPONSE_FLAGS%). */
export type ResponseFlag =
  | 'LH'
  | 'UH'
  | 'UT'
  | 'LR'
  | 'UR'
  | 'UF'
  | 'UC'
  | 'UO'
  | 'NR'
  | 'DI'
  | 'FI'
  | 'RL'
  | 'UAEX'
  | 'RLSE'
  | 'DC'
  | 'URX'
  | 'SI'
  | 'IH'
  | 'DPE'
  | 'UMSDR'
  | 'RFCF'
  | 'NFCF'
  | 'DT'
  | 'UPE'
  | 'NC'
  | 'OM'
  | 'DF'
  | 'DO'
  | 'DR'
  | 'UDO';

/** Why a request is traced, or that it is not (Envoy's Tracing::Reason). */
export type TraceReason = 'NotTraceable' | 'Sampling' | 'ServiceForced' | 'ClientForced';

/** Monotonic milliseconds (fractions kept) at which things happened; undefined = did not happen. */
export interface UpstreamTiming {
  firstUpstreamTxByteSentMs: number | undefined;
  lastUpstreamTxByteSentMs: number | undefined;
  firstUpstreamRxByteReceivedMs: number | undefined;
  lastUpstreamRxByteReceivedMs: number | undefined;
  connectStartMs: number | undefined;
  connectCompleteMs: number | undefined;
  /** Of the transport socket (TLS). */
  handshakeCompleteMs?: number | undefined;
  firstUpstreamRxBodyByteReceivedMs?: number | undefined;
  /** How long the request waited for a connection: a duration. */
  connectionPoolCallbackLatencyMs?: number | undefined;
}

export interface DownstreamTiming {
  lastDownstreamRxByteReceivedMs: number | undefined;
  firstDownstreamTxByteSentMs: number | undefined;
  lastDownstreamTxByteSentMs: number | undefined;
  downstreamHandshakeCompleteMs: number | undefined;
}

/** The last attempt's view of the upstream side. */
export interface UpstreamInfo {
  host: Host | undefined;
  cluster: ClusterInfo | undefined;
  connectionInfo: ConnectionInfo | undefined;
  readonly connectionId: number | undefined;
  protocol: Protocol | undefined;
  readonly timing: UpstreamTiming;
  transportFailureReason: string;
  numStreams: number;
  /** Hosts tried, in order (%UPSTREAM_HOSTS_ATTEMPTED% and kin). */
  readonly hostsAttempted: readonly Host[];
  readonly connectionIdsAttempted: readonly number[];
  /** How the upstream connection ended, where bytes are proxied as they are. */
  detectedCloseType?: DetectedCloseType;
  /** Of the upstream connection. */
  filterState?: FilterState | undefined;
}

/** Bytes on the wire and of headers, per side (%DOWNSTREAM_WIRE_BYTES_SENT% and kin). */
export interface BytesMeter {
  wireBytesSent: number;
  wireBytesReceived: number;
  headerBytesSent: number;
  headerBytesReceived: number;
  decompressedHeaderBytesSent: number;
  decompressedHeaderBytesReceived: number;
}

/** An object under a name that lives as long as the request or the connection (Envoy's FilterState). */
export interface FilterStateObject {
  /** The factory's name of what a configuration made: who looks for another kind under a name passes over it. Absent = of any. */
  readonly kind?: string | undefined;
  serializeAsString?(): string | undefined;
  getField?(name: string): string | number | undefined;
  /** For address matchers (Envoy's InstanceAccessor). */
  readonly address?: Address | undefined;
  /** For hash policies (Envoy's Hashable). */
  hash?(): bigint | undefined;
  /** As JSON, for `%FILTER_STATE(key:TYPED)%` (Envoy's serializeAsProto). */
  serializeAsValue?(): StructValue | undefined;
}
/** By name. */
export type SharedObjects = readonly (readonly [name: string, object: FilterStateObject])[];

export type FilterStateLifeSpan = 'FilterChain' | 'Request' | 'Connection';
export interface FilterState {
  /** Whether nothing was ever set. */
  readonly isEmpty: boolean;
  get(name: string): FilterStateObject | undefined;
  /** Objects that a connection to an upstream inherits; undefined, or absent, when there are none. */
  readonly shared?: SharedObjects | undefined;
  set(
    name: string,
    value: FilterStateObject,
    readOnly?: boolean,
    lifeSpan?: FilterStateLifeSpan,
    shareWithUpstream?: boolean,
  ): void;
}

/** A JSON-like Struct, as metadata holds. */
export type Struct = { readonly [field: string]: StructValue };
export type StructValue = null | boolean | number | string | readonly StructValue[] | Struct;

export interface StreamInfo {
  readonly timeSource: TimeSource;
  /** Unix milliseconds, fractions kept. */
  readonly startTimeMs: number;
  readonly startTimeMonotonicMs: number;
  /** Monotonic time of the end, once it ended. */
  requestCompleteMs: number | undefined;
  protocol: Protocol | undefined;
  responseCode: number | undefined;
  responseCodeDetails: string | undefined;
  connectionTerminationDetails: string | undefined;
  /** Of a connection: how it ended. Absent = Normal, as for all requests. */
  detectedCloseType?: DetectedCloseType;
  bytesReceived: number;
  bytesSent: number;
  bytesRetransmitted: number;
  attemptCount: number | undefined;
  routeName: string;
  /** How often a route was looked for. Absent = 0. */
  routeResolutions?: number;
  /** How long that took in ms, if anybody asks (common/stream-info/route-resolution-time.ts). */
  routeResolutionMs?: number;
  /** `scheme_header_transformation.match_upstream`. */
  schemeMatchesUpstream?: boolean;
  virtualClusterName: string;
  requestId: string | undefined;
  filterChainName: string;
  readonly downstreamConnection: ConnectionInfo;
  readonly downstreamTiming: DownstreamTiming;
  upstream: UpstreamInfo | undefined;
  upstreamClusterInfo: ClusterInfo | undefined;
  readonly downstreamBytes: BytesMeter;
  upstreamBytes: BytesMeter | undefined;
  healthCheck: boolean;
  /** Absent = it is not. */
  traceReason?: TraceReason;
  /** Trace reason etc. are not yet here; custom flags by long name. */
  setResponseFlag(flag: ResponseFlag): void;
  hasResponseFlag(flag: ResponseFlag): boolean;
  hasAnyResponseFlag(): boolean;
  /** In the order in which they were set. */
  readonly responseFlags: readonly ResponseFlag[];
  readonly filterState: FilterState;
  /** Whether there is anything in `filterState`: makes none for who only asks. Absent = there may be. */
  readonly hasFilterState?: boolean;
  /** By namespace (usually the filter's name). */
  dynamicMetadata(namespace: string): Struct | undefined;
  setDynamicMetadata(namespace: string, value: Struct): void;
  dynamicMetadataEntries(): Iterable<readonly [string, Struct]>;
  /** Route's static metadata (route.metadata), by namespace. */
  routeMetadata(namespace: string): Struct | undefined;
  /** Of the route's virtual host. */
  virtualHostMetadata(namespace: string): Struct | undefined;
  /** All of the route's; absent or undefined where there is no route. */
  readonly matchedRouteMetadata?: ReadonlyMap<string, Struct> | undefined;
  /** The virtual host that was found, also when none of its routes was. */
  readonly matchedVirtualHost?: { readonly name: string; readonly metadata: ReadonlyMap<string, Struct> } | undefined;
  /** What filters noted for the log (%CUSTOM_FLAGS%), joined by commas. */
  customFlags?: string;
  /** Why the transport socket of the client's connection broke; of a connection's own stream info. */
  downstreamTransportFailureReason?: string;
}
