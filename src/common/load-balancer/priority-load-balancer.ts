import type {
  Host,
  HostSet,
  LoadBalancer,
  LoadBalancerContext,
  LoadBalancerContextOfCluster,
} from '../../../sdk/upstream.ts';
import { choosePriority, type PriorityState, priorityStateOf } from './priority-load.ts';

/** Which hosts of a priority are chosen from. */
export type HostSource = 'all' | 'healthy' | 'degraded';

/** What balancers share: the choice of a priority, panic, and asking again when a retry does not want a host. */
export abstract class PriorityLoadBalancer implements LoadBalancer, Disposable {
  protected readonly context: LoadBalancerContextOfCluster;
  readonly #subscription: Disposable;
  #state: PriorityState = { load: { healthy: [100], degraded: [0] }, panic: [false] };
  #panicThreshold = -1;
  readonly #panicKey = 'upstream.healthy_panic_threshold';

  constructor(context: LoadBalancerContextOfCluster) {
    this.context = context;
    this.#subscription = context.prioritySet.addUpdateCallback((priority) => this.#onUpdate(priority));
  }

  /** To be called once by the subclass, when it can take `refresh`. */
  protected start(): void {
    const { hostSets } = this.context.prioritySet;
    for (let priority = 0; priority < hostSets.length; priority++) this.#onUpdate(priority);
  }

  /** The hosts of a priority have changed. */
  protected abstract refresh(hostSet: HostSet): void;
  protected abstract choose(hostSet: HostSet, source: HostSource): Host | undefined;

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
  }

  #onUpdate(priority: number): void {
    const hostSet = this.context.prioritySet.hostSets[priority];
    this.#panicThreshold = -1;
    if (hostSet !== undefined) this.refresh(hostSet);
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
    return this.context.common.failTrafficOnPanic ? undefined : this.#chooseFrom(hostSet, 'all');
  }

  #chooseFrom(hostSet: HostSet, source: HostSource): Host | undefined {
    return hostsOf(hostSet, source).length === 0 ? undefined : this.choose(hostSet, source);
  }

  /** Computed when it is next needed: hosts change in bursts, and runtime may move the threshold. */
  #currentState(hostSets: readonly HostSet[]): PriorityState {
    const { runtime, common } = this.context;
    const configured = runtime.snapshot.getInteger(this.#panicKey, common.healthyPanicThreshold);
    const threshold = Math.min(100, configured);
    if (threshold !== this.#panicThreshold) {
      this.#panicThreshold = threshold;
      this.#state = priorityStateOf(hostSets, threshold);
    }
    return this.#state;
  }
}

export function hostsOf(hostSet: HostSet, source: HostSource): readonly Host[] {
  if (source === 'healthy') return hostSet.healthyHosts;
  return source === 'degraded' ? hostSet.degradedHosts : hostSet.hosts;
}
