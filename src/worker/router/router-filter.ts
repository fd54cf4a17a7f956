import type { Buffer } from '../../../sdk/buffer.ts';
import type { RequestHeaderMap, ResponseHeaderMap } from '../../../sdk/headers.ts';
import type {
  DecoderFilterCallbacks,
  FilterDataStatus,
  FilterHeadersStatus,
  FilterTrailersStatus,
  HttpFilter,
} from '../../../sdk/http.ts';
import type { Connection, TransportSocketOptions } from '../../../sdk/network.ts';
import type { ConnectConfig, DirectResponseEntry, HashInput, RouteEntry, ShadowPolicy } from '../../../sdk/router.ts';
import type { ResponseFlag, StreamInfo } from '../../../sdk/stream-info.ts';
import type {
  ClusterInfo,
  Host,
  HttpConnectionPool,
  LoadBalancerContext,
  PriorityLoad,
  ThreadLocalCluster,
} from '../../../sdk/upstream.ts';
import { writeV1, writeV2 } from '../../codec/proxy-protocol/write-proxy-header.ts';
import { SliceBuffer } from '../../common/buffer/slice-buffer.ts';
import { isGrpcRequest } from '../../common/headers/grpc.ts';
import { setKnown, traitsOf } from '../../common/headers/header-entries.ts';
import { RequestHeaders } from '../../common/headers/header-map.ts';
import { nameTable } from '../../common/headers/name-table.ts';
import { HeaderNames } from '../../common/headers/names.ts';
import { Trait } from '../../common/headers/traits.ts';
import { withDynamicMatch } from '../../common/router/metadata-match.ts';
import { transportSocketWishes } from '../upstream/transport-socket-wishes.ts';
import { type DropOverload, drawDropOverload } from './drop-overload.ts';
import { finalTimeouts, setTimeoutHeaders } from './final-timeout.ts';
import { copyOf } from './request-body.ts';
import { asksForRetries, RetryState, removeRetryHeaders } from './retry-state.ts';
import type { RouterConfig } from './router-config.ts';
import { RouterStream } from './router-stream.ts';
import { Shadowing } from './shadowing.ts';
import { findInvalidHeader } from './strict-headers.ts';
import { TcpTunnelPool } from './tcp-tunnel.ts';
import { transportSocketOptions } from './transport-socket-options.ts';
import { UpstreamRequest } from './upstream-request.ts';

const SHED_FILTERS = 'envoy.load_shed_points.http_downstream_filter_check';
const envoyAttemptCountId = nameTable.idOf(HeaderNames.EnvoyAttemptCount);

/** The end of the filter chain: finds the upstream, sends the request there and brings the response back. */
export class RouterFilter extends RouterStream implements HttpFilter, LoadBalancerContext, HashInput {
  /** Retries keep those of the first attempt. */
  transportSocketOptions: TransportSocketOptions | undefined = undefined;
  /** Among whose hosts the attempt's is looked for. */
  #chosenCluster: ThreadLocalCluster | undefined = undefined;
  #bufferLimitBytes = Number.POSITIVE_INFINITY;
  #shadowing: Shadowing | undefined = undefined;

  constructor(config: RouterConfig) {
    super(config);
  }

  setDecoderFilterCallbacks(callbacks: DecoderFilterCallbacks): void {
    this.callbacks = callbacks;
  }

  decodeHeaders(headers: RequestHeaderMap, endStream: boolean): FilterHeadersStatus {
    const { config, callbacks } = this;
    this.requestHeaders = headers;
    const traits = traitsOf(headers);
    if ((traits & Trait.contentType) !== 0) this.isGrpc = isGrpcRequest(headers);
    config.stats.rqTotal.inc();
    const route = callbacks.route();
    const directResponse = route?.directResponse;
    if (directResponse !== undefined) return this.#respondDirectly(directResponse, headers);
    const entry = route?.routeEntry;
    if (entry === undefined) {
      config.stats.noRoute.inc();
      return this.#refuse(404, 'NR', 'route_not_found');
    }
    this.entry = entry;
    const cluster = config.clusterManager.getThreadLocalCluster(entry.clusterName);
    if (cluster === undefined) {
      config.stats.noCluster.inc();
      return this.#refuse(entry.clusterNotFoundResponseCode, 'NC', 'cluster_not_found');
    }
    this.#enterRoute(entry, cluster.info, headers);
    if (config.strictCheckHeaders !== undefined) {
      const invalid = findInvalidHeader(headers, config.strictCheckHeaders);
      if (invalid !== undefined) return this.#refuseHeader(invalid, headers);
    }
    if (cluster.info.maintenanceMode) return this.#refuseInMaintenance(cluster.info);
    const drop = drawDropOverload(cluster.info.dropOverload, config.random);
    if (drop !== undefined) return this.#dropOverload(drop);
    if (config.overload?.isDrawn(SHED_FILTERS) === true) return this.#shed();
    this.attemptCountInResponse = entry.includeAttemptCountInResponse;
    callbacks.streamInfo.attemptCount = 1;
    const wishes = transportSocketWishes(callbacks.streamInfo);
    this.transportSocketOptions = wishes;
    const { upstreamHttpProtocolOptions: fromRequest } = cluster.info;
    if (fromRequest !== undefined) {
      const host = entry.requestHostValue(headers, callbacks.streamInfo);
      const own = transportSocketOptions(fromRequest, host, headers);
      if (own !== undefined) this.transportSocketOptions = wishes === undefined ? own : { ...wishes, ...own };
    }
    this.#finalizeRequest(entry, cluster, headers);
    const pool = this.createPool(cluster);
    if (pool === undefined) {
      this.sendNoHealthyUpstream();
      return 'StopIteration';
    }
    this.#finalizeScheme(headers, pool.host);
    const shadows = cluster.info.shadowPolicies.length > 0 ? cluster.info.shadowPolicies : entry.shadowPolicies;
    // The copies are of what was routed: the attempt's filters and the host that it comes to may change the headers.
    if (shadows.length > 0) this.#shadowing = this.#createShadowing(shadows, headers);
    this.begin(pool, endStream);
    this.#shadowing?.start(endStream);
    if (endStream) this.#onRequestComplete();
    return 'StopIteration';
  }

  decodeData(data: Buffer, endStream: boolean): FilterDataStatus {
    if (this.config.rejectConnectRequestEarlyData && this.#isEarly(data)) {
      this.callbacks.sendLocalReply({ status: 400, details: 'early_connect_data' });
      return 'StopIterationNoBuffer';
    }
    this.#shadowing?.sendData(data, endStream);
    if (this.#mustBuffer()) {
      const held = this.callbacks.decodingBuffer;
      const heldBytes = held === undefined || held === data ? 0 : held.length;
      if (heldBytes + data.length > this.#bufferLimitBytes) {
        if (!this.#giveUpBuffering()) return 'StopIterationNoBuffer';
        this.requests?.acceptData(data, endStream);
      } else {
        this.requests?.acceptData(copyOf(data), endStream);
        this.callbacks.addDecodedData(data, true);
      }
    } else {
      this.requests?.acceptData(data, endStream);
    }
    if (endStream) this.#onRequestComplete();
    return 'StopIterationNoBuffer';
  }

  decodeTrailers(trailers: RequestHeaderMap): FilterTrailersStatus {
    this.trailers = trailers;
    this.#shadowing?.sendTrailers(trailers);
    this.requests?.acceptTrailers(trailers);
    this.#onRequestComplete();
    return 'StopIteration';
  }

  onDestroy(): void {
    this.resetAll();
    this.#shadowing?.cancel(this.downstreamEndStream);
    this.cleanUp();
  }

  // On the way to the upstream

  #enterRoute(entry: RouteEntry, cluster: ClusterInfo, headers: RequestHeaderMap): void {
    this.cluster = cluster;
    this.#limitBuffer(entry.requestBodyBufferLimit);
    this.routeStats = entry.routeStats;
    const virtualCluster = entry.virtualCluster(headers);
    if (virtualCluster !== undefined) {
      this.virtualCluster = virtualCluster.stats;
      this.callbacks.streamInfo.virtualClusterName = virtualCluster.name;
    }
    if ((traitsOf(headers) & Trait.internalOnly) === 0) return;
    const altStatName = headers.get(HeaderNames.EnvoyUpstreamAltStatName);
    if (altStatName !== undefined) this.altStatName = altStatName;
  }

  /** The route's limit stands over that of the connection and the filters before us, also where it is higher. */
  #limitBuffer(ofRouteBytes: number | undefined): void {
    const { callbacks } = this;
    const ofStreamBytes = callbacks.decoderBufferLimitBytes;
    const limitBytes = ofRouteBytes ?? ofStreamBytes;
    if (ofRouteBytes !== undefined && ofStreamBytes !== 0 && ofRouteBytes > ofStreamBytes) {
      callbacks.setDecoderBufferLimitBytes(ofRouteBytes);
    }
    this.#bufferLimitBytes = limitBytes === 0 && ofRouteBytes === undefined ? Number.POSITIVE_INFINITY : limitBytes;
  }

  protected createPool(cluster: ThreadLocalCluster): HttpConnectionPool | undefined {
    this.#chosenCluster = cluster;
    const { priority, connectConfig } = this.routeEntry;
    const { upstreamKind } = cluster.info;
    this.connectTermination = connectConfig !== undefined && terminates(connectConfig, this.requestHeaders);
    if (upstreamKind === 'tcp' || (upstreamKind === 'generic' && this.connectTermination)) {
      const pool = cluster.tcpConnPool(priority, this);
      return pool && new TcpTunnelPool(pool, proxyHeader(connectConfig?.proxyProtocol, this.callbacks.connection));
    }
    return cluster.httpConnPool(priority, this.callbacks.streamInfo.protocol, this);
  }

  protected createRequest(pool: HttpConnectionPool): UpstreamRequest {
    const filters = this.cluster.upstreamHttpFilters ?? this.config.upstreamHttpFilters;
    return new UpstreamRequest(this, this.callbacks, pool, filters);
  }

  reportFilterFault(error: unknown): void {
    this.config.reportFilterFault(error);
  }

  #finalizeRequest(entry: RouteEntry, cluster: ThreadLocalCluster, headers: RequestHeaderMap): void {
    const { config, callbacks, isGrpc } = this;
    this.hedging = entry.hedgeOnPerTryTimeout;
    if ((traitsOf(headers) & Trait.envoy) !== 0) this.#readEnvoyHeaders(headers);
    this.retryPolicy = cluster.info.retryPolicy ?? entry.retryPolicy;
    // As in Envoy its times are the route's all the same.
    this.timeouts = finalTimeouts(entry, headers, isGrpc, config.respectExpectedRqTimeout);
    setTimeoutHeaders(this.timeouts, 0, entry, headers, {
      insertExpected: !config.suppressEnvoyHeaders,
      isGrpc,
      hedging: this.hedging,
    });
    if (entry.includeAttemptCountInRequest) setKnown(headers, envoyAttemptCountId, '1');
    entry.finalizeRequestHeaders(headers, callbacks.streamInfo, !config.suppressEnvoyHeaders);
    if (asksForRetries(this.retryPolicy, headers)) this.retry = this.#createRetryState(entry, cluster, headers);
    removeRetryHeaders(headers);
  }

  #finalizeScheme(headers: RequestHeaderMap, host: Host): void {
    const { streamInfo } = this.callbacks;
    if (streamInfo.schemeMatchesUpstream === true) headers.scheme = this.cluster.isSecure(host) ? 'https' : 'http';
    else if (headers.scheme === '') setScheme(headers, streamInfo.downstreamConnection.ssl !== undefined);
  }

  #readEnvoyHeaders(headers: RequestHeaderMap): void {
    headers.remove(HeaderNames.EnvoyUpstreamAltStatName);
    const hedge = headers.get(HeaderNames.EnvoyHedgeOnPerTryTimeout);
    if (hedge === 'true' || hedge === 'false') this.hedging = hedge === 'true';
    if (hedge !== undefined) headers.remove(HeaderNames.EnvoyHedgeOnPerTryTimeout);
    // Envoy 1.40 takes it away unread.
    headers.remove(HeaderNames.EnvoyUpstreamStreamDurationMs);
    if (headers.remove(HeaderNames.EnvoyUpstreamRequestTimeoutAltResponse) > 0) this.timeoutResponseCode = 204;
  }

  #createRetryState(entry: RouteEntry, cluster: ThreadLocalCluster, headers: RequestHeaderMap): RetryState {
    const { runtime, random } = this.config;
    return new RetryState(this.retryPolicy, headers, {
      cluster: cluster.info,
      retries: cluster.resourceManager(entry.priority).retries,
      virtualCluster: this.virtualCluster,
      route: this.routeStats,
      runtime,
      random,
      dispatcher: this.callbacks.dispatcher,
      refreshCluster: () => this.refreshCluster(),
      onRetry: () => this.doRetry(),
    });
  }

  #createShadowing(policies: readonly ShadowPolicy[], headers: RequestHeaderMap): Shadowing {
    const { config, callbacks } = this;
    return new Shadowing({
      config,
      callbacks,
      policies,
      headers: RequestHeaders.of(headers.entries()),
      timeoutMs: this.timeouts.globalMs,
      bufferLimitBytes: this.#bufferLimitBytes,
      createRouter: () => new RouterFilter(config.forShadows()),
    });
  }

  /** Another attempt, or another route, may need the body again. */
  #mustBuffer(): boolean {
    if (this.bufferOverflowed) return false;
    return this.retry?.enabled === true || this.entry?.internalRedirectPolicy !== undefined;
  }

  /** False when no attempt is under way that the request could go on with: it has been answered then. */
  #giveUpBuffering(): boolean {
    this.cluster.trafficStats.retryOrShadowAbandoned.inc();
    this.retry?.end();
    this.retry = undefined;
    this.bufferOverflowed = true;
    if (this.requests !== undefined) return true;
    this.cleanUp();
    this.callbacks.sendLocalReply({
      status: 507,
      body: 'exceeded request buffer limit while retrying upstream',
      details: 'request_payload_exceeded_retry_buffer_limit',
      modifyHeaders: (headers) => this.modifyResponse(headers),
    });
    return false;
  }

  #onRequestComplete(): void {
    this.downstreamEndStream = true;
    this.requestCompleteMs = this.nowMs();
    if (this.requests === undefined) return;
    this.armResponseTimeout();
    for (let request = this.requests; request !== undefined; request = request.next as UpstreamRequest) {
      request.onRequestComplete();
    }
  }

  /** The payload of a tunnel that has not been accepted yet. */
  #isEarly(data: Buffer): boolean {
    return data.length > 0 && !this.downstreamResponseStarted && this.requestHeaders.method === 'CONNECT';
  }

  // LoadBalancerContext, HashInput: what balancers may ask of a request.

  get headers(): RequestHeaderMap {
    return this.requestHeaders;
  }

  get downstreamHeaders(): RequestHeaderMap {
    return this.requestHeaders;
  }

  get streamInfo(): StreamInfo {
    return this.callbacks.streamInfo;
  }

  get requestStreamInfo(): StreamInfo {
    return this.callbacks.streamInfo;
  }

  get downstreamConnection(): Connection | undefined {
    return this.callbacks.connection;
  }

  /** The route's, over it what is known of the connection, over that of the request. */
  get metadataMatch(): ReadonlyMap<string, unknown> | undefined {
    const { connection, streamInfo } = this.callbacks;
    const match = this.routeEntry.metadataMatch;
    return withDynamicMatch(
      connection === undefined ? match : withDynamicMatch(match, connection.streamInfo),
      streamInfo,
    );
  }

  computeHashKey(): bigint | undefined {
    return (this.cluster.hashPolicy ?? this.routeEntry.hashPolicy)?.generateHash(this);
  }

  addSetCookie(value: string): void {
    this.setCookies ??= [];
    // A retry asks again, with the cookie that was made the first time.
    if (!this.setCookies.includes(value)) this.setCookies.push(value);
  }

  shouldSelectAnotherHost(host: Host): boolean {
    return this.isRetry && this.retry?.shouldSelectAnotherHost(host) === true;
  }

  get hostSelectionRetryCount(): number {
    return this.isRetry && this.retry !== undefined ? this.retry.hostSelectionMaxAttempts : 1;
  }

  get overrideHost(): undefined {
    return undefined;
  }

  determinePriorityLoad(original: PriorityLoad): PriorityLoad {
    const priority = this.isRetry ? this.retry?.priority : undefined;
    if (priority === undefined || this.#chosenCluster === undefined) return original;
    return priority.determinePriorityLoad(this.#chosenCluster.hostSets, original);
  }

  // Answers of our own

  #refuse(status: number, flag: ResponseFlag, details: string): FilterHeadersStatus {
    this.callbacks.streamInfo.setResponseFlag(flag);
    this.callbacks.sendLocalReply({ status, details });
    return 'StopIteration';
  }

  #refuseHeader(name: string, headers: RequestHeaderMap): FilterHeadersStatus {
    this.callbacks.streamInfo.setResponseFlag('IH');
    const body = `invalid header '${name}' with value '${headers.get(name) ?? ''}'`;
    this.callbacks.sendLocalReply({ status: 400, body, details: `request_headers_failed_strict_check{${name}}` });
    return 'StopIteration';
  }

  #dropOverload({ flag, body, details, header }: DropOverload): FilterHeadersStatus {
    this.callbacks.streamInfo.setResponseFlag(flag);
    this.chargeCode(503, undefined, false);
    this.callbacks.sendLocalReply({
      status: 503,
      body,
      details,
      modifyHeaders: (headers) => {
        if (!this.config.suppressEnvoyHeaders) headers.add(header, 'true');
      },
    });
    return 'StopIteration';
  }

  #shed(): FilterHeadersStatus {
    this.callbacks.sendLocalReply({ status: 503, body: 'envoy overloaded', details: 'overload' });
    this.config.stats.rqOverloadLocalReply.inc();
    return 'StopIteration';
  }

  #refuseInMaintenance(cluster: ClusterInfo): FilterHeadersStatus {
    this.callbacks.streamInfo.setResponseFlag('UO');
    this.chargeCode(503, undefined, false);
    this.callbacks.sendLocalReply({
      status: 503,
      body: 'maintenance mode',
      details: 'maintenance_mode',
      modifyHeaders: (headers) => {
        if (!this.config.suppressEnvoyHeaders) headers.add(HeaderNames.EnvoyOverloaded, 'true');
      },
    });
    cluster.trafficStats.upstreamRqMaintenanceMode.inc();
    return 'StopIteration';
  }

  #respondDirectly(entry: DirectResponseEntry, headers: RequestHeaderMap): FilterHeadersStatus {
    const { streamInfo } = this.callbacks;
    this.config.stats.rqDirectResponse.inc();
    entry.rewritePathHeader(headers, streamInfo, !this.config.suppressEnvoyHeaders);
    const status = entry.responseCode;
    this.callbacks.sendLocalReply({
      status,
      body: entry.responseBody(headers, streamInfo),
      details: 'direct_response',
      modifyHeaders: (response: ResponseHeaderMap) => {
        const location = hasLocation(status) && headers.path !== '' ? entry.newUri(headers, streamInfo) : undefined;
        if (location !== undefined) response.add(HeaderNames.Location, location);
        entry.finalizeResponseHeaders(response, headers, streamInfo);
        if (entry.responseContentType !== undefined) response.set(HeaderNames.ContentType, entry.responseContentType);
      },
    });
    return 'StopIteration';
  }
}

/** Whether a CONNECT, or what counts as one, ends here. */
function terminates({ allowPost }: ConnectConfig, { method }: RequestHeaderMap): boolean {
  return method === 'CONNECT' || (allowPost && method === 'POST');
}

/** 201 and redirects say where the answer is (RFC 9110 section 10.2.2). */
function hasLocation(status: number): boolean {
  return status === 201 || (status >= 300 && status < 400);
}

/** What is said to the upstream of the connection that asked for the tunnel; undefined = nothing. */
function proxyHeader(version: ConnectConfig['proxyProtocol'], connection: Connection | undefined): Buffer | undefined {
  if (version === undefined || connection === undefined) return undefined;
  const { remoteAddress, localAddress } = connection.info;
  const header = new SliceBuffer();
  header.add(version === 'V1' ? writeV1(remoteAddress, localAddress) : writeV2(remoteAddress, localAddress, []).header);
  return header;
}

/** Only a filter that has removed the scheme brings this about. */
function setScheme(headers: RequestHeaderMap, isTls: boolean): void {
  const forwarded = headers.get(HeaderNames.ForwardedProto);
  const valid = forwarded === 'http' || forwarded === 'https';
  headers.scheme = valid ? forwarded : isTls ? 'https' : 'http';
}
