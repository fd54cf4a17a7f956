import type { ConfigContext } from '../../../sdk/config.ts';
import type { ClusterReference } from '../../../sdk/extension.ts';
import type { ListenerConfig } from '../../common/listener/listener-config.ts';
import { nearestName } from '../../common/proto/nearest-name.ts';

/** Every cluster that a filter of a static listener names outright must exist (Envoy: validate_clusters). */
export function checkClusterReferences(
  known: readonly string[],
  listeners: readonly { readonly config: ListenerConfig }[],
  ctx: ConfigContext,
): void {
  const names = new Set(known);
  for (const { config } of listeners) {
    for (const { name, kind, path, where = '' } of referencesOf(config)) {
      if (names.has(name)) continue;
      const near = nearestName(name, known);
      const hint = near === undefined ? {} : { didYouMean: near };
      ctx.collector.add({ path, message: `route: unknown ${kind} '${name}'${where}`, ...hint });
    }
  }
}

function referencesOf({ filterChains, defaultFilterChain }: ListenerConfig): readonly ClusterReference[] {
  const chains = defaultFilterChain === undefined ? filterChains : [...filterChains, defaultFilterChain];
  const filters = chains.flatMap((chain) => chain.filters);
  return filters.flatMap(({ extension, config }) => extension.clusterReferences?.(config) ?? []);
}
