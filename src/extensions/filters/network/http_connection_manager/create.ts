import type {
  HttpFilterContext,
  ListenerFactoryContext,
  LocalInfo,
  RequestIdExtension,
  ResolvedExtension,
} from '../../../../../sdk/extension.ts';
import type { RequestIdGenerator } from '../../../../../sdk/http.ts';
import { Http1ServerCodec, makeHttp1CodecStats, makeServerShared } from '../../../../codec/http1/index.ts';
import { createAccessLogs } from '../../../../common/access-log/access-log-config.ts';
import { reportExtensionFault } from '../../../../common/extension-fault.ts';
import { xffDetection } from '../../../../common/http/xff.ts';
import type { CodecFactory } from '../../../../worker/http/codec-factory.ts';
import type { ConnectionManagerConfig, UpgradeConfig } from '../../../../worker/http/connection-manager-config.ts';
import {
  CodeStats,
  ConnectionManagerStats,
  RouteResolutionStats,
  TracingStats,
} from '../../../../worker/http/connection-manager-stats.ts';
import { createFilterChain } from '../../../../worker/http/create-filter-chain.ts';
import { DateProvider } from '../../../../worker/http/date-provider.ts';
import { PendingOutputs } from '../../../../worker/http/pending-outputs.ts';
import type { ProxyStatusOptions } from '../../../../worker/http/proxy-status.ts';
import type { RequestHeaderOptions } from '../../../../worker/http/request-headers.ts';
import type { TracingOptions } from '../../../../worker/http/tracing.ts';
import type { HttpConnectionManagerConfig } from './config.ts';
import { httpFilterContext } from './filter-context.ts';
import { createLocalReply } from './local-reply-config.ts';
import { createRoutes } from './routes-config.ts';
import type { UpgradeConfigs } from './upgrades-config.ts';

/** What the connections of one configuration share on this thread. */
export function createConnectionManagerConfig(
  config: HttpConnectionManagerConfig,
  context: ListenerFactoryContext,
): ConnectionManagerConfig {
  const statsPrefix = `http.${config.statPrefix}.`;
  const scope = context.scope.scope(statsPrefix);
  const filterContext = httpFilterContext(context, statsPrefix);
  const requestId = createRequestId(config.requestHeaders.requestId, context);
  const accessLogs = createAccessLogs(config.accessLogs, context);
  return {
    stats: new ConnectionManagerStats(scope),
    routeResolution: config.recordRouteResolutionStats ? new RouteResolutionStats(scope) : undefined,
    routeResolutionTime: config.routeResolutionTime,
    listenerStats: new CodeStats(context.listenerScope.scope(statsPrefix)),
    // The admin interface, on the main thread, traces nothing.
    tracingStats: context.workerIndex < 0 ? undefined : new TracingStats(scope),
    scope,
    createCodec: createCodecFactory(config, context),
    acceptHttp10: config.http1.acceptHttp10,
    defaultHostForHttp10: config.http1.defaultHostForHttp10,
    routes: createRoutes(config.routes, context),
    filterChain: createFilterChain(config.filters, filterContext),
    upgrades: createUpgrades(config.upgrades, filterContext),
    accessLogs: accessLogs.length === 0 ? undefined : accessLogs,
    accessLogOptions: config.accessLogOptions,
    timeouts: config.timeouts,
    maxRequestsPerConnection: config.maxRequestsPerConnection,
    http1SafeMaxConnectionDuration: config.http1SafeMaxConnectionDuration,
    schemeMatchesUpstream: config.schemeMatchesUpstream,
    serverName: config.serverName,
    serverHeaderTransformation: config.serverHeaderTransformation,
    via: config.via,
    dates: context.singleton('http.date_provider', () => new DateProvider(context.dispatcher)),
    pendingOutputs: context.singleton('http.pending_outputs', () => new PendingOutputs(context.dispatcher)),
    proxyStatus: createProxyStatus(config, context.localInfo),
    proxy100Continue: config.proxy100Continue,
    localReply: createLocalReply(config.localReply, context),
    earlyHeaderMutations: config.earlyHeaderMutations.map((mutation) =>
      mutation.extension.createEarlyHeaderMutation(mutation.config),
    ),
    requestHeaders: createRequestHeaderOptions(config, context, requestId),
    path: config.path,
    runtime: context.runtime,
    host: config.host,
    requestId,
    alwaysSetRequestIdInResponse: config.alwaysSetRequestIdInResponse,
    overload: context.overload,
    scaledTimeouts: context.scaledTimeouts,
    appendLocalOverload: config.appendLocalOverload,
    tracing: createTracing(config, context),
    clusterManager: context.clusterManager,
    reportFilterFault: (error) => reportExtensionFault(context, scope, 'an HTTP filter', error),
  };
}

function createProxyStatus(
  { proxyStatus: config, serverName }: HttpConnectionManagerConfig,
  { nodeId }: LocalInfo,
): ProxyStatusOptions | undefined {
  if (config === undefined) return undefined;
  const { proxyName } = config;
  return {
    proxyName: proxyName.case === 'useNodeId' ? nodeId : (proxyName.value ?? serverName),
    removeDetails: config.removeDetails,
    removeConnectionTerminationDetails: config.removeConnectionTerminationDetails,
    removeResponseFlags: config.removeResponseFlags,
    setRecommendedStatus: config.setRecommendedResponseCode,
  };
}

function createUpgrades(
  configs: UpgradeConfigs | undefined,
  context: HttpFilterContext,
): ReadonlyMap<string, UpgradeConfig> | undefined {
  if (configs === undefined) return undefined;
  const upgrades = new Map<string, UpgradeConfig>();
  for (const [type, { enabled, filters }] of configs) {
    upgrades.set(type, { enabled, filters: filters === undefined ? undefined : createFilterChain(filters, context) });
  }
  return upgrades;
}

function createTracing(
  { tracing: sampling }: HttpConnectionManagerConfig,
  { runtime, trafficDirection }: ListenerFactoryContext,
): TracingOptions | undefined {
  return sampling && { sampling, runtime, isEgress: trafficDirection === 'OUTBOUND' };
}

const UUID = 'envoy.request_id.uuid';

function createRequestId(
  configured: ResolvedExtension<RequestIdExtension> | undefined,
  context: ListenerFactoryContext,
): RequestIdGenerator {
  if (configured !== undefined) return configured.extension.createRequestIdGenerator(configured.config, context);
  const uuid = context.extensions.byName('envoy.request_id', UUID) as RequestIdExtension | undefined;
  if (uuid === undefined) throw new Error(`${UUID} is not registered`);
  return uuid.createRequestIdGenerator({ packTraceReason: true, useRequestIdForTraceSampling: true }, context);
}

function createRequestHeaderOptions(
  { requestHeaders, via }: HttpConnectionManagerConfig,
  context: ListenerFactoryContext,
  requestId: RequestIdGenerator,
): RequestHeaderOptions {
  const { originalIpDetection: detections, xffNumTrustedHops, forwardClientCert, ...options } = requestHeaders;
  return {
    ...options,
    xffNumTrustedHops,
    originalIpDetection:
      detections.length === 0
        ? [xffDetection({ numTrustedHops: xffNumTrustedHops })]
        : detections.map(({ extension, config }) => extension.createOriginalIpDetection(config)),
    forwardClientCert: {
      matcher: forwardClientCert.matcher?.(context),
      otherwise: forwardClientCert.otherwise,
    },
    via,
    requestId,
    localInfo: context.localInfo,
  };
}

const HTTP2_PREFACE = Uint8Array.from('PRI * HTTP/2', (char) => char.charCodeAt(0));

/** AUTO and HTTP1 are one until there is HTTP/2: a client that speaks that is not taken for a bad HTTP/1 one. */
function createCodecFactory({ http1 }: HttpConnectionManagerConfig, context: ListenerFactoryContext): CodecFactory {
  const stats = makeHttp1CodecStats(context.scope);
  const shared = makeServerShared({ ...http1, bufferLimitBytes: context.bufferLimitBytes }, stats);
  return (connection, callbacks, firstBytes) => {
    if (connection.info.nextProtocol === 'h2' || firstBytes.startsWith(HTTP2_PREFACE)) return undefined;
    return new Http1ServerCodec(shared, callbacks, {
      readDisable: (disable) => connection.readDisable(disable),
      isSecure: connection.info.ssl !== undefined,
    });
  };
}
