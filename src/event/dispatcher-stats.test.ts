import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Scope } from '../../sdk/stats.ts';
import { enableDispatcherStats } from './dispatcher-stats.ts';
import { SimulatedDispatcher, SimulatedTime } from './simulated-dispatcher.ts';

test('each iteration that had work is recorded under the prefix', () => {
  const recorded: string[] = [];
  const scope = {
    scope: (name: string) => ({
      histogram: (histogram: string) => ({
        recordValue: (value: number) => recorded.push(`${name}.${histogram} ${Number.isInteger(value)}`),
      }),
    }),
  } as unknown as Scope;
  const time = new SimulatedTime();
  const dispatcher = new SimulatedDispatcher('worker_0', time);
  enableDispatcherStats(dispatcher, scope, 'server');
  dispatcher.post(() => {});
  time.runUntilIdle();
  assert.deepEqual(recorded, ['server.dispatcher.loop_duration_us true', 'server.dispatcher.poll_delay_us true']);
});
