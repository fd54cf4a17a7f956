import type { Cluster } from '../../../api/generated/envoy/config/cluster/v3/cluster_pb.d.ts';
import { ConfigContext, ConfigErrorCollector } from '../../../sdk/config.ts';
import type { Dispatcher } from '../../../sdk/event.ts';
import type { ExtensionLookup, LocalInfo, Runtime, ServerFactoryContext } from '../../../sdk/extension.ts';
import type { Address } from '../../../sdk/network.ts';
import type { Scope } from '../../../sdk/stats.ts';
import { IpAddress, PipeAddress } from '../../common/network/address.ts';
import type { TypeRegistry } from '../../common/proto/type-registry.ts';
import { type ClusterConfig, parseClusterConfig } from '../../common/upstream/cluster-config.ts';
import type { SocketEngine } from '../../network/engine/engine.ts';
import type { HostAddress } from '../../snapshot/hosts.ts';
import type { ConnectionIds } from '../network/connection-info.ts';
import { Http1CodecFactory } from './http1-codec-factory.ts';
import { WorkerClusterManager } from './thread-local-cluster-manager.ts';

export interface UpstreamParts {
  /** -1 for the main thread. */
  readonly index: number;
  readonly concurrency: number;
  readonly deferTrafficStats?: boolean;
  readonly dispatcher: Dispatcher;
  readonly engine: SocketEngine;
  readonly types: TypeRegistry;
  readonly extensions: ExtensionLookup;
  readonly scope: Scope;
  readonly runtime: Runtime;
  readonly connectionIds: ConnectionIds;
  readonly localInfo: LocalInfo;
  readonly serverContext: () => ServerFactoryContext;
  readonly tellMain: (topic: string, data: unknown) => void;
}

/** A thread's clusters, over the parts that the thread has. */
export function createUpstream(parts: UpstreamParts): WorkerClusterManager {
  const { index, concurrency, types, ...context } = parts;
  const decode = (bytes: Uint8Array): ClusterConfig => decodeCluster(bytes, types, parts.serverContext());
  const workerIndex = index < 0 ? concurrency : index;
  const { zone, region = '', subZone = '', localClusterName = '' } = parts.localInfo;
  const place = { locality: { region, zone, subZone }, localClusterName };
  const made = { workerIndex, threads: concurrency + 1, makeAddress, createHttp1Codec: new Http1CodecFactory().create };
  return new WorkerClusterManager({ ...context, ...made, ...place }, decode);
}

function makeAddress(address: HostAddress): Address {
  return address.kind === 'pipe' ? new PipeAddress(address.path) : new IpAddress(address.ip, address.port);
}

/** The same checks as main's: what passed there passes here. */
function decodeCluster(bytes: Uint8Array, types: TypeRegistry, server: ServerFactoryContext): ClusterConfig {
  const collector = new ConfigErrorCollector();
  const { extensions, resources } = server;
  const message = types.requireDecoded(types.requireMessage('envoy.config.cluster.v3.Cluster'), bytes) as Cluster;
  const ctx = new ConfigContext(collector, message.name, types, extensions, resources);
  const config = parseClusterConfig(message, ctx);
  collector.throwIfAny();
  return config;
}
