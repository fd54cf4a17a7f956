import assert from 'node:assert/strict';
import { test } from 'node:test';
import { GuardedDispatcher } from './guarded-dispatcher.ts';
import { SimulatedDispatcher, SimulatedTime } from './simulated-dispatcher.ts';

const fail = (): never => {
  throw new Error('a fault');
};

test('what timers, callbacks, posts and disposals throw is told, and the loop goes on', () => {
  const time = new SimulatedTime();
  const loop = new SimulatedDispatcher('worker_0', time);
  const faults: string[] = [];
  const ran: string[] = [];
  const dispatcher = new GuardedDispatcher(loop, (error) => faults.push(`${error}`));
  dispatcher.post(fail);
  dispatcher.post(() => ran.push('post'));
  dispatcher.deferredDelete({ [Symbol.dispose]: fail });
  dispatcher.deferredDelete({ [Symbol.dispose]: () => ran.push('delete') });
  const callback = dispatcher.createSchedulableCallback(fail);
  callback.scheduleCallbackCurrentIteration();
  const timer = dispatcher.createTimer(fail);
  timer.enableTimer(5);
  dispatcher.createTimer(() => ran.push('timer')).enableTimer(5);
  time.advance(5);
  assert.deepEqual(faults, Array(4).fill('Error: a fault'));
  assert.deepEqual(ran.sort(), ['delete', 'post', 'timer']);
  assert.deepEqual([timer.enabled, dispatcher.name], [false, 'worker_0']);
});

test('of two guards the nearest hears of a fault', () => {
  const time = new SimulatedTime();
  const faults: string[] = [];
  const outer = new GuardedDispatcher(new SimulatedDispatcher('w', time), () => faults.push('outer'));
  new GuardedDispatcher(outer, () => faults.push('inner')).post(fail);
  time.advance(0);
  assert.deepEqual(faults, ['inner']);
});
