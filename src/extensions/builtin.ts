/** Every extension that Nuncio brings: one line each. */
import type { Extension } from '../../sdk/extension.ts';
import { fileAccessLog } from './access_loggers/file/index.ts';
import { celAccessLogFilter } from './access_loggers/filters/cel/index.ts';
import { processRateLimitFilter } from './access_loggers/filters/process_ratelimit/index.ts';
import { statsAccessLog } from './access_loggers/stats/index.ts';
import { stderrAccessLog } from './access_loggers/stderr/index.ts';
import { stdoutAccessLog } from './access_loggers/stdout/index.ts';
import { logicalDnsCluster } from './clusters/logical_dns/index.ts';
import { originalDstCluster } from './clusters/original_dst/index.ts';
import { staticCluster } from './clusters/static/index.ts';
import { strictDnsCluster } from './clusters/strict_dns/index.ts';
import { buffer, upstreamBuffer } from './filters/http/buffer/index.ts';
import { cors } from './filters/http/cors/index.ts';
import { csrf } from './filters/http/csrf/index.ts';
import { fault } from './filters/http/fault/index.ts';
import { headerMutation, upstreamHeaderMutation } from './filters/http/header_mutation/index.ts';
import { headerToMetadata } from './filters/http/header_to_metadata/index.ts';
import { healthCheck } from './filters/http/health_check/index.ts';
import { localRateLimit } from './filters/http/local_ratelimit/index.ts';
import { originalSrc } from './filters/http/original_src/index.ts';
import { rbac } from './filters/http/rbac/index.ts';
import { router } from './filters/http/router/index.ts';
import { setFilterStateOfRequest } from './filters/http/set_filter_state/index.ts';
import { setMetadata } from './filters/http/set_metadata/index.ts';
import { upstreamCodec } from './filters/http/upstream_codec/index.ts';
import { upstreamRbac } from './filters/http/upstream_rbac/index.ts';
import { httpInspector } from './filters/listener/http_inspector/index.ts';
import { listenerLocalRateLimit } from './filters/listener/local_ratelimit/index.ts';
import { originalDst } from './filters/listener/original_dst/index.ts';
import { listenerOriginalSrc } from './filters/listener/original_src/index.ts';
import { proxyProtocol } from './filters/listener/proxy_protocol/index.ts';
import { listenerSetFilterState } from './filters/listener/set_filter_state/index.ts';
import { tlsInspector } from './filters/listener/tls_inspector/index.ts';
import { connectionLimit } from './filters/network/connection_limit/index.ts';
import { directResponse } from './filters/network/direct_response/index.ts';
import { echo } from './filters/network/echo/index.ts';
import { httpConnectionManager } from './filters/network/http_connection_manager/index.ts';
import { networkLocalRateLimit } from './filters/network/local_ratelimit/index.ts';
import { networkRbac } from './filters/network/rbac/index.ts';
import { networkSetFilterState } from './filters/network/set_filter_state/index.ts';
import { sniCluster } from './filters/network/sni_cluster/index.ts';
import { tcpProxy } from './filters/network/tcp_proxy/index.ts';
import { udpProxy } from './filters/udp/udp_proxy/index.ts';
import { celFormatter } from './formatter/cel/index.ts';
import { fileContentFormatter } from './formatter/file_content/index.ts';
import { genericSecretFormatter } from './formatter/generic_secret/index.ts';
import { metadataFormatter } from './formatter/metadata/index.ts';
import { reqWithoutQuery } from './formatter/req_without_query/index.ts';
import { fileHealthCheckEventSink } from './health_check/event_sinks/file/index.ts';
import { httpHealthChecker } from './health_checkers/http/index.ts';
import { tcpHealthChecker } from './health_checkers/tcp/index.ts';
import { earlyHeaderMutation } from './http/early_header_mutation/header_mutation/index.ts';
import { preserveCase } from './http/header_formatters/preserve_case/index.ts';
import { customHeaderOriginalIpDetection, xffOriginalIpDetection } from './http/original_ip_detection/index.ts';
import { allowListedRoutes } from './internal_redirect/allow_listed_routes/index.ts';
import { filterStateRedirect } from './internal_redirect/filter_state/index.ts';
import { previousRoutes } from './internal_redirect/previous_routes/index.ts';
import { safeCrossScheme } from './internal_redirect/safe_cross_scheme/index.ts';
import { clusterProvided } from './load_balancing_policies/cluster_provided/index.ts';
import { leastRequest } from './load_balancing_policies/least_request/index.ts';
import { maglev } from './load_balancing_policies/maglev/index.ts';
import { random } from './load_balancing_policies/random/index.ts';
import { ringHash } from './load_balancing_policies/ring_hash/index.ts';
import { roundRobin } from './load_balancing_policies/round_robin/index.ts';
import { subset } from './load_balancing_policies/subset/index.ts';
import { environmentVariableInput } from './matching/common_inputs/index.ts';
import { customMatchers } from './matching/custom_matchers/index.ts';
import { httpInputs } from './matching/http_inputs/index.ts';
import {
  celMatcher,
  consistentHashingMatcher,
  ipMatcher,
  metadataMatcher,
  runtimeFractionMatcher,
} from './matching/input_matchers/index.ts';
import { httpConnectionInputs, networkInputs } from './matching/network_inputs/index.ts';
import { statTagValueInput } from './matching/stat_tag_inputs/index.ts';
import { uriTemplateMatch } from './path/match/uri_template/index.ts';
import { uriTemplateRewrite } from './path/rewrite/uri_template/index.ts';
import { upstreamIpPort } from './rbac/matchers/upstream_ip_port/index.ts';
import { mtlsAuthenticated } from './rbac/principals/mtls_authenticated/index.ts';
import { uuidRequestId } from './request_id/uuid/index.ts';
import { cgroupMemory } from './resource_monitors/cgroup_memory/index.ts';
import { cpuUtilization } from './resource_monitors/cpu_utilization/index.ts';
import { fixedHeap } from './resource_monitors/fixed_heap/index.ts';
import { injectedResource } from './resource_monitors/injected_resource/index.ts';
import { omitCanaryHosts } from './retry/host/omit_canary_hosts/index.ts';
import { omitHostMetadata } from './retry/host/omit_host_metadata/index.ts';
import { previousHosts } from './retry/host/previous_hosts/index.ts';
import { previousPriorities } from './retry/priority/previous_priorities/index.ts';
import { matcherClusterSpecifier } from './router/cluster_specifiers/matcher/index.ts';
import { priorityGroupClusterSpecifier } from './router/cluster_specifiers/priority_group/index.ts';
import { dogStatsdSink } from './stat_sinks/dog_statsd/index.ts';
import { graphiteStatsdSink } from './stat_sinks/graphite_statsd/index.ts';
import { statsdSink } from './stat_sinks/statsd/index.ts';
import { rawBuffer, rawBufferDownstream } from './transport_sockets/raw_buffer/index.ts';
import { tcpStats, tcpStatsDownstream } from './transport_sockets/tcp_stats/index.ts';
import { tls, tlsDownstream } from './transport_sockets/tls/index.ts';
import { upstreamProxyProtocol } from './transport_sockets/upstream_proxy_protocol/index.ts';
import { udpDefaultWriter } from './udp_packet_writer/default/index.ts';
import { httpProtocolOptions } from './upstreams/http/index.ts';
import { tcpProtocolOptions } from './upstreams/tcp/index.ts';
import { abortAction } from './watchdog/abort_action/index.ts';
import { backtraceAction } from './watchdog/backtrace_action/index.ts';
import { profileAction } from './watchdog/profile_action/index.ts';

export const builtinExtensions: readonly Extension[] = [
  celAccessLogFilter,
  processRateLimitFilter,
  fileAccessLog,
  statsAccessLog,
  stderrAccessLog,
  stdoutAccessLog,
  celFormatter,
  fileContentFormatter,
  genericSecretFormatter,
  metadataFormatter,
  reqWithoutQuery,
  directResponse,
  originalDst,
  listenerOriginalSrc,
  originalSrc,
  proxyProtocol,
  tlsInspector,
  httpInspector,
  echo,
  httpConnectionManager,
  httpProtocolOptions,
  fileHealthCheckEventSink,
  httpHealthChecker,
  tcpHealthChecker,
  cgroupMemory,
  cpuUtilization,
  fixedHeap,
  injectedResource,
  leastRequest,
  logicalDnsCluster,
  originalDstCluster,
  clusterProvided,
  maglev,
  ringHash,
  random,
  preserveCase,
  rawBuffer,
  tcpStats,
  tcpStatsDownstream,
  rawBufferDownstream,
  roundRobin,
  subset,
  staticCluster,
  strictDnsCluster,
  tcpProtocolOptions,
  networkRbac,
  networkLocalRateLimit,
  networkSetFilterState,
  listenerSetFilterState,
  listenerLocalRateLimit,
  connectionLimit,
  sniCluster,
  tcpProxy,
  tls,
  tlsDownstream,
  udpDefaultWriter,
  upstreamProxyProtocol,
  udpProxy,
  uuidRequestId,
  buffer,
  cors,
  csrf,
  fault,
  headerToMetadata,
  localRateLimit,
  rbac,
  upstreamIpPort,
  mtlsAuthenticated,
  setFilterStateOfRequest,
  setMetadata,
  headerMutation,
  healthCheck,
  router,
  upstreamBuffer,
  upstreamCodec,
  upstreamHeaderMutation,
  upstreamRbac,
  safeCrossScheme,
  previousRoutes,
  allowListedRoutes,
  filterStateRedirect,
  previousPriorities,
  omitHostMetadata,
  omitCanaryHosts,
  previousHosts,
  uriTemplateRewrite,
  uriTemplateMatch,
  matcherClusterSpecifier,
  priorityGroupClusterSpecifier,
  customHeaderOriginalIpDetection,
  xffOriginalIpDetection,
  celMatcher,
  metadataMatcher,
  consistentHashingMatcher,
  ipMatcher,
  runtimeFractionMatcher,
  environmentVariableInput,
  abortAction,
  backtraceAction,
  profileAction,
  statsdSink,
  dogStatsdSink,
  graphiteStatsdSink,
  ...customMatchers,
  earlyHeaderMutation,
  ...httpConnectionInputs,
  ...httpInputs,
  ...networkInputs,
  statTagValueInput,
] as readonly unknown[] as readonly Extension[];
