import type { Runtime } from '../../../sdk/extension.ts';
import type { RequestHeaderMap } from '../../../sdk/headers.ts';
import type { Route } from '../../../sdk/router.ts';
import { type ClusterLevel, ForwardingRoute, type ForwardingRouteConfig } from './forwarding-route.ts';
import type { RouteRequest } from './route-conditions.ts';

/** Makes the route of a request where the cluster depends on the request. Undefined = no route after all. */
export interface ClusterChoice {
  choose(request: RouteRequest): Route | undefined;
}

/** `cluster_header`: the first value; without one, a cluster that does not exist. */
export class HeaderChoice implements ClusterChoice {
  readonly #config: ForwardingRouteConfig;
  readonly #header: string;
  readonly #cluster: ClusterLevel | undefined;

  constructor(config: ForwardingRouteConfig, header: string, cluster?: ClusterLevel) {
    this.#config = config;
    this.#header = header;
    this.#cluster = cluster;
  }

  choose({ headers }: RouteRequest): Route {
    return new ForwardingRoute(this.#config, headers.get(this.#header) ?? '', this.#cluster);
  }
}

export interface WeightedEntry {
  readonly weight: number;
  /** `<runtime_key_prefix>.<name>`; '' = the weight stands. */
  readonly runtimeKey: string;
  /** The route itself, or what makes it for a request. */
  readonly route: Route | undefined;
  readonly choice: ClusterChoice | undefined;
}

/** `weighted_clusters`. */
export class WeightedChoice implements ClusterChoice {
  readonly #entries: readonly WeightedEntry[];
  readonly #totalWeight: number;
  /** '' = the stream's random number. */
  readonly #randomHeader: string;
  readonly #hasRuntimeKeys: boolean;

  constructor(entries: readonly WeightedEntry[], randomHeader: string) {
    this.#entries = entries;
    this.#totalWeight = entries.reduce((sum, entry) => sum + entry.weight, 0);
    this.#randomHeader = randomHeader;
    this.#hasRuntimeKeys = entries.some((entry) => entry.runtimeKey !== '');
  }

  choose(request: RouteRequest): Route | undefined {
    const entry = this.#pick(request);
    return entry === undefined ? undefined : (entry.route ?? entry.choice?.choose(request));
  }

  #pick({ headers, random, runtime }: RouteRequest): WeightedEntry | undefined {
    const total = this.#hasRuntimeKeys ? this.#runtimeTotal(runtime) : this.#totalWeight;
    if (total === 0) return undefined;
    const drawn = this.#randomHeader === '' ? random % total : this.#drawFromHeader(headers, random, total);
    let begin = 0;
    for (let i = 0; i < this.#entries.length; i++) {
      const entry = this.#entries[i] as WeightedEntry;
      begin += this.#hasRuntimeKeys ? weightOf(entry, runtime) : entry.weight;
      if (drawn < begin) return entry;
    }
    return undefined;
  }

  /** A whole number of 64 bits in the header stands in for the random one. */
  #drawFromHeader(headers: RequestHeaderMap, random: number, total: number): number {
    const value = headers.get(this.#randomHeader);
    if (value === undefined || !/^\d{1,20}$/.test(value)) return random % total;
    return Number(BigInt(value) % BigInt(total));
  }

  #runtimeTotal(runtime: Runtime): number {
    let total = 0;
    for (const entry of this.#entries) total += weightOf(entry, runtime);
    return total;
  }
}

function weightOf(entry: WeightedEntry, runtime: Runtime): number {
  return entry.runtimeKey === '' ? entry.weight : runtime.snapshot.getInteger(entry.runtimeKey, entry.weight);
}
