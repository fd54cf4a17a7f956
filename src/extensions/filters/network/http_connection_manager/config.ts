import type {
  HttpConnectionManager,
  HttpConnectionManager_ProxyStatusConfig as ProxyStatusConfig,
} from '../../../../../api/generated/envoy/extensions/filters/network/http_connection_manager/v3/http_connection_manager_pb.ts';
import type { ConfigContext } from '../../../../../sdk/config.ts';
import type { EarlyHeaderMutationExtension, ResolvedExtension } from '../../../../../sdk/extension.ts';
import type { TracingSampling } from '../../../../../sdk/router.ts';
import type { Http1ServerOptions } from '../../../../codec/http1/options.ts';
import { type AccessLogConfig, parseAccessLogs } from '../../../../common/access-log/access-log-config.ts';
import { type HttpFilterConfig, parseHttpFilters } from '../../../../common/http/http-filters.ts';
import { checkHttp2Options } from '../../../../common/http/http2-options.ts';
import { type RouteResolutionTime, routeResolutionTime } from '../../../../common/stream-info/route-resolution-time.ts';
import type {
  AccessLogOptions,
  ConnectionManagerTimeouts,
  ServerHeaderTransformation,
} from '../../../../worker/http/connection-manager-config.ts';
import type { HostOptions } from '../../../../worker/http/host-normalization.ts';
import type { PathOptions } from '../../../../worker/http/path-normalization.ts';
import { parseHttp1Options } from './http1-config.ts';
import { type LocalReplyConfig, parseLocalReplyConfig } from './local-reply-config.ts';
import {
  parseEarlyHeaderMutations,
  parseHostOptions,
  parsePathOptions,
  parseRequestHeaders,
  type RequestHeadersConfig,
} from './request-headers-config.ts';
import { parseRoutes, type RoutesConfig } from './routes-config.ts';
import { parseAccessLogOptions, parseTimeouts } from './timeouts-config.ts';
import { parseTracing } from './tracing-config.ts';
import { parseUpgrades, type UpgradeConfigs } from './upgrades-config.ts';

/** A checked HttpConnectionManager; the objects of a thread are made of it in create.ts. */
export interface HttpConnectionManagerConfig {
  readonly statPrefix: string;
  readonly http1: Http1ServerOptions;
  readonly routes: RoutesConfig;
  readonly filters: readonly HttpFilterConfig[];
  readonly upgrades: UpgradeConfigs | undefined;
  readonly accessLogs: readonly AccessLogConfig[];
  readonly accessLogOptions: AccessLogOptions | undefined;
  readonly timeouts: ConnectionManagerTimeouts;
  readonly maxRequestsPerConnection: number;
  readonly http1SafeMaxConnectionDuration: boolean;
  readonly schemeMatchesUpstream: boolean;
  readonly serverName: string;
  readonly serverHeaderTransformation: ServerHeaderTransformation;
  readonly via: string;
  /** Undefined = no Proxy-Status header. */
  readonly proxyStatus: ProxyStatusConfig | undefined;
  readonly proxy100Continue: boolean;
  readonly localReply: LocalReplyConfig | undefined;
  readonly earlyHeaderMutations: readonly ResolvedExtension<EarlyHeaderMutationExtension>[];
  readonly requestHeaders: RequestHeadersConfig;
  readonly path: PathOptions | undefined;
  readonly host: HostOptions | undefined;
  readonly alwaysSetRequestIdInResponse: boolean;
  readonly appendLocalOverload: boolean;
  readonly tracing: TracingSampling | undefined;
  readonly recordRouteResolutionStats: boolean;
  readonly routeResolutionTime: RouteResolutionTime;
}

const SERVER_TRANSFORMATIONS = ['Overwrite', 'AppendIfAbsent', 'PassThrough'] as const;

export function parseHttpConnectionManager(
  config: HttpConnectionManager,
  ctx: ConfigContext,
): HttpConnectionManagerConfig {
  checkSupported(config, ctx);
  checkCodec(config, ctx);
  checkHeaderValidation(config, ctx);
  checkHttp2Options(config.http2ProtocolOptions, ctx.child('http2_protocol_options'));
  const common = config.commonHttpProtocolOptions;
  if (common !== undefined) checkCommonOptions(common, ctx.child('common_http_protocol_options'));
  return Object.freeze({
    statPrefix: config.statPrefix,
    http1: parseHttp1Options(config, common, ctx),
    routes: parseRoutes(config, ctx),
    filters: parseHttpFilters(config.httpFilters, ctx, { field: 'http_filters', chainType: 'http' }),
    upgrades: parseUpgrades(config.upgradeConfigs, ctx),
    accessLogs: parseAccessLogs(config.accessLog, ctx),
    accessLogOptions: parseAccessLogOptions(config, ctx),
    timeouts: parseTimeouts(config, common),
    maxRequestsPerConnection: common?.maxRequestsPerConnection ?? 0,
    http1SafeMaxConnectionDuration: config.http1SafeMaxConnectionDuration,
    schemeMatchesUpstream: config.schemeHeaderTransformation?.matchUpstream ?? false,
    serverName: config.serverName === '' ? 'envoy' : config.serverName,
    serverHeaderTransformation: SERVER_TRANSFORMATIONS[config.serverHeaderTransformation] ?? 'Overwrite',
    via: config.via,
    proxyStatus: config.proxyStatusConfig,
    proxy100Continue: config.proxy100Continue,
    localReply: parseLocalReplyConfig(config.localReplyConfig, ctx.child('local_reply_config')),
    earlyHeaderMutations: parseEarlyHeaderMutations(config, ctx),
    requestHeaders: parseRequestHeaders(config, ctx),
    path: parsePathOptions(config),
    host: parseHostOptions(config, ctx),
    alwaysSetRequestIdInResponse: config.alwaysSetRequestIdInResponse,
    appendLocalOverload: config.appendLocalOverload,
    tracing: parseTracing(config.tracing, ctx.child('tracing')),
    recordRouteResolutionStats: config.recordRouteResolutionStats,
    routeResolutionTime: routeResolutionTime(ctx.resources),
  });
}

function checkSupported(config: HttpConnectionManager, ctx: ConfigContext): void {
  ctx.requireSupported(config, [
    'codecType',
    'statPrefix',
    'rds',
    'routeConfig',
    'scopedRoutes',
    'httpFilters',
    'addUserAgent',
    'commonHttpProtocolOptions',
    'httpProtocolOptions',
    // They mean nothing to a connection that speaks HTTP/1.
    'http2ProtocolOptions',
    'http3ProtocolOptions',
    'serverName',
    'serverHeaderTransformation',
    'schemeHeaderTransformation',
    'maxRequestHeadersKb',
    'streamIdleTimeout',
    'streamFlushTimeout',
    'requestTimeout',
    'requestHeadersTimeout',
    'drainTimeout',
    'delayedCloseTimeout',
    'accessLog',
    'accessLogFlushInterval',
    'flushAccessLogOnNewRequest',
    'accessLogOptions',
    'useRemoteAddress',
    'xffNumTrustedHops',
    'originalIpDetectionExtensions',
    'earlyHeaderMutationExtensions',
    'internalAddressConfig',
    'skipXffAppend',
    'via',
    'generateRequestId',
    'preserveExternalRequestId',
    'alwaysSetRequestIdInResponse',
    'forwardClientCertDetails',
    'setCurrentClientCertDetails',
    'forwardClientCertMatcher',
    'proxy100Continue',
    'upgradeConfigs',
    'proxyStatusConfig',
    'normalizePath',
    'mergeSlashes',
    'pathWithEscapedSlashesAction',
    'requestIdExtension',
    'localReplyConfig',
    'stripMatchingHostPort',
    'stripAnyHostPort',
    'streamErrorOnInvalidHttpMessage',
    'stripTrailingHostDot',
    'appendXForwardedPort',
    'http1SafeMaxConnectionDuration',
    'appendLocalOverload',
    'tracing',
    'drainTimeoutJitter',
    'forwardProtoConfig',
    'recordRouteResolutionStats',
    // Envoy 1.40 does nothing with these; the last is for a transport socket that is refused by name.
    'pathNormalizationOptions',
    'representIpv4RemoteAddressAsIpv4MappedIpv6',
    'addProxyProtocolConnectionState',
    'typedHeaderValidationConfig',
  ]);
}

/** Envoy's words: its builds have none either. */
function checkHeaderValidation(
  { typedHeaderValidationConfig: validation }: HttpConnectionManager,
  ctx: ConfigContext,
): void {
  if (validation === undefined) return;
  ctx
    .child('typed_header_validation_config')
    .error(`This Envoy binary does not support header validator extensions.: '${validation.name}'`);
}

const HTTP2 = 2;
const HTTP3 = 3;

function checkCodec({ codecType }: HttpConnectionManager, ctx: ConfigContext): void {
  const place = ctx.child('codec_type');
  if (codecType === HTTP2) place.error('HTTP/2 is not supported yet', { expected: 'HTTP1 or AUTO' });
  if (codecType === HTTP3) place.error('HTTP/3 codec configured on non-QUIC listener.');
}

function checkCommonOptions(
  common: NonNullable<HttpConnectionManager['commonHttpProtocolOptions']>,
  ctx: ConfigContext,
): void {
  ctx.requireSupported(common, [
    'idleTimeout',
    'maxConnectionDuration',
    'maxConnectionDurationJitter',
    'maxResponseHeadersKb',
    'maxHeadersCount',
    'maxStreamDuration',
    'headersWithUnderscoresAction',
    'maxRequestsPerConnection',
  ]);
  if (common.maxResponseHeadersKb !== undefined) {
    ctx
      .child('max_response_headers_kb')
      .error('Error: max_response_headers_kb cannot be set on http_connection_manager.');
  }
}
