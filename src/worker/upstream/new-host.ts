import type { Random } from '../../../sdk/event.ts';
import type { Address } from '../../../sdk/network.ts';
import { createHostStats } from '../../common/upstream/host-stats.ts';
import { createOutlierCounts } from '../../common/upstream/outlier-counts.ts';
import { NO_METADATA } from '../../common/upstream/proto-values.ts';
import type { HostSnapshot } from '../../snapshot/hosts.ts';
import type { WorkerClusterInfo } from './cluster-info.ts';

/** Far above those that main gives, in which no two of ours meet. */
const firstIdOfWorkers = 2 ** 52;

/** A host that a worker has found: main and the other workers will know it by what stands here. */
export function newHostSnapshot(
  { name, config }: WorkerClusterInfo,
  { ip, port, asString }: Address,
  threads: number,
  random: Random,
): HostSnapshot {
  const [stats] = createHostStats(1, threads);
  if (stats === undefined) throw new Error('one host has one place for its statistics');
  return {
    id: firstIdOfWorkers + (random.random() % firstIdOfWorkers),
    address: { kind: 'ip', ip, port },
    hostname: `${name}${asString}`,
    weight: 1,
    health: 'Healthy',
    excluded: false,
    locality: NOWHERE,
    localityWeight: 0,
    metadata: NO_METADATA,
    localityMetadata: NO_METADATA,
    canary: false,
    stats,
    outlierCounts: config.outlier && createOutlierCounts(),
  };
}

const NOWHERE = { region: '', zone: '', subZone: '' };
