/** Main's clusters on virtual time and a fake resolver; what is published stays here to be looked at. */
import { Buffer } from 'node:buffer';
import { LayeredRuntimeSnapshot } from '../../src/common/runtime/runtime-snapshot.ts';
import { createStatsMemory } from '../../src/common/stats/stats-memory.ts';
import { StatsStore } from '../../src/common/stats/stats-store.ts';
import { createHostStats, SharedHostStats } from '../../src/common/upstream/host-stats.ts';
import { SeededRandom } from '../../src/event/random.ts';
import { SimulatedDispatcher, SimulatedTime } from '../../src/event/simulated-dispatcher.ts';
import { logicalDnsCluster } from '../../src/extensions/clusters/logical_dns/index.ts';
import { originalDstCluster } from '../../src/extensions/clusters/original_dst/index.ts';
import { staticCluster } from '../../src/extensions/clusters/static/index.ts';
import { strictDnsCluster } from '../../src/extensions/clusters/strict_dns/index.ts';
import { ExtensionRegistry } from '../../src/extensions/registry.ts';
import { ClusterManager } from '../../src/main/upstream/cluster-manager.ts';
import type { CheckedCluster } from '../../src/main/upstream/managed-cluster.ts';
import { FakeDnsResolver } from '../../src/network/dns/fake-resolver.ts';
import type { ClusterSnapshot } from '../../src/snapshot/cluster.ts';
import { HOST_ADDED } from '../../src/snapshot/host-events.ts';
import type { HostsSnapshot } from '../../src/snapshot/hosts.ts';
import { ClusterReader } from './upstream-world.ts';

const quiet = {
  name: 'upstream',
  trace() {},
  debug() {},
  info() {},
  warn() {},
  error() {},
  critical() {},
  traceEnabled: false,
  debugEnabled: false,
};

export class ClusterWorld {
  readonly time = new SimulatedTime();
  readonly dispatcher = new SimulatedDispatcher('main_thread', this.time);
  readonly dns = new FakeDnsResolver(this.dispatcher);
  readonly scope = new StatsStore(createStatsMemory()).createScope();
  /** What was published, newest last: `cluster a`, `hosts a`, `delete cluster a`. */
  readonly published: string[] = [];
  readonly hosts = new Map<string, HostsSnapshot>();
  readonly clusters = new Map<string, ClusterSnapshot>();
  readonly runtime = { snapshot: new LayeredRuntimeSnapshot([], new SeededRandom(1)) };
  readonly manager: ClusterManager;
  readonly #reader: ClusterReader;

  constructor(reader = new ClusterReader()) {
    this.#reader = reader;
    this.manager = new ClusterManager({
      dispatcher: this.dispatcher,
      dns: this.dns,
      extensions: new ExtensionRegistry([staticCluster, strictDnsCluster, logicalDnsCluster, originalDstCluster]),
      scope: this.scope,
      logger: quiet,
      runtime: this.runtime,
      concurrency: 2,
      clusterSlot: this.#slot('cluster', this.clusters),
      hostsSlot: this.#slot('hosts', this.hosts),
      encode: (message) => reader.encode(message),
      hash: (message) => Buffer.from(reader.encode(message)).toString('hex'),
    });
  }

  checked(json: object): CheckedCluster {
    const message = this.#reader.message(json);
    return { message, config: this.#reader.config(message) };
  }

  add(json: object): void {
    this.manager.addStaticCluster(this.checked(json));
  }

  /** A worker has found a host; what it counts of it. */
  adopt(cluster: string, id: number, ip: string): SharedHostStats {
    const [stats] = createHostStats(1, 3);
    if (stats === undefined) throw new Error('one was asked for');
    const host = { id, address: { kind: 'ip', ip, port: 80 }, hostname: cluster + ip, stats };
    this.manager.onHostEvent(HOST_ADDED, { cluster, host });
    return new SharedHostStats(stats, 0);
  }

  /** Whether it is done is told by what it returns. */
  initialize(): () => boolean {
    let done = false;
    this.manager.initialize(() => {
      done = true;
    });
    return () => done;
  }

  hostTexts(name: string): string[] {
    const all = this.hosts.get(name)?.priorities.flatMap((priority) => priority.hosts) ?? [];
    return all.map(({ address }) => (address.kind === 'ip' ? `${address.ip}:${address.port}` : address.path));
  }

  hostIds(name: string): number[] {
    return this.hosts.get(name)?.priorities.flatMap((priority) => priority.hosts.map(({ id }) => id)) ?? [];
  }

  #slot<T>(kind: string, values: Map<string, T>) {
    return {
      set: (key: string, value: T) => {
        this.published.push(`${kind} ${key}`);
        values.set(key, value);
      },
      delete: (key: string) => {
        this.published.push(`delete ${kind} ${key}`);
        values.delete(key);
      },
    };
  }
}

export function assignment(...addresses: readonly (string | object)[]): object {
  const lbEndpoints = addresses.map((address) => {
    if (typeof address !== 'string') return address;
    const colon = address.lastIndexOf(':');
    const [host, port] = [address.slice(0, colon), address.slice(colon + 1)];
    return { endpoint: { address: { socketAddress: { address: host, portValue: Number(port) } } } };
  });
  return { clusterName: 'c', endpoints: [{ lbEndpoints }] };
}

export const fixed = (...addresses: string[]): object => ({ name: 'c', loadAssignment: assignment(...addresses) });

export const strict = (fields: object, ...addresses: string[]): object => ({
  name: 'd',
  type: 'STRICT_DNS',
  loadAssignment: assignment(...addresses),
  ...fields,
});
