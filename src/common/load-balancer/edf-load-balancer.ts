import type { Host, LoadBalancerContextOfCluster } from '../../../sdk/upstream.ts';
import { EdfScheduler } from './edf-scheduler.ts';
import type { LocalityOptions } from './locality-config.ts';
import { PriorityLoadBalancer } from './priority-load-balancer.ts';
import { hostAgeMs, type SlowStart, slowStartFactor } from './slow-start.ts';

/** Hosts of one source, and their order by weight; without one where all weigh the same. */
interface Schedule {
  readonly hosts: readonly Host[];
  readonly edf: EdfScheduler<Host> | undefined;
  /** For round robin without weights. */
  index: number;
}

/** Balancers that go by weights: with EDF where weights differ, by their own rule where they do not. */
export abstract class EdfLoadBalancer extends PriorityLoadBalancer<Schedule> {
  readonly #slowStart: SlowStart | undefined;
  /** Until when some host is in its slow start, monotonic ms. */
  #slowStartEndMs = Number.NEGATIVE_INFINITY;
  readonly #seed: number;
  readonly #weigh = (host: Host): number => this.#weight(host);

  constructor(context: LoadBalancerContextOfCluster, locality: LocalityOptions, slowStart: SlowStart | undefined) {
    super(context, locality);
    this.#slowStart = slowStart;
    this.#seed = context.random.random();
  }

  /** The weight of a host at this moment, above 0. */
  protected abstract hostWeight(host: Host): number;
  /** The choice among hosts of equal weight; there is at least one. */
  protected abstract unweightedChoice(hosts: readonly Host[], schedule: { index: number }): Host | undefined;

  protected override prepare(hosts: readonly Host[]): Schedule {
    const nowMs = this.context.timeSource.monotonicTimeMs();
    if (this.#slowStart !== undefined) {
      for (const host of hosts) {
        const endMs = nowMs - hostAgeMs(host, nowMs) + this.#slowStart.windowMs;
        if (endMs > this.#slowStartEndMs) this.#slowStartEndMs = endMs;
      }
    }
    return this.#schedule(hosts, nowMs);
  }

  protected override choose(schedule: Schedule): Host | undefined {
    if (schedule.edf === undefined) return this.unweightedChoice(schedule.hosts, schedule);
    return schedule.edf.pickAndAdd(this.#weigh);
  }

  #schedule(hosts: readonly Host[], nowMs: number): Schedule {
    const index = hosts.length === 0 ? 0 : this.#seed % hosts.length;
    if (equalWeights(hosts) && nowMs >= this.#slowStartEndMs) {
      return { hosts, edf: undefined, index };
    }
    const edf = new EdfScheduler<Host>();
    for (const host of hosts) edf.add(host, this.#weight(host));
    // Threads begin at different places, or all of them would send to the same host first.
    for (let i = 0; i < index; i++) edf.pickAndAdd(this.#weigh);
    return { hosts, edf, index };
  }

  #weight(host: Host): number {
    const weight = this.hostWeight(host);
    const nowMs = this.context.timeSource.monotonicTimeMs();
    if (this.#slowStart === undefined || nowMs >= this.#slowStartEndMs) return weight;
    return weight * slowStartFactor(this.#slowStart, hostAgeMs(host, nowMs), this.context.runtime);
  }
}

function equalWeights(hosts: readonly Host[]): boolean {
  const first = hosts[0]?.weight;
  return hosts.every((host) => host.weight === first);
}
