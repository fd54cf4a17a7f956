import type {
  WeightedCluster,
  WeightedCluster_ClusterWeight,
} from '../../../api/generated/envoy/config/route/v3/route_components_pb.d.ts';
import type { ConfigContext } from '../../../sdk/config.ts';
import type { ClusterLevel, ForwardingRouteConfig } from './forwarding-route.ts';
import { parseHeaderMutations } from './header-mutations.ts';
import { mergeMetadataMatch, parseMetadataMatch } from './metadata-match.ts';
import { type RouteParseContext, referToCluster } from './parse-context.ts';
import { parsePerFilterConfigs } from './per-filter-config.ts';
import { WeightedChoice, type WeightedEntry } from './weighted-choice.ts';

const MAX_TOTAL_WEIGHT = 4294967295;

export function parseWeightedClusters(
  config: WeightedCluster,
  route: ForwardingRouteConfig,
  ctx: ConfigContext,
  parse: RouteParseContext,
): WeightedChoice {
  ctx.requireSupported(config, ['clusters', 'totalWeight', 'runtimeKeyPrefix', 'headerName', 'useHashPolicy']);
  const entries = config.clusters.map((cluster, i) =>
    parseEntry(cluster, config.runtimeKeyPrefix, route, ctx.child('clusters', i), parse),
  );
  const total = entries.reduce((sum, entry) => sum + entry.weight, 0);
  if (total === 0) ctx.error('Sum of weights in the weighted_cluster must be greater than 0.');
  if (total > MAX_TOTAL_WEIGHT) {
    ctx.error(
      `The sum of weights of all weighted clusters of route ${route.identity.name} exceeds ${MAX_TOTAL_WEIGHT}`,
    );
  }
  const { randomValueSpecifier: random } = config;
  return new WeightedChoice(route, entries, {
    header: random.case === 'headerName' ? random.value.toLowerCase() : '',
    hashPolicy: random.case === 'useHashPolicy' && random.value.value,
  });
}

function parseEntry(
  config: WeightedCluster_ClusterWeight,
  runtimeKeyPrefix: string,
  route: ForwardingRouteConfig,
  ctx: ConfigContext,
  parse: RouteParseContext,
): WeightedEntry {
  const { name, clusterHeader, weight } = config;
  if (name !== '' && clusterHeader !== '') ctx.error('Only one of name or cluster_header can be specified');
  if (name === '' && clusterHeader === '') ctx.error('At least one of name or cluster_header need to be specified');
  if (weight === undefined) ctx.error("Field 'weight' is missing");
  if (name !== '') referToCluster('weighted cluster', name, ctx, parse);
  return {
    weight: weight ?? 0,
    runtimeKey: runtimeKeyPrefix === '' ? '' : `${runtimeKeyPrefix}.${name}`,
    level: parseLevel(config, route, ctx, parse),
    name,
    clusterHeader: clusterHeader.toLowerCase(),
  };
}

function parseLevel(
  config: WeightedCluster_ClusterWeight,
  route: ForwardingRouteConfig,
  ctx: ConfigContext,
  { bindings }: RouteParseContext,
): ClusterLevel {
  const { hostRewriteSpecifier } = config;
  return {
    filterConfigs: parsePerFilterConfigs(config.typedPerFilterConfig, ctx, bindings),
    requestMutations: parseHeaderMutations(config.requestHeadersToAdd, config.requestHeadersToRemove, ctx, 'request'),
    responseMutations: parseHeaderMutations(
      config.responseHeadersToAdd,
      config.responseHeadersToRemove,
      ctx,
      'response',
    ),
    hostRewriteLiteral: hostRewriteSpecifier.case === 'hostRewriteLiteral' ? hostRewriteSpecifier.value : '',
    metadataMatch: mergeMetadataMatch(route.action.metadataMatch, parseMetadataMatch(config.metadataMatch)),
  };
}
