import type { VirtualCluster as VirtualClusterConfig } from '../../../api/generated/envoy/config/route/v3/route_components_pb.d.ts';
import type { ConfigContext } from '../../../sdk/config.ts';
import type { RequestHeaderMap } from '../../../sdk/headers.ts';
import type { RouteStats, VirtualCluster } from '../../../sdk/router.ts';
import { type HeaderMatcher, matchesAll, parseHeaderMatchers } from '../matcher/header-matcher.ts';
import { RouteStatsHolder } from './route-stats.ts';

class ConfiguredVirtualCluster implements VirtualCluster {
  readonly name: string;
  readonly headers: readonly HeaderMatcher[];
  readonly holder: RouteStatsHolder;

  constructor(name: string, headers: readonly HeaderMatcher[], virtualHostName: string) {
    this.name = name;
    this.headers = headers;
    this.holder = new RouteStatsHolder(virtualHostName, 'vcluster', name === '' ? 'other' : name);
  }

  get stats(): RouteStats {
    return this.holder.stats;
  }
}

/** `virtual_clusters` of a virtual host: requests that none takes go to `other`. */
export class VirtualClusters {
  readonly #clusters: readonly ConfiguredVirtualCluster[];
  readonly #others: ConfiguredVirtualCluster;

  constructor(clusters: readonly ConfiguredVirtualCluster[], virtualHostName: string) {
    this.#clusters = clusters;
    this.#others = new ConfiguredVirtualCluster('', [], virtualHostName);
  }

  get statHolders(): readonly RouteStatsHolder[] {
    return [...this.#clusters, this.#others].map((cluster) => cluster.holder);
  }

  find(headers: RequestHeaderMap): VirtualCluster {
    for (let i = 0; i < this.#clusters.length; i++) {
      const cluster = this.#clusters[i] as ConfiguredVirtualCluster;
      if (matchesAll(cluster.headers, headers)) return cluster;
    }
    return this.#others;
  }
}

/** Undefined when there is none. */
export function parseVirtualClusters(
  configs: readonly VirtualClusterConfig[],
  virtualHostName: string,
  ctx: ConfigContext,
): VirtualClusters | undefined {
  if (configs.length === 0) return undefined;
  const clusters = configs.map((config, i) => {
    const at = ctx.child('virtual_clusters', i);
    if (config.headers.length === 0) at.error("virtual clusters must define 'headers'");
    return new ConfiguredVirtualCluster(config.name, parseHeaderMatchers(config.headers, at), virtualHostName);
  });
  return new VirtualClusters(clusters, virtualHostName);
}
