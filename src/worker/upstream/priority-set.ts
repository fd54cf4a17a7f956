import type { Address } from '../../../sdk/network.ts';
import type { Host, HostSet, HostsChanged, PrioritySet } from '../../../sdk/upstream.ts';
import type { HostAddress, HostSnapshot, HostsSnapshot, PriorityHosts } from '../../snapshot/hosts.ts';
import { type HostOwner, UpstreamHost } from './host.ts';

class WorkerHostSet implements HostSet {
  readonly priority: number;
  readonly hosts: readonly UpstreamHost[];
  readonly healthyHosts: readonly UpstreamHost[];
  readonly degradedHosts: readonly UpstreamHost[];
  readonly excludedHosts: readonly UpstreamHost[];
  readonly overprovisioningFactor: number;
  readonly weightedPriorityHealth: boolean;

  constructor(priority: number, hosts: readonly UpstreamHost[], snapshot: PriorityHosts) {
    this.priority = priority;
    this.hosts = hosts;
    this.healthyHosts = hosts.filter((host) => host.health() === 'Healthy');
    this.degradedHosts = hosts.filter((host) => host.health() === 'Degraded');
    this.excludedHosts = hosts.filter((host) => host.excluded);
    this.overprovisioningFactor = snapshot.overprovisioningFactor;
    this.weightedPriorityHealth = snapshot.weightedPriorityHealth;
  }
}

export type AddressMaker = (address: HostAddress) => Address;

/** A worker's hosts of a cluster, in place of which every snapshot of main puts new sets. */
export class WorkerPrioritySet implements PrioritySet {
  #hostSets: readonly WorkerHostSet[] = [];
  #hosts: ReadonlyMap<number, UpstreamHost> = new Map();
  /** By their ids: hosts of this worker's own, until main sends them back. */
  readonly #pending = new Map<number, UpstreamHost>();
  readonly #callbacks = new Set<HostsChanged>();
  readonly #owner: HostOwner;
  readonly #makeAddress: AddressMaker;

  constructor(owner: HostOwner, makeAddress: AddressMaker) {
    this.#owner = owner;
    this.#makeAddress = makeAddress;
  }

  get hostSets(): readonly HostSet[] {
    return this.#hostSets;
  }

  /** By main's id. */
  get hosts(): ReadonlyMap<number, UpstreamHost> {
    return this.#hosts;
  }

  addUpdateCallback(callback: HostsChanged): Disposable {
    this.#callbacks.add(callback);
    return { [Symbol.dispose]: () => void this.#callbacks.delete(callback) };
  }

  /** A host that main does not know yet, and will send as one of priority 0. */
  addPending(entry: HostSnapshot): UpstreamHost {
    const host = new UpstreamHost(entry, 0, this.#makeAddress(entry.address), this.#owner);
    this.#pending.set(entry.id, host);
    return host;
  }

  /** Puts the hosts of `snapshot` in place and tells of each priority; answers with the hosts that are gone. */
  update(snapshot: HostsSnapshot): readonly UpstreamHost[] {
    const before = this.#hosts;
    const next = new Map<number, UpstreamHost>();
    const added: UpstreamHost[][] = [];
    this.#hostSets = snapshot.priorities.map((hosts, priority) => {
      const fresh: UpstreamHost[] = [];
      added.push(fresh);
      return this.#createHostSet(hosts, priority, next, fresh);
    });
    const removed = [...before.values()].filter((host) => !next.has(host.id));
    this.#hosts = next;
    for (const [priority, fresh] of added.entries()) {
      const gone = removed.filter((host) => host.priority === priority);
      for (const callback of this.#callbacks) callback(priority, fresh as readonly Host[], gone);
    }
    return removed;
  }

  #createHostSet(
    snapshot: PriorityHosts,
    priority: number,
    next: Map<number, UpstreamHost>,
    fresh: UpstreamHost[],
  ): WorkerHostSet {
    const hosts = snapshot.hosts.map((entry) => this.#hostOf(entry, priority, next, fresh));
    return new WorkerHostSet(priority, hosts, snapshot);
  }

  #hostOf(entry: HostSnapshot, priority: number, next: Map<number, UpstreamHost>, fresh: UpstreamHost[]): UpstreamHost {
    let host = this.#hosts.get(entry.id);
    if (host === undefined && this.#pending.size > 0) {
      host = this.#pending.get(entry.id);
      if (host !== undefined) {
        this.#pending.delete(entry.id);
        fresh.push(host);
      }
    }
    if (host === undefined) {
      const others = entry.otherAddresses?.map((address) => this.#makeAddress(address));
      host = new UpstreamHost(entry, priority, this.#makeAddress(entry.address), this.#owner, others);
      fresh.push(host);
    } else {
      host.update(entry, priority);
    }
    next.set(entry.id, host);
    return host;
  }
}
