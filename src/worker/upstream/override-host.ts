import type { Host } from '../../../sdk/upstream.ts';
import type { WorkerPrioritySet } from './priority-set.ts';

/** The host with this address, when it may take requests (Envoy's HostUtility::selectOverrideHost, default statuses). */
export function selectOverrideHost(address: string, prioritySet: WorkerPrioritySet): Host | undefined {
  for (const host of prioritySet.hosts.values()) {
    if (host.address.asString === address) return host.health() === 'Unhealthy' ? undefined : host;
  }
  return undefined;
}
