import type { Scope } from '../../sdk/stats.ts';
import type { LoopDispatcher } from './dispatcher.ts';

/** `enable_dispatcher_stats`: how long iterations take and how late they begin, below `<prefix>.dispatcher.`. */
export function enableDispatcherStats(dispatcher: LoopDispatcher, root: Scope, prefix: string): void {
  const scope = root.scope(`${prefix}.dispatcher`);
  const loopDurationUs = scope.histogram('loop_duration_us', 'microseconds');
  const pollDelayUs = scope.histogram('poll_delay_us', 'microseconds');
  dispatcher.initializeStats((durationUs, delayUs) => {
    loopDurationUs.recordValue(Math.round(durationUs));
    pollDelayUs.recordValue(Math.round(delayUs));
  });
}
