/**
 * What a cluster's proto says, checked (envoy.config.cluster.v3.Cluster). Pure: main runs it to accept or refuse a
 * cluster, each worker again on the same bytes.
 */
import type { Cluster } from '../../../api/generated/envoy/config/cluster/v3/cluster_pb.ts';
import { type ConfigContext, setFieldNames } from '../../../sdk/config.ts';
import type { AcceptsStat } from '../../../sdk/stats.ts';
import type { Struct } from '../../../sdk/stream-info.ts';
import type { CommonLoadBalancerConfig, UpstreamKind } from '../../../sdk/upstream.ts';
import { IpAddress } from '../network/address.ts';
import { parseStatsMatcher } from '../stats/stats-config.ts';
import { type BindOptions, parseBindOptions } from './bind-options.ts';
import { type CircuitBreakerThresholds, parseCircuitBreakers } from './circuit-breakers.ts';
import { type DiscoveryType, parseDiscovery } from './cluster-discovery.ts';
import type { DnsOptions } from './dns-options.ts';
import { type HealthCheckConfig, parseHealthChecks } from './health-check-config.ts';
import { HTTP_PROTOCOL_OPTIONS, type HttpUpstreamOptions, httpUpstreamOptions } from './http-protocol-options.ts';
import { type EndpointAddress, type LoadAssignment, parseLoadAssignment } from './load-assignment.ts';
import {
  CLUSTER_PROVIDED,
  type LoadBalancerConfig,
  lbPolicyName,
  parseCommonLoadBalancerConfig,
  parseLoadBalancerConfig,
} from './load-balancing-config.ts';
import { type OutlierConfig, parseOutlierDetection } from './outlier-config.ts';
import { durationMs, metadataMap } from './proto-values.ts';
import { checkQueuingPolicies } from './queuing-policies.ts';
import { parseTrackedStats, type TrackedStats } from './request-stats.ts';
import { parseSubsets, type SubsetConfig } from './subset-config.ts';
import { TCP_PROTOCOL_OPTIONS, type TcpUpstreamOptions } from './tcp-protocol-options.ts';
import {
  type ConfiguredTransportSocket,
  parseTransportSocket,
  parseTransportSocketMatches,
  type TransportSocketMatch,
} from './transport-socket-match.ts';
import { parseUpstreamKind } from './upstream-config.ts';
import { checkOldProtocol } from './upstream-protocol.ts';

export type { DiscoveryType };

export interface ClusterConfig {
  readonly name: string;
  /** `alt_stat_name`, or the name: `cluster.<this>.` */
  readonly observabilityName: string;
  readonly discoveryType: DiscoveryType;
  /** Default 5 s. */
  readonly connectTimeoutMs: number;
  /** Default 1 MiB; 0 = no limit. */
  readonly perConnectionBufferLimitBytes: number;
  /** How long more than that may wait; 0 = as long as it takes. */
  readonly bufferHighTimeoutMs: number;
  readonly loadAssignment: LoadAssignment;
  /** Undefined only while the collector has the reason. */
  readonly loadBalancer: LoadBalancerConfig | undefined;
  readonly commonLb: CommonLoadBalancerConfig;
  readonly circuitBreakers: CircuitBreakerThresholds;
  readonly http: HttpUpstreamOptions;
  readonly tcp: TcpUpstreamOptions;
  readonly dns: DnsOptions;
  readonly bind: BindOptions;
  /** Ratio of connections to streams per host; 1 = none ahead. */
  readonly perUpstreamPreconnectRatio: number;
  readonly transportSocket: ConfiguredTransportSocket | undefined;
  /** For hosts whose metadata say so; the first one counts. */
  readonly transportSocketMatches: readonly TransportSocketMatch[];
  readonly metadata: ReadonlyMap<string, Struct>;
  /** Parsed `typed_extension_protocol_options` by their name. */
  readonly extensionProtocolOptions: ReadonlyMap<string, unknown>;
  readonly upstreamKind: UpstreamKind;
  readonly closeConnectionsOnHostHealthFailure: boolean;
  readonly closeConnectionsOnHostSetChange: boolean;
  readonly ignoreHealthOnHostRemoval: boolean;
  /** Default true. */
  readonly waitForWarmOnInit: boolean;
  readonly cleanupIntervalMs: number;
  readonly trackedStats: TrackedStats;
  /** Which of its statistics are kept; undefined = all. */
  readonly acceptsStat: AcceptsStat | undefined;
  /** Undefined = hosts are not checked. */
  readonly healthCheck: HealthCheckConfig | undefined;
  /** Undefined = every request chooses among all hosts. */
  readonly subsets: SubsetConfig | undefined;
  /** Of HTTP: connections of one client serve no other. */
  readonly poolPerDownstreamConnection: boolean;
  /** Undefined = no host is ejected. */
  readonly outlier: OutlierConfig | undefined;
  /** Default 1 s; 0 = updates are not merged. */
  readonly updateMergeWindowMs: number;
  /** Hosts that are found later are left out until their first check is done. */
  readonly warmHosts: boolean;
}

const SUPPORTED = [
  'name',
  'altStatName',
  'type',
  'clusterType',
  'connectTimeout',
  'perConnectionBufferLimitBytes',
  'perConnectionBufferHighWatermarkTimeout',
  'lbPolicy',
  'loadAssignment',
  'maxRequestsPerConnection',
  'circuitBreakers',
  'commonHttpProtocolOptions',
  'httpProtocolOptions',
  'http2ProtocolOptions',
  'protocolSelection',
  'upstreamHttpProtocolOptions',
  'typedExtensionProtocolOptions',
  'dnsRefreshRate',
  'dnsFailureRefreshRate',
  'dnsJitter',
  'respectDnsTtl',
  'dnsLookupFamily',
  'useTcpForDnsLookups',
  'typedDnsResolverConfig',
  'dnsResolutionConfig',
  'dnsResolvers',
  'waitForWarmOnInit',
  'cleanupInterval',
  'upstreamBindConfig',
  'leastRequestLbConfig',
  'roundRobinLbConfig',
  'ringHashLbConfig',
  'maglevLbConfig',
  'originalDstLbConfig',
  'commonLbConfig',
  'transportSocket',
  'transportSocketMatches',
  'metadata',
  'upstreamConnectionOptions',
  'closeConnectionsOnHostHealthFailure',
  'ignoreHealthOnHostRemoval',
  'loadBalancingPolicy',
  'preconnectPolicy',
  'connectionPoolPerDownstreamConnection',
  'trackClusterStats',
  'trackTimeoutBudgets',
  'healthChecks',
  'lbSubsetConfig',
  // Of protocols there is one: that of the client and the configured one are the same.
  'protocolSelection',
  'outlierDetection',
  'statsMatcher',
  'upstreamConfig',
  'queuingPolicies',
  // Load is reported where `load_stats_config` says so, which is refused.
  'lrsServer',
  'lrsReportEndpointMetrics',
] as const;

/** Gathers every fault in `ctx`; the result is to be used only when there was none. */
export function parseClusterConfig(cluster: Cluster, ctx: ConfigContext): ClusterConfig {
  ctx.requireSupported(cluster, SUPPORTED);
  const extensionProtocolOptions = parseProtocolOptions(cluster, ctx);
  const { type: discoveryType, dns } = parseDiscovery(cluster, ctx);
  const at = ctx.child('load_assignment');
  const loadAssignment = parseLoadAssignment(cluster.loadAssignment, at, discoveryType !== 'STATIC');
  if (discoveryType === 'LOGICAL_DNS') checkLogicalDns(loadAssignment, at);
  if (discoveryType === 'ORIGINAL_DST') checkOriginalDst(cluster, ctx);
  checkAddresses(discoveryType, loadAssignment, at);
  checkResolverNames(discoveryType, cluster, at);
  checkQueuingPolicies(cluster, ctx);
  return Object.freeze({
    name: cluster.name,
    observabilityName: cluster.altStatName === '' ? cluster.name : cluster.altStatName,
    discoveryType,
    connectTimeoutMs: durationMs(cluster.connectTimeout) ?? 5000,
    perConnectionBufferLimitBytes: cluster.perConnectionBufferLimitBytes ?? 1024 * 1024,
    bufferHighTimeoutMs: durationMs(cluster.perConnectionBufferHighWatermarkTimeout) ?? 0,
    loadAssignment,
    loadBalancer: parseLoadBalancerConfig(cluster, ctx),
    commonLb: parseCommonLoadBalancerConfig(cluster, ctx),
    circuitBreakers: parseCircuitBreakers(cluster.circuitBreakers, ctx.child('circuit_breakers')),
    http: httpOptionsOf(cluster, extensionProtocolOptions, ctx),
    tcp: (extensionProtocolOptions.get(TCP_PROTOCOL_OPTIONS) as TcpUpstreamOptions | undefined) ?? {
      idleTimeoutMs: 600_000,
    },
    dns,
    bind: parseBindOptions(cluster, ctx),
    perUpstreamPreconnectRatio: preconnectRatio(cluster, ctx),
    transportSocket: parseTransportSocket(cluster.transportSocket, ctx.child('transport_socket')),
    transportSocketMatches: parseTransportSocketMatches(cluster.transportSocketMatches, ctx),
    metadata: metadataMap(cluster.metadata),
    extensionProtocolOptions,
    upstreamKind: parseUpstreamKind(cluster, ctx),
    closeConnectionsOnHostHealthFailure: cluster.closeConnectionsOnHostHealthFailure,
    closeConnectionsOnHostSetChange: cluster.commonLbConfig?.closeConnectionsOnHostSetChange ?? false,
    ignoreHealthOnHostRemoval: cluster.ignoreHealthOnHostRemoval,
    waitForWarmOnInit: cluster.waitForWarmOnInit ?? true,
    cleanupIntervalMs: durationMs(cluster.cleanupInterval) ?? 5000,
    trackedStats: parseTrackedStats(cluster),
    acceptsStat: parseStatsMatcher(cluster.statsMatcher, ctx.child('stats_matcher')),
    healthCheck: parseHealthChecks(cluster, ctx),
    subsets: parseSubsets(cluster, ctx),
    poolPerDownstreamConnection: cluster.connectionPoolPerDownstreamConnection,
    outlier: parseOutlierDetection(cluster, ctx),
    updateMergeWindowMs: durationMs(cluster.commonLbConfig?.updateMergeWindow) ?? 1000,
    warmHosts: cluster.commonLbConfig?.ignoreNewHostsUntilFirstHc ?? false,
  });
}

function checkLogicalDns({ localities }: LoadAssignment, ctx: ConfigContext): void {
  const [only] = localities;
  if (localities.length === 0 || only === undefined) {
    ctx.error('LOGICAL_DNS clusters must have a single host');
  } else if (localities.length !== 1 || only.endpoints.length !== 1) {
    ctx.error('LOGICAL_DNS clusters must have a single locality_lb_endpoint and a single lb_endpoint');
  }
}

function checkOriginalDst({ lbPolicy, loadAssignment }: Cluster, ctx: ConfigContext): void {
  if (lbPolicy !== CLUSTER_PROVIDED) {
    const only = "Only 'CLUSTER_PROVIDED' is allowed with cluster type 'ORIGINAL_DST'";
    ctx
      .child('lb_policy')
      .error(`cluster: LB policy ${lbPolicyName(lbPolicy)} is not valid for Cluster type ORIGINAL_DST. ${only}`);
  } else if (loadAssignment !== undefined) {
    ctx.child('load_assignment').error('ORIGINAL_DST clusters must have no load assignment configured');
  }
}

/** Static hosts are addresses. (A path in a DNS cluster passes in Envoy too, and stands for no name.) */
function checkAddresses(type: string, { localities }: LoadAssignment, ctx: ConfigContext): void {
  if (type !== 'STATIC') return;
  for (const [i, { endpoints }] of localities.entries()) {
    for (const [j, { address, additionalAddresses }] of endpoints.entries()) {
      const at = ctx.child('endpoints', i).child('lb_endpoints', j).child('endpoint');
      checkIsAddress(address, at.child('address'));
      for (const [k, other] of additionalAddresses.entries()) {
        checkIsAddress(other, at.child('additional_addresses', k).child('address'));
      }
    }
  }
}

/** Names that are looked up have no resolver that reads them. */
function checkResolverNames(type: string, { loadAssignment }: Cluster, ctx: ConfigContext): void {
  if (type !== 'STRICT_DNS' && type !== 'LOGICAL_DNS') return;
  const hosts = (loadAssignment?.endpoints ?? []).flatMap(({ lbEndpoints }) => lbEndpoints);
  const isNamed = hosts.some(({ hostIdentifier: { value } }) => {
    const address = typeof value === 'object' ? value.address?.address : undefined;
    return address?.case === 'socketAddress' && address.value.resolverName !== '';
  });
  if (isNamed) ctx.error(`${type} clusters must NOT have a custom resolver name set`);
}

function checkIsAddress(address: EndpointAddress, ctx: ConfigContext): void {
  if (address.kind === 'pipe' || IpAddress.parse(address.host, 0) !== undefined) return;
  const advice = "Consider setting resolver_name or setting cluster type to 'STRICT_DNS' or 'LOGICAL_DNS'";
  ctx.child('socket_address').child('address').error(`malformed IP address: ${address.host}. ${advice}`);
}

function parseProtocolOptions(cluster: Cluster, ctx: ConfigContext): ReadonlyMap<string, unknown> {
  const parsed = new Map<string, unknown>();
  for (const [name, any] of Object.entries(cluster.typedExtensionProtocolOptions)) {
    const at = ctx.child('typed_extension_protocol_options', name);
    const message = at.unpack(any);
    if (message === undefined) continue;
    // By the key alone, as in Envoy: the message's type does not help a wrong name.
    const extension = ctx.extensions?.byName('envoy.upstream_options', name);
    if (extension === undefined) {
      at.error(
        `Didn't find a registered network or http filter or protocol options implementation for name: '${name}'`,
      );
      continue;
    }
    const config = ctx.collector.capture(() => extension.parseConfig(message, at));
    if (config !== undefined) parsed.set(extension.name, config);
  }
  return parsed;
}

function httpOptionsOf(cluster: Cluster, typed: ReadonlyMap<string, unknown>, ctx: ConfigContext): HttpUpstreamOptions {
  const options = typed.get(HTTP_PROTOCOL_OPTIONS) as HttpUpstreamOptions | undefined;
  if (options !== undefined) return options;
  checkOldProtocol(cluster, ctx);
  return httpUpstreamOptions({
    common: cluster.commonHttpProtocolOptions,
    commonCtx: ctx.child('common_http_protocol_options'),
    http1: cluster.httpProtocolOptions,
    http1Ctx: ctx.child('http_protocol_options'),
    maxRequestsPerConnection: cluster.maxRequestsPerConnection,
    upstream: cluster.upstreamHttpProtocolOptions,
  });
}

function preconnectRatio(cluster: Cluster, ctx: ConfigContext): number {
  const policy = cluster.preconnectPolicy;
  if (policy === undefined) return 1;
  const predictive = setFieldNames(policy).includes('predictivePreconnectRatio');
  if (predictive && policy.predictivePreconnectRatio !== 1) {
    ctx.child('preconnect_policy').child('predictive_preconnect_ratio').error('is not supported yet');
  }
  return policy.perUpstreamPreconnectRatio ?? 1;
}
