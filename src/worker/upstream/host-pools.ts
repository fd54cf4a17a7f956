/** The pools of one host on this worker: at most one a kind and priority. */
import type { RoutePriority } from '../../../sdk/router.ts';
import type { ConnPool } from './conn-pool.ts';
import type { Http1ConnPool } from './http1-conn-pool.ts';
import type { TcpConnPool } from './tcp-conn-pool.ts';

export type PoolSlot = 'httpDefault' | 'httpHigh' | 'tcpDefault' | 'tcpHigh';

export class HostPools {
  httpDefault: Http1ConnPool | undefined = undefined;
  httpHigh: Http1ConnPool | undefined = undefined;
  tcpDefault: TcpConnPool | undefined = undefined;
  tcpHigh: TcpConnPool | undefined = undefined;

  http(priority: RoutePriority): Http1ConnPool | undefined {
    return priority === 'default' ? this.httpDefault : this.httpHigh;
  }

  tcp(priority: RoutePriority): TcpConnPool | undefined {
    return priority === 'default' ? this.tcpDefault : this.tcpHigh;
  }

  /** Forgets a pool; false when it is not here (any more). */
  remove(pool: ConnPool): boolean {
    for (const slot of ['httpDefault', 'httpHigh', 'tcpDefault', 'tcpHigh'] as const) {
      if (this[slot] !== pool) continue;
      this[slot] = undefined;
      return true;
    }
    return false;
  }

  all(): ConnPool[] {
    return [this.httpDefault, this.httpHigh, this.tcpDefault, this.tcpHigh].filter((pool) => pool !== undefined);
  }
}
