import type { Dispatcher, Timer } from '../../../../sdk/event.ts';
import type { AccessLogManager, Runtime } from '../../../../sdk/extension.ts';
import type { Scope } from '../../../../sdk/stats.ts';
import type { ClusterConfig } from '../../../common/upstream/cluster-config.ts';
import type { HealthCheckConfig, HealthCheckerType } from '../../../common/upstream/health-check-config.ts';
import { findTransportSocketMatch } from '../../../common/upstream/transport-socket-match.ts';
import type { ClusterStats } from '../cluster-stats.ts';
import type { ManagedHost } from '../managed-host.ts';
import { createHealthCheckEvents, type HealthCheckEvents, type HealthCheckerName } from './health-check-events.ts';
import type { HealthCheckParent, HealthCheckSession, HealthState, HealthTransition } from './health-check-session.ts';
import { HealthCheckStats } from './health-check-stats.ts';
import type { ProbeConnector, ProbeTarget } from './probe-connector.ts';

/** A way to check hosts. `parseConfig` takes the message of its case in envoy.config.core.v3.HealthCheck. */
export interface HealthCheckerExtension<Config = unknown> extends HealthCheckerType {
  /** As the log of checks names it. */
  readonly typeName: HealthCheckerName;
  parseConfig(...args: Parameters<HealthCheckerType['parseConfig']>): Config;
  createSession(config: Config, host: ManagedHost, parent: HealthCheckParent): HealthCheckSession;
}

export interface HealthCheckerOptions {
  readonly cluster: ClusterConfig;
  readonly health: HealthCheckConfig;
  readonly dispatcher: Dispatcher;
  readonly runtime: Runtime;
  /** The cluster's. */
  readonly scope: Scope;
  readonly clusterStats: ClusterStats;
  readonly accessLogManager: AccessLogManager;
  readonly probes: ProbeConnector;
  /** Whether the cluster has ever had traffic. */
  hasTraffic(): boolean;
  onCheckComplete(host: ManagedHost, transition: HealthTransition, state: HealthState): void;
}

/** Active checks of the hosts of a cluster (Envoy's HealthCheckerImplBase). */
export class HealthChecker implements HealthCheckParent, Disposable {
  readonly config: HealthCheckConfig;
  readonly stats: HealthCheckStats;
  readonly events: HealthCheckEvents | undefined;
  readonly onProtocolError: () => void;
  readonly #options: HealthCheckerOptions;
  readonly #sessions = new Map<ManagedHost, HealthCheckSession>();
  #disposed = false;

  constructor(options: HealthCheckerOptions) {
    this.#options = options;
    this.config = options.health;
    this.stats = new HealthCheckStats(options.scope);
    this.onProtocolError = () => options.scope.counter('upstream_cx_protocol_error').inc();
    const { cluster, health, dispatcher, accessLogManager } = options;
    this.events = createHealthCheckEvents(cluster.name, this.#extension.typeName, health, {
      time: dispatcher.timeSource,
      accessLogManager,
    });
  }

  get clusterName(): string {
    return this.#options.cluster.name;
  }

  get probes(): ProbeConnector {
    return this.#options.probes;
  }

  get runtime(): Runtime {
    return this.#options.runtime;
  }

  onHostsChanged(added: readonly ManagedHost[], removed: readonly ManagedHost[]): void {
    for (const host of added) {
      if (host.healthCheck.disabled) continue;
      const session = this.#extension.createSession(this.config.checker.config, host, this);
      this.#sessions.set(host, session);
      session.start();
    }
    for (const host of removed) {
      const session = this.#sessions.get(host);
      this.#sessions.delete(host);
      session?.[Symbol.dispose]();
    }
  }

  /** A worker was told by the host itself that it is not well (`x-envoy-immediate-health-check-fail`). */
  failImmediately(host: ManagedHost): void {
    host.setFlag('excluded_via_immediate_hc_fail', true);
    this.#sessions.get(host)?.setUnhealthy('PASSIVE');
  }

  [Symbol.dispose](): void {
    this.#disposed = true;
    for (const session of this.#sessions.values()) session[Symbol.dispose]();
    this.#sessions.clear();
    this.#options.probes[Symbol.dispose]();
  }

  createTimer(callback: () => void): Timer {
    return this.#options.dispatcher.createTimer(callback);
  }

  onCheckComplete(host: ManagedHost, transition: HealthTransition, state: HealthState): void {
    if (!this.#disposed) this.#options.onCheckComplete(host, transition, state);
  }

  targetOf(host: ManagedHost): ProbeTarget {
    const { alpnProtocols, transportSocketMatch } = this.config;
    return {
      host: host.snapshot(),
      address: host.healthCheckAddress,
      socketOptions: alpnProtocols && { applicationProtocols: alpnProtocols },
      transportSocketMatch: transportSocketMatch && this.#countMatch(transportSocketMatch),
    };
  }

  initialDelayMs(): number | undefined {
    const { initialJitterMs } = this.config.times;
    return initialJitterMs === 0 ? undefined : this.#withJitter(0, initialJitterMs);
  }

  intervalMs(state: HealthState, transition: HealthTransition): number {
    const { times } = this.config;
    return this.#withJitter(this.#baseIntervalMs(state, transition === 'ChangePending'), times.intervalJitterMs);
  }

  get #extension(): HealthCheckerExtension {
    return this.config.checker.extension as HealthCheckerExtension;
  }

  #baseIntervalMs(state: HealthState, changePending: boolean): number {
    const { times } = this.config;
    if (!this.#options.hasTraffic()) {
      return state === 'Healthy' && !changePending ? times.noTrafficHealthyIntervalMs : times.noTrafficIntervalMs;
    }
    if (state === 'Unhealthy') return changePending ? times.unhealthyEdgeIntervalMs : times.unhealthyIntervalMs;
    return changePending ? times.healthyEdgeIntervalMs : times.intervalMs;
  }

  #withJitter(baseMs: number, jitterMs: number): number {
    const { dispatcher, runtime } = this.#options;
    const { random } = dispatcher;
    const percentMs = Math.floor((this.config.times.intervalJitterPercent * baseMs) / 100);
    let ms = baseMs;
    if (percentMs > 0) ms += random.random() % percentMs;
    if (jitterMs > 0) ms += random.random() % Math.max(1, Math.floor(jitterMs));
    const minMs = runtime.snapshot.getInteger('health_check.min_interval', 0);
    const maxMs = runtime.snapshot.getInteger('health_check.max_interval', Number.POSITIVE_INFINITY);
    return Math.max(1, minMs, Math.min(ms, maxMs));
  }

  /** A connection that is chosen a transport socket for is counted, as hosts are. */
  #countMatch<S>(labels: S): S {
    const asMetadata = new Map([['envoy.transport_socket_match', labels]]) as Parameters<
      typeof findTransportSocketMatch
    >[1];
    const { cluster, clusterStats } = this.#options;
    clusterStats
      .transportSocketMatches(findTransportSocketMatch(cluster.transportSocketMatches, asMetadata, new Map())?.name)
      .inc();
    return labels;
  }
}
