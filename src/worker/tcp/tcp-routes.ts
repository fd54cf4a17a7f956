import type { Random } from '../../../sdk/event.ts';
import type { StreamInfo } from '../../../sdk/stream-info.ts';
import { wellKnownText } from '../../common/stream-info/filter-state-factories.ts';

export interface TcpRoute {
  readonly clusterName: string;
  /** The fields of `envoy.lb` in `metadata_match`. */
  readonly metadataMatch: ReadonlyMap<string, unknown> | undefined;
}

/** Another filter's choice of the cluster, by Envoy's name of the filter state; where weights decide it is not asked for. */
const perConnectionCluster = 'envoy.tcp_proxy.cluster';

/** Where connections go: one cluster, or several by weight. */
export class TcpRoutes {
  readonly #routes: readonly { readonly route: TcpRoute; readonly weight: number }[];
  readonly #totalWeight: number;
  readonly #isWeighted: boolean;

  /** @param isWeighted also of a single cluster, when it is configured so */
  constructor(routes: readonly { readonly route: TcpRoute; readonly weight: number }[], isWeighted: boolean) {
    this.#routes = routes;
    this.#isWeighted = isWeighted;
    this.#totalWeight = routes.reduce((sum, { weight }) => sum + weight, 0);
  }

  pick(streamInfo: StreamInfo, random: Random): TcpRoute | undefined {
    if (!this.#isWeighted) {
      const clusterName = wellKnownText(streamInfo.filterState, perConnectionCluster);
      return clusterName === undefined ? this.#routes[0]?.route : { clusterName, metadataMatch: undefined };
    }
    let left = random.random() % this.#totalWeight;
    for (const { route, weight } of this.#routes) {
      if (left < weight) return route;
      left -= weight;
    }
    return undefined;
  }
}
