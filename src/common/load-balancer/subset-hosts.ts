import type { Host, HostSet, HostsChanged, LocalityWeights, PrioritySet } from '../../../sdk/upstream.ts';
import type { SubsetLocalityWeights } from '../upstream/subset-config.ts';
import { localityOf, localityWeightIn } from './locality-groups.ts';

/** Some of a cluster's hosts, as if they were all. */
export class SubsetHosts implements PrioritySet {
  readonly #all: PrioritySet;
  readonly #weights: SubsetLocalityWeights;
  readonly #callbacks = new Set<HostsChanged>();
  #members: ReadonlySet<Host>;
  #hostSets: readonly HostSet[] = [];

  constructor(all: PrioritySet, members: ReadonlySet<Host>, weights: SubsetLocalityWeights) {
    this.#all = all;
    this.#weights = weights;
    this.#members = members;
    this.#filter();
  }

  get hostSets(): readonly HostSet[] {
    return this.#hostSets;
  }

  get isEmpty(): boolean {
    return this.#members.size === 0;
  }

  addUpdateCallback(callback: HostsChanged): Disposable {
    this.#callbacks.add(callback);
    return { [Symbol.dispose]: () => void this.#callbacks.delete(callback) };
  }

  /** Those of all hosts that belong here from now on. */
  update(members: ReadonlySet<Host>): void {
    const before = this.#members;
    this.#members = members;
    this.#filter();
    for (const { priority, hosts } of this.#hostSets) {
      const added = hosts.filter((host) => !before.has(host));
      const removed = [...before].filter((host) => host.priority === priority && !members.has(host));
      for (const callback of this.#callbacks) callback(priority, added, removed);
    }
  }

  #filter(): void {
    const isMember = (host: Host): boolean => this.#members.has(host);
    this.#hostSets = this.#all.hostSets.map((set) => this.#part(set, set.hosts.filter(isMember), isMember));
  }

  #part(set: HostSet, hosts: readonly Host[], isMember: (host: Host) => boolean): HostSet {
    return {
      priority: set.priority,
      hosts,
      healthyHosts: set.healthyHosts.filter(isMember),
      degradedHosts: set.degradedHosts.filter(isMember),
      excludedHosts: set.excludedHosts.filter(isMember),
      overprovisioningFactor: set.overprovisioningFactor,
      weightedPriorityHealth: set.weightedPriorityHealth,
      localityWeights: localityWeightsOf(this.#weights, set, hosts),
    };
  }
}

function localityWeightsOf(kind: SubsetLocalityWeights, whole: HostSet, part: readonly Host[]): LocalityWeights {
  if (kind === 'none') return NO_WEIGHTS;
  const isEmpty = whole.localityWeights?.isEmpty ?? false;
  if (kind === 'whole') return { isEmpty, of: (host) => localityWeightIn(whole, host) };
  const before = Map.groupBy(whole.hosts, localityOf);
  const after = Map.groupBy(part, localityOf);
  const sizeOf = (groups: ReadonlyMap<string, readonly Host[]>, host: Host) =>
    groups.get(localityOf(host))?.length ?? 0;
  return {
    isEmpty,
    of: (host) => Math.round((localityWeightIn(whole, host) * sizeOf(after, host)) / sizeOf(before, host)),
  };
}

const NO_WEIGHTS: LocalityWeights = { isEmpty: true, of: () => 0 };
