/** Subsets of a cluster's hosts: which of them a request may choose from, by what its route says of their metadata. */
import type {
  Cluster,
  Cluster_LbSubsetConfig as LegacyConfig,
  Cluster_LbSubsetConfig_LbSubsetSelector as LegacySelector,
} from '../../../api/generated/envoy/config/cluster/v3/cluster_pb.d.ts';
import type {
  Subset,
  Subset_LbSubsetSelector,
} from '../../../api/generated/envoy/extensions/load_balancing_policies/subset/v3/subset_pb.d.ts';
import type { ConfigContext } from '../../../sdk/config.ts';
import type { Struct } from '../../../sdk/stream-info.ts';

/** Of Cluster.LbPolicy. */
const CLUSTER_PROVIDED = 6;

export type SubsetFallback = 'none' | 'any' | 'default';

export interface SubsetSelector {
  /** In ascending order. */
  readonly keys: readonly string[];
  /** When there is no such subset; undefined: as the cluster says. */
  readonly fallback: SubsetFallback | 'keys' | undefined;
  /** What remains of a request's keys then. */
  readonly fallbackKeys: readonly string[];
  /** A subset is the first of its hosts, whatever its health. */
  readonly singleHost: boolean;
}

/** What localities weigh in a subset: nothing, as much as in the cluster, or as much of it as they have of their hosts. */
export type SubsetLocalityWeights = 'none' | 'whole' | 'scaled';

export interface SubsetConfig {
  readonly selectors: readonly SubsetSelector[];
  readonly fallback: SubsetFallback;
  /** Metadata of the hosts that `default` is. */
  readonly defaultSubset: Struct;
  /** Any host where the fallback has none. */
  readonly panicModeAny: boolean;
  /** A list is each of its values. */
  readonly listAsAny: boolean;
  readonly localityWeights: SubsetLocalityWeights;
  /** `fallback_list` among what a route asks for: one after the other in place of some of it. */
  readonly triesFallbackList: boolean;
  /** A route may ask for more than the keys of a selector. */
  readonly allowsRedundantKeys: boolean;
}

const FALLBACKS: readonly SubsetFallback[] = ['none', 'any', 'default'];
const SELECTOR_FALLBACKS: readonly SubsetSelector['fallback'][] = [undefined, 'none', 'any', 'default', 'keys'];
/** LbSubsetMetadataFallbackPolicy. */
const FALLBACK_LIST = 1;

const COMMON_FIELDS = [
  'fallbackPolicy',
  'defaultSubset',
  'subsetSelectors',
  'panicModeAny',
  'listAsAny',
  'localityWeightAware',
  'scaleLocalityWeight',
  'metadataFallbackPolicy',
] as const;

/** `lb_subset_config`. Undefined without selectors: they alone make subsets. */
export function parseSubsets(cluster: Cluster, ctx: ConfigContext): SubsetConfig | undefined {
  const { lbSubsetConfig: config, lbPolicy } = cluster;
  if (config === undefined) return undefined;
  const at = ctx.child('lb_subset_config');
  at.requireSupported(config, COMMON_FIELDS);
  const subsets = subsetsOf(config, false, at);
  if (cluster.loadBalancingPolicy !== undefined) {
    at.error('cluster: load_balancing_policy cannot be combined with lb_subset_config');
  }
  const byLocality = cluster.commonLbConfig?.localityConfigSpecifier.case === 'localityWeightedLbConfig';
  if (config.localityWeightAware && !byLocality) {
    const text = `Locality weight aware subset LB requires that a locality_weighted_lb_config be set in ${cluster.name}`;
    at.child('locality_weight_aware').error(text);
  }
  if (subsets.selectors.length === 0) return undefined;
  if (lbPolicy === CLUSTER_PROVIDED) {
    at.error('cluster: LB policy CLUSTER_PROVIDED cannot be combined with lb_subset_config');
  }
  return subsets;
}

/** The message of the policy `subset`. */
export function parseSubsetPolicy(config: Subset, ctx: ConfigContext): SubsetConfig {
  ctx.requireSupported(config, [...COMMON_FIELDS, 'allowRedundantKeys', 'subsetLbPolicy']);
  return subsetsOf(config, config.allowRedundantKeys, ctx);
}

function subsetsOf(config: LegacyConfig | Subset, allowsRedundantKeys: boolean, ctx: ConfigContext): SubsetConfig {
  const selectors = config.subsetSelectors.map((each, i) => parseSelector(each, ctx.child('subset_selectors', i)));
  return Object.freeze({
    selectors,
    fallback: FALLBACKS[config.fallbackPolicy] ?? 'none',
    defaultSubset: (config.defaultSubset ?? {}) as Struct,
    panicModeAny: config.panicModeAny,
    listAsAny: config.listAsAny,
    localityWeights: localityWeightsOf(config),
    triesFallbackList: Number(config.metadataFallbackPolicy) === FALLBACK_LIST,
    allowsRedundantKeys,
  });
}

function localityWeightsOf({ localityWeightAware, scaleLocalityWeight }: LegacyConfig | Subset): SubsetLocalityWeights {
  if (!localityWeightAware) return 'none';
  return scaleLocalityWeight ? 'scaled' : 'whole';
}

function parseSelector(selector: LegacySelector | Subset_LbSubsetSelector, ctx: ConfigContext): SubsetSelector {
  ctx.requireSupported(selector, ['keys', 'fallbackPolicy', 'fallbackKeysSubset', 'singleHostPerSubset']);
  const keys = [...new Set(selector.keys)].sort();
  const fallback = SELECTOR_FALLBACKS[selector.fallbackPolicy];
  const fallbackKeys = [...new Set(selector.fallbackKeysSubset)].sort();
  checkFallbackKeys(keys, fallback, fallbackKeys, ctx);
  return Object.freeze({ keys, fallback, fallbackKeys, singleHost: selector.singleHostPerSubset });
}

/** Envoy's checks and words. */
function checkFallbackKeys(
  keys: readonly string[],
  fallback: SubsetSelector['fallback'],
  fallbackKeys: readonly string[],
  ctx: ConfigContext,
): void {
  const at = ctx.child('fallback_keys_subset');
  if (fallback !== 'keys') {
    if (fallbackKeys.length > 0) at.error('fallback_keys_subset can be set only for KEYS_SUBSET fallback_policy');
  } else if (fallbackKeys.length === 0) at.error('fallback_keys_subset cannot be empty');
  else if (!fallbackKeys.every((key) => keys.includes(key))) {
    at.error('fallback_keys_subset must be a subset of selector keys');
  } else if (fallbackKeys.length === keys.length) {
    at.error('fallback_keys_subset cannot be equal to keys');
  }
}
