import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SimulatedDispatcher, SimulatedTime } from './simulated-dispatcher.ts';

test('time stops at every timer on the way, over all dispatchers', () => {
  const time = new SimulatedTime(1000);
  const [main, worker] = [new SimulatedDispatcher('main_thread', time), new SimulatedDispatcher('worker_0', time)];
  const log: string[] = [];
  const tick = worker.createTimer(() => {
    log.push(`tick ${time.monotonicTimeMs()}`);
    tick.enableTimer(10);
  });
  tick.enableTimer(10);
  main.createTimer(() => log.push(`main ${time.systemTimeMs()}`)).enableTimer(15);
  time.advance(29);
  assert.deepEqual(log, ['tick 10', 'main 1015', 'tick 20']);
  assert.equal(time.monotonicTimeMs(), 29);
  assert.ok(time.advanceToNextTimer());
  assert.equal(log.at(-1), 'tick 30');
});

test('posts from one dispatcher to another run without time passing', () => {
  const time = new SimulatedTime();
  const [main, worker] = [new SimulatedDispatcher('main_thread', time), new SimulatedDispatcher('worker_0', time)];
  const log: string[] = [];
  worker.post(() => main.post(() => worker.post(() => log.push('there and back'))));
  time.runUntilIdle();
  assert.deepEqual(log, ['there and back']);
  assert.equal(time.advanceToNextTimer(), false);
});

test('a dispatcher is not run from within itself', () => {
  const time = new SimulatedTime();
  const dispatcher = new SimulatedDispatcher('worker_0', time);
  dispatcher.post(() => void dispatcher.runIteration());
  assert.throws(() => time.runUntilIdle(), /worker_0 is run from within itself/);
});

test('unless told otherwise every dispatcher draws the same', () => {
  const draws = () => {
    const { random } = new SimulatedDispatcher('worker_0', new SimulatedTime());
    return [random.random(), random.random(), random.uuid()];
  };
  assert.deepEqual(draws(), draws());
});

test('signals are raised by hand', () => {
  const time = new SimulatedTime();
  const dispatcher = new SimulatedDispatcher('main_thread', time);
  let signals = 0;
  const listening = dispatcher.listenForSignal('SIGTERM', () => signals++);
  dispatcher.raise('SIGTERM');
  dispatcher.raise('SIGINT');
  time.runUntilIdle();
  listening[Symbol.dispose]();
  dispatcher.raise('SIGTERM');
  time.runUntilIdle();
  assert.equal(signals, 1);
});

test('a simulation in circles is reported', () => {
  const time = new SimulatedTime();
  const dispatcher = new SimulatedDispatcher('main_thread', time);
  const circle = dispatcher.createTimer(() => circle.enableTimer(0));
  circle.enableTimer(0);
  assert.throws(() => time.runUntilIdle(), /does not come to rest/);
});
