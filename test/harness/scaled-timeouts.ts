import { createOverloadValues, OVERLOAD_NAMES, type TimerMinimum } from '../../src/snapshot/overload.ts';
import { WorkerScaledTimeouts } from '../../src/worker/scaled-timeouts.ts';

/** A worker's timeouts with what main would tell of them. */
export function scaledTimeouts(...timerMinimums: readonly TimerMinimum[]) {
  const values = createOverloadValues();
  const snapshot = { values, loadShedPoints: [], maxDownstreamConnections: undefined, timerMinimums };
  const timeouts = WorkerScaledTimeouts.create(snapshot);
  const overload = (value: number): void => {
    new Float64Array(values)[OVERLOAD_NAMES.indexOf('envoy.overload_actions.reduce_timeouts')] = value;
    timeouts?.changed();
  };
  return { timeouts, overload };
}
