import type { Host, HostSet, HostsChanged, PrioritySet } from '../../../sdk/upstream.ts';

/** Some of a cluster's hosts, as if they were all. */
export class SubsetHosts implements PrioritySet {
  readonly #all: PrioritySet;
  readonly #callbacks = new Set<HostsChanged>();
  #members: ReadonlySet<Host>;
  #hostSets: readonly HostSet[] = [];

  constructor(all: PrioritySet, members: ReadonlySet<Host>) {
    this.#all = all;
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
    this.#hostSets = this.#all.hostSets.map((set) => ({
      priority: set.priority,
      hosts: set.hosts.filter(isMember),
      healthyHosts: set.healthyHosts.filter(isMember),
      degradedHosts: set.degradedHosts.filter(isMember),
      excludedHosts: set.excludedHosts.filter(isMember),
      overprovisioningFactor: set.overprovisioningFactor,
      weightedPriorityHealth: set.weightedPriorityHealth,
    }));
  }
}
