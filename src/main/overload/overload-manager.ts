import type { ConfigResources } from '../../../sdk/config.ts';
import type { Dispatcher, Timer } from '../../../sdk/event.ts';
import type { ResourceMonitor, Runtime } from '../../../sdk/extension.ts';
import type { Counter, Gauge, Histogram, Scope } from '../../../sdk/stats.ts';
import {
  createOverloadValues,
  OVERLOAD_NAMES,
  type OverloadName,
  type OverloadSnapshot,
} from '../../snapshot/overload.ts';
import type { OverloadConfig, Trigger, TriggeredName } from './overload-config.ts';
import { REDUCE_TIMEOUTS } from './timer-minimums.ts';

export interface OverloadParts {
  readonly dispatcher: Dispatcher;
  readonly scope: Scope;
  readonly runtime: Runtime;
  readonly resources: ConfigResources;
  processMemoryBytes(): number;
  /** Listeners are to accept, or not to. */
  onAccepting(accept: boolean): void;
  /** Timeouts have become longer or shorter. */
  onTimeouts(): void;
}

interface Resource {
  readonly name: string;
  readonly monitor: ResourceMonitor;
  readonly pressure: Gauge;
  readonly failedUpdates: Counter;
}

interface Triggered {
  readonly name: string;
  readonly triggers: readonly Trigger[];
  readonly active: Gauge | undefined;
  readonly scalePercent: Gauge;
}

const STOP_ACCEPTING = 'envoy.overload_actions.stop_accepting_connections';
const CONNECTIONS = 'envoy.resource_monitors.global_downstream_max_connections';

/** Asks how much of each resource is used, and has the workers act on it (Envoy's OverloadManagerImpl). */
export class OverloadManager implements Disposable {
  readonly snapshot: OverloadSnapshot;
  readonly #config: OverloadConfig;
  readonly #parts: OverloadParts;
  readonly #resources: readonly Resource[];
  readonly #triggered: readonly Triggered[];
  readonly #pressures = new Map<string, number>();
  readonly #values: Float64Array;
  readonly #timer: Timer;
  /** Milliseconds from one refresh to the next. */
  readonly #delay: Histogram;
  #refreshedAtMs = 0;
  #accepting = true;

  constructor(config: OverloadConfig, parts: OverloadParts) {
    this.#config = config;
    this.#parts = parts;
    const values = createOverloadValues();
    this.#values = new Float64Array(values);
    const isKnown = (name: string): name is OverloadName => (OVERLOAD_NAMES as readonly string[]).includes(name);
    const loadShedPoints = config.loadShedPoints.map(({ name }) => name).filter(isKnown);
    const { maxDownstreamConnections, timerMinimums } = config;
    this.snapshot = { values, loadShedPoints, maxDownstreamConnections, timerMinimums };
    this.#resources = config.monitors.map(({ name, extension, config: monitor }) =>
      this.#createResource(name, extension.createMonitor(monitor, parts)),
    );
    this.#triggered = [
      ...config.actions.map((action) => this.#createTriggered(action, true)),
      ...config.loadShedPoints.map((point) => this.#createTriggered(point, false)),
    ];
    if (config.maxDownstreamConnections !== undefined) this.#namePressure(CONNECTIONS);
    this.#timer = parts.dispatcher.createTimer(() => this.#refresh());
    this.#delay = parts.scope.histogram('overload.refresh_interval_delay', 'milliseconds');
  }

  start(): void {
    this.#refreshedAtMs = this.#nowMs();
    this.#timer.enableTimer(this.#config.refreshIntervalMs);
  }

  [Symbol.dispose](): void {
    this.#timer[Symbol.dispose]();
  }

  #createResource(name: string, monitor: ResourceMonitor): Resource {
    // Named as Envoy does; ours is never asked again while an answer is on its way.
    this.#parts.scope.counter(`overload.${name}.skipped_updates`);
    return { name, monitor, ...this.#namePressure(name) };
  }

  #namePressure(name: string): Pick<Resource, 'pressure' | 'failedUpdates'> {
    const { scope } = this.#parts;
    return {
      pressure: scope.gauge(`overload.${name}.pressure`),
      failedUpdates: scope.counter(`overload.${name}.failed_updates`),
    };
  }

  #createTriggered({ name, triggers }: TriggeredName, isAction: boolean): Triggered {
    const { scope } = this.#parts;
    const active = isAction ? scope.gauge(`overload.${name}.active`) : undefined;
    // Counted by the workers.
    if (!isAction) scope.counter(`overload.${name}.shed_load_count`);
    return { name, triggers, active, scalePercent: scope.gauge(`overload.${name}.scale_percent`) };
  }

  #refresh(): void {
    for (const { name, monitor, pressure, failedUpdates } of this.#resources) {
      const value = monitor.pressure();
      if (value === undefined) {
        failedUpdates.inc();
        continue;
      }
      this.#pressures.set(name, value);
      pressure.set(Math.floor(value * 100));
    }
    for (const triggered of this.#triggered) this.#apply(triggered);
    const nowMs = this.#nowMs();
    this.#delay.recordValue(Math.floor(nowMs - this.#refreshedAtMs));
    this.#refreshedAtMs = nowMs;
    this.#timer.enableTimer(this.#config.refreshIntervalMs);
  }

  #nowMs(): number {
    return this.#parts.dispatcher.timeSource.monotonicTimeMs();
  }

  #apply({ name, triggers, active, scalePercent }: Triggered): void {
    const value = Math.max(0, ...triggers.map((trigger) => this.#scale(trigger)));
    const index = (OVERLOAD_NAMES as readonly string[]).indexOf(name);
    const isChange = index >= 0 && this.#values[index] !== value;
    if (isChange) this.#values[index] = value;
    if (isChange && name === REDUCE_TIMEOUTS) this.#parts.onTimeouts();
    active?.set(value === 1 ? 1 : 0);
    scalePercent.set(Math.floor(value * 100));
    if (name !== STOP_ACCEPTING || value < 1 === this.#accepting) return;
    this.#accepting = value < 1;
    this.#parts.onAccepting(this.#accepting);
  }

  #scale({ resource, from, to }: Trigger): number {
    const pressure = this.#pressures.get(resource) ?? 0;
    if (pressure >= to) return 1;
    return pressure <= from ? 0 : (pressure - from) / (to - from);
  }
}
