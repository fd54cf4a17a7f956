/**
 * Zone-aware routing (Envoy's ZoneAwareLoadBalancerBase): requests stay in our own zone as far as its upstream hosts carry
 * their share. How many of us there are in each zone the local cluster tells (`cluster_manager.local_cluster_name`).
 * https://www.envoyproxy.io/docs/envoy/latest/intro/arch_overview/upstream/load_balancing/zone_aware
 */
import type { Host, HostSet, LoadBalancerContextOfCluster, LocalCluster } from '../../../sdk/upstream.ts';
import type { ZoneAwareOptions } from './locality-config.ts';
import { groupByLocality, localityOf } from './locality-groups.ts';
import { isInPanic } from './priority-load.ts';

/** Shares are parts of this. */
const whole = 10_000;

type State =
  | { readonly kind: 'none' }
  | { readonly kind: 'direct' }
  /** `capacity` is summed up: a locality's part is what it adds to the one before. */
  | { readonly kind: 'residual'; readonly localShare: number; readonly capacity: readonly number[] };

interface ZoneLocality<S> {
  readonly healthy: readonly Host[];
  readonly schedules: Readonly<Record<'healthy' | 'degraded', S | undefined>>;
}

/** What a request gets: whatever hosts there are, those of one locality (none of them may be left), or nothing. */
export type ZoneChoice<S> = 'any' | 'fail' | { readonly schedule: S | undefined };

const any = 'any';

/** Of the first priority of a cluster; the others know no zones. */
export class ZoneRouting<S> implements Disposable {
  readonly #context: LoadBalancerContextOfCluster;
  readonly #local: LocalCluster;
  readonly #options: ZoneAwareOptions;
  readonly #forceMinSize: number | undefined;
  readonly #subscription: Disposable;
  #localities: readonly ZoneLocality<S>[] = [];
  /** Whether the first of them is ours. */
  #hasLocal = false;
  #healthyHosts = 0;
  #state: State = { kind: 'none' };

  constructor(context: LoadBalancerContextOfCluster, local: LocalCluster, options: ZoneAwareOptions) {
    this.#context = context;
    this.#local = local;
    this.#options = options;
    const key = 'upstream.zone_routing.force_local_zone.min_size';
    const forced = context.runtime.snapshot.getInteger(key, 0);
    this.#forceMinSize = forced > 0 ? forced : options.forceLocalZoneMinSize;
    this.#subscription = local.prioritySet.addUpdateCallback(() => {
      if (context.prioritySet.hostSets.length > 0) this.#refresh();
    });
  }

  [Symbol.dispose](): void {
    this.#subscription[Symbol.dispose]();
  }

  /** The hosts of the first priority have changed. */
  update({ hosts, healthyHosts, degradedHosts }: HostSet, prepare: (hosts: readonly Host[]) => S): void {
    const groups = groupByLocality(hosts, this.#local.locality);
    this.#hasLocal = groups.hasLocal;
    this.#healthyHosts = healthyHosts.length;
    const healthy = Map.groupBy(healthyHosts, localityOf);
    const degraded = Map.groupBy(degradedHosts, localityOf);
    const scheduleOf = (list: readonly Host[] | undefined) => list && prepare(list);
    this.#localities = groups.keys.map((key) => ({
      healthy: healthy.get(key) ?? [],
      schedules: { healthy: scheduleOf(healthy.get(key)), degraded: scheduleOf(degraded.get(key)) },
    }));
    this.#refresh();
  }

  choose(source: 'healthy' | 'degraded', panicThreshold: number): ZoneChoice<S> {
    if (this.#state.kind === 'none') return any;
    const { runtime, stats } = this.#context;
    if (!runtime.snapshot.featureEnabled('upstream.zone_routing.enabled', this.#options.routingEnabled)) return any;
    const [localSet] = this.#local.prioritySet.hostSets;
    if (localSet === undefined || isInPanic(localSet, panicThreshold)) {
      stats.lbLocalClusterNotOk.inc();
      return this.#options.failTrafficOnPanic ? 'fail' : any;
    }
    return { schedule: this.#localities[this.#chooseLocality(this.#state)]?.schedules[source] };
  }

  #chooseLocality(state: Exclude<State, { kind: 'none' }>): number {
    const { random, stats } = this.#context;
    if (state.kind === 'direct') {
      stats.lbZoneRoutingAllDirectly.inc();
      return 0;
    }
    if (random.random() % whole < state.localShare) {
      stats.lbZoneRoutingSampled.inc();
      return 0;
    }
    stats.lbZoneRoutingCrossZone.inc();
    const left = state.capacity.at(-1) ?? 0;
    if (left === 0) {
      stats.lbZoneNoCapacityLeft.inc();
      return random.random() % state.capacity.length;
    }
    const drawn = random.random() % left;
    return state.capacity.findIndex((sum) => drawn < sum);
  }

  #refresh(): void {
    this.#context.stats.lbRecalculateZoneStructures.add(this.#local.threads);
    this.#state = this.#isPossible() ? this.#stateOf(this.#shares()) : { kind: 'none' };
  }

  #isPossible(): boolean {
    if (this.#localities.length < 2) return false;
    const { stats, runtime } = this.#context;
    const local = groupByLocality(this.#local.prioritySet.hostSets[0]?.hosts ?? [], this.#local.locality);
    if (this.#forceMinSize === undefined && local.keys.length < 2) return false;
    if (!local.hasLocal) {
      stats.lbLocalClusterNotOk.add(this.#local.threads);
      return false;
    }
    const key = 'upstream.zone_routing.min_cluster_size';
    if (this.#healthyHosts >= runtime.snapshot.getInteger(key, this.#options.minClusterSize)) return true;
    stats.lbZoneClusterTooSmall.add(this.#local.threads);
    return false;
  }

  #stateOf(shares: readonly { readonly upstream: number; readonly local: number }[]): State {
    const [own = { upstream: 0, local: 0 }] = shares;
    if (this.#hasLocal) {
      const isForced =
        this.#forceMinSize !== undefined && (this.#localities[0]?.healthy.length ?? 0) >= this.#forceMinSize;
      if (isForced || (own.upstream > 0 && own.upstream >= own.local)) return { kind: 'direct' };
    }
    let sum = 0;
    const capacity = shares.map(({ upstream, local }, i) => {
      if (i > 0 || !this.#hasLocal) sum += Math.max(0, upstream - local);
      return sum;
    });
    const localShare = this.#hasLocal && own.local > 0 ? Math.floor((own.upstream * whole) / own.local) : 0;
    return { kind: 'residual', localShare, capacity };
  }

  /** Of each upstream locality: how much of the upstream cluster, and of us, is there. */
  #shares(): { readonly upstream: number; readonly local: number }[] {
    const localHosts = this.#local.prioritySet.hostSets[0]?.healthyHosts ?? [];
    const locals = Map.groupBy(localHosts, localityOf);
    const allLocal = this.#measure(localHosts);
    const sizes = this.#localities.map(({ healthy }) => this.#measure(healthy));
    const all = sizes.reduce((sum, size) => sum + size, 0);
    return this.#localities.map(({ healthy: [first] }, i) => {
      if (first === undefined) return { upstream: 0, local: 0 };
      const local = this.#measure(locals.get(localityOf(first)) ?? []);
      return { upstream: share(sizes[i] ?? 0, all), local: share(local, allLocal) };
    });
  }

  #measure(hosts: readonly Host[]): number {
    if (!this.#options.byWeight) return hosts.length;
    return hosts.reduce((sum, { weight }) => sum + weight, 0);
  }
}

function share(part: number, all: number): number {
  return all === 0 ? 0 : Math.floor((whole * part) / all);
}
