import type { PreviousPrioritiesConfig } from '../../../../../api/generated/envoy/extensions/retry/priority/previous_priorities/v3/previous_priorities_config_pb.d.ts';
import type { RetryPriority, RetryPriorityExtension } from '../../../../../sdk/router.ts';
import type { Host, HostSet, PriorityLoad } from '../../../../../sdk/upstream.ts';
import { priorityStateOf } from '../../../../common/load-balancer/priority-load.ts';

/** Spreads retries over the priorities that have not been tried yet, in turns of `updateFrequency` attempts. */
export class PreviousPriorities implements RetryPriority {
  readonly #updateFrequency: number;
  readonly #excluded = new Set<number>();
  readonly #attempted: number[] = [];
  #load: PriorityLoad | undefined = undefined;

  constructor(updateFrequency: number) {
    this.#updateFrequency = updateFrequency;
  }

  onHostAttempted(host: Host): void {
    this.#attempted.push(host.priority);
  }

  determinePriorityLoad(hostSets: readonly HostSet[], original: PriorityLoad): PriorityLoad {
    if (this.#attempted.length < this.#updateFrequency) return original;
    if (this.#attempted.length % this.#updateFrequency === 0) this.#adjust(hostSets);
    return this.#load ?? original;
  }

  #adjust(hostSets: readonly HostSet[]): void {
    for (const priority of this.#attempted.slice(-this.#updateFrequency)) this.#excluded.add(priority);
    this.#load = this.#loadWithout(hostSets);
    if (this.#load !== undefined) return;
    // All have been tried: from the begin again.
    this.#excluded.clear();
    this.#load = this.#loadWithout(hostSets);
  }

  /** Undefined when nobody is left who could take requests. */
  #loadWithout(hostSets: readonly HostSet[]): PriorityLoad | undefined {
    const left = hostSets.map((set) => (this.#excluded.has(set.priority) ? withoutHosts(set) : set));
    const { load } = priorityStateOf(left, 0);
    const sum = [...load.healthy, ...load.degraded].reduce((total, percent) => total + percent, 0);
    return sum === 100 && left.some((set) => set.healthyHosts.length + set.degradedHosts.length > 0) ? load : undefined;
  }
}

function withoutHosts(set: HostSet): HostSet {
  return {
    priority: set.priority,
    hosts: set.hosts,
    healthyHosts: [],
    degradedHosts: [],
    excludedHosts: set.excludedHosts,
    overprovisioningFactor: set.overprovisioningFactor,
    weightedPriorityHealth: set.weightedPriorityHealth,
  };
}

/** envoy.extensions.retry.priority.previous_priorities.v3.PreviousPrioritiesConfig */
export const previousPriorities: RetryPriorityExtension<number> = {
  category: 'envoy.retry_priorities',
  name: 'envoy.retry_priorities.previous_priorities',
  configTypes: ['envoy.extensions.retry.priority.previous_priorities.v3.PreviousPrioritiesConfig'],
  parseConfig: (message) => (message as PreviousPrioritiesConfig).updateFrequency,
  createRetryPriority: (updateFrequency) => new PreviousPriorities(updateFrequency),
};
