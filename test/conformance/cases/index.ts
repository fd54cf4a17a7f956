/** Every case file; what is not listed here does not run. */
import type { CaseFile } from '../case.ts';
import { accessLog } from './access-log.ts';
import {
  listenerFilterContinues,
  listenerFilterEnds,
  retryBudgets,
  tcpAlone,
  tlsBytes,
  tlsEarlyBytes,
} from './accounting.ts';
import { additionalAddresses, verdictAdditionalAddresses } from './additional-addresses.ts';
import { admin } from './admin.ts';
import { adminForms } from './admin-forms.ts';
import { cel } from './cel.ts';
import { celAttributes } from './cel-attributes.ts';
import { chainMatcher } from './chain-matcher.ts';
import { chance } from './chance.ts';
import { circuitBreakers } from './circuit-breakers.ts';
import { clusterChoice } from './cluster-choice.ts';
import { clusterExtras, upstreamKinds, verdictExtras } from './cluster-extras.ts';
import { clusterPolicies } from './cluster-policies.ts';
import { clusterSockets, verdictClusterSockets } from './cluster-sockets.ts';
import { composed } from './composed.ts';
import { connectAnswers, connectEarlyData } from './connect-early-data.ts';
import { connectionCaps } from './connection-caps.ts';
import { connectionLimits, verdictConnectionLimits } from './connection-limits.ts';
import { connectionManager } from './connection-manager.ts';
import { consistentHashing, verdictHashing } from './consistent-hashing.ts';
import { dnsSuites } from './dns.ts';
import { dnsResolvers } from './dns-resolvers.ts';
import { dnsServerSuites } from './dns-servers.ts';
import { drainSuites } from './drain.ts';
import { followedFiles, verdictFollowedFiles } from './followed-files.ts';
import { formatterExtensions } from './formatter-extensions.ts';
import { gateways } from './gateways.ts';
import { healthChecks, verdictHealthChecks } from './health-checks.ts';
import { httpFilters } from './http-filters.ts';
import { httpOptions } from './http-options.ts';
import { http1Headers } from './http1-headers.ts';
import { http1Requests } from './http1-requests.ts';
import { http1Responses } from './http1-responses.ts';
import { inspectors } from './inspectors.ts';
import { lbSubsets, verdictSubsets } from './lb-subsets.ts';
import { lbSubsetsMetadata } from './lb-subsets-metadata.ts';
import { lbSubsetsMore, verdictSubsetsMore } from './lb-subsets-more.ts';
import { loadBalancerBefore } from './load-balancer-before.ts';
import { attempts, badRequests, byteBodies, directBodies, refusedHeads } from './local-replies.ts';
import { logDetails } from './log-details.ts';
import { matcherData, verdictMatchers } from './matcher-data.ts';
import { mixtures } from './mixtures.ts';
import { informationalRemovals, matchedBytes, queryMethod, rbacPathParameters } from './newer-rules.ts';
import { oddsAndEnds } from './odds-and-ends.ts';
import { originalDst } from './original-dst.ts';
import { originalDstCluster, verdictOriginalDst } from './original-dst-cluster.ts';
import { originalSrcSuite } from './original-src.ts';
import { outlierDetection, verdictOutliers } from './outlier-detection.ts';
import { overloadSuites } from './overload.ts';
import { pagesAndLogs } from './pages-and-logs.ts';
import { proxyProtocolTlvs } from './proxy-protocol-tlvs.ts';
import { rateLimits } from './rate-limits.ts';
import { rbac } from './rbac.ts';
import { rbacConditions } from './rbac-conditions.ts';
import { rbacMore } from './rbac-more.ts';
import { readings } from './readings.ts';
import { redirected } from './redirected.ts';
import { refreshedClusters, requestFilterState } from './request-filter-state.ts';
import { responseFlags } from './response-flags.ts';
import { retryBuffers } from './retry-buffers.ts';
import { routeAction } from './route-action.ts';
import { routeHeaders } from './route-headers.ts';
import { routeMatch } from './route-match.ts';
import { routeStatistics } from './route-statistics.ts';
import { routingMix } from './routing-mix.ts';
import { runtimeGuardsSuite } from './runtime-guards.ts';
import { safeMaxDuration } from './safe-max-duration.ts';
import { sds, sdsFiles } from './sds.ts';
import { certs, staticSecrets, verdictSecrets } from './secrets.ts';
import { setFilterState } from './set-filter-state.ts';
import { statistics } from './stats.ts';
import { statsLog, verdictStatsLog } from './stats-log.ts';
import { deferredStatistics } from './stats-options.ts';
import { statsSinks, verdictStatsSinks } from './stats-sinks.ts';
import { tcp } from './tcp.ts';
import { tcpConnecting } from './tcp-connecting.ts';
import { tcpStats, verdictTcpStats } from './tcp-stats.ts';
import { tcpTunnels } from './tcp-tunnels.ts';
import { tlsCertificates } from './tls-certificates.ts';
import { tlsClients } from './tls-clients.ts';
import { tlsDeprecations } from './tls-deprecations.ts';
import { tlsFacts } from './tls-facts.ts';
import { tlsHellos } from './tls-hellos.ts';
import { tlsHostile } from './tls-hostile.ts';
import { tlsMesh } from './tls-mesh.ts';
import { tlsOptions } from './tls-options.ts';
import { tlsResets } from './tls-resets.ts';
import { tlsServers } from './tls-servers.ts';
import { tlsVerification } from './tls-verification.ts';
import { tracing } from './tracing.ts';
import { udp, verdictUdp } from './udp.ts';
import { unknownFieldsSuites } from './unknown-fields.ts';
import { unreadBytes } from './unread-bytes.ts';
import { upgradeAnswers } from './upgrade-answers.ts';
import { upstream } from './upstream.ts';
import { upstreamFilterState } from './upstream-filter-state.ts';
import { upstreamFilters, verdictUpstreamFilters } from './upstream-filters.ts';
import { verdictUpstreamProtocol } from './upstream-protocol.ts';
import { upstreamProxyProtocol } from './upstream-proxy-protocol.ts';
import { upstreamTls } from './upstream-tls.ts';
import { uris } from './uris.ts';
import { verdictBootstrap } from './verdict-bootstrap.ts';
import { verdictCluster } from './verdict-cluster.ts';
import { verdictFilters } from './verdict-filters.ts';
import { verdictHttp } from './verdict-http.ts';
import { verdictListener } from './verdict-listener.ts';
import { verdictOverload } from './verdict-overload.ts';
import { verdictRoute } from './verdict-route.ts';
import { verdictServer } from './verdict-server.ts';
import { verdictTls } from './verdict-tls.ts';
import { watermarkTimeout } from './watermark-timeout.ts';
import { zoneSuites } from './zone-routing.ts';

export const caseFiles: readonly CaseFile[] = [
  verdictTls,
  ...unknownFieldsSuites,
  unreadBytes,
  upgradeAnswers,
  httpFilters,
  httpOptions,
  rateLimits,
  rbac,
  rbacMore,
  rbacConditions,
  tracing,
  logDetails,
  matcherData,
  verdictMatchers,
  oddsAndEnds,
  attempts,
  badRequests,
  directBodies,
  byteBodies,
  refusedHeads,
  pagesAndLogs,
  responseFlags,
  retryBuffers,
  queryMethod,
  informationalRemovals,
  matchedBytes,
  rbacPathParameters,
  requestFilterState,
  refreshedClusters,
  ...gateways,
  followedFiles,
  verdictFollowedFiles,
  formatterExtensions,
  originalDst,
  setFilterState,
  tcpConnecting,
  connectionLimits,
  verdictConnectionLimits,
  upstreamFilterState,
  upstreamFilters,
  verdictUpstreamFilters,
  verdictUpstreamProtocol,
  upstreamProxyProtocol,
  ...overloadSuites,
  verdictOverload,
  routingMix,
  runtimeGuardsSuite,
  composed,
  ...mixtures,
  clusterChoice,
  clusterPolicies,
  verdictBootstrap,
  verdictListener,
  verdictCluster,
  verdictFilters,
  verdictHttp,
  verdictRoute,
  verdictServer,
  http1Requests,
  http1Headers,
  http1Responses,
  routeMatch,
  routeStatistics,
  routeAction,
  routeHeaders,
  connectEarlyData,
  connectAnswers,
  connectionManager,
  loadBalancerBefore,
  tcp,
  tcpTunnels,
  udp,
  verdictUdp,
  inspectors,
  proxyProtocolTlvs,
  tlsFacts,
  tlsCertificates,
  ...tlsServers,
  tlsHellos,
  tlsMesh,
  tlsHostile,
  tlsResets,
  ...tlsClients,
  ...tlsOptions,
  ...tlsVerification,
  upstreamTls,
  sds,
  sdsFiles,
  staticSecrets,
  ...certs,
  verdictSecrets,
  chainMatcher,
  accessLog,
  cel,
  celAttributes,
  upstream,
  healthChecks,
  verdictHealthChecks,
  outlierDetection,
  verdictOutliers,
  consistentHashing,
  verdictHashing,
  originalDstCluster,
  redirected,
  tcpStats,
  verdictTcpStats,
  originalSrcSuite,
  verdictOriginalDst,
  clusterSockets,
  additionalAddresses,
  verdictAdditionalAddresses,
  verdictClusterSockets,
  watermarkTimeout,
  clusterExtras,
  upstreamKinds,
  verdictExtras,
  dnsResolvers,
  lbSubsets,
  lbSubsetsMetadata,
  verdictSubsets,
  lbSubsetsMore,
  verdictSubsetsMore,
  ...dnsSuites,
  ...dnsServerSuites,
  circuitBreakers,
  ...connectionCaps,
  ...drainSuites,
  ...zoneSuites,
  tlsBytes,
  tlsEarlyBytes,
  tcpAlone,
  listenerFilterEnds,
  listenerFilterContinues,
  retryBudgets,
  statistics,
  deferredStatistics,
  tlsDeprecations,
  statsLog,
  verdictStatsLog,
  statsSinks,
  verdictStatsSinks,
  admin,
  adminForms,
  ...chance,
  uris,
  readings,
  safeMaxDuration,
];
