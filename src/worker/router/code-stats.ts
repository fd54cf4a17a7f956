import type { RouteStats } from '../../../sdk/router.ts';
import type { Counter, Histogram, Scope } from '../../../sdk/stats.ts';
import type { ClusterInfo } from '../../../sdk/upstream.ts';

/** `upstream_rq_completed`, `upstream_rq_2xx`, `upstream_rq_200` … and `upstream_rq_time` under one prefix, made when used. */
export class CodeCounters {
  readonly #scope: Scope;
  readonly #prefix: string;
  readonly #codes: (Counter | undefined)[] = [];
  readonly #classes: (Counter | undefined)[] = [];
  #completed: Counter | undefined = undefined;
  #time: Histogram | undefined = undefined;

  /** @param prefix with its dot, or '' */
  constructor(scope: Scope, prefix: string) {
    this.#scope = scope;
    this.#prefix = prefix;
  }

  chargeCode(code: number, completedOnly: boolean): void {
    this.#completed ??= this.#counter('upstream_rq_completed');
    this.#completed.inc();
    if (completedOnly) return;
    const known = this.#codes[code];
    if (known !== undefined) {
      known.inc();
      this.#classes[Math.trunc(code / 100)]?.inc();
    } else {
      this.#chargeNewCode(code);
    }
  }

  #chargeNewCode(code: number): void {
    const family = Math.trunc(code / 100);
    if (family >= 1 && family <= 5) {
      this.#classes[family] ??= this.#counter(`upstream_rq_${family}xx`);
      this.#classes[family]?.inc();
    }
    const counter = this.#counter(`upstream_rq_${code >= 100 && code < 600 ? code : 'unknown'}`);
    counter.inc();
    // Codes that no upstream should send are not kept here, so that the list stays short.
    if (code >= 100 && code < 600) this.#codes[code] = counter;
  }

  chargeTime(ms: number): void {
    this.#time ??= this.#scope.histogram(`${this.#prefix}upstream_rq_time`, 'milliseconds');
    this.#time.recordValue(ms);
  }

  #counter(name: string): Counter {
    return this.#scope.counter(this.#prefix + name);
  }
}

/** All code statistics of a cluster on this thread. */
export class ClusterCodeStats {
  readonly all: CodeCounters;
  readonly internal: CodeCounters;
  readonly external: CodeCounters;
  readonly canary: CodeCounters;
  readonly retry: CodeCounters;
  readonly #scope: Scope;
  #byPrefix: Map<string, CodeCounters> | undefined = undefined;

  constructor(scope: Scope) {
    this.#scope = scope;
    this.all = new CodeCounters(scope, '');
    this.internal = new CodeCounters(scope, 'internal.');
    this.external = new CodeCounters(scope, 'external.');
    this.canary = new CodeCounters(scope, 'canary.');
    this.retry = new CodeCounters(scope, 'retry.');
  }

  /** For zones and `x-envoy-upstream-alt-stat-name`. */
  withPrefix(prefix: string): CodeCounters {
    this.#byPrefix ??= new Map();
    let counters = this.#byPrefix.get(prefix);
    if (counters === undefined) {
      counters = new CodeCounters(this.#scope, prefix);
      this.#byPrefix.set(prefix, counters);
    }
    return counters;
  }
}

/** What a response is charged to besides its cluster. */
export interface ChargedTo {
  readonly internalRequest: boolean;
  readonly canary: boolean;
  /** '' = none. */
  readonly altStatName: string;
  readonly fromZone: string;
  readonly toZone: string;
  readonly virtualCluster: RouteStats | undefined;
  readonly route: RouteStats | undefined;
}

/** Code statistics of clusters, virtual clusters and routes on one thread (Envoy's CodeStatsImpl). */
export class CodeStats {
  readonly #clusters: WeakMap<ClusterInfo, ClusterCodeStats>;
  /** Asked for last: mostly the same again. */
  #cluster: ClusterInfo | undefined = undefined;
  #ofCluster: ClusterCodeStats | undefined = undefined;
  readonly #routes = new WeakMap<RouteStats, CodeCounters>();
  readonly #scope: Scope;

  /**
   * @param scope of the route table's owner, without prefix
   * @param clusters those of all routers of the thread, which share a cluster's statistics
   */
  constructor(scope: Scope, clusters = new WeakMap<ClusterInfo, ClusterCodeStats>()) {
    this.#scope = scope;
    this.#clusters = clusters;
  }

  ofCluster(cluster: ClusterInfo): ClusterCodeStats {
    if (cluster === this.#cluster && this.#ofCluster !== undefined) return this.#ofCluster;
    const stats = this.#find(cluster);
    this.#cluster = cluster;
    this.#ofCluster = stats;
    return stats;
  }

  #find(cluster: ClusterInfo): ClusterCodeStats {
    let stats = this.#clusters.get(cluster);
    if (stats === undefined) {
      stats = new ClusterCodeStats(cluster.scope);
      this.#clusters.set(cluster, stats);
    }
    return stats;
  }

  chargeResponse(cluster: ClusterInfo, code: number, completedOnly: boolean, to: ChargedTo): void {
    const stats = this.ofCluster(cluster);
    stats.all.chargeCode(code, completedOnly);
    if (to.canary) stats.canary.chargeCode(code, completedOnly);
    (to.internalRequest ? stats.internal : stats.external).chargeCode(code, completedOnly);
    if (to.virtualCluster !== undefined) this.#ofRoute(to.virtualCluster).chargeCode(code, completedOnly);
    if (to.route !== undefined) this.#ofRoute(to.route).chargeCode(code, completedOnly);
    if (hasZones(to)) stats.withPrefix(zonePrefix(to)).chargeCode(code, completedOnly);
    if (to.altStatName !== '') this.#chargeAlternative(stats, code, completedOnly, to);
  }

  chargeTime(cluster: ClusterInfo, ms: number, to: ChargedTo): void {
    const stats = this.ofCluster(cluster);
    stats.all.chargeTime(ms);
    if (to.canary) stats.canary.chargeTime(ms);
    (to.internalRequest ? stats.internal : stats.external).chargeTime(ms);
    if (to.virtualCluster !== undefined) this.#ofRoute(to.virtualCluster).chargeTime(ms);
    if (to.route !== undefined) this.#ofRoute(to.route).chargeTime(ms);
    if (hasZones(to)) stats.withPrefix(zonePrefix(to)).chargeTime(ms);
    if (to.altStatName === '') return;
    for (const prefix of alternativePrefixes(to)) stats.withPrefix(prefix).chargeTime(ms);
  }

  #chargeAlternative(stats: ClusterCodeStats, code: number, completedOnly: boolean, to: ChargedTo): void {
    for (const prefix of alternativePrefixes(to)) stats.withPrefix(prefix).chargeCode(code, completedOnly);
  }

  #ofRoute(stats: RouteStats): CodeCounters {
    let counters = this.#routes.get(stats);
    if (counters === undefined) {
      counters = new CodeCounters(this.#scope, stats.prefix);
      this.#routes.set(stats, counters);
    }
    return counters;
  }
}

function hasZones({ fromZone, toZone }: ChargedTo): boolean {
  return fromZone !== '' && toZone !== '';
}

function zonePrefix({ fromZone, toZone }: ChargedTo): string {
  return `zone.${fromZone}.${toZone}.`;
}

/** The alternative name stands before what the cluster's own statistics are called. */
function alternativePrefixes(to: ChargedTo): string[] {
  const name = `${to.altStatName}.`;
  const prefixes = [name, `${name}${to.internalRequest ? 'internal' : 'external'}.`];
  if (to.canary) prefixes.push(`${name}canary.`);
  if (hasZones(to)) prefixes.push(name + zonePrefix(to));
  return prefixes;
}
