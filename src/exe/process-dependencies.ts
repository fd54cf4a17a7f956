import type { ExtensionLookup, LocalInfo } from '../../sdk/extension.ts';
import type { Struct } from '../../sdk/stream-info.ts';
import type { Logging } from '../common/logging/logger.ts';
import { messageHasher } from '../common/proto/message-hash.ts';
import type { TypeRegistry } from '../common/proto/type-registry.ts';
import type { DnsResolverConfig } from '../common/upstream/dns-resolver-config.ts';
import type { LoopDispatcher } from '../event/dispatcher.ts';
import type { ServerConfig } from '../main/config/server-config.ts';
import { nodeFollowableFiles } from '../main/followed/system-files.ts';
import { nodeRuntimeFiles } from '../main/runtime/runtime-files.ts';
import type { ServerDependencies } from '../main/server-dependencies.ts';
import { socketEngineOf } from '../main/server-worker-init.ts';
import { MainStats } from '../main/stats/main-stats.ts';
import { CaresDnsResolver } from '../network/dns/cares-resolver.ts';
import { DnsStats } from '../network/dns/dns-stats.ts';
import { GetAddrInfoDnsResolver } from '../network/dns/getaddrinfo-resolver.ts';
import type { DnsResolver } from '../network/dns/resolver.ts';
import { processResources } from './config-resources.ts';
import { defaultConcurrency, localAddress, processMemory } from './machine.ts';
import type { Options } from './options.ts';
import { realThreads } from './real-threads.ts';
import { createSocketEngine } from './socket-engine.ts';

export interface ProxyParts {
  readonly options: Options;
  readonly config: ServerConfig;
  readonly types: TypeRegistry;
  readonly extensions: ExtensionLookup;
  readonly logging: Logging;
  readonly dispatcher: LoopDispatcher;
}

/** What a world provides: this process's threads and sockets, or simulated ones. */
export type World = Pick<ServerDependencies, 'engine' | 'dns' | 'createDns' | 'threads' | 'memory'> & {
  readonly mainStats: MainStats;
  readonly localAddress: string;
};

/** A server on real threads and sockets. */
export function processDependencies(parts: ProxyParts): ServerDependencies {
  const { dispatcher, options, config, logging } = parts;
  const mainStats = new MainStats();
  const stats = new DnsStats(mainStats.store.createScope());
  const createDns = (dns: DnsResolverConfig | undefined): DnsResolver =>
    dns?.kind === 'getaddrinfo'
      ? new GetAddrInfoDnsResolver(dispatcher, dns)
      : new CaresDnsResolver(dispatcher, dns, { stats });
  const engine = socketEngineOf(options, config);
  return serverDependencies(parts, {
    mainStats,
    engine: createSocketEngine(dispatcher, engine, undefined, (reason) => {
      const logger = logging.logger('main');
      if (engine.choice === 'auto') logger.info(reason);
      else logger.warn(reason);
    }),
    dns: createDns(config.dnsResolver),
    createDns,
    threads: realThreads,
    memory: processMemory,
    localAddress: localAddress(options.localAddressIpVersion),
  });
}

export function serverDependencies(parts: ProxyParts, world: World): ServerDependencies {
  const { options, config, types, extensions, logging, dispatcher } = parts;
  const { localAddress: address, ...provided } = world;
  return {
    ...provided,
    options: { ...options, concurrency: Math.max(1, options.concurrency ?? defaultConcurrency(options.cpusetThreads)) },
    config,
    dispatcher,
    random: dispatcher.random,
    types,
    extensions,
    logging,
    runtimeFiles: nodeRuntimeFiles,
    followableFiles: nodeFollowableFiles,
    resources: processResources,
    localInfo: localInfoOf(options, config, address),
    hash: messageHasher(types),
    encode: (message) => types.encode(message),
  };
}

/** The flags win over the bootstrap's node where they are given. */
function localInfoOf(options: Options, { bootstrap }: ServerConfig, address: string): LocalInfo {
  const { node, clusterManager } = bootstrap;
  return {
    nodeId: options.serviceNode || (node?.id ?? ''),
    clusterName: options.serviceCluster || (node?.cluster ?? ''),
    zone: options.serviceZone || (node?.locality?.zone ?? ''),
    region: node?.locality?.region ?? '',
    subZone: node?.locality?.subZone ?? '',
    metadata: node?.metadata as Struct | undefined,
    localClusterName: clusterManager?.localClusterName ?? '',
    address,
  };
}
