import type { ConfigContext } from '../../../sdk/config.ts';
import type { ListenerConfig } from '../../common/listener/listener-config.ts';
import { nearestName } from '../../common/proto/nearest-name.ts';

/** Every cluster that a filter of a static listener names outright must exist (Envoy: validate_clusters). */
export function checkClusterReferences(
  known: readonly string[],
  listeners: readonly { readonly config: ListenerConfig }[],
  ctx: ConfigContext,
): void {
  for (const [i, { config }] of listeners.entries()) {
    const chains = config.filterChains.map((chain, c) => ({
      chain,
      place: ctx.child('listeners', i).child('filter_chains', c),
    }));
    for (const { chain, place } of chains) {
      for (const [f, { extension, config: filter }] of chain.filters.entries()) {
        for (const name of extension.clusterNames?.(filter) ?? []) {
          if (known.includes(name)) continue;
          const near = nearestName(name, known);
          place.child('filters', f).error(`unknown cluster '${name}'`, near === undefined ? {} : { didYouMean: near });
        }
      }
    }
  }
}
