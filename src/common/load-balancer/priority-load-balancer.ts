import type {
  Host,
  HostSet,
  LoadBalancer,
  LoadBalancerContext,
  LoadBalancerContextOfCluster,
} from '../../../sdk/upstream.ts';
import type { LocalityOptions } from './locality-config.ts';
import { LocalityScheduler, weighLocalities } from './locality-scheduler.ts';
import { choosePriority, type PriorityState, panicThresholdOf, priorityStateOf } from './priority-load.ts';
import { ZoneRouting } from './zone-routing.ts';

/** Which hosts of a priority are chosen from. */
export type HostSource = 'all' | 'healthy' | 'degraded';

/** What is chosen from in one priority: hosts by source, and by locality where localities have weights. */
type Prepared<S> = Readonly<Record<HostSource, S>> & {
  readonly localities: Readonly<Record<'healthy' | 'degraded', LocalityScheduler<S>>> | undefined;
};

/**
 * What balancers share: the choice of a priority and of a locality, panic, and asking again when a retry does not want a
 * host. `Schedule` is what a balancer makes of a list of hosts, to choose from it.
 */
export abstract class PriorityLoadBalancer<Schedule> implements LoadBalancer, Disposable {
  protected readonly context: LoadBalancerContextOfCluster;
  readonly #localityOptions: LocalityOptions;
  readonly #prepared: Prepared<Schedule>[] = [];
  readonly #subscription: Disposable;
  readonly #zones: ZoneRouting<Schedule> | undefined;
  #state: PriorityState = { load: { healthy: [100], degraded: [0] }, panic: [false] };
  #panicThreshold = -1;
  readonly #prepare = (hosts: readonly Host[]): Schedule => this.prepare(hosts);

  constructor(context: LoadBalancerContextOfCluster, locality: LocalityOptions) {
    this.context = context;
    this.#localityOptions = locality;
    const { localCluster } = context;
    this.#zones = localCluster && new ZoneRouting(context, localCluster, locality.zoneAware);
    this.#subscription = context.prioritySet.addUpdateCallback((priority) => this.#onUpdate(priority));
  }

  /** To be called once by the subclass, when it can take `prepare`. */
  protected start(): void {
    const { hostSets } = this.context.prioritySet;
    for (let priority = 0; priority < hostSets.length; priority++) this.#onUpdate(priority);
  }

  protected abstract prepare(hosts: readonly Host[]): Schedule;
  /** There is at least one host. */
  protected abstract choose(schedule: Schedule): Host | undefined;

  chooseHost(context: LoadBalancerContext | undefined): Host | undefined {
    if (context === undefined) return this.#chooseOnce(undefined);
    let host: Host | undefined;
    for (let attempt = 0; attempt <= context.hostSelectionRetryCount; attempt++) {
      host = this.#chooseOnce(context);
      if (host === undefined || !context.shouldSelectAnotherHost(host)) return host;
    }
    return host;
  }

  [Symbol.dispose](): void {
    this.#subscription[Symbol.dispose]();
    this.#zones?.[Symbol.dispose]();
  }

  #onUpdate(priority: number): void {
    const hostSet = this.context.prioritySet.hostSets[priority];
    this.#panicThreshold = -1;
    if (hostSet === undefined) return;
    this.#prepared[priority] = this.#prepareAll(hostSet);
    if (priority === 0) this.#zones?.update(hostSet, this.#prepare);
  }

  #prepareAll(hostSet: HostSet): Prepared<Schedule> {
    const prepare = this.#prepare;
    const schedulerOf = (hosts: readonly Host[]): LocalityScheduler<Schedule> =>
      new LocalityScheduler(weighLocalities(hostSet, hosts, prepare));
    const { hosts, healthyHosts, degradedHosts } = hostSet;
    return {
      all: prepare(hosts),
      healthy: prepare(healthyHosts),
      degraded: prepare(degradedHosts),
      localities: this.#localityOptions.weighted
        ? { healthy: schedulerOf(healthyHosts), degraded: schedulerOf(degradedHosts) }
        : undefined,
    };
  }

  #chooseOnce(context: LoadBalancerContext | undefined): Host | undefined {
    const { hostSets } = this.context.prioritySet;
    const state = this.#currentState(hostSets);
    const load = context?.determinePriorityLoad?.(state.load) ?? state.load;
    // One priority, all healthy: nothing to draw.
    if (hostSets.length === 1 && load.healthy[0] === 100 && state.panic[0] !== true) {
      return this.#chooseFrom(hostSets[0] as HostSet, 'healthy');
    }
    const { priority, availability } = choosePriority(this.context.random.random(), load);
    const hostSet = hostSets[priority];
    if (hostSet === undefined) return undefined;
    if (state.panic[priority] !== true) return this.#chooseFrom(hostSet, availability);
    this.context.stats.lbHealthyPanic.inc();
    return this.#localityOptions.zoneAware.failTrafficOnPanic ? undefined : this.#chooseFrom(hostSet, 'all');
  }

  #chooseFrom(hostSet: HostSet, source: HostSource): Host | undefined {
    const prepared = this.#prepared[hostSet.priority];
    if (prepared === undefined || hostsOf(hostSet, source).length === 0) return undefined;
    const { localities } = prepared;
    if (source === 'all') return this.choose(prepared.all);
    const weighted = localities?.[source].choose();
    if (weighted !== undefined) return this.choose(weighted);
    if (this.#zones === undefined || hostSet.priority > 0) return this.choose(prepared[source]);
    return this.#chooseInZone(this.#zones, prepared[source], source);
  }

  #chooseInZone(zones: ZoneRouting<Schedule>, whole: Schedule, source: 'healthy' | 'degraded'): Host | undefined {
    const choice = zones.choose(source, this.#panicThreshold);
    if (choice === 'any') return this.choose(whole);
    if (choice === 'fail' || choice.schedule === undefined) return undefined;
    return this.choose(choice.schedule);
  }

  /** Computed when it is next needed: hosts change in bursts, and runtime may move the threshold. */
  #currentState(hostSets: readonly HostSet[]): PriorityState {
    const threshold = panicThresholdOf(this.context);
    if (threshold !== this.#panicThreshold) {
      this.#panicThreshold = threshold;
      this.#state = priorityStateOf(hostSets, threshold);
    }
    return this.#state;
  }
}

function hostsOf(hostSet: HostSet, source: HostSource): readonly Host[] {
  if (source === 'healthy') return hostSet.healthyHosts;
  return source === 'degraded' ? hostSet.degradedHosts : hostSet.hosts;
}
