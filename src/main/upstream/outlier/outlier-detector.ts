import type { Dispatcher, Timer } from '../../../../sdk/event.ts';
import type { Runtime } from '../../../../sdk/extension.ts';
import type { Scope } from '../../../../sdk/stats.ts';
import type { OutlierConfig } from '../../../common/upstream/outlier-config.ts';
import type { ConsecutiveFailure, Origin } from '../../../common/upstream/outlier-counts.ts';
import type { OutlierSummary } from '../../admin/admin-context.ts';
import type { ManagedHost } from '../managed-host.ts';
import type { OutlierEvents } from './outlier-events.ts';
import { OutlierMonitor } from './outlier-monitor.ts';
import { OUTLIER_TYPES, OutlierStats, type OutlierType } from './outlier-stats.ts';
import { findRateOutliers, NO_NUMBERS, type SuccessRateNumbers } from './success-rates.ts';

export interface OutlierDetectorOptions {
  readonly clusterName: string;
  readonly config: OutlierConfig;
  readonly dispatcher: Dispatcher;
  readonly runtime: Runtime;
  /** The cluster's. */
  readonly scope: Scope;
  /** Undefined where no log is wanted. */
  readonly events: OutlierEvents | undefined;
  /** A host was ejected or has come back. */
  onChanged(host: ManagedHost): void;
}

const TYPES: Readonly<Record<ConsecutiveFailure, OutlierType>> = {
  '5xx': 'consecutive5xx',
  gateway: 'consecutiveGatewayFailure',
  localOrigin: 'consecutiveLocalOriginFailure',
};

/** Leaves out hosts that answer badly, for a while (Envoy's Outlier::DetectorImpl). Workers count, see outlier-counts.ts. */
export class OutlierDetector implements Disposable {
  readonly #options: OutlierDetectorOptions;
  readonly #stats: OutlierStats;
  readonly #monitors = new Map<ManagedHost, OutlierMonitor>();
  readonly #timer: Timer;
  #numbers: Readonly<Record<Origin, SuccessRateNumbers>> = { external: NO_NUMBERS, local: NO_NUMBERS };
  #active = 0;

  constructor(options: OutlierDetectorOptions) {
    this.#options = options;
    this.#stats = new OutlierStats(options.scope);
    this.#timer = options.dispatcher.createTimer(() => this.#onInterval());
    this.#armTimer();
  }

  /** For /clusters. */
  get summary(): OutlierSummary {
    const { external, local } = this.#numbers;
    return {
      successRateAverage: external.average,
      successRateEjectionThreshold: external.threshold,
      localOriginSuccessRateAverage: local.average,
      localOriginSuccessRateEjectionThreshold: local.threshold,
    };
  }

  /** Percent of the last interval; -1 when it is not known. */
  successRate(host: ManagedHost, origin: Origin): number {
    return this.#monitors.get(host)?.successRates[origin] ?? -1;
  }

  onHostsChanged(added: readonly ManagedHost[], removed: readonly ManagedHost[]): void {
    for (const host of added) {
      if (host.outlierCounts !== undefined) this.#monitors.set(host, new OutlierMonitor(host, host.outlierCounts));
    }
    for (const host of removed) {
      if (this.#monitors.get(host)?.isEjected === true) this.#addActive(-1);
      this.#monitors.delete(host);
    }
  }

  /** A worker has counted as many failures in a row as are too many. */
  onConsecutiveFailures(host: ManagedHost, kind: ConsecutiveFailure): void {
    const monitor = this.#monitors.get(host);
    if (monitor === undefined || monitor.isEjected) return;
    this.#stats.noteDetected(TYPES[kind]);
    this.#eject(monitor, TYPES[kind]);
    if (kind === '5xx') this.#stats.ejectionsConsecutive5xx.inc();
    monitor.counts.endFailures(kind);
  }

  /** A health check of the host was good. */
  onHealthCheckPassed(host: ManagedHost): void {
    const monitor = this.#monitors.get(host);
    if (!this.#options.config.unejectsOnHealthCheck || monitor?.isEjected !== true) return;
    if (!host.hasFlag('failed_active_hc')) this.#uneject(monitor);
  }

  [Symbol.dispose](): void {
    this.#timer[Symbol.dispose]();
    this.#addActive(-this.#active);
  }

  get #nowMs(): number {
    return this.#options.dispatcher.timeSource.monotonicTimeMs();
  }

  #integer(name: string, fallback: number): number {
    return this.#options.runtime.snapshot.getInteger(`outlier_detection.${name}`, fallback);
  }

  #addActive(by: number): void {
    this.#active += by;
    this.#stats.ejectionsActive.add(by);
  }

  #armTimer(): void {
    this.#timer.enableTimer(this.#integer('interval_ms', this.#options.config.intervalMs));
  }

  #onInterval(): void {
    for (const monitor of this.#monitors.values()) {
      if (monitor.isEjected && this.#isOver(monitor)) this.#uneject(monitor);
      monitor.endInterval();
    }
    this.#judgeRates('external', 'successRate', 'failurePercentage');
    this.#judgeRates('local', 'localOriginSuccessRate', 'failurePercentageLocalOrigin');
    this.#easeBackOff();
    this.#armTimer();
  }

  #isOver({ backOff, jitterMs, lastEjectionMs }: OutlierMonitor): boolean {
    const { baseEjectionTimeMs, maxEjectionTimeMs } = this.#options.config;
    const baseMs = this.#integer('base_ejection_time_ms', baseEjectionTimeMs);
    const maxMs = this.#integer('max_ejection_time_ms', maxEjectionTimeMs);
    return Math.min(baseMs * backOff, maxMs) + jitterMs <= this.#nowMs - (lastEjectionMs ?? 0);
  }

  #judgeRates(origin: Origin, byRate: OutlierType, byPercentage: OutlierType): void {
    const { config, runtime } = this.#options;
    const monitors = [...this.#monitors.values()];
    const { numbers, bySuccessRate, byFailurePercentage } = findRateOutliers(
      monitors,
      origin,
      config,
      runtime.snapshot,
    );
    this.#numbers = { ...this.#numbers, [origin]: numbers };
    for (const monitor of bySuccessRate) {
      this.#stats.ejectionsSuccessRate.inc();
      this.#stats.noteDetected(byRate);
      this.#eject(monitor, byRate);
    }
    for (const monitor of byFailurePercentage) {
      this.#stats.noteDetected(byPercentage);
      this.#eject(monitor, byPercentage);
    }
  }

  /** Hosts that have behaved since they came back are ejected for a shorter time the next time. */
  #easeBackOff(): void {
    const intervalMs = this.#integer('interval_ms', this.#options.config.intervalMs);
    for (const monitor of this.#monitors.values()) {
      const { isEjected, lastUnejectionMs, backOff } = monitor;
      if (isEjected || lastUnejectionMs === undefined || backOff === 0) continue;
      if (this.#nowMs - lastUnejectionMs >= intervalMs) monitor.backOff--;
    }
  }

  #eject(monitor: OutlierMonitor, type: OutlierType): void {
    const { config, clusterName, events } = this.#options;
    const maxPercent = Math.min(100, this.#integer('max_ejection_percent', config.maxEjectionPercent));
    const percent = (100 * (this.#active + 1)) / this.#monitors.size;
    if (percent > maxPercent && !(config.alwaysEjectOneHost && this.#active === 0)) {
      this.#stats.ejectionsOverflow.inc();
      return;
    }
    if (type === 'consecutive5xx' || type === 'successRate') this.#stats.ejectionsTotal.inc();
    const enforced = this.#isEnforced(type);
    if (enforced) this.#enforce(monitor, type);
    const origin = type === 'localOriginSuccessRate' ? 'local' : 'external';
    events?.eject(clusterName, monitor, type, enforced, this.#numbers[origin]);
  }

  #isEnforced(type: OutlierType): boolean {
    const { config, runtime } = this.#options;
    const key = `outlier_detection.enforcing_${OUTLIER_TYPES[type].runtime}`;
    return runtime.snapshot.featureEnabled(key, config.enforcing[type]);
  }

  #enforce(monitor: OutlierMonitor, type: OutlierType): void {
    const { config, dispatcher, onChanged } = this.#options;
    this.#addActive(1);
    this.#stats.noteEnforced(type);
    monitor.host.setFlag('failed_outlier_check', true);
    monitor.ejections++;
    monitor.lastEjectionMs = this.#nowMs;
    const baseMs = this.#integer('base_ejection_time_ms', config.baseEjectionTimeMs);
    const maxMs = this.#integer('max_ejection_time_ms', config.maxEjectionTimeMs);
    const jitterMs = this.#integer('max_ejection_time_jitter_ms', config.maxEjectionTimeJitterMs);
    monitor.jitterMs = dispatcher.random.random() % (Math.floor(jitterMs) + 1);
    if (monitor.backOff * baseMs < maxMs + baseMs) monitor.backOff++;
    onChanged(monitor.host);
  }

  #uneject(monitor: OutlierMonitor): void {
    const { clusterName, events, onChanged } = this.#options;
    this.#addActive(-1);
    monitor.host.setFlag('failed_outlier_check', false);
    // Or very few new errors would eject it again.
    monitor.forgetFailures();
    monitor.lastUnejectionMs = this.#nowMs;
    onChanged(monitor.host);
    events?.uneject(clusterName, monitor);
  }
}
