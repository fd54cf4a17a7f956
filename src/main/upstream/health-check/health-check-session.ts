import type { Timer } from '../../../../sdk/event.ts';
import type { Runtime } from '../../../../sdk/extension.ts';
import type { HealthCheckConfig } from '../../../common/upstream/health-check-config.ts';
import type { ManagedHost } from '../managed-host.ts';
import type { HealthCheckEvents, HealthCheckFailure } from './health-check-events.ts';
import type { HealthCheckStats } from './health-check-stats.ts';
import type { ProbeConnector, ProbeTarget } from './probe-connector.ts';

/** Whether a check changes what the host is taken for, or would if others like it follow. */
export type HealthTransition = 'Unchanged' | 'ChangePending' | 'Changed';
export type HealthState = 'Healthy' | 'Unhealthy';

/** What the sessions of one checker have in common. */
export interface HealthCheckParent {
  readonly config: HealthCheckConfig;
  readonly clusterName: string;
  readonly stats: HealthCheckStats;
  readonly events: HealthCheckEvents | undefined;
  readonly probes: ProbeConnector;
  readonly runtime: Runtime;
  /** A host does not speak HTTP as it should. */
  readonly onProtocolError: () => void;
  targetOf(host: ManagedHost): ProbeTarget;
  createTimer(callback: () => void): Timer;
  intervalMs(state: HealthState, transition: HealthTransition): number;
  /** Undefined: the first check is due at once. */
  initialDelayMs(): number | undefined;
  onCheckComplete(host: ManagedHost, transition: HealthTransition, state: HealthState): void;
}

/** The checks of one host, one after the other (Envoy's ActiveHealthCheckSession). */
export abstract class HealthCheckSession implements Disposable {
  readonly host: ManagedHost;
  protected readonly parent: HealthCheckParent;
  #intervalTimer: Timer | undefined;
  #timeoutTimer: Timer | undefined;
  #unhealthyInRow = 0;
  #healthyInRow = 0;
  #firstCheck = true;

  constructor(host: ManagedHost, parent: HealthCheckParent) {
    this.host = host;
    this.parent = parent;
    this.#intervalTimer = parent.createTimer(() => this.#onInterval());
    this.#timeoutTimer = parent.createTimer(() => this.#onTimeout());
    if (!host.hasFlag('failed_active_hc')) parent.stats.healthy.inc();
    if (host.hasFlag('degraded_active_hc')) parent.stats.degraded.inc();
  }

  /** The first check, at once or after the initial jitter. */
  start(): void {
    const delayMs = this.parent.initialDelayMs();
    if (delayMs === undefined) this.#onInterval();
    else this.#intervalTimer?.enableTimer(delayMs);
  }

  [Symbol.dispose](): void {
    const { stats } = this.parent;
    this.#intervalTimer?.[Symbol.dispose]();
    this.#timeoutTimer?.[Symbol.dispose]();
    this.#intervalTimer = undefined;
    this.#timeoutTimer = undefined;
    if (!this.host.hasFlag('failed_active_hc')) stats.healthy.dec();
    if (this.host.hasFlag('degraded_active_hc')) stats.degraded.dec();
    this.disconnect();
    // Whoever waits for a first check of it waits in vain.
    if (this.#firstCheck) this.parent.onCheckComplete(this.host, 'Unchanged', 'Unhealthy');
  }

  /** Begins a check; `handleSuccess` or `handleFailure` ends it. */
  protected abstract check(): void;
  /** The check took too long: what it has opened is closed. */
  protected abstract onCheckTimeout(): void;
  /** The end of the session: nothing is heard of what is closed here. */
  protected abstract disconnect(): void;

  protected handleSuccess(degraded: boolean): void {
    const { host } = this;
    const { events, stats, config } = this.parent;
    this.#unhealthyInRow = 0;
    let transition = this.#noteSuccess();
    if (transition !== 'Changed' && config.alwaysLogSuccess) events?.success(host);
    transition = this.#clearPending(transition);
    if (degraded !== host.hasFlag('degraded_active_hc')) {
      this.#setDegraded(degraded);
      if (transition === 'Unchanged') transition = 'Changed';
    }
    stats.success.inc();
    this.#firstCheck = false;
    this.parent.onCheckComplete(host, transition, 'Healthy');
    this.#timeoutTimer?.disableTimer();
    this.#intervalTimer?.enableTimer(this.parent.intervalMs('Healthy', transition));
  }

  /** @param status of an answer, else 0 */
  protected handleFailure(failure: HealthCheckFailure, retriable = false, status = 0): void {
    const transition = this.setUnhealthy(failure, retriable, status);
    this.#timeoutTimer?.disableTimer();
    this.#intervalTimer?.enableTimer(this.parent.intervalMs('Unhealthy', transition));
  }

  setUnhealthy(failure: HealthCheckFailure, retriable = false, status = 0): HealthTransition {
    const { host } = this;
    const { events, stats, config } = this.parent;
    const isNetwork = failure === 'NETWORK' || failure === 'NETWORK_TIMEOUT';
    this.#healthyInRow = 0;
    let transition = this.#noteFailure(failure, isNetwork || retriable, status);
    const timedOut = failure === 'NETWORK_TIMEOUT' && host.hasFlag('failed_active_hc');
    host.setFlag('active_hc_timeout', timedOut);
    transition = this.#clearPending(transition);
    if (this.#firstCheck || config.alwaysLogFailures) events?.failure(host, failure, this.#firstCheck, status);
    stats.failure.inc();
    if (isNetwork) stats.networkFailure.inc();
    else if (failure === 'PASSIVE') stats.passiveFailure.inc();
    this.#firstCheck = false;
    this.parent.onCheckComplete(host, transition, 'Unhealthy');
    return transition;
  }

  /** The very first check decides at once, so that a start is not held up by thresholds. */
  #noteSuccess(): HealthTransition {
    const { host } = this;
    if (!host.hasFlag('failed_active_hc')) return 'Unchanged';
    if (!this.#firstCheck && ++this.#healthyInRow !== this.parent.config.healthyThreshold) return 'ChangePending';
    host.setFlag('active_hc_timeout', false);
    host.setFlag('excluded_via_immediate_hc_fail', false);
    host.setFlag('failed_active_hc', false);
    this.parent.stats.healthy.inc();
    this.parent.events?.addHealthy(host, this.#firstCheck);
    return 'Changed';
  }

  #noteFailure(failure: HealthCheckFailure, byThreshold: boolean, status: number): HealthTransition {
    const { host } = this;
    if (host.hasFlag('failed_active_hc')) return 'Unchanged';
    if (byThreshold && ++this.#unhealthyInRow !== this.parent.config.unhealthyThreshold) return 'ChangePending';
    host.setFlag('failed_active_hc', true);
    this.parent.stats.healthy.dec();
    this.parent.events?.ejectUnhealthy(host, failure, status);
    return 'Changed';
  }

  #setDegraded(degraded: boolean): void {
    const { events, stats } = this.parent;
    this.host.setFlag('degraded_active_hc', degraded);
    if (degraded) {
      stats.degraded.inc();
      events?.degraded(this.host);
    } else {
      stats.degraded.dec();
      events?.noLongerDegraded(this.host);
    }
  }

  /** A host that waited for its first check is no longer left out. */
  #clearPending(transition: HealthTransition): HealthTransition {
    if (!this.host.hasFlag('pending_active_hc')) return transition;
    this.host.setFlag('pending_active_hc', false);
    return 'Changed';
  }

  #onInterval(): void {
    this.check();
    this.#timeoutTimer?.enableTimer(this.parent.config.times.timeoutMs);
    this.parent.stats.attempt.inc();
  }

  #onTimeout(): void {
    this.onCheckTimeout();
    this.handleFailure('NETWORK_TIMEOUT');
  }
}
