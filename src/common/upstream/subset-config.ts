/** `lb_subset_config` of a cluster: which hosts a request may choose from, by what its route says of their metadata. */
import type {
  Cluster,
  Cluster_LbSubsetConfig_LbSubsetSelector as Selector,
} from '../../../api/generated/envoy/config/cluster/v3/cluster_pb.d.ts';
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
}

export interface SubsetConfig {
  readonly selectors: readonly SubsetSelector[];
  readonly fallback: SubsetFallback;
  /** Metadata of the hosts that `default` is. */
  readonly defaultSubset: Struct;
  /** Any host where the fallback has none. */
  readonly panicModeAny: boolean;
  /** A list is each of its values. */
  readonly listAsAny: boolean;
}

const FALLBACKS: readonly SubsetFallback[] = ['none', 'any', 'default'];
const SELECTOR_FALLBACKS: readonly SubsetSelector['fallback'][] = [undefined, 'none', 'any', 'default', 'keys'];

/** Undefined without selectors: they alone make subsets. */
export function parseSubsets(
  { lbSubsetConfig: config, lbPolicy }: Cluster,
  ctx: ConfigContext,
): SubsetConfig | undefined {
  if (config === undefined) return undefined;
  const at = ctx.child('lb_subset_config');
  at.requireSupported(config, ['fallbackPolicy', 'defaultSubset', 'subsetSelectors', 'panicModeAny', 'listAsAny']);
  const selectors = config.subsetSelectors.map((each, i) => parseSelector(each, at.child('subset_selectors', i)));
  if (selectors.length === 0) return undefined;
  if (lbPolicy === CLUSTER_PROVIDED) {
    at.error('cluster: LB policy CLUSTER_PROVIDED cannot be combined with lb_subset_config');
  }
  return Object.freeze({
    selectors,
    fallback: FALLBACKS[config.fallbackPolicy] ?? 'none',
    defaultSubset: (config.defaultSubset ?? {}) as Struct,
    panicModeAny: config.panicModeAny,
    listAsAny: config.listAsAny,
  });
}

function parseSelector(selector: Selector, ctx: ConfigContext): SubsetSelector {
  ctx.requireSupported(selector, ['keys', 'fallbackPolicy', 'fallbackKeysSubset']);
  const keys = [...new Set(selector.keys)].sort();
  const fallback = SELECTOR_FALLBACKS[selector.fallbackPolicy];
  const fallbackKeys = [...new Set(selector.fallbackKeysSubset)].sort();
  if (fallback === 'keys') checkFallbackKeys(keys, fallbackKeys, ctx);
  return Object.freeze({ keys, fallback, fallbackKeys });
}

/** Envoy's checks and words. */
function checkFallbackKeys(keys: readonly string[], fallbackKeys: readonly string[], ctx: ConfigContext): void {
  const at = ctx.child('fallback_keys_subset');
  if (fallbackKeys.length === 0) at.error('fallback_keys_subset cannot be empty');
  else if (!fallbackKeys.every((key) => keys.includes(key))) {
    at.error('fallback_keys_subset must be a subset of selector keys');
  } else if (fallbackKeys.length === keys.length) {
    at.error('fallback_keys_subset cannot be equal to keys');
  }
}
