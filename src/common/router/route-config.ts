import type { RouteConfiguration } from '../../../api/generated/envoy/config/route/v3/route_pb.d.ts';
import type { ConfigContext } from '../../../sdk/config.ts';
import type { ClusterReference } from '../../../sdk/extension.ts';
import { LONG_LIST } from '../proto/packed-list.ts';
import { metadataMap } from '../upstream/proto-values.ts';
import { parseClusterSpecifiers } from './cluster-specifiers.ts';
import { parseHeaderMutations } from './header-mutations.ts';
import type { RouteBinding, RouteParseContext } from './parse-context.ts';
import { parsePerFilterConfigs } from './per-filter-config.ts';
import type { RouteConfigLevel } from './route-level.ts';
import { refuseRouteSpecifiers } from './route-specifiers.ts';
import { parseShadowPolicies } from './shadow-policy.ts';
import { isNeededAtStart, VirtualHostEntry, type VirtualHostParser } from './virtual-host-entry.ts';
import { VirtualHostIndex } from './virtual-host-index.ts';

const DEFAULT_MAX_DIRECT_RESPONSE_BODY_BYTES = 4096;

const SUPPORTED = [
  'name',
  'virtualHosts',
  'internalOnlyHeaders',
  'responseHeadersToAdd',
  'responseHeadersToRemove',
  'requestHeadersToAdd',
  'requestHeadersToRemove',
  'mostSpecificHeaderMutationsWins',
  'validateClusters',
  'maxDirectResponseBodySizeBytes',
  'requestMirrorPolicies',
  'ignorePortInHostMatching',
  'ignorePathParametersInPathMatching',
  'typedPerFilterConfig',
  'metadata',
  'vhostHeader',
  'clusterSpecifierPlugins',
  'routeSpecifiers',
] as const;

/** A checked envoy.config.route.v3.RouteConfiguration. RouteTable makes it serve requests. */
export interface RouteConfig {
  readonly name: string;
  /** Lower case. */
  readonly internalOnlyHeaders: readonly string[];
  /** In lower case: chooses the virtual host instead of the request's host; '' = none. */
  readonly virtualHostHeader: string;
  /** Undefined = not said: true for inline routes, false for RDS. */
  readonly validateClusters: boolean | undefined;
  /** Clusters named outright, in their order; whether they must exist `validateClusters` says. */
  readonly clusters: readonly ClusterReference[];
  readonly virtualHosts: VirtualHostIndex<VirtualHostEntry>;
  readonly bindings: readonly RouteBinding[];
}

/** Gathers every fault in `ctx`; the result is to be used only when there was none. */
export function parseRouteConfig(config: RouteConfiguration, ctx: ConfigContext): RouteConfig {
  ctx.requireSupported(config, SUPPORTED);
  refuseRouteSpecifiers(config.routeSpecifiers, ctx);
  const bindings: RouteBinding[] = [];
  const clusters: ClusterReference[] = [];
  const parse: RouteParseContext = {
    clusters,
    bindings,
    clusterSpecifiers: parseClusterSpecifiers(config.clusterSpecifierPlugins, ctx, { clusters, bindings }),
  };
  const level = parseLevel(config, ctx, parse);
  return Object.freeze({
    name: config.name,
    internalOnlyHeaders: config.internalOnlyHeaders.map((name) => name.toLowerCase()),
    virtualHostHeader: config.vhostHeader.toLowerCase(),
    validateClusters: config.validateClusters,
    clusters: parse.clusters,
    virtualHosts: parseVirtualHosts(config, { level, ctx, parse, configs: config.virtualHosts }),
    bindings: parse.bindings,
  });
}

function parseLevel(config: RouteConfiguration, ctx: ConfigContext, { bindings }: RouteParseContext): RouteConfigLevel {
  return {
    name: config.name,
    metadata: metadataMap(config.metadata),
    filterConfigs: parsePerFilterConfigs(config.typedPerFilterConfig, ctx, bindings),
    requestMutations: parseHeaderMutations(config.requestHeadersToAdd, config.requestHeadersToRemove, ctx, 'request'),
    responseMutations: parseHeaderMutations(
      config.responseHeadersToAdd,
      config.responseHeadersToRemove,
      ctx,
      'response',
    ),
    shadowPolicies: parseShadowPolicies(config.requestMirrorPolicies, [], ctx),
    mostSpecificHeaderMutationsWins: config.mostSpecificHeaderMutationsWins,
    ignorePathParameters: config.ignorePathParametersInPathMatching,
    maxDirectResponseBodySizeBytes: config.maxDirectResponseBodySizeBytes ?? DEFAULT_MAX_DIRECT_RESPONSE_BODY_BYTES,
  };
}

/** Of a long list, each is parsed when a request asks for it (and once, by who finds the faults). */
function parseVirtualHosts(config: RouteConfiguration, parser: VirtualHostParser): VirtualHostIndex<VirtualHostEntry> {
  const index = new VirtualHostIndex<VirtualHostEntry>(config.ignorePortInHostMatching);
  const { ctx } = parser;
  for (const [i, virtualHost] of config.virtualHosts.entries()) {
    const entry = new VirtualHostEntry(i, parser);
    if (config.virtualHosts.length < LONG_LIST) entry.open(virtualHost);
    else if (!ctx.isChecked) entry.check(virtualHost);
    else if (isNeededAtStart(virtualHost, ctx)) entry.open(virtualHost);
    for (const [j, domain] of virtualHost.domains.entries()) {
      if (index.add(domain, entry)) continue;
      ctx.child('virtual_hosts', i).child('domains', j).error(duplicateDomain(domain, config.name));
    }
  }
  return index;
}

function duplicateDomain(domain: string, routeConfigName: string): string {
  if (domain === '*') return `Only a single wildcard domain is permitted in route ${routeConfigName}`;
  const words = 'Only unique values for domains are permitted. Duplicate entry of domain';
  return `${words} ${domain.toLowerCase()} in route ${routeConfigName}`;
}
