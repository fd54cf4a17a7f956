/** `/clusters` (source/server/admin/clusters_handler.cc). */
import { compileRegex } from '../../../common/matcher/linear-regex.ts';
import { LazyItems } from '../../../common/proto/lazy-items.ts';
import { formatShortest } from '../../../common/stats/number-format.ts';
import type {
  AdminCluster,
  AdminContext,
  AdminHost,
  CircuitBreakerLimits,
  HostHealthFlag,
  JsonObject,
  OutlierSummary,
} from '../admin-context.ts';
import { type AdminHandler, type AdminResponse, textReply } from '../admin-handler.ts';
import { jsonReply, listField } from '../proto-json.ts';
import type { QueryParams } from '../query-params.ts';

function handle(query: QueryParams, context: AdminContext): AdminResponse {
  const filter = compileRegex(query.get('filter') ?? '');
  if ('error' in filter) return textReply('Invalid re2 regex', 400);
  const wanted = (cluster: AdminCluster): boolean => filter.partialMatch(cluster.name);
  const clusters = context.clusters();
  if (query.get('format') !== 'json') return textReply(asText(clusters, wanted));
  return jsonReply({ cluster_statuses: LazyItems.ofSome(statuses(clusters, wanted)) });
}

function* statuses(clusters: Iterable<AdminCluster>, wanted: (cluster: AdminCluster) => boolean): Iterable<JsonObject> {
  for (const cluster of clusters) if (wanted(cluster)) yield asJson(cluster);
}

/** A chunk a cluster. */
function* asText(clusters: Iterable<AdminCluster>, wanted: (cluster: AdminCluster) => boolean): Iterable<string> {
  for (const cluster of clusters) if (wanted(cluster)) yield clusterText(cluster);
}

function clusterText(cluster: AdminCluster): string {
  const lines: [string, string | number | boolean][] = [['observability_name', cluster.observabilityName]];
  if (cluster.outlier !== undefined) lines.push(...outlierLines(cluster.outlier));
  lines.push(...limitLines('default_priority', cluster.defaultPriority));
  lines.push(...limitLines('high_priority', cluster.highPriority));
  lines.push(['added_via_api', cluster.addedViaApi]);
  if (cluster.edsServiceName !== '') lines.push(['eds_service_name', cluster.edsServiceName]);
  for (const host of cluster.hosts) {
    for (const [name, value] of hostLines(host)) lines.push([`${host.addressText}::${name}`, value]);
  }
  return lines.map(([name, value]) => `${cluster.name}::${name}::${value}\n`).join('');
}

function outlierLines(outlier: OutlierSummary): [string, string][] {
  return [
    ['outlier::success_rate_average', formatShortest(outlier.successRateAverage)],
    ['outlier::success_rate_ejection_threshold', formatShortest(outlier.successRateEjectionThreshold)],
    ['outlier::local_origin_success_rate_average', formatShortest(outlier.localOriginSuccessRateAverage)],
    [
      'outlier::local_origin_success_rate_ejection_threshold',
      formatShortest(outlier.localOriginSuccessRateEjectionThreshold),
    ],
  ];
}

function limitLines(priority: string, limits: CircuitBreakerLimits): [string, number][] {
  return [
    [`${priority}::max_connections`, limits.maxConnections],
    [`${priority}::max_pending_requests`, limits.maxPendingRequests],
    [`${priority}::max_requests`, limits.maxRequests],
    [`${priority}::max_retries`, limits.maxRetries],
  ];
}

function hostLines(host: AdminHost): [string, string | number | boolean][] {
  const flags = host.healthFlags.length === 0 ? 'healthy' : host.healthFlags.map((flag) => `/${flag}`).join('');
  return [
    ['cx_active', host.stats.cxActive],
    ['cx_connect_fail', host.stats.cxConnectFail],
    ['cx_total', host.stats.cxTotal],
    ['rq_active', host.stats.rqActive],
    ['rq_error', host.stats.rqError],
    ['rq_pending_active', host.stats.rqPendingActive],
    ['rq_success', host.stats.rqSuccess],
    ['rq_timeout', host.stats.rqTimeout],
    ['rq_total', host.stats.rqTotal],
    ['hostname', host.hostname],
    ['health_flags', flags],
    ['weight', host.weight],
    ['region', host.region],
    ['zone', host.zone],
    ['sub_zone', host.subZone],
    ['canary', host.canary],
    ['priority', host.priority],
    ['success_rate', formatShortest(host.successRate)],
    ['local_origin_success_rate', formatShortest(host.localOriginSuccessRate)],
  ];
}

function asJson(cluster: AdminCluster): JsonObject {
  const outlier = cluster.outlier;
  return {
    name: cluster.name,
    added_via_api: cluster.addedViaApi || undefined,
    success_rate_ejection_threshold: percent(outlier?.successRateEjectionThreshold),
    host_statuses: listField([...cluster.hosts].map(hostJson)),
    local_origin_success_rate_ejection_threshold: percent(outlier?.localOriginSuccessRateEjectionThreshold),
    circuit_breakers: {
      thresholds: [limitsJson(cluster.defaultPriority), { priority: 'HIGH', ...limitsJson(cluster.highPriority) }],
    },
    observability_name: cluster.observabilityName,
    eds_service_name: cluster.edsServiceName || undefined,
  };
}

function percent(value: number | undefined): JsonObject | undefined {
  if (value === undefined || value < 0) return undefined;
  return value === 0 ? {} : { value };
}

function limitsJson(limits: CircuitBreakerLimits): JsonObject {
  return {
    max_connections: limits.maxConnections,
    max_pending_requests: limits.maxPendingRequests,
    max_requests: limits.maxRequests,
    max_retries: limits.maxRetries,
  };
}

function hostJson(host: AdminHost): JsonObject {
  const metric = (name: string, value: number): JsonObject => ({
    value: value === 0 ? undefined : String(value),
    name,
  });
  const gauge = (name: string, value: number): JsonObject => ({ type: 'GAUGE', ...metric(name, value) });
  const { stats } = host;
  return {
    address: host.addressJson,
    stats: [
      metric('cx_connect_fail', stats.cxConnectFail),
      metric('cx_total', stats.cxTotal),
      metric('rq_error', stats.rqError),
      metric('rq_success', stats.rqSuccess),
      metric('rq_timeout', stats.rqTimeout),
      metric('rq_total', stats.rqTotal),
      gauge('cx_active', stats.cxActive),
      gauge('rq_active', stats.rqActive),
      gauge('rq_pending_active', stats.rqPendingActive),
    ],
    health_status: healthJson(host),
    success_rate: percent(host.successRate),
    weight: host.weight || undefined,
    hostname: host.hostname || undefined,
    priority: host.priority || undefined,
    local_origin_success_rate: percent(host.localOriginSuccessRate),
    locality: {
      region: host.region || undefined,
      zone: host.zone || undefined,
      sub_zone: host.subZone || undefined,
    },
  };
}

function healthJson(host: AdminHost): JsonObject {
  const has = (flag: HostHealthFlag): true | undefined => host.healthFlags.includes(flag) || undefined;
  return {
    failed_active_health_check: has('failed_active_hc'),
    failed_outlier_check: has('failed_outlier_check'),
    eds_health_status: edsHealthJson(host),
    failed_active_degraded_check: has('degraded_active_hc'),
    pending_dynamic_removal: has('pending_dynamic_removal'),
    pending_active_hc: has('pending_active_hc'),
    excluded_via_immediate_hc_fail: has('excluded_via_immediate_hc_fail'),
    active_hc_timeout: has('active_hc_timeout'),
  };
}

/** A check that timed out has failed. */
function edsHealthJson({ edsHealthStatus }: AdminHost): string | undefined {
  if (edsHealthStatus === 'UNKNOWN') return undefined;
  return edsHealthStatus === 'TIMEOUT' ? 'UNHEALTHY' : edsHealthStatus;
}

export const clustersHandler: AdminHandler = {
  path: '/clusters',
  help: 'upstream cluster status',
  mutates: false,
  params: [{ name: 'filter', kind: 'text', help: 'Regular expression (Google re2) for filtering clusters by name' }],
  handle,
};
