import type {
  TcpProxy_TcpAccessLogOptions,
  TcpProxy as TcpProxyProto,
} from '../../../../../api/generated/envoy/extensions/filters/network/tcp_proxy/v3/tcp_proxy_pb.d.ts';
import type { HashPolicy } from '../../../../../api/generated/envoy/type/v3/hash_policy_pb.d.ts';
import type { ConfigContext } from '../../../../../sdk/config.ts';
import { type AccessLogConfig, parseAccessLogs } from '../../../../common/access-log/access-log-config.ts';
import { xxHash64 } from '../../../../common/hash/xxhash64.ts';
import { parseTlvs } from '../../../../common/network/proxy-protocol-tlvs.ts';
import { mergeMetadataMatch, parseMetadataMatch } from '../../../../common/router/metadata-match.ts';
import { durationMs } from '../../../../common/upstream/proto-values.ts';
import type { ClientTlvs, TlvMergePolicy } from '../../../../worker/tcp/client-tlvs.ts';
import type { TcpHashPolicy, TcpProxySettings, UpstreamConnectMode } from '../../../../worker/tcp/tcp-proxy-config.ts';
import { type TcpRoute, TcpRoutes } from '../../../../worker/tcp/tcp-routes.ts';
import { parseTunneling } from './tunneling-config.ts';

export interface TcpProxyConfig {
  readonly statPrefix: string;
  readonly settings: TcpProxySettings;
  readonly accessLogs: readonly AccessLogConfig[];
}

const hourMs = 3_600_000;

/** Checks an envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy; faults are gathered in `ctx`. */
export function parseTcpProxy(config: TcpProxyProto, ctx: ConfigContext): TcpProxyConfig {
  ctx.requireSupported(config, [
    'statPrefix',
    'cluster',
    'weightedClusters',
    'metadataMatch',
    'idleTimeout',
    // Envoy has these two and does not look at them.
    'downstreamIdleTimeout',
    'upstreamIdleTimeout',
    'accessLog',
    'maxConnectAttempts',
    'hashPolicy',
    'maxDownstreamConnectionDuration',
    'maxDownstreamConnectionDurationJitterPercentage',
    'accessLogFlushInterval',
    'flushAccessLogOnConnected',
    'accessLogOptions',
    'backoffOptions',
    'tunnelingConfig',
    'proxyProtocolTlvs',
    'upstreamConnectMode',
    'maxEarlyDataBytes',
    'checkDrainClose',
    'onDemand',
    'proxyProtocolTlvMergePolicy',
  ]);
  // Without a source of clusters there is nothing to demand, in Envoy as here.
  if (config.onDemand !== undefined) ctx.child('on_demand').requireSupported(config.onDemand, ['timeout']);
  const routes = parseRoutes(config, ctx);
  return {
    statPrefix: config.statPrefix,
    settings: {
      routes: new TcpRoutes(routes, config.clusterSpecifier.case === 'weightedClusters'),
      ...parseConnectMode(config, ctx),
      checkDrainClose: config.checkDrainClose ?? false,
      maxConnectAttempts: config.maxConnectAttempts ?? 1,
      idleTimeoutMs: positive(durationMs(config.idleTimeout) ?? hourMs),
      maxDownstreamConnectionDurationMs: durationMs(config.maxDownstreamConnectionDuration),
      maxDurationJitterPercentage: config.maxDownstreamConnectionDurationJitterPercentage?.value ?? 0,
      backOff: parseBackOff(config, ctx),
      hashPolicy: parseHashPolicy(config.hashPolicy[0], ctx),
      tunneling: config.tunnelingConfig && parseTunneling(config.tunnelingConfig, ctx.child('tunneling_config')),
      clientTlvs: parseClientTlvs(config, ctx),
      ...parseLogOptions(config, ctx),
    },
    accessLogs: parseAccessLogs(config.accessLog, ctx),
  };
}

const connectModes: readonly UpstreamConnectMode[] = ['IMMEDIATE', 'ON_DOWNSTREAM_DATA', 'ON_DOWNSTREAM_TLS_HANDSHAKE'];

function parseConnectMode(
  { upstreamConnectMode: number, maxEarlyDataBytes }: TcpProxyProto,
  ctx: ConfigContext,
): Pick<TcpProxySettings, 'upstreamConnectMode' | 'maxEarlyDataBytes'> {
  const upstreamConnectMode = connectModes[number] ?? 'IMMEDIATE';
  if (upstreamConnectMode !== 'IMMEDIATE' && maxEarlyDataBytes === undefined) {
    ctx.error('max_early_data_bytes must be set when upstream_connect_mode is not IMMEDIATE');
  }
  return { upstreamConnectMode, maxEarlyDataBytes };
}

const mergePolicies: readonly TlvMergePolicy[] = [
  'ADD_IF_ABSENT',
  'OVERWRITE_BY_TYPE_IF_EXISTS_OR_ADD',
  'APPEND_IF_EXISTS_OR_ADD',
];

function parseClientTlvs(config: TcpProxyProto, ctx: ConfigContext): ClientTlvs | undefined {
  const { proxyProtocolTlvs, proxyProtocolTlvMergePolicy } = config;
  if (proxyProtocolTlvs.length === 0) return undefined;
  return {
    tlvs: parseTlvs(proxyProtocolTlvs, ctx, 'proxy_protocol_tlvs'),
    mergePolicy: mergePolicies[proxyProtocolTlvMergePolicy] ?? 'ADD_IF_ABSENT',
  };
}

function positive(ms: number): number | undefined {
  return ms > 0 ? ms : undefined;
}

function parseRoutes(
  { clusterSpecifier: clusters, metadataMatch }: TcpProxyProto,
  ctx: ConfigContext,
): { readonly route: TcpRoute; readonly weight: number }[] {
  const match = parseMetadataMatch(metadataMatch);
  switch (clusters.case) {
    case 'cluster':
      return [{ route: { clusterName: clusters.value, metadataMatch: match }, weight: 1 }];
    case 'weightedClusters':
      return clusters.value.clusters.map(({ name, weight, metadataMatch: own }) => ({
        route: { clusterName: name, metadataMatch: mergeMetadataMatch(match, parseMetadataMatch(own)) },
        weight,
      }));
    default:
      ctx.error('a cluster specifier is required', { expected: 'one of cluster, weighted_clusters' });
      return [];
  }
}

function parseBackOff({ backoffOptions }: TcpProxyProto, ctx: ConfigContext): TcpProxySettings['backOff'] {
  if (backoffOptions === undefined) return undefined;
  const baseMs = Math.max(1, Math.floor(durationMs(backoffOptions.baseInterval) ?? 0));
  const maxMs = Math.floor(durationMs(backoffOptions.maxInterval) ?? baseMs * 10);
  if (maxMs < baseMs) ctx.child('backoff_options').error('max_backoff must be greater or equal to base_backoff');
  return { baseMs, maxMs };
}

/** The options' own message stands over the deprecated fields. */
function parseLogOptions(
  config: TcpProxyProto,
  ctx: ConfigContext,
): Pick<TcpProxySettings, 'flushAccessLogOnStart' | 'flushAccessLogOnConnected' | 'accessLogFlushIntervalMs'> {
  const options: TcpProxy_TcpAccessLogOptions | undefined = config.accessLogOptions;
  if (options !== undefined && (config.flushAccessLogOnConnected || config.accessLogFlushInterval !== undefined)) {
    ctx.error(
      'Only one of access_log_options or access_log_flush_interval and flush_access_log_on_connected may be set.',
    );
  }
  return {
    flushAccessLogOnStart: options?.flushAccessLogOnStart ?? false,
    flushAccessLogOnConnected: options?.flushAccessLogOnConnected ?? config.flushAccessLogOnConnected,
    accessLogFlushIntervalMs: durationMs(
      options === undefined ? config.accessLogFlushInterval : options.accessLogFlushInterval,
    ),
  };
}

function parseHashPolicy(policy: HashPolicy | undefined, ctx: ConfigContext): TcpHashPolicy | undefined {
  if (policy === undefined) return undefined;
  const { policySpecifier: by } = policy;
  switch (by.case) {
    case 'sourceIp':
      return ({ info }) => (info.remoteAddress.kind === 'ip' ? xxHash64(info.remoteAddress.ip) : undefined);
    case 'filterState':
      return ({ streamInfo }) => streamInfo.filterState.get(by.value.key)?.hash?.();
    default:
      ctx.child('hash_policy', 0).error('a policy specifier is required');
      return undefined;
  }
}
