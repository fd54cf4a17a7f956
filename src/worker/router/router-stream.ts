import type { Buffer } from '../../../sdk/buffer.ts';
import type { CodecError, StreamResetReason } from '../../../sdk/codec.ts';
import type { HeaderMap, RequestHeaderMap, ResponseHeaderMap } from '../../../sdk/headers.ts';
import type { DecoderFilterCallbacks } from '../../../sdk/http.ts';
import type { RequestTimeouts, RetryPolicy, RouteEntry, RouteStats } from '../../../sdk/router.ts';
import type { ResponseFlag } from '../../../sdk/stream-info.ts';
import type { ClusterInfo, Host, HttpConnectionPool, ThreadLocalCluster } from '../../../sdk/upstream.ts';
import { setKnown, traitsOf } from '../../common/headers/header-entries.ts';
import { nameTable } from '../../common/headers/name-table.ts';
import { HeaderNames } from '../../common/headers/names.ts';
import { Trait } from '../../common/headers/traits.ts';
import { updateAuthority } from '../../common/router/host-rewrite.ts';
import { percentOfTimeout } from './attempt-stats.ts';
import type { ChargedRequest } from './code-stats.ts';
import { setTimeoutHeaders } from './final-timeout.ts';
import { finalizeInformational, grpcStatusOfTimeout, toldFailure } from './guarded-answers.ts';
import { tellMonitor } from './host-monitoring.ts';
import { setupInternalRedirect } from './internal-redirect.ts';
import { copyOf } from './request-body.ts';
import { resetBody, resetDetails, resetReasonFlag } from './reset-reason.ts';
import { bookSuccess, isCanary, isGrpcSuccess, isServerError } from './response-outcome.ts';
import type { RetryState, RetryStatus } from './retry-state.ts';
import type { RouterConfig } from './router-config.ts';
import type { Expirable, TimeoutQueue } from './timeout-queues.ts';
import { UpstreamLog } from './upstream-log.ts';
import type { UpstreamParent } from './upstream-parent.ts';
import type { UpstreamRequest } from './upstream-request.ts';

const envoyUpstreamServiceTimeId = nameTable.idOf(HeaderNames.EnvoyUpstreamServiceTime);

const NO_TIMEOUTS: RequestTimeouts = { globalMs: 0, perTryMs: 0, perTryIdleMs: 0 };

/** Of what is set before anybody looks. */
const LATER = undefined as never;

/** A routed request from its first attempt on: what the attempts report, and what follows from it. */
export abstract class RouterStream implements UpstreamParent, ChargedRequest, Expirable {
  // Declared alone, and no method private to V8: it makes `super()` part of its caller for a class without either, and calls the
  // runtime for any other.
  declare readonly config: RouterConfig;
  declare timeouts: RequestTimeouts;
  /** The request has come whole. */
  declare downstreamEndStream: boolean;
  declare downstreamResponseStarted: boolean;
  declare connectTermination: boolean;
  declare bufferOverflowed: boolean;
  /** Set with the filter's place in its chain. */
  declare callbacks: DecoderFilterCallbacks;
  /** These two are there before there is an attempt. */
  declare requestHeaders: RequestHeaderMap;
  declare cluster: ClusterInfo;
  declare protected trailers: HeaderMap | undefined;
  declare protected entry: RouteEntry | undefined;
  declare virtualCluster: RouteStats | undefined;
  declare routeStats: RouteStats | undefined;
  /** The cluster's, or the route's. */
  declare protected retryPolicy: RetryPolicy | undefined;
  declare protected retry: RetryState | undefined;
  /** `Set-Cookie` lines of hash policies, for the response; undefined when there is none. */
  declare protected setCookies: string[] | undefined;
  /** Attempts under way, newest first; more than one only with hedging. */
  declare protected requests: UpstreamRequest | undefined;
  declare expiresAtMs: number;
  declare timeoutQueue: TimeoutQueue | undefined;
  /** Neighbours in the timeout's queue. */
  declare previous: Expirable | undefined;
  declare next: Expirable | undefined;
  declare protected requestCompleteMs: number | undefined;
  declare protected isGrpc: boolean;
  declare protected hedging: boolean;
  declare private attemptCount: number;
  declare protected attemptCountInResponse: boolean;
  declare timeoutResponseCode: number;
  declare altStatName: string;
  declare protected isRetry: boolean;
  declare private retryAfterTimeout: boolean;
  /** Retries that wait for their back-off. */
  declare private pendingRetries: number;

  constructor(config: RouterConfig) {
    this.config = config;
    this.timeouts = NO_TIMEOUTS;
    this.downstreamEndStream = false;
    this.downstreamResponseStarted = false;
    this.connectTermination = false;
    this.bufferOverflowed = false;
    this.callbacks = LATER;
    this.requestHeaders = LATER;
    this.cluster = LATER;
    this.trailers = undefined;
    this.entry = undefined;
    this.virtualCluster = undefined;
    this.routeStats = undefined;
    this.retryPolicy = undefined;
    this.retry = undefined;
    this.setCookies = undefined;
    this.requests = undefined;
    this.expiresAtMs = 0;
    this.timeoutQueue = undefined;
    this.previous = undefined;
    this.next = undefined;
    this.requestCompleteMs = undefined;
    this.isGrpc = false;
    this.hedging = false;
    this.attemptCount = 1;
    this.attemptCountInResponse = false;
    this.timeoutResponseCode = 504;
    this.altStatName = '';
    this.isRetry = false;
    this.retryAfterTimeout = false;
    this.pendingRetries = 0;
  }

  protected abstract createPool(cluster: ThreadLocalCluster): HttpConnectionPool | undefined;
  protected abstract createRequest(pool: HttpConnectionPool): UpstreamRequest;
  abstract reportFilterFault(error: unknown): void;

  // UpstreamParent: what attempts read.

  get routeEntry(): RouteEntry {
    return this.entry as RouteEntry;
  }

  nowMs(): number {
    return this.config.timeouts.nowMs();
  }

  createLog(request: UpstreamRequest): UpstreamLog | undefined {
    const logs = this.config.upstreamLogs;
    return logs && new UpstreamLog(logs, this.callbacks, this.requestHeaders, request.record, this.nowMs());
  }

  // UpstreamParent: what attempts tell.

  onUpstreamHostSelected(host: Host | undefined, poolSuccess: boolean): void {
    if (this.retry !== undefined && host !== undefined) this.retry.onHostAttempted(host);
    if (!poolSuccess) return;
    this.virtualCluster?.upstreamRqTotal.inc();
    this.routeStats?.upstreamRqTotal.inc();
  }

  beforeEncode(host: Host): void {
    const entry = this.routeEntry;
    if (!entry.autoHostRewrite || host.hostname === '') return;
    updateAuthority(this.requestHeaders, host.hostname, entry.appendXForwardedHost, !this.config.suppressEnvoyHeaders);
  }

  onInvalidRequestHeaders(error: CodecError, request: UpstreamRequest): void {
    this.remove(request);
    request.resetStream();
    request.cleanUp();
    this.cleanUp();
    const details = `filter_removed_required_request_headers{${error.message.replace(/\s/g, '_')}}`;
    this.callbacks.streamInfo.setResponseFlag('DPE');
    this.callbacks.sendLocalReply({ status: 503, body: error.message, details });
  }

  onUpstream1xxHeaders(headers: ResponseHeaderMap, request: UpstreamRequest): void {
    this.chargeCode(headers.status, request.host, isCanary(headers, request.host));
    this.downstreamResponseStarted = true;
    this.resetOthers(request);
    // What has been promised cannot be taken back by another attempt.
    this.endRetries();
    finalizeInformational(this.routeEntry, headers, this.config.runtime);
    this.callbacks.encode1xxHeaders(headers);
  }

  onUpstreamHeaders(headers: ResponseHeaderMap, request: UpstreamRequest, endStream: boolean): void {
    tellMonitor(request.host?.monitor, headers, this.isGrpc);
    let couldNotRetry = false;
    if (this.retry !== undefined) {
      const outcome = this.retryFromHeaders(this.retry, headers, request, endStream);
      if (outcome === 'retried') return;
      couldNotRetry = outcome === 'could not';
    }
    if (this.redirectInternally(headers)) return;
    if (couldNotRetry && this.othersMayAnswer(request)) {
      if (request.host !== undefined) request.host.stats.rqError++;
      this.remove(request);
      request.resetStream();
      request.cleanUp();
      return;
    }
    this.endRetries();
    this.acceptResponse(headers, request, endStream);
    if (endStream) this.onUpstreamComplete(request);
    this.callbacks.encodeHeaders(headers, endStream, 'via_upstream');
  }

  /** The client gets the headers but no body, which it could take for frames. */
  onWebSocketRefused(headers: ResponseHeaderMap): void {
    this.callbacks.sendLocalReply({
      status: headers.status,
      details: 'websocket_handshake_unsuccessful',
      modifyHeaders: (local) => {
        for (const [name, value] of headers.entries()) if (!name.startsWith(':')) local.add(name, value);
      },
    });
  }

  onUpstreamData(data: Buffer, request: UpstreamRequest, endStream: boolean): void {
    if (endStream) {
      // gRPC ends with trailers.
      if (request.grpcSuccessDeferred && request.host !== undefined) request.host.stats.rqError++;
      this.onUpstreamComplete(request);
    }
    this.callbacks.encodeData(data, endStream);
  }

  onUpstreamTrailers(trailers: HeaderMap, request: UpstreamRequest): void {
    if (request.grpcSuccessDeferred && request.host !== undefined) {
      if (isGrpcSuccess(trailers)) request.host.stats.rqSuccess++;
      else request.host.stats.rqError++;
    }
    this.onUpstreamComplete(request);
    this.callbacks.encodeTrailers(trailers);
  }

  onUpstreamReset(reason: StreamResetReason, transportFailureReason: string, request: UpstreamRequest): void {
    if (this.retryFromReset(reason, request, false)) return;
    const dropped = reason === 'Overflow';
    const code = reason === 'ProtocolError' ? 502 : 503;
    this.chargeAbort(code, request);
    this.remove(request);
    request.cleanUp();
    if (this.othersMayAnswer(undefined)) return;
    const body = resetBody(reason, toldFailure(transportFailureReason, this.config.runtime), this.isRetry);
    const details = resetDetails(reason, transportFailureReason, this.downstreamResponseStarted);
    this.abort(code, resetReasonFlag(reason), body, dropped, details);
  }

  onPerTryTimeout(request: UpstreamRequest): void {
    if (this.hedging) {
      this.hedge(request);
      return;
    }
    this.cluster.trafficStats.upstreamRqPerTryTimeout.inc();
    this.onTryTimedOut(request, 'upstream_per_try_timeout');
  }

  onPerTryIdleTimeout(request: UpstreamRequest): void {
    if (this.hedging) {
      this.hedge(request);
      return;
    }
    this.cluster.trafficStats.upstreamRqPerTryIdleTimeout.inc();
    this.onTryTimedOut(request, 'upstream_per_try_idle_timeout');
  }

  onStreamMaxDurationReached(request: UpstreamRequest): void {
    request.resetStream();
    if (this.retryFromReset('LocalReset', request, false)) return;
    this.remove(request);
    request.cleanUp();
    this.cleanUp();
    this.callbacks.streamInfo.setResponseFlag('UMSDR');
    this.callbacks.sendLocalReply({
      status: this.downstreamEndStream ? 504 : 408,
      body: 'upstream max stream duration reached',
      details: 'upstream_max_stream_duration_reached',
      modifyHeaders: (headers) => this.modifyResponse(headers),
    });
  }

  /** The global timeout. */
  onExpired(): void {
    for (let request = this.requests; request !== undefined; request = this.requests) {
      this.remove(request);
      this.cluster.trafficStats.upstreamRqTimeout.inc();
      this.virtualCluster?.upstreamRqTimeout.inc();
      this.routeStats?.upstreamRqTimeout.inc();
      request.noteGlobalTimeout();
      if (request.awaitingHeaders) this.chargeAbort(this.timeoutResponseCode, request);
      request.resetStream();
      request.cleanUp();
    }
    this.abortForTimeout('response_timeout');
  }

  // Attempts

  protected begin(pool: HttpConnectionPool, endStream: boolean): UpstreamRequest {
    const request = this.createRequest(pool);
    request.next = this.requests;
    this.requests = request;
    request.acceptHeaders(endStream);
    return request;
  }

  private remove(request: UpstreamRequest): void {
    if (this.requests === request) {
      this.requests = request.next;
    } else {
      let before = this.requests;
      while (before !== undefined && before.next !== request) before = before.next;
      if (before !== undefined) before.next = request.next;
    }
    request.next = undefined;
  }

  protected resetAll(): void {
    for (let request = this.requests; request !== undefined; request = this.requests) {
      this.remove(request);
      request.resetStream();
      request.cleanUp();
    }
  }

  private resetOthers(request: UpstreamRequest): void {
    if (this.requests === request && request.next === undefined) return;
    this.remove(request);
    this.resetAll();
    this.requests = request;
  }

  private othersMayAnswer(except: UpstreamRequest | undefined): boolean {
    if (this.pendingRetries > 0) return true;
    for (let request = this.requests; request !== undefined; request = request.next) {
      if (request !== except && request.awaitingHeaders) return true;
    }
    return false;
  }

  // Responses

  private acceptResponse(headers: ResponseHeaderMap, request: UpstreamRequest, endStream: boolean): void {
    const { config, callbacks } = this;
    const { status } = headers;
    const { streamInfo } = callbacks;
    // Before there is a header of ours among them: then most have none of the kind.
    request.canary = isCanary(headers, request.host);
    if (this.requestCompleteMs !== undefined && !config.suppressEnvoyHeaders) {
      const elapsedMs = this.nowMs() - this.requestCompleteMs;
      setKnown(headers, envoyUpstreamServiceTimeId, `${Math.floor(elapsedMs)}`);
    }
    this.chargeCode(status, request.host, request.canary);
    if (!isServerError(status)) bookSuccess(request, headers, this.isGrpc, endStream);
    const { setCookies } = this;
    if (setCookies !== undefined) for (const cookie of setCookies) headers.add(HeaderNames.SetCookie, cookie);
    streamInfo.responseCodeDetails = 'via_upstream';
    streamInfo.responseCode = status;
    this.routeEntry.finalizeResponseHeaders(headers, this.requestHeaders, streamInfo);
    this.modifyResponse(headers);
    this.downstreamResponseStarted = true;
    streamInfo.upstream = request.record;
    this.resetOthers(request);
  }

  private onUpstreamComplete(request: UpstreamRequest): void {
    if (!this.downstreamEndStream) request.resetStream();
    this.bookTimeoutBudget();
    const { config, requestCompleteMs } = this;
    if (config.dynamicStats && requestCompleteMs !== undefined && !this.callbacks.streamInfo.healthCheck) {
      const elapsedMs = this.nowMs() - requestCompleteMs;
      config.codeStats.chargeTime(this, Math.floor(elapsedMs), request.host, request.canary);
    }
    this.remove(request);
    request.cleanUp();
    this.cleanUp();
  }

  /** Headers that the router adds to any response from here on. */
  protected modifyResponse(headers: ResponseHeaderMap): void {
    if (this.attemptCountInResponse) headers.set(HeaderNames.EnvoyAttemptCount, String(this.attemptCount));
  }

  protected cleanUp(): void {
    this.endRetries();
    this.disarmResponseTimeout();
  }

  armResponseTimeout(): void {
    const { globalMs } = this.timeouts;
    if (globalMs === 0 || this.timeoutQueue !== undefined) return;
    this.config.timeouts.arm(this, globalMs);
  }

  disarmResponseTimeout(): void {
    this.timeoutQueue?.remove(this);
  }

  // Failures

  private onTryTimedOut(request: UpstreamRequest, details: string): void {
    if (request.host !== undefined) request.host.stats.rqTimeout++;
    request.resetStream();
    if (this.retryFromReset('LocalReset', request, true)) return;
    this.chargeAbort(this.timeoutResponseCode, request);
    this.remove(request);
    request.cleanUp();
    this.abortForTimeout(details);
  }

  /** How much of its time the request has taken. */
  private bookTimeoutBudget(): void {
    const budget = this.cluster.requestStats?.timeoutBudget;
    if (budget === undefined || this.requestCompleteMs === undefined) return;
    budget.percentUsed.recordValue(percentOfTimeout(this.nowMs() - this.requestCompleteMs, this.timeouts.globalMs));
  }

  private abortForTimeout(details: string): void {
    this.bookTimeoutBudget();
    const code = this.timeoutResponseCode;
    this.abort(code, 'UT', code === 504 ? 'upstream request timeout' : '', false, details);
  }

  /** An answer of our own, or a reset of the response that has begun. */
  private abort(status: number, flag: ResponseFlag, body: string, dropped: boolean, details: string): void {
    this.callbacks.streamInfo.setResponseFlag(flag);
    this.cleanUp();
    this.callbacks.sendLocalReply({
      status,
      ...(flag === 'UT' ? grpcStatusOfTimeout(this.config.runtime) : undefined),
      body,
      details,
      modifyHeaders: (headers) => {
        if (dropped && !this.config.suppressEnvoyHeaders) headers.add(HeaderNames.EnvoyOverloaded, 'true');
        this.modifyResponse(headers);
      },
    });
  }

  protected sendNoHealthyUpstream(): void {
    this.callbacks.streamInfo.setResponseFlag('UH');
    this.chargeCode(503, undefined, false);
    this.callbacks.sendLocalReply({
      status: 503,
      body: 'no healthy upstream',
      details: 'no_healthy_upstream',
      modifyHeaders: (headers) => this.modifyResponse(headers),
    });
  }

  // Statistics

  protected chargeCode(code: number, host: Host | undefined, canary: boolean): void {
    const { config } = this;
    if (!config.dynamicStats || this.callbacks.streamInfo.healthCheck) return;
    const completedOnly = this.isGrpc && config.suppressGrpcRequestFailureCodeStats;
    config.codeStats.chargeResponse(this, code, completedOnly, host, canary);
    if (host !== undefined && isServerError(code)) host.stats.rqError++;
  }

  private chargeAbort(code: number, request: UpstreamRequest): void {
    const { host } = request;
    if (this.downstreamResponseStarted) {
      if (!request.grpcSuccessDeferred || host === undefined) return;
      host.stats.rqError++;
      this.config.stats.rqResetAfterDownstreamResponseStarted.inc();
      return;
    }
    this.chargeCode(code, host, host?.canary === true);
    if (host !== undefined && (code < 500 || code >= 600)) host.stats.rqError++;
  }

  get isInternal(): boolean {
    const { requestHeaders } = this;
    const mayBe = (traitsOf(requestHeaders) & Trait.internal) !== 0;
    return mayBe && requestHeaders.get(HeaderNames.EnvoyInternalRequest) === 'true';
  }

  // Retries

  private retryFromHeaders(
    retry: RetryState,
    headers: ResponseHeaderMap,
    request: UpstreamRequest,
    endStream: boolean,
  ): 'retried' | 'could not' | 'no' {
    if (request.retried) return retry.wouldRetryFromHeaders(headers) ? 'could not' : 'no';
    const status = retry.shouldRetryHeaders(headers);
    if (status !== 'Yes') return this.noteRefusedRetry(status) ? 'could not' : 'no';
    this.pendingRetries++;
    this.retryAfterTimeout = false;
    if (request.host !== undefined) request.host.stats.rqError++;
    const completedOnly = this.isGrpc && this.config.suppressGrpcRequestFailureCodeStats;
    this.config.codeStats.ofCluster(this.cluster).retry.chargeCode(headers.status, completedOnly);
    this.remove(request);
    if (!endStream || !request.encodeComplete) request.resetStream();
    request.cleanUp();
    return 'retried';
  }

  private retryFromReset(reason: StreamResetReason, request: UpstreamRequest, afterTimeout: boolean): boolean {
    if (this.downstreamResponseStarted || this.retry === undefined || request.retried) return false;
    const status = this.retry.shouldRetryReset(reason, request.requestStarted);
    if (status !== 'Yes') {
      this.noteRefusedRetry(status);
      return false;
    }
    this.pendingRetries++;
    this.retryAfterTimeout = afterTimeout;
    if (request.host !== undefined) request.host.stats.rqError++;
    this.remove(request);
    request.cleanUp();
    return true;
  }

  /** The attempt takes long: another one begins beside it. */
  private hedge(request: UpstreamRequest): void {
    if (this.downstreamResponseStarted || this.retry === undefined) return;
    const status = this.retry.shouldHedgeRetryPerTryTimeout();
    if (status !== 'Yes') {
      this.noteRefusedRetry(status);
      return;
    }
    this.pendingRetries++;
    this.retryAfterTimeout = true;
    request.retried = true;
  }

  /** True when there would have been a retry, but for a limit. */
  private noteRefusedRetry(status: RetryStatus): boolean {
    if (status === 'No') return false;
    this.callbacks.streamInfo.setResponseFlag(status === 'NoOverflow' ? 'UO' : 'URX');
    return true;
  }

  private endRetries(): void {
    this.retry?.end();
    this.retry = undefined;
  }

  /** The back-off is over. */
  protected doRetry(): void {
    const { callbacks, config } = this;
    if (this.entry === undefined) return;
    this.isRetry = true;
    this.attemptCount++;
    callbacks.streamInfo.attemptCount = this.attemptCount;
    this.pendingRetries--;
    const { entry } = this;
    const pool = this.retryPool(entry);
    if (pool === undefined) {
      this.sendNoHealthyUpstream();
      this.cleanUp();
      return;
    }
    const headers = this.requestHeaders;
    if (entry.includeAttemptCountInRequest) headers.set(HeaderNames.EnvoyAttemptCount, String(this.attemptCount));
    if (callbacks.route()?.virtualHost.includeIsTimeoutRetryHeader === true) {
      headers.set(HeaderNames.EnvoyIsTimeoutRetry, String(this.retryAfterTimeout));
    }
    const { requestCompleteMs } = this;
    const nowMs = callbacks.dispatcher.timeSource.monotonicTimeMs();
    const elapsedMs = requestCompleteMs === undefined ? 0 : Math.floor(nowMs - requestCompleteMs);
    setTimeoutHeaders(this.timeouts, elapsedMs, entry, headers, {
      insertExpected: !config.suppressEnvoyHeaders,
      isGrpc: this.isGrpc,
      hedging: this.hedging,
    });
    this.sendAgain(pool);
  }

  /** The route chooses anew for the next attempt, before it is waited for; undefined = nothing changes. */
  protected refreshCluster(): ClusterInfo | undefined {
    const { callbacks, config, requestHeaders: headers, entry } = this;
    if (entry === undefined || this.retryPolicy?.refreshClusterOnRetry !== true) return undefined;
    const { streamInfo, streamId: random } = callbacks;
    streamInfo.attemptCount = this.attemptCount + 1;
    const route = entry.refreshed({ headers, streamInfo, random, runtime: config.runtime });
    streamInfo.attemptCount = this.attemptCount;
    if (route?.routeEntry === undefined) return undefined;
    callbacks.setRoute(route);
    this.entry = route.routeEntry;
    return config.clusterManager.getThreadLocalCluster(route.routeEntry.clusterName)?.info;
  }

  private retryPool(entry: RouteEntry): HttpConnectionPool | undefined {
    const cluster = this.config.clusterManager.getThreadLocalCluster(entry.clusterName);
    if (cluster === undefined) return undefined;
    this.cluster = cluster.info;
    return this.createPool(cluster);
  }

  private sendAgain(pool: HttpConnectionPool): void {
    const body = this.callbacks.decodingBuffer;
    const { trailers, downstreamEndStream } = this;
    const request = this.begin(pool, body === undefined && trailers === undefined && downstreamEndStream);
    // It may have failed at once, and another one may stand in its place.
    if (this.requests !== request) return;
    if (body !== undefined) request.acceptData(copyOf(body), trailers === undefined && downstreamEndStream);
    if (trailers !== undefined && this.requests === request) request.acceptTrailers(trailers);
  }

  private redirectInternally(headers: ResponseHeaderMap): boolean {
    const policy = this.routeEntry.internalRedirectPolicy;
    if (policy === undefined || !policy.redirectResponseCodes.has(headers.status)) return false;
    const stats = this.cluster.trafficStats;
    if (setupInternalRedirect(this, policy, headers)) {
      stats.upstreamInternalRedirectSucceededTotal.inc();
      return true;
    }
    stats.upstreamInternalRedirectFailedTotal.inc();
    return false;
  }
}
