import type { ConnectionStats } from '../../../sdk/network.ts';
import type { Gauge, Scope } from '../../../sdk/stats.ts';
import type { ClusterTrafficStats } from '../../../sdk/upstream.ts';
import { createTrafficStats } from '../../common/upstream/traffic-stats.ts';

interface Made {
  readonly stats: ClusterTrafficStats;
  readonly connectionStats: ConnectionStats;
}

/**
 * Statistics of a cluster's traffic on a thread: from the start, or from their first use on when the bootstrap says
 * `enable_deferred_creation_stats` (source/common/stats/deferred_creation.h).
 */
export class DeferredTrafficStats {
  readonly #scope: Scope;
  /** Tells of the first use; absent where nothing is deferred. */
  readonly #initialized: Gauge | undefined;
  #made: Made | undefined = undefined;

  /** @param scope of the cluster */
  constructor(scope: Scope, isDeferred: boolean) {
    this.#scope = scope;
    this.#initialized = isDeferred ? scope.gauge('ClusterTrafficStats.initialized', 'hidden') : undefined;
    // What the cluster before it of that name has used stays there.
    if (!isDeferred || this.#initialized?.value === 1) this.#make();
  }

  get stats(): ClusterTrafficStats {
    return (this.#made ?? this.#make()).stats;
  }

  get connectionStats(): ConnectionStats {
    return (this.#made ?? this.#make()).connectionStats;
  }

  use(): void {
    if (this.#made === undefined) this.#make();
  }

  #make(): Made {
    const stats = createTrafficStats(this.#scope);
    this.#initialized?.set(1);
    this.#made = {
      stats,
      connectionStats: {
        readTotal: stats.upstreamCxRxBytesTotal,
        readCurrent: stats.upstreamCxRxBytesBuffered,
        writeTotal: stats.upstreamCxTxBytesTotal,
        writeCurrent: stats.upstreamCxTxBytesBuffered,
        bindErrors: stats.bindErrors,
      },
    };
    return this.#made;
  }
}
