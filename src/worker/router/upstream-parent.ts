import type { Buffer } from '../../../sdk/buffer.ts';
import type { CodecError, StreamResetReason } from '../../../sdk/codec.ts';
import type { HeaderMap, RequestHeaderMap, ResponseHeaderMap } from '../../../sdk/headers.ts';
import type { RequestTimeouts } from '../../../sdk/router.ts';
import type { ClusterInfo, Host } from '../../../sdk/upstream.ts';
import type { RouterConfig } from './router-config.ts';
import type { UpstreamLog } from './upstream-log.ts';
import type { UpstreamRequest } from './upstream-request.ts';

/** What an attempt needs of, and tells, the router (Envoy's RouterFilterInterface). */
export interface UpstreamParent {
  readonly config: Pick<RouterConfig, 'runtime'>;
  readonly cluster: ClusterInfo;
  readonly requestHeaders: RequestHeaderMap;
  readonly timeouts: RequestTimeouts;
  readonly downstreamEndStream: boolean;
  readonly downstreamResponseStarted: boolean;
  /** CONNECT ends here: its payload goes on over TCP. */
  readonly connectTermination: boolean;
  /** 504, unless the request wants another. */
  readonly timeoutResponseCode: number;
  /** Monotonic, as last read in this iteration of the loop. */
  nowMs(): number;
  /** Undefined when upstream requests are not logged. */
  createLog(request: UpstreamRequest): UpstreamLog | undefined;
  onUpstreamHostSelected(host: Host | undefined, poolSuccess: boolean): void;
  /** The last touch on the headers, when the host is known. */
  beforeEncode(host: Host): void;
  onInvalidRequestHeaders(error: CodecError, request: UpstreamRequest): void;
  onUpstream1xxHeaders(headers: ResponseHeaderMap, request: UpstreamRequest): void;
  /** A WebSocket handshake is answered by something else than 101 or an error. */
  onWebSocketRefused(headers: ResponseHeaderMap): void;
  /** The answer is to come within the route's timeout from now on. */
  armResponseTimeout(): void;
  disarmResponseTimeout(): void;
  onUpstreamHeaders(headers: ResponseHeaderMap, request: UpstreamRequest, endStream: boolean): void;
  onUpstreamData(data: Buffer, request: UpstreamRequest, endStream: boolean): void;
  onUpstreamTrailers(trailers: HeaderMap, request: UpstreamRequest): void;
  onUpstreamReset(reason: StreamResetReason, transportFailureReason: string, request: UpstreamRequest): void;
  /** A filter's hook has thrown. */
  reportFilterFault(error: unknown): void;
  onPerTryTimeout(request: UpstreamRequest): void;
  onPerTryIdleTimeout(request: UpstreamRequest): void;
  onStreamMaxDurationReached(request: UpstreamRequest): void;
}
