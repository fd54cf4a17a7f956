import type { Protocol } from '../../../sdk/codec.ts';
import type { TimeSource } from '../../../sdk/event.ts';
import type { ConnectionInfo, DetectedCloseType } from '../../../sdk/network.ts';
import type {
  BytesMeter,
  DownstreamTiming,
  FilterState,
  ResponseFlag,
  StreamInfo,
  Struct,
  TraceReason,
  UpstreamInfo,
} from '../../../sdk/stream-info.ts';
import type { ClusterInfo } from '../../../sdk/upstream.ts';
import { LayeredFilterState } from './filter-state.ts';
import { responseFlagBit } from './response-flags.ts';
import { ByteCounts } from './upstream-info.ts';

const NO_FLAGS: readonly ResponseFlag[] = [];

/**
 * The StreamInfo of a request, or of a connection (Envoy's StreamInfoImpl). What few streams need (filter state, dynamic
 * metadata) is made on first use. It is its own timing.
 */
export class StreamRecord implements StreamInfo, DownstreamTiming {
  /** First, since each message through a connection counts here. */
  bytesReceived = 0;
  bytesSent = 0;
  readonly timeSource: TimeSource;
  readonly startTimeMonotonicMs: number;
  requestCompleteMs: number | undefined = undefined;
  protocol: Protocol | undefined = undefined;
  responseCode: number | undefined = undefined;
  responseCodeDetails: string | undefined = undefined;
  connectionTerminationDetails: string | undefined = undefined;
  detectedCloseType: DetectedCloseType = 'Normal';
  bytesRetransmitted = 0;
  attemptCount: number | undefined = undefined;
  routeName = '';
  routeResolutions = 0;
  routeResolutionMs = 0;
  schemeMatchesUpstream = false;
  virtualClusterName = '';
  requestId: string | undefined = undefined;
  filterChainName = '';
  upstream: UpstreamInfo | undefined = undefined;
  upstreamClusterInfo: ClusterInfo | undefined = undefined;
  upstreamBytes: BytesMeter | undefined = undefined;
  healthCheck = false;
  traceReason: TraceReason = 'NotTraceable';
  /** The request's own view: its remote address may come from x-forwarded-for. */
  downstreamConnection: ConnectionInfo;
  lastDownstreamRxByteReceivedMs: number | undefined = undefined;
  firstDownstreamTxByteSentMs: number | undefined = undefined;
  lastDownstreamTxByteSentMs: number | undefined = undefined;
  downstreamHandshakeCompleteMs: number | undefined = undefined;
  /** Metadata of the matched route, for routeMetadata(). */
  matchedRouteMetadata: ReadonlyMap<string, Struct> | undefined = undefined;
  /** The virtual host that was found, also when none of its routes was. */
  matchedVirtualHost: StreamInfo['matchedVirtualHost'] = undefined;
  customFlags = '';
  downstreamTransportFailureReason = '';
  readonly #parent: StreamInfo | undefined;
  #startTimeMs: number | undefined = undefined;
  #flags = 0;
  #flagsInOrder: readonly ResponseFlag[] = NO_FLAGS;
  #bytes: BytesMeter | undefined = undefined;
  #filterState: FilterState | undefined = undefined;
  #dynamicMetadata: Map<string, Struct> | undefined = undefined;

  /**
   * @param parent of a request: the stream info of its connection, whose filter state it sees.
   * @param startMs monotonic; default: now
   */
  constructor(
    timeSource: TimeSource,
    connection: ConnectionInfo,
    parent?: StreamInfo,
    startMs = timeSource.monotonicTimeMs(),
  ) {
    this.timeSource = timeSource;
    this.startTimeMonotonicMs = startMs;
    this.downstreamConnection = connection;
    this.#parent = parent;
    if (parent !== undefined) this.filterChainName = parent.filterChainName;
  }

  get downstreamTiming(): DownstreamTiming {
    return this;
  }

  /** Of the wall clock; looked for when somebody asks, which few streams live to see. */
  get startTimeMs(): number {
    this.#startTimeMs ??=
      this.timeSource.systemTimeMs() - (this.timeSource.monotonicTimeMs() - this.startTimeMonotonicMs);
    return this.#startTimeMs;
  }

  get downstreamBytes(): BytesMeter {
    this.#bytes ??= new ByteCounts();
    return this.#bytes;
  }

  /** The codec's own counts take the place of ours. */
  set downstreamBytes(meter: BytesMeter) {
    this.#bytes = meter;
  }

  get filterState(): FilterState {
    this.#filterState ??= new LayeredFilterState(this.#parent?.filterState);
    return this.#filterState;
  }

  get hasFilterState(): boolean {
    const own = this.#filterState;
    if (own !== undefined) return !own.isEmpty;
    return this.#parent !== undefined && this.#parent.hasFilterState !== false;
  }

  /** The stream begun anew by an internal redirect keeps the filter state of the old one. */
  inheritFilterState(filterState: FilterState): void {
    this.#filterState = filterState;
  }

  setResponseFlag(flag: ResponseFlag): void {
    if (this.hasResponseFlag(flag)) return;
    this.#flags |= responseFlagBit(flag);
    this.#flagsInOrder = [...this.#flagsInOrder, flag];
  }

  hasResponseFlag(flag: ResponseFlag): boolean {
    return (this.#flags & responseFlagBit(flag)) !== 0;
  }

  hasAnyResponseFlag(): boolean {
    return this.#flags !== 0;
  }

  get responseFlags(): readonly ResponseFlag[] {
    return this.#flagsInOrder;
  }

  dynamicMetadata(namespace: string): Struct | undefined {
    return this.#dynamicMetadata?.get(namespace);
  }

  /** Merges field by field into what is there, as Envoy does; a list is appended to, an object merged. */
  setDynamicMetadata(namespace: string, value: Struct): void {
    this.#dynamicMetadata ??= new Map();
    const before = this.#dynamicMetadata.get(namespace);
    this.#dynamicMetadata.set(namespace, before === undefined ? value : mergeStructs(before, value));
  }

  dynamicMetadataEntries(): Iterable<readonly [string, Struct]> {
    return this.#dynamicMetadata ?? NO_METADATA;
  }

  routeMetadata(namespace: string): Struct | undefined {
    return this.matchedRouteMetadata?.get(namespace);
  }

  virtualHostMetadata(namespace: string): Struct | undefined {
    return this.matchedVirtualHost?.metadata.get(namespace);
  }
}

const NO_METADATA: readonly (readonly [string, Struct])[] = [];

/** Proto semantics of MergeFrom on google.protobuf.Struct: values are replaced by name, nested structs and lists merged. */
function mergeStructs(into: Struct, from: Struct): Struct {
  const merged: Record<string, Struct[string]> = { ...into };
  for (const [name, value] of Object.entries(from)) {
    const before = merged[name];
    merged[name] = mergeValues(before, value);
  }
  return merged;
}

function mergeValues(before: Struct[string] | undefined, value: Struct[string]): Struct[string] {
  if (isStruct(before) && isStruct(value)) return mergeStructs(before, value);
  if (Array.isArray(before) && Array.isArray(value)) return [...before, ...value];
  return value;
}

function isStruct(value: Struct[string] | undefined): value is Struct {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
