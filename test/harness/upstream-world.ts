/** A worker's upstream side on virtual time and fake sockets, its clusters given as proto JSON. */
import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import type { Cluster } from '../../api/generated/envoy/config/cluster/v3/cluster_pb.ts';
import { loadDescriptors } from '../../api/load-descriptors.ts';
import { ConfigContext, ConfigErrorCollector } from '../../sdk/config.ts';
import type { ServerFactoryContext } from '../../sdk/extension.ts';
import type { RequestHeaderMap } from '../../sdk/headers.ts';
import type { Struct } from '../../sdk/stream-info.ts';
import type { HostHealth } from '../../sdk/upstream.ts';
import { IpAddress, PipeAddress } from '../../src/common/network/address.ts';
import { parseProtoJson } from '../../src/common/proto/parse-proto-json.ts';
import { TypeRegistry } from '../../src/common/proto/type-registry.ts';
import { LayeredRuntimeSnapshot } from '../../src/common/runtime/runtime-snapshot.ts';
import { createStatsMemory } from '../../src/common/stats/stats-memory.ts';
import { StatsStore } from '../../src/common/stats/stats-store.ts';
import { type ClusterConfig, parseClusterConfig } from '../../src/common/upstream/cluster-config.ts';
import { createHostStats } from '../../src/common/upstream/host-stats.ts';
import { SeededRandom } from '../../src/event/random.ts';
import { SimulatedDispatcher, SimulatedTime } from '../../src/event/simulated-dispatcher.ts';
import { httpHealthChecker } from '../../src/extensions/health_checkers/http/index.ts';
import { tcpHealthChecker } from '../../src/extensions/health_checkers/tcp/index.ts';
import { clusterProvided } from '../../src/extensions/load_balancing_policies/cluster_provided/index.ts';
import { leastRequest } from '../../src/extensions/load_balancing_policies/least_request/index.ts';
import { maglev } from '../../src/extensions/load_balancing_policies/maglev/index.ts';
import { random } from '../../src/extensions/load_balancing_policies/random/index.ts';
import { ringHash } from '../../src/extensions/load_balancing_policies/ring_hash/index.ts';
import { roundRobin } from '../../src/extensions/load_balancing_policies/round_robin/index.ts';
import { subset } from '../../src/extensions/load_balancing_policies/subset/index.ts';
import { ExtensionRegistry } from '../../src/extensions/registry.ts';
import { rawBuffer } from '../../src/extensions/transport_sockets/raw_buffer/index.ts';
import { upstreamProxyProtocol } from '../../src/extensions/transport_sockets/upstream_proxy_protocol/index.ts';
import { httpProtocolOptions } from '../../src/extensions/upstreams/http/index.ts';
import { tcpProtocolOptions } from '../../src/extensions/upstreams/tcp/index.ts';
import { createBreakers } from '../../src/snapshot/cluster.ts';
import type { HostsSnapshot } from '../../src/snapshot/hosts.ts';
import { ConnectionIds } from '../../src/worker/network/connection-info.ts';
import type { WorkerCluster } from '../../src/worker/upstream/thread-local-cluster.ts';
import { WorkerClusterManager } from '../../src/worker/upstream/thread-local-cluster-manager.ts';
import type { UpstreamContext } from '../../src/worker/upstream/upstream-context.ts';
import { FakeHttp1Codec } from './fake-http1-codec.ts';
import { FakeSocketEngine } from './fake-socket.ts';
import { HistogramSamples } from './histogram-samples.ts';

const CLUSTER = 'envoy.config.cluster.v3.Cluster';

export interface FakeHost {
  readonly address: string;
  readonly weight?: number;
  readonly health?: HostHealth;
  readonly excluded?: boolean;
  readonly priority?: number;
  readonly zone?: string;
  readonly localityWeight?: number;
  readonly id?: number;
  readonly metadata?: ReadonlyMap<string, Struct>;
}

/** Reads clusters as main and workers do. */
export class ClusterReader {
  readonly types = new TypeRegistry(loadDescriptors());
  readonly extensions = new ExtensionRegistry([
    roundRobin,
    subset,
    leastRequest,
    random,
    clusterProvided,
    maglev,
    ringHash,
    httpHealthChecker,
    tcpHealthChecker,
    rawBuffer,
    upstreamProxyProtocol,
    httpProtocolOptions,
    tcpProtocolOptions,
  ] as ConstructorParameters<typeof ExtensionRegistry>[0]);

  message(json: object): Cluster {
    const collector = new ConfigErrorCollector();
    const desc = this.types.requireMessage(CLUSTER);
    const message = parseProtoJson(this.types, desc, json as never, new ConfigContext(collector));
    collector.throwIfAny();
    return message as Cluster;
  }

  /** Throws ConfigError with everything that is wrong. */
  config(message: Cluster): ClusterConfig {
    const collector = new ConfigErrorCollector();
    const config = parseClusterConfig(message, new ConfigContext(collector, '', this.types, this.extensions));
    collector.throwIfAny();
    return config;
  }

  encode(message: Cluster): Uint8Array {
    const desc = this.types.requireMessage(CLUSTER);
    return toBinary(desc, create(desc, message as never));
  }

  decode(bytes: Uint8Array): Cluster {
    return fromBinary(this.types.requireMessage(CLUSTER), bytes) as Cluster;
  }
}

export class UpstreamWorld {
  readonly time = new SimulatedTime();
  readonly dispatcher = new SimulatedDispatcher('worker_0', this.time, new SeededRandom(7));
  readonly engine = new FakeSocketEngine();
  readonly #statsMemory = createStatsMemory();
  readonly #samples = new HistogramSamples(this.#statsMemory);
  readonly stats = new StatsStore(this.#statsMemory);
  readonly scope = this.stats.createScope();
  readonly reader: ClusterReader;
  readonly runtime = { snapshot: new LayeredRuntimeSnapshot([], new SeededRandom(1)) };
  readonly manager: WorkerClusterManager;
  #nextHostId = 1;

  /** @param createHttp1Codec by default one of a line a message (fake-http1-codec.ts) */
  constructor(
    reader = new ClusterReader(),
    createHttp1Codec: UpstreamContext['createHttp1Codec'] = () => new FakeHttp1Codec(),
  ) {
    this.reader = reader;
    const context: UpstreamContext = {
      workerIndex: 0,
      threads: 2,
      dispatcher: this.dispatcher,
      runtime: this.runtime,
      scope: this.scope,
      engine: this.engine,
      connectionIds: new ConnectionIds(0, 1),
      locality: { region: '', zone: 'a', subZone: '' },
      localClusterName: 'me',
      makeAddress: (address) =>
        address.kind === 'ip' ? new IpAddress(address.ip, address.port) : new PipeAddress(address.path),
      // The transport sockets here need no more than what their cluster gives.
      serverContext: () => ({}) as ServerFactoryContext,
      createHttp1Codec,
      tellMain: () => {},
    };
    this.manager = new WorkerClusterManager(context, (bytes) => reader.config(reader.decode(bytes)));
  }

  /** Adds a cluster with these hosts; what it had before is replaced. */
  addCluster(
    json: { readonly name: string; readonly [field: string]: unknown },
    hosts: readonly FakeHost[],
  ): WorkerCluster {
    const { cluster } = this.manager.slotDefinitions();
    const previous = this.manager.getThreadLocalCluster(json.name);
    const bytes = this.reader.encode(this.reader.message(json));
    const snapshot = { bytes, version: '1', addedViaApi: false, breakers: createBreakers(1) };
    const local = cluster.create(snapshot, json.name, undefined, previous);
    if (previous !== undefined) cluster.dispose?.(previous, json.name, true);
    this.setHosts(json.name, hosts);
    return local;
  }

  removeCluster(name: string): void {
    const local = this.manager.getThreadLocalCluster(name);
    if (local !== undefined) this.manager.slotDefinitions().cluster.dispose?.(local, name, false);
  }

  setHosts(name: string, hosts: readonly FakeHost[]): void {
    this.manager.slotDefinitions().hosts.create(this.#snapshot(hosts), name, undefined, undefined);
  }

  counter(name: string): number {
    return this.scope.counter(name).value;
  }

  gauge(name: string): number {
    return this.scope.gauge(name).value;
  }

  /** How many values a histogram has got. */
  samples(name: string): number {
    return this.#samples.of(name);
  }

  #snapshot(hosts: readonly FakeHost[]): HostsSnapshot {
    const places = createHostStats(hosts.length, 1);
    const levels = Math.max(0, ...hosts.map((host) => host.priority ?? 0)) + 1;
    const priorities = Array.from({ length: levels }, (_, priority) => ({
      overprovisioningFactor: 140,
      weightedPriorityHealth: false,
      hosts: hosts.flatMap((host, index) => {
        if ((host.priority ?? 0) !== priority) return [];
        const address = new URL(`tcp://${host.address}`);
        return {
          id: host.id ?? this.#nextHostId++,
          address: { kind: 'ip', ip: address.hostname, port: Number(address.port) } as const,
          hostname: '',
          weight: host.weight ?? 1,
          health: host.health ?? 'Healthy',
          excluded: host.excluded ?? false,
          locality: { region: '', zone: host.zone ?? '', subZone: '' },
          localityWeight: host.localityWeight ?? 0,
          metadata: host.metadata ?? new Map(),
          localityMetadata: new Map(),
          canary: false,
          stats: places[index] as ReturnType<typeof createHostStats>[number],
        };
      }),
    }));
    return { priorities };
  }
}

export function fakeRequest(path: string): RequestHeaderMap {
  return { path } as RequestHeaderMap;
}
