import type { Runtime } from '../../../sdk/extension.ts';
import type { WorkerOverloadState } from '../overload-state.ts';
import type { ConnectionCount } from './connection-count.ts';
import { ConnectionLimit } from './connection-limit.ts';

/** Runtime key of the limit on the connections of all listeners that do not ignore it. */
const globalConnectionLimit = 'overload.global_downstream_max_connections';

export interface AdmissionParts {
  readonly connections: ConnectionCount;
  readonly runtime: Runtime;
  readonly overload: WorkerOverloadState | undefined;
  /** Whether a resource monitor limits the connections; that of the admin interface it leaves alone. */
  readonly isMonitored: boolean;
}

/**
 * Books connections against the limit of the process: a resource monitor's, which knows nothing of listeners that ignore it,
 * else the runtime's, for which every connection counts.
 */
export class ConnectionAdmission {
  readonly #parts: AdmissionParts;
  readonly #limitOfRuntime: ConnectionLimit;

  constructor(parts: AdmissionParts) {
    this.#parts = parts;
    this.#limitOfRuntime = new ConnectionLimit(parts.runtime, globalConnectionLimit);
  }

  /** False when there is no room. */
  admit(ignoresLimit: boolean): boolean {
    if (!this.#counts(ignoresLimit)) return true;
    const { connections, overload } = this.#parts;
    if (!ignoresLimit && connections.reaches(this.#limit())) {
      overload?.connectionsRefused?.inc();
      return false;
    }
    connections.inc();
    return true;
  }

  /** Books one that another thread admitted. */
  take(ignoresLimit: boolean): void {
    if (this.#counts(ignoresLimit)) this.#parts.connections.inc();
  }

  release(ignoresLimit: boolean): void {
    if (this.#counts(ignoresLimit)) this.#parts.connections.dec();
  }

  #counts(ignoresLimit: boolean): boolean {
    const { isMonitored, overload } = this.#parts;
    return !isMonitored || (overload !== undefined && !ignoresLimit);
  }

  #limit(): number {
    return this.#parts.overload?.maxDownstreamConnections ?? this.#limitOfRuntime.value;
  }
}
