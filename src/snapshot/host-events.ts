/** What workers tell main of hosts: topics of their `event` messages, with what goes along. */
import type { ConsecutiveFailure } from '../common/upstream/outlier-counts.ts';
import type { HostSnapshot } from './hosts.ts';

/** A host has said of itself that it is not well (`x-envoy-immediate-health-check-fail`). */
export const HOST_FAILED = 'host-failed';

export interface HostFailed {
  readonly cluster: string;
  /** See HostSnapshot. */
  readonly host: number;
}

/** A host has failed as often in a row as is too often. */
export const HOST_OUTLIER = 'host-outlier';

export interface HostOutlier extends HostFailed {
  readonly failures: ConsecutiveFailure;
}

/** A worker has found a host that the cluster did not have. */
export const HOST_ADDED = 'host-added';

export interface HostAdded {
  readonly cluster: string;
  readonly host: HostSnapshot;
}
