/** Who looks after the hosts of a cluster: its health checker and its outlier detector, and what comes of what they find. */
import type { Dispatcher } from '../../../sdk/event.ts';
import type { Runtime } from '../../../sdk/extension.ts';
import type { HealthCheckConfig } from '../../common/upstream/health-check-config.ts';
import type { OutlierConfig } from '../../common/upstream/outlier-config.ts';
import type { BaseCluster } from './base-cluster.ts';
import { HealthChecker } from './health-check/health-checker.ts';
import type { MainThread } from './health-check/probe-connector.ts';
import type { ManagedCluster } from './managed-cluster.ts';
import { OutlierDetector } from './outlier/outlier-detector.ts';
import { OutlierEvents } from './outlier/outlier-events.ts';
import { trafficWatch } from './traffic-watch.ts';

type Parts = Pick<ManagedCluster, 'stats' | 'scope' | 'breakers'>;

export interface HostCareWorld {
  readonly dispatcher: Dispatcher;
  readonly runtime: Runtime;
  readonly mainThread?: () => MainThread;
  readonly outlierLogPath?: string;
  /** That keep host statistics. */
  readonly threads: number;
  /** A host is not to be used any longer. */
  onFailed(): void;
}

export function createHealthChecker(
  cluster: BaseCluster,
  health: HealthCheckConfig,
  { stats, scope, breakers }: Parts,
  world: HostCareWorld,
): HealthChecker {
  const { dispatcher, runtime, threads, onFailed } = world;
  const { accessLogManager, createProbes } = mainThreadOf(world);
  const { config } = cluster;
  return new HealthChecker({
    ...{ cluster: config, health, dispatcher, runtime, scope, clusterStats: stats, accessLogManager },
    probes: createProbes(config, breakers),
    hasTraffic: trafficWatch(cluster, threads),
    onCheckComplete: (host, transition, state) => {
      cluster.onHealthCheckComplete(host, transition, state);
      if (transition === 'Changed' && host.hasFlag('failed_active_hc')) onFailed();
    },
  });
}

export function createOutlierDetector(
  cluster: BaseCluster,
  outlier: OutlierConfig,
  { scope }: Parts,
  world: HostCareWorld,
): OutlierDetector {
  const { dispatcher, runtime, outlierLogPath: path = '', onFailed } = world;
  const file = path === '' ? undefined : mainThreadOf(world).accessLogManager.createAccessLog(path);
  return new OutlierDetector({
    ...{ clusterName: cluster.config.name, config: outlier, dispatcher, runtime, scope },
    events: file && new OutlierEvents(file, dispatcher.timeSource),
    onChanged: (host) => {
      cluster.reloadHealthyHosts();
      if (host.hasFlag('failed_outlier_check')) onFailed();
    },
  });
}

function mainThreadOf({ mainThread }: HostCareWorld): MainThread {
  if (mainThread === undefined) throw new Error('hosts cannot be looked after: there is no main thread to do it');
  return mainThread();
}
