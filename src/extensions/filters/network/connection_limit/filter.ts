import type { Timer } from '../../../../../sdk/event.ts';
import type { Runtime, SharedCount } from '../../../../../sdk/extension.ts';
import type { ConnectionEvent, FilterStatus, NetworkFilter, ReadFilterCallbacks } from '../../../../../sdk/network.ts';
import type { Counter, Gauge, Scope } from '../../../../../sdk/stats.ts';
import { type FeatureFlag, isEnabled } from '../../../../common/runtime/feature-flag.ts';
import { PrefixedStats } from '../../../../common/stats/prefixed-stats.ts';

export interface ConnectionLimitConfig {
  /** The place of the configuration and what it says: the same on each thread, and there alone. */
  readonly identity: string;
  readonly statPrefix: string;
  readonly maxConnections: number;
  /** 0 = what is over the limit is closed at once. */
  readonly delayMs: number;
  readonly enabled: FeatureFlag;
}

/** `connection_limit.<stat_prefix>.` */
export class ConnectionLimitStats {
  readonly activeConnections: Gauge;
  readonly limitedConnections: Counter;

  constructor(root: Scope, statPrefix: string) {
    const scope = new PrefixedStats(root, `connection_limit.${statPrefix}`);
    this.activeConnections = scope.gauge('active_connections');
    this.limitedConnections = scope.counter('limited_connections');
  }
}

/** One configuration on a worker. */
export interface ConnectionLimit {
  readonly config: ConnectionLimitConfig;
  readonly stats: ConnectionLimitStats;
  readonly runtime: Runtime;
  /** Connections of all threads, those over the limit that are still to be closed among them. */
  readonly connections: SharedCount;
}

/** Lets so many connections pass and no more (Envoy's ConnectionLimitFilter::Filter). */
export class ConnectionLimitFilter implements NetworkFilter {
  readonly #limit: ConnectionLimit;
  #callbacks!: ReadFilterCallbacks;
  #state: 'unlimited' | 'admitted' | 'rejected' = 'unlimited';
  #delay: Timer | undefined = undefined;

  constructor(limit: ConnectionLimit) {
    this.#limit = limit;
  }

  initializeReadFilterCallbacks(callbacks: ReadFilterCallbacks): void {
    this.#callbacks = callbacks;
    callbacks.connection.addConnectionCallbacks({
      onEvent: (event) => this.#onEvent(event),
      onAboveWriteBufferHighWatermark: () => {},
      onBelowWriteBufferLowWatermark: () => {},
    });
  }

  onNewConnection(): FilterStatus {
    const { config, stats, runtime, connections } = this.#limit;
    if (!isEnabled(config.enabled, runtime)) return 'Continue';
    stats.activeConnections.inc();
    const others = connections.add(1);
    this.#state = others < config.maxConnections ? 'admitted' : 'rejected';
    if (this.#state === 'admitted') return 'Continue';
    stats.limitedConnections.inc();
    this.#reject(config.delayMs);
    return 'StopIteration';
  }

  onData(): FilterStatus {
    return this.#state === 'rejected' ? 'StopIteration' : 'Continue';
  }

  #reject(delayMs: number): void {
    const { connection } = this.#callbacks;
    const close = (): void => connection.close('NoFlush', 'over_connection_limit');
    if (delayMs === 0) return close();
    this.#delay = connection.dispatcher.createTimer(close);
    this.#delay.enableTimer(delayMs);
  }

  #onEvent(event: ConnectionEvent): void {
    if (event === 'Connected') return;
    this.#delay?.[Symbol.dispose]();
    if (this.#state === 'unlimited') return;
    this.#state = 'unlimited';
    this.#limit.stats.activeConnections.dec();
    this.#limit.connections.add(-1);
  }
}
