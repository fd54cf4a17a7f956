import type { Runtime } from '../../../sdk/extension.ts';
import type { RequestHeaderMap } from '../../../sdk/headers.ts';
import type { Route, RouteRequest } from '../../../sdk/router.ts';
import type { ClusterChoice } from './cluster-choice.ts';
import {
  type ClusterLevel,
  type ClusterRefresh,
  ForwardingRoute,
  type ForwardingRouteConfig,
} from './forwarding-route.ts';
import { wholeNumber } from './whole-number.ts';

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
export class WeightedChoice implements ClusterChoice, ClusterRefresh {
  readonly #config: ForwardingRouteConfig;
  readonly #entries: readonly WeightedEntry[];
  /** Of the entries that name their clusters. */
  readonly #routes: readonly (ForwardingRoute | undefined)[];
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
      name === '' ? undefined : new ForwardingRoute(config, name, level, this),
    );
  }

  choose(request: RouteRequest): Route | undefined {
    const { headers, runtime } = request;
    const total = this.#hasRuntimeKeys ? totalOf(this.#entries, runtime) : this.#totalWeight;
    const random = this.#randomOf(request);
    const at = indexAt(this.#entries, random, total, this.#hasRuntimeKeys ? runtime : undefined);
    if (at < 0) return undefined;
    const entry = this.#entries[at] as WeightedEntry;
    return this.#routes[at] ?? new ForwardingRoute(this.#config, clusterNameOf(entry, headers), entry.level, this);
  }

  next(current: ForwardingRoute, request: RouteRequest): Route | undefined {
    return new FurtherAttempts(this.#config, this.#entries, this.#randomOf(request)).next(current, request);
  }

  /** A whole number of 64 bits in the header stands in for the random one, as does the route's hash. */
  #randomOf({ headers, random, streamInfo }: RouteRequest): RandomValue {
    const { header, hashPolicy } = this.#source;
    if (header !== '') {
      const value = headers.get(header);
      return (value === undefined ? undefined : wholeNumber(value)) ?? random;
    }
    if (!hashPolicy) return random;
    return this.#config.action.hashPolicy?.generateHash({ headers, streamInfo }) ?? random;
  }
}

/** The clusters that one request has not been to; all of them again once it has been to each. */
class FurtherAttempts implements ClusterRefresh {
  readonly #config: ForwardingRouteConfig;
  readonly #entries: readonly WeightedEntry[];
  readonly #random: RandomValue;
  readonly #used = new Set<WeightedEntry>();

  constructor(config: ForwardingRouteConfig, entries: readonly WeightedEntry[], random: RandomValue) {
    this.#config = config;
    this.#entries = entries;
    this.#random = random;
  }

  next({ level }: ForwardingRoute, { headers, runtime }: RouteRequest): Route | undefined {
    const current = this.#entries.find((entry) => entry.level === level);
    if (current !== undefined) this.#used.add(current);
    if (this.#used.size === this.#entries.length) this.#used.clear();
    const left = this.#entries.filter((entry) => !this.#used.has(entry));
    const entry = left[indexAt(left, this.#random, totalOf(left, runtime), runtime)];
    return entry && new ForwardingRoute(this.#config, clusterNameOf(entry, headers), entry.level, this);
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
