import type { Buffer } from '../../../sdk/buffer.ts';
import type { RequestDecoder, ResponseEncoder, StreamCallbacks, StreamResetReason } from '../../../sdk/codec.ts';
import type { Dispatcher } from '../../../sdk/event.ts';
import type { AccessLogType, LogContext, Runtime } from '../../../sdk/extension.ts';
import type { HeaderMap, RequestHeaderMap, ResponseHeaderMap } from '../../../sdk/headers.ts';
import type { LocalReply } from '../../../sdk/http.ts';
import type { Connection } from '../../../sdk/network.ts';
import type { Route, RouteRequest } from '../../../sdk/router.ts';
import type { ClusterInfo } from '../../../sdk/upstream.ts';
import { HeaderNames } from '../../common/headers/names.ts';
import { StreamRecord } from '../../common/stream-info/stream-record.ts';
import { NEVER } from '../deadline-timer.ts';
import type { HttpConnectionManager } from './connection-manager.ts';
import type { ConnectionManagerConfig, RouteTable } from './connection-manager-config.ts';
import { decodeData, decodeHeaders, decodeTrailers } from './decode-iteration.ts';
import { executeLocalReplyIfPrepared, sendLocalReply } from './downstream-local-reply.ts';
import type { FilterManagerCallbacks } from './filter-chain.ts';
import { FilterManager } from './filter-manager.ts';
import { formatGrpcTimeout, grpcTimeoutMs } from './grpc-timeout.ts';
import type { PreparedLocalReply } from './local-reply.ts';
import { prepareRequest } from './request-preparation.ts';
import { prepareInformational, prepareResponse } from './response-preparation.ts';
import {
  type Awaited,
  type DueTime,
  firstLogMs,
  nextDeadlineMs,
  nextDue,
  orNone,
  type TimedStream,
  timeByRoute,
} from './stream-times.ts';
import { beginTracing, decideTracing } from './tracing.ts';
import { selectFilterChain, upgradeTypeOf } from './upgrade.ts';

/** One request and its response on a downstream connection (Envoy's ConnectionManagerImpl::ActiveStream). */
export class ActiveStream
  implements RequestDecoder, StreamCallbacks, FilterManagerCallbacks, RouteRequest, TimedStream
{
  readonly manager: HttpConnectionManager;
  readonly config: ConnectionManagerConfig;
  readonly filters: FilterManager;
  readonly streamInfo: StreamRecord;
  /** Undefined once the stream has been begun anew: the old one must not touch the client any more. */
  encoder: ResponseEncoder | undefined;
  /** Neighbours among the streams of the connection. */
  next: ActiveStream | undefined = undefined;
  previous: ActiveStream | undefined = undefined;

  /** The connection closes when this response is through. */
  drainConnection = false;
  /** The codec has been given the response to its end. */
  codecSawLocalComplete = false;
  /** Made by an internal redirect: the request's headers have been sanitised already. */
  internallyCreated = false;
  /** The route's name for the operation, for the client; '' = it is not told. */
  decoratedOperation = '';
  /** An answer of our own that waits for a filter's hook to return. */
  preparedLocalReply: PreparedLocalReply | undefined = undefined;
  // What it waits for, and since when (stream-times.ts).
  lastActivityMs: number;
  awaited: Awaited = 'headers';
  idleTimeoutMs: number;
  maxDurationMs: number | undefined;
  nextLogMs: number;
  #upgraded = false;
  #streamId: number | undefined = undefined;
  #destroyed = false;
  #routeTable: RouteTable | undefined = undefined;
  /** null = none matches; undefined = not looked for yet. */
  #route: Route | null | undefined = undefined;

  constructor(manager: HttpConnectionManager, encoder: ResponseEncoder, bufferLimitBytes: number) {
    const { connection, config } = manager;
    const { timeSource } = connection.dispatcher;
    const nowMs = connection.dispatcher.approximateMonotonicTimeMs();
    const streamInfo = new StreamRecord(timeSource, connection.info, connection.streamInfo, nowMs);
    streamInfo.protocol = manager.protocol;
    const meter = encoder.stream.bytesMeter;
    if (meter !== undefined) streamInfo.downstreamBytes = meter;
    if (config.schemeMatchesUpstream) streamInfo.schemeMatchesUpstream = true;
    this.manager = manager;
    this.config = config;
    this.encoder = encoder;
    this.streamInfo = streamInfo;
    this.lastActivityMs = nowMs;
    this.idleTimeoutMs = config.timeouts.streamIdleMs;
    this.maxDurationMs = orNone(config.timeouts.maxStreamDurationMs);
    this.nextLogMs = firstLogMs(config, nowMs);
    this.filters = new FilterManager(this, streamInfo, bufferLimitBytes);
  }

  get connection(): Connection {
    return this.manager.connection;
  }

  get dispatcher(): Dispatcher {
    return this.manager.connection.dispatcher;
  }

  /** Drawn when somebody asks, which most routes and filters do not. */
  get streamId(): number {
    this.#streamId ??= this.dispatcher.random.random();
    return this.#streamId;
  }

  get proxy100Continue(): boolean {
    return this.config.proxy100Continue;
  }

  // RequestDecoder

  decodeHeaders(headers: RequestHeaderMap, endStream: boolean): void {
    const { filters } = this;
    filters.requestHeaders = headers;
    const { method } = headers;
    filters.isHeadRequest = method === 'HEAD';
    this.streamInfo.protocol = this.manager.protocol;
    if (this.awaited === 'headers') this.awaited = 'request';
    this.#maybeEndDecode(endStream);
    if (!prepareRequest(this, headers, method)) return;
    const { config } = this;
    const { tracing } = config;
    if (tracing !== undefined) decideTracing(this, tracing, headers);
    // Nobody but an early mutation has touched the method since.
    const asked = config.earlyHeaderMutations.length === 0 ? method : headers.method;
    const upgradeRejected = !this.createFilterChain(asked);
    if (this.#destroyed || filters.localComplete) return;
    if (this.config.accessLogOptions?.flushOnNewRequest === true) this.log('DownstreamStart');
    const route = this.route();
    if (route !== undefined && upgradeRejected) {
      // An upgrade's payload may have been sent already: nothing on this connection is taken for a request any more.
      this.drainConnection = true;
      this.config.stats.downstreamRqWsOnNonWsRoute.inc();
      this.sendLocalReplyWith({ status: 403, details: 'upgrade_failed' });
      return;
    }
    if (tracing !== undefined) beginTracing(this, tracing, headers);
    decodeHeaders(filters, undefined, headers, endStream);
    this.resetIdleTimer();
  }

  decodeData(data: Buffer, endStream: boolean): void {
    this.streamInfo.bytesReceived += data.length;
    this.#maybeEndDecode(endStream);
    decodeData(this.filters, undefined, data, endStream);
  }

  decodeTrailers(trailers: HeaderMap): void {
    this.resetIdleTimer();
    this.filters.requestTrailers = trailers;
    this.#maybeEndDecode(true);
    decodeTrailers(this.filters, undefined, trailers);
  }

  /** The codec's, and our own before the filters have seen the request. */
  sendLocalReply(status: number, body: string, details: string): void {
    this.sendLocalReplyWith({ status, body, details });
  }

  sendLocalReplyWith(reply: LocalReply): void {
    sendLocalReply(this, reply);
  }

  executeLocalReplyIfPrepared(): void {
    executeLocalReplyIfPrepared(this);
  }

  #maybeEndDecode(endStream: boolean): void {
    if (!endStream || this.filters.remoteDecodeComplete) return;
    this.filters.remoteDecodeComplete = true;
    this.streamInfo.lastDownstreamRxByteReceivedMs = this.dispatcher.approximateMonotonicTimeMs();
  }

  // Routes and filters

  get routeTable(): RouteTable | undefined {
    this.#routeTable ??= this.config.routes.routeTable(this.filters.requestHeaders);
    return this.#routeTable;
  }

  // RouteRequest: asked while a route is looked for, thus when there are headers.

  get headers(): RequestHeaderMap {
    return this.filters.requestHeaders as RequestHeaderMap;
  }

  get random(): number {
    return this.streamId;
  }

  get runtime(): Runtime {
    return this.config.runtime;
  }

  route(): Route | undefined {
    if (this.#route === undefined) this.#matchRoute();
    return this.#route ?? undefined;
  }

  #matchRoute(): void {
    const { requestHeaders } = this.filters;
    if (requestHeaders === undefined || this.#destroyed) return;
    this.streamInfo.routeResolutions++;
    const { routeResolution, routeResolutionTime } = this.config;
    const isTimed = routeResolution !== undefined || routeResolutionTime.isAsked;
    const beganMs = isTimed ? this.manager.monotonicTimeMs() : 0;
    const table = this.routeTable;
    const route = table?.route(this);
    if (isTimed) this.streamInfo.routeResolutionMs += this.manager.monotonicTimeMs() - beganMs;
    this.setRoute(route);
    if (route === undefined) this.streamInfo.matchedVirtualHost = table?.virtualHost(requestHeaders);
  }

  setRoute(route: Route | undefined): void {
    this.#route = route ?? null;
    const entry = route?.routeEntry;
    this.streamInfo.routeName = route?.routeName ?? '';
    this.streamInfo.matchedRouteMetadata = route?.metadata;
    this.streamInfo.matchedVirtualHost = route?.virtualHost;
    this.streamInfo.upstreamClusterInfo =
      entry === undefined ? undefined : this.config.clusterManager.getThreadLocalCluster(entry.clusterName)?.info;
    if (entry === undefined) return;
    const hadDuration = this.maxDurationMs !== undefined;
    const grpc = entry.grpcTimeoutHeaderMaxMs === undefined ? undefined : this.filters.requestHeaders;
    const isSooner = timeByRoute(this, entry, grpc === undefined ? undefined : grpcTimeoutMs(grpc));
    if (isSooner) this.manager.deadlines.arm(nextDeadlineMs(this));
    if (entry.usingNewTimeouts && this.filters.isGrpcRequest) this.#tellGrpcTimeout(hadDuration);
  }

  /**
   * Where its route has `max_stream_duration`, the upstream of a gRPC request is told how long it may take, whatever the
   * client said; nothing where the route takes a limit away.
   */
  #tellGrpcTimeout(hadDuration: boolean): void {
    const { maxDurationMs, filters } = this;
    if (maxDurationMs !== undefined) {
      filters.requestHeaders?.set(HeaderNames.GrpcTimeout, formatGrpcTimeout(maxDurationMs));
    } else if (hadDuration) {
      filters.requestHeaders?.remove(HeaderNames.GrpcTimeout);
    }
  }

  clearRouteCache(): void {
    this.#route = undefined;
  }

  clusterInfo(): ClusterInfo | undefined {
    this.route();
    return this.streamInfo.upstreamClusterInfo;
  }

  /** The request's own wishes do not count any more: it is no upgrade. */
  createFilterChainForEarlyReply(): void {
    this.filters.createFilterChain(this.config.filterChain);
  }

  /** False when the request asks for an upgrade that is not allowed: the filters are those of any request then. */
  createFilterChain(method: string): boolean {
    const { filters, config } = this;
    if (filters.chainCreated) return true;
    const upgradeType = upgradeTypeOf(filters.requestHeaders, method);
    if (upgradeType === undefined) {
      filters.createFilterChain(config.filterChain);
      return true;
    }
    const chain = selectFilterChain(config, upgradeType, this.route()?.routeEntry);
    filters.createFilterChain(chain ?? config.filterChain);
    if (chain === undefined) return false;
    this.#upgraded = true;
    config.stats.downstreamCxUpgradesTotal.inc();
    config.stats.downstreamCxUpgradesActive.inc();
    return true;
  }

  // FilterManagerCallbacks

  onLocalReply(status: number): void {
    // A bad message on HTTP/1 leaves us unsure where the next one begins.
    if (status === 400 && this.manager.isHttp1 && this.encoder?.streamErrorOnInvalidHttpMessage !== true) {
      this.drainConnection = true;
    }
  }

  get upstreamCallbacks(): undefined {
    return undefined;
  }

  encode1xxHeaders(headers: ResponseHeaderMap): void {
    prepareInformational(this, headers);
    this.chargeStats(headers);
    this.encoder?.encode1xxHeaders(headers);
    this.manager.flushSoon();
  }

  encodeHeaders(headers: ResponseHeaderMap, endStream: boolean): void {
    prepareResponse(this, headers);
    this.chargeStats(headers);
    if (this.#upgraded && headers.status < 200 && this.config.accessLogOptions?.flushOnTunnel === true) {
      this.log('DownstreamTunnelSuccessfullyEstablished');
    }
    this.streamInfo.firstDownstreamTxByteSentMs = this.dispatcher.approximateMonotonicTimeMs();
    this.encoder?.encodeHeaders(headers, endStream);
    if (!endStream) this.manager.flushSoon();
  }

  encodeData(data: Buffer, endStream: boolean): void {
    this.streamInfo.bytesSent += data.length;
    this.encoder?.encodeData(data, endStream);
    if (!endStream) this.manager.flushSoon();
  }

  encodeTrailers(trailers: HeaderMap): void {
    this.encoder?.encodeTrailers(trailers);
  }

  endStream(): void {
    this.codecSawLocalComplete = true;
    const { streamInfo } = this;
    const nowMs = this.dispatcher.approximateMonotonicTimeMs();
    streamInfo.lastDownstreamTxByteSentMs = nowMs;
    streamInfo.requestCompleteMs = nowMs;
    const tookMs = nowMs - streamInfo.startTimeMonotonicMs;
    this.config.stats.downstreamRqTime.recordValue(Math.floor(tookMs));
    this.manager.doEndStream(this);
  }

  get isUpgraded(): boolean {
    return this.#upgraded;
  }

  chargeStats(headers: ResponseHeaderMap): void {
    const { status } = headers;
    this.streamInfo.responseCode = status;
    // The client sees nothing of an internal redirect.
    if (this.streamInfo.responseCodeDetails === 'internal_redirect') return;
    if (!this.streamInfo.healthCheck) this.config.stats.chargeCode(status, this.config.listenerStats);
  }

  resetStream(_reason: StreamResetReason, details: string): void {
    if (details !== '') this.streamInfo.responseCodeDetails ??= details;
    this.config.stats.downstreamRqTxReset.inc();
    this.manager.doEndStream(this);
  }

  recreateStream(originalResponseHeaders: ResponseHeaderMap | undefined): boolean {
    const { filters } = this;
    if (!filters.remoteDecodeComplete) return false;
    this.streamInfo.responseCodeDetails = 'internal_redirect';
    if (originalResponseHeaders !== undefined) {
      filters.responseHeaders = originalResponseHeaders;
      this.chargeStats(originalResponseHeaders);
    }
    this.manager.recreateStream(this);
    return true;
  }

  resetIdleTimer(): void {
    this.lastActivityMs = this.dispatcher.approximateMonotonicTimeMs();
  }

  disarmRequestTimeout(): void {
    this.awaited = 'nothing';
  }

  reportFilterFault(error: unknown): void {
    this.config.reportFilterFault(error);
  }

  onRequestDataTooLarge(): void {
    this.config.stats.downstreamRqTooLarge.inc();
  }

  onResponseDataTooLarge(): void {
    this.config.stats.rsTooLarge.inc();
  }

  onDecoderFilterAboveWriteBufferHighWatermark(): void {
    this.encoder?.stream.readDisable(true);
    this.config.stats.downstreamFlowControlPausedReadingTotal.inc();
  }

  onDecoderFilterBelowWriteBufferLowWatermark(): void {
    // The codec undoes what is left of a destroyed stream.
    if (!this.#destroyed) this.encoder?.stream.readDisable(false);
    this.config.stats.downstreamFlowControlResumedReadingTotal.inc();
  }

  // StreamCallbacks

  onResetStream(reason: StreamResetReason, _details: string): void {
    this.config.stats.downstreamRqRxReset.inc();
    const codecDetails = this.encoder?.stream.responseDetails ?? '';
    if (codecDetails !== '') {
      if (reason === 'LocalReset') this.streamInfo.setResponseFlag('DPE');
      this.streamInfo.responseCodeDetails = codecDetails;
    }
    this.filters.onDownstreamReset();
    this.manager.doDeferredStreamDestroy(this);
  }

  onAboveWriteBufferHighWatermark(): void {
    this.filters.callHighWatermarkCallbacks();
  }

  onBelowWriteBufferLowWatermark(): void {
    this.filters.callLowWatermarkCallbacks();
  }

  // Deadlines

  /** Acts on what is due; when something is due next. */
  checkDeadlines(nowMs: number): number {
    const due = nextDue(this, nowMs);
    if (due === undefined) return nextDeadlineMs(this);
    this.#onDue(due);
    return this.#destroyed ? NEVER : nextDeadlineMs(this);
  }

  #onDue(due: DueTime): void {
    const { stats } = this.config;
    switch (due) {
      case 'idle':
        stats.downstreamRqIdleTimeout.inc();
        this.streamInfo.setResponseFlag('SI');
        return this.#replyWithTimeout('stream timeout', 'stream_idle_timeout');
      case 'request':
        stats.downstreamRqTimeout.inc();
        return this.#replyWithTimeout('request timeout', 'request_overall_timeout');
      case 'headers':
        stats.downstreamRqHeaderTimeout.inc();
        return this.#replyWithTimeout('request header timeout', 'request_header_timeout');
      case 'duration':
        stats.downstreamRqMaxDurationReached.inc();
        return this.#replyWithTimeout('downstream duration timeout', 'max_duration_timeout', 4);
      case 'log':
        return this.log('DownstreamPeriodic');
    }
  }

  /** 408 blames the client, who has not sent all of its request; 504 us. */
  #replyWithTimeout(body: string, details: string, grpcStatus?: number): void {
    const status = this.filters.remoteDecodeComplete ? 504 : 408;
    const reply = { status, body, details };
    sendLocalReply(this, grpcStatus === undefined ? reply : { ...reply, grpcStatus });
  }

  // The end

  /** Books the end of the stream, logs it and takes its filters down. */
  destroy(): void {
    if (this.#destroyed) return;
    this.#destroyed = true;
    this.#completeRequest();
    this.filters.onStreamComplete();
    this.log('DownstreamEnd');
    this.filters.destroyFilters();
  }

  get destroyed(): boolean {
    return this.#destroyed;
  }

  #completeRequest(): void {
    const { streamInfo, config, manager } = this;
    streamInfo.requestCompleteMs ??= manager.monotonicTimeMs();
    if (manager.remoteClosed) {
      streamInfo.responseCodeDetails = 'downstream_remote_disconnect';
      streamInfo.setResponseFlag('DC');
    }
    config.stats.downstreamRqActive.dec();
    if (streamInfo.healthCheck) config.tracingStats?.healthCheck.inc();
    if (this.#upgraded) config.stats.downstreamCxUpgradesActive.dec();
    config.routeResolution?.record(streamInfo.routeResolutions, streamInfo.routeResolutionMs);
  }

  log(accessLogType: AccessLogType): void {
    const { accessLogs } = this.config;
    if (accessLogs === undefined) return;
    const { requestHeaders, responseHeaders, responseTrailers } = this.filters;
    if (requestHeaders !== undefined) this.streamInfo.requestId ??= this.config.requestId.get(requestHeaders);
    const context: LogContext = {
      requestHeaders,
      responseHeaders,
      responseTrailers,
      localReplyBody: '',
      accessLogType,
    };
    for (const accessLog of accessLogs) accessLog.log(context, this.streamInfo);
  }
}
