import type { Runtime } from '../../../sdk/extension.ts';
import type { Scope } from '../../../sdk/stats.ts';
import { withBindDefault } from '../../common/upstream/bind-options.ts';
import { CLUSTER_SLOT, type ClusterSnapshot } from '../../snapshot/cluster.ts';
import { HOSTS_SLOT, type HostsSnapshot } from '../../snapshot/hosts.ts';
import type { MainSlots } from '../../thread-local/main-slots.ts';
import type { ServerDependencies } from '../server-dependencies.ts';
import { ClusterManager } from './cluster-manager.ts';
import type { MainThread } from './health-check/probe-connector.ts';

export interface ServerParts {
  readonly slots: MainSlots;
  readonly scope: Scope;
  readonly runtime: Runtime;
  readonly mainThread: () => MainThread;
}

/** The server's cluster manager, publishing through `slots`. */
export function createClusterManager(
  dependencies: ServerDependencies,
  { slots, scope, runtime, mainThread }: ServerParts,
): ClusterManager {
  const { dispatcher, dns, createDns, extensions, logging, options, config } = dependencies;
  const bind = config.bootstrap.clusterManager?.upstreamBindConfig;
  return new ClusterManager({
    dispatcher,
    dns,
    createDns,
    extensions,
    scope,
    runtime,
    mainThread,
    outlierLogPath: config.bootstrap.clusterManager?.outlierDetection?.eventLogPath ?? '',
    logger: logging.logger('upstream'),
    concurrency: options.concurrency,
    clusterSlot: slots.slot<ClusterSnapshot>(CLUSTER_SLOT),
    hostsSlot: slots.slot<HostsSnapshot>(HOSTS_SLOT),
    encode: (message) => dependencies.encode(withBindDefault(message, bind)),
    hash: dependencies.hash,
    batch: (publish) => void slots.batch(publish),
  });
}
