/** Statistics of the server itself: `server.*` (source/server/server.h, ALL_SERVER_STATS). */
import type { Counter, Gauge, Histogram, Scope } from '../../../sdk/stats.ts';
import type { AdminMemory, ServerState } from '../admin/admin-context.ts';

/** What changes while the server runs; asked for before each flush. */
export interface ServerFacts {
  readonly state: ServerState;
  readonly uptimeSeconds: number;
  readonly memory: AdminMemory;
  /** Downstream connections of all listeners, the admin's left out. */
  readonly totalConnections: number;
  /** Names of statistics looked up so far. */
  readonly recentLookups: number;
  /** Undefined without certificates. */
  readonly daysUntilFirstCertExpiring: number | undefined;
  readonly secondsUntilFirstOcspResponseExpiring: number | undefined;
}

/** What is known from the start. */
export interface ServerConstants {
  readonly concurrency: number;
  readonly restartEpoch: number;
  /** `stats_server_version_override`, or the first three bytes of the build's revision as a number. */
  readonly version: number;
}

const STATES: readonly ServerState[] = ['LIVE', 'DRAINING', 'PRE_INITIALIZING', 'INITIALIZING'];
const UINT32_MAX = 0xffff_ffff;

export class ServerStats {
  readonly staticUnknownFields: Counter;
  readonly dynamicUnknownFields: Counter;
  readonly wipProtos: Counter;
  readonly debugAssertionFailures: Counter;
  readonly envoyBugFailures: Counter;
  readonly envoyNotifications: Counter;
  readonly droppedStatFlushes: Counter;
  /** From the start of the process to the first LIVE. */
  readonly initializationTimeMs: Histogram;
  readonly #live: Gauge;
  readonly #state: Gauge;
  readonly #ocsp: Gauge;
  readonly #gauges: ReadonlyMap<string, Gauge>;

  /** `root` is the root scope of main's store. */
  constructor(root: Scope, constants: ServerConstants) {
    const scope = root.scope('server');
    this.staticUnknownFields = scope.counter('static_unknown_fields');
    this.dynamicUnknownFields = scope.counter('dynamic_unknown_fields');
    this.wipProtos = scope.counter('wip_protos');
    for (const shownAsUsed of [this.staticUnknownFields, this.dynamicUnknownFields, this.wipProtos]) shownAsUsed.add(0);
    this.debugAssertionFailures = scope.counter('debug_assertion_failures');
    this.envoyBugFailures = scope.counter('envoy_bug_failures');
    this.envoyNotifications = scope.counter('envoy_notifications');
    this.droppedStatFlushes = scope.counter('dropped_stat_flushes');
    this.initializationTimeMs = scope.histogram('initialization_time_ms', 'milliseconds');
    this.#live = scope.gauge('live', 'never_import');
    this.#state = scope.gauge('state', 'never_import');
    this.#gauges = new Map(VARIABLE_GAUGES.map((name) => [name, scope.gauge(name, 'never_import')]));
    scope.gauge('compilation_settings.fips_mode', 'never_import').set(0);
    scope.gauge('concurrency', 'never_import').set(constants.concurrency);
    scope.gauge('hot_restart_epoch', 'never_import').set(constants.restartEpoch);
    scope.gauge('hot_restart_generation', 'never_import').set(constants.restartEpoch + 1);
    scope.gauge('version', 'never_import').set(constants.version);
    // Of the overload manager, which is there without a configuration too, with nothing to watch.
    root.counter('envoy.overload_actions.reset_high_memory_stream.count');
    root.histogram('overload.refresh_interval_delay', 'milliseconds');
    this.#ocsp = scope.gauge('seconds_until_first_ocsp_response_expiring', 'never_import');
  }

  /** At every change of state. `live` says that health checks are not failed on purpose, not that we are ready. */
  setState(state: ServerState): void {
    this.#state.set(STATES.indexOf(state));
    this.setLive(state !== 'DRAINING');
  }

  /** At once when health checks fail on purpose or pass again; the state follows with the next flush. */
  setLive(live: boolean): void {
    this.#live.set(live ? 1 : 0);
  }

  /** For StatsFlusher.beforeFlush. */
  update(facts: ServerFacts): void {
    this.setState(facts.state);
    this.#set('uptime', Math.floor(facts.uptimeSeconds));
    this.#set('memory_allocated', facts.memory.allocated);
    this.#set('memory_heap_size', facts.memory.heapSize);
    this.#set('memory_physical_size', facts.memory.totalPhysicalBytes);
    this.#set('parent_connections', 0);
    this.#set('total_connections', facts.totalConnections);
    this.#set('stats_recent_lookups', facts.recentLookups);
    this.#set('days_until_first_cert_expiring', facts.daysUntilFirstCertExpiring ?? UINT32_MAX);
    if (facts.secondsUntilFirstOcspResponseExpiring !== undefined) {
      this.#ocsp.set(facts.secondsUntilFirstOcspResponseExpiring);
    }
  }

  #set(name: string, value: number): void {
    this.#gauges.get(name)?.set(value);
  }
}

const VARIABLE_GAUGES: readonly string[] = [
  'uptime',
  'memory_allocated',
  'memory_heap_size',
  'memory_physical_size',
  'parent_connections',
  'total_connections',
  'stats_recent_lookups',
  'days_until_first_cert_expiring',
];

/** Counters of a watched thread: its group's (`main_thread`, `workers`) and, with its dog, its own. */
export interface WatchdogStats {
  miss(): void;
  megaMiss(): void;
}

/** `main_thread.watchdog_miss` and `server.<thread>.watchdog_miss`; for workers the group is `workers`. */
export function watchdogStats(root: Scope, group: 'main_thread' | 'workers', threadName: string): WatchdogStats {
  const [shared, own] = [root.scope(group), root.scope('server').scope(threadName)];
  const misses = [shared.counter('watchdog_miss'), own.counter('watchdog_miss')];
  const megaMisses = [shared.counter('watchdog_mega_miss'), own.counter('watchdog_mega_miss')];
  return {
    miss: () => {
      for (const counter of misses) counter.inc();
    },
    megaMiss: () => {
      for (const counter of megaMisses) counter.inc();
    },
  };
}
