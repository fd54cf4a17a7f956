import type { HostMonitor } from '../../../sdk/upstream.ts';
import { HOST_FAILED, type HostFailed } from '../../snapshot/host-events.ts';
import type { HostSnapshot } from '../../snapshot/hosts.ts';
import type { WorkerClusterInfo } from './cluster-info.ts';
import type { UpstreamContext } from './upstream-context.ts';

/** Tells main what a host's answers say of it. */
class WorkerHostMonitor implements HostMonitor {
  readonly #host: HostFailed;
  readonly #tellMain: UpstreamContext['tellMain'];

  constructor(host: HostFailed, tellMain: UpstreamContext['tellMain']) {
    this.#host = host;
    this.#tellMain = tellMain;
  }

  failImmediately(): void {
    this.#tellMain(HOST_FAILED, this.#host);
  }
}

/** Undefined where the cluster does not look after its hosts. */
export function hostMonitors(
  { name, config }: WorkerClusterInfo,
  { tellMain }: UpstreamContext,
): ((host: HostSnapshot) => HostMonitor) | undefined {
  if (config.healthCheck === undefined) return undefined;
  return ({ id }) => new WorkerHostMonitor({ cluster: name, host: id }, tellMain);
}
