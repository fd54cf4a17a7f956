import type { Random } from '../../sdk/event.ts';
import type { OverloadState } from '../../sdk/extension.ts';
import type { Counter, Scope } from '../../sdk/stats.ts';
import { OVERLOAD_NAMES, type OverloadName, type OverloadSnapshot } from '../snapshot/overload.ts';

const CONNECTIONS = 'overload.envoy.resource_monitors.global_downstream_max_connections.failed_updates';
const DRAW = 1_000_000;

/** What a worker sees of the overload manager; there is none where none is configured. */
export class WorkerOverloadState implements OverloadState {
  /** Undefined = the monitor is not there. */
  readonly maxDownstreamConnections: number | undefined;
  readonly connectionsRefused: Counter | undefined;
  readonly #values: Float64Array;
  readonly #shed: ReadonlyMap<OverloadName, Counter>;
  readonly #random: Random;

  constructor(snapshot: OverloadSnapshot, scope: Scope, random: Random) {
    this.#values = new Float64Array(snapshot.values);
    this.#random = random;
    this.#shed = new Map(
      snapshot.loadShedPoints.map((name) => [name, scope.counter(`overload.${name}.shed_load_count`)]),
    );
    this.maxDownstreamConnections = snapshot.maxDownstreamConnections;
    this.connectionsRefused = this.maxDownstreamConnections === undefined ? undefined : scope.counter(CONNECTIONS);
  }

  isDrawn(name: OverloadName): boolean {
    const value = this.#values[OVERLOAD_NAMES.indexOf(name)] as number;
    if (value === 0 || (value < 1 && this.#random.random() % DRAW >= value * DRAW)) return false;
    this.#shed.get(name)?.inc();
    return true;
  }
}
