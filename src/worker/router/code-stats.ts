import type { RouteStats } from '../../../sdk/router.ts';
import type { Counter, Histogram, Scope } from '../../../sdk/stats.ts';
import type { ClusterInfo, Host } from '../../../sdk/upstream.ts';

/** What responses of one code are counted by. */
interface CodeCount {
  readonly family: Counter;
  readonly code: Counter;
}

/** `upstream_rq_completed`, `upstream_rq_2xx`, `upstream_rq_200` … and `upstream_rq_time` under one prefix, made when used. */
export class CodeCounters {
  readonly #scope: Scope;
  readonly #prefix: string;
  readonly #counts: (CodeCount | undefined)[] = [];
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
    const count = this.#counts[code];
    if (count === undefined) return this.#chargeNewCode(code);
    count.family.inc();
    count.code.inc();
  }

  #chargeNewCode(code: number): void {
    // Codes that no upstream should send are not kept here, so that the list stays short.
    if (code < 100 || code >= 600) {
      this.#counter('upstream_rq_unknown').inc();
      return;
    }
    const family = this.#counter(`upstream_rq_${Math.trunc(code / 100)}xx`);
    const count = { family, code: this.#counter(`upstream_rq_${code}`) };
    this.#counts[code] = count;
    count.family.inc();
    count.code.inc();
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

/** A request whose responses are charged: to its cluster, and to what it is and went through besides. */
export interface ChargedRequest {
  readonly cluster: ClusterInfo;
  readonly isInternal: boolean;
  /** '' = none. */
  readonly altStatName: string;
  readonly virtualCluster: RouteStats | undefined;
  readonly routeStats: RouteStats | undefined;
}

/** Code statistics of clusters, virtual clusters and routes on one thread (Envoy's CodeStatsImpl). */
export class CodeStats {
  readonly #clusters: WeakMap<ClusterInfo, ClusterCodeStats>;
  /** Asked for last: mostly the same again. */
  #cluster: ClusterInfo | undefined = undefined;
  #ofCluster: ClusterCodeStats | undefined = undefined;
  readonly #routes = new WeakMap<RouteStats, CodeCounters>();
  readonly #scope: Scope;
  readonly #zone: string;

  /**
   * @param scope of the route table's owner, without prefix
   * @param zone of this proxy; '' = not said
   * @param clusters those of all routers of the thread, which share a cluster's statistics
   */
  constructor(scope: Scope, zone = '', clusters = new WeakMap<ClusterInfo, ClusterCodeStats>()) {
    this.#scope = scope;
    this.#zone = zone;
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

  /**
   * @param completedOnly of what is counted under no category: all others tell the code in any case, as in Envoy
   * @param host that answered; undefined when none did
   */
  chargeResponse(
    to: ChargedRequest,
    code: number,
    completedOnly: boolean,
    host: Host | undefined,
    canary: boolean,
  ): void {
    const stats = this.ofCluster(to.cluster);
    stats.all.chargeCode(code, completedOnly);
    if (canary) stats.canary.chargeCode(code, false);
    (to.isInternal ? stats.internal : stats.external).chargeCode(code, false);
    if (to.virtualCluster !== undefined) this.#ofRoute(to.virtualCluster).chargeCode(code, false);
    if (to.routeStats !== undefined) this.#ofRoute(to.routeStats).chargeCode(code, false);
    if (this.#zone === '' && to.altStatName === '') return;
    const plain = `${to.altStatName}.`;
    for (const prefix of this.#morePrefixes(to, host, canary)) {
      stats.withPrefix(prefix).chargeCode(code, completedOnly && prefix === plain);
    }
  }

  chargeTime(to: ChargedRequest, ms: number, host: Host | undefined, canary: boolean): void {
    const stats = this.ofCluster(to.cluster);
    stats.all.chargeTime(ms);
    if (canary) stats.canary.chargeTime(ms);
    (to.isInternal ? stats.internal : stats.external).chargeTime(ms);
    if (to.virtualCluster !== undefined) this.#ofRoute(to.virtualCluster).chargeTime(ms);
    if (to.routeStats !== undefined) this.#ofRoute(to.routeStats).chargeTime(ms);
    if (this.#zone === '' && to.altStatName === '') return;
    for (const prefix of this.#morePrefixes(to, host, canary)) stats.withPrefix(prefix).chargeTime(ms);
  }

  /** Of zones and alternative names; the latter stand before what the cluster's own statistics are called. */
  #morePrefixes(to: ChargedRequest, host: Host | undefined, canary: boolean): string[] {
    const toZone = host === undefined ? '' : host.locality.zone;
    const zone = this.#zone === '' || toZone === '' ? '' : `zone.${this.#zone}.${toZone}.`;
    const prefixes = zone === '' ? [] : [zone];
    if (to.altStatName === '') return prefixes;
    const name = `${to.altStatName}.`;
    prefixes.push(name, `${name}${to.isInternal ? 'internal' : 'external'}.`);
    if (canary) prefixes.push(`${name}canary.`);
    if (zone !== '') prefixes.push(name + zone);
    return prefixes;
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
