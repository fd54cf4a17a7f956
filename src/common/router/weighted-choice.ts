import type { Runtime } from '../../../sdk/extension.ts';
import type { RequestHeaderMap } from '../../../sdk/headers.ts';
import type { Route } from '../../../sdk/router.ts';
import { type ClusterChoice, refreshesClusters } from './cluster-choice.ts';
import {
  type ClusterLevel,
  type ClusterRefresh,
  ForwardingRoute,
  type ForwardingRouteConfig,
} from './forwarding-route.ts';
import type { RouteRequest } from './route-conditions.ts';

/** One of `weighted_clusters`. */
export interface WeightedEntry {
  readonly weight: number;
  /** `<runtime_key_prefix>.<name>`; '' = the weight stands. */
  readonly runtimeKey: string;
  readonly level: ClusterLevel;
  /** '' = the header says it. */
  readonly name: string;
  /** In lower case. */
  readonly clusterHeader: string;
}

/** What stands in for the stream's random number, if it is there. */
export interface RandomSource {
  /** '' = none. */
  readonly header: string;
  readonly hashPolicy: boolean;
}

type RandomValue = number | bigint;

/** `weighted_clusters`. */
export class WeightedChoice implements ClusterChoice {
  readonly #config: ForwardingRouteConfig;
  readonly #entries: readonly WeightedEntry[];
  /** Of the entries that name their clusters, when nothing about them can change. */
  readonly #routes: readonly (Route | undefined)[];
  readonly #totalWeight: number;
  readonly #source: RandomSource;
  readonly #hasRuntimeKeys: boolean;

  constructor(config: ForwardingRouteConfig, entries: readonly WeightedEntry[], source: RandomSource) {
    this.#config = config;
    this.#entries = entries;
    this.#totalWeight = entries.reduce((sum, entry) => sum + entry.weight, 0);
    this.#source = source;
    this.#hasRuntimeKeys = entries.some((entry) => entry.runtimeKey !== '');
    this.#routes = entries.map(({ name, level }) =>
      name === '' || refreshesClusters(config) ? undefined : new ForwardingRoute(config, name, level),
    );
  }

  choose(request: RouteRequest): Route | undefined {
    const { headers, runtime } = request;
    const random = this.#randomOf(request);
    const total = this.#hasRuntimeKeys ? totalOf(this.#entries, runtime) : this.#totalWeight;
    const at = indexAt(this.#entries, random, total, this.#hasRuntimeKeys ? runtime : undefined);
    if (at < 0) return undefined;
    return this.#routes[at] ?? this.#makeRoute(this.#entries[at] as WeightedEntry, headers, random, runtime);
  }

  #makeRoute(entry: WeightedEntry, headers: RequestHeaderMap, random: RandomValue, runtime: Runtime): Route {
    const config = this.#config;
    if (!refreshesClusters(config)) return new ForwardingRoute(config, clusterNameOf(entry, headers), entry.level);
    return new WeightedRefresh(config, this.#entries, random, runtime).routeTo(entry, headers);
  }

  /** A whole number of 64 bits in the header stands in for the random one, as does the route's hash. */
  #randomOf({ headers, random, streamInfo }: RouteRequest): RandomValue {
    const { header, hashPolicy } = this.#source;
    if (header !== '') {
      const value = headers.get(header);
      return value !== undefined && /^\d{1,20}$/.test(value) ? BigInt(value) : random;
    }
    if (!hashPolicy) return random;
    return this.#config.action.hashPolicy?.generateHash({ headers, streamInfo }) ?? random;
  }
}

/** The clusters that one request has not been to; all of them again once it has been to each. */
class WeightedRefresh implements ClusterRefresh {
  readonly #config: ForwardingRouteConfig;
  readonly #entries: readonly WeightedEntry[];
  readonly #random: RandomValue;
  readonly #runtime: Runtime;
  readonly #used = new Set<WeightedEntry>();
  #current: WeightedEntry | undefined = undefined;

  constructor(config: ForwardingRouteConfig, entries: readonly WeightedEntry[], random: RandomValue, runtime: Runtime) {
    this.#config = config;
    this.#entries = entries;
    this.#random = random;
    this.#runtime = runtime;
  }

  routeTo(entry: WeightedEntry, headers: RequestHeaderMap): Route {
    this.#current = entry;
    return new ForwardingRoute(this.#config, clusterNameOf(entry, headers), entry.level, this);
  }

  next(_current: ForwardingRoute, headers: RequestHeaderMap): Route | undefined {
    if (this.#current !== undefined) this.#used.add(this.#current);
    if (this.#used.size === this.#entries.length) this.#used.clear();
    const left = this.#entries.filter((entry) => !this.#used.has(entry));
    const at = indexAt(left, this.#random, totalOf(left, this.#runtime), this.#runtime);
    return at < 0 ? undefined : this.routeTo(left[at] as WeightedEntry, headers);
  }
}

function clusterNameOf({ name, clusterHeader }: WeightedEntry, headers: RequestHeaderMap): string {
  return name === '' ? (headers.get(clusterHeader) ?? '') : name;
}

/** @param runtime undefined = the weights stand */
function indexAt(
  entries: readonly WeightedEntry[],
  random: RandomValue,
  total: number,
  runtime: Runtime | undefined,
): number {
  if (total === 0) return -1;
  const drawn = typeof random === 'number' ? random % total : Number(random % BigInt(total));
  let begin = 0;
  for (let i = 0; i < entries.length; i++) {
    const entry = entries[i] as WeightedEntry;
    begin += runtime === undefined ? entry.weight : weightOf(entry, runtime);
    if (drawn < begin) return i;
  }
  return -1;
}

function totalOf(entries: readonly WeightedEntry[], runtime: Runtime): number {
  let total = 0;
  for (const entry of entries) total += weightOf(entry, runtime);
  return total;
}

function weightOf(entry: WeightedEntry, runtime: Runtime): number {
  return entry.runtimeKey === '' ? entry.weight : runtime.snapshot.getInteger(entry.runtimeKey, entry.weight);
}
