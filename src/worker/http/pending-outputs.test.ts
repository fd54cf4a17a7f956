import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SimulatedDispatcher, SimulatedTime } from '../../event/simulated-dispatcher.ts';
import { type PendingOutput, PendingOutputs } from './pending-outputs.ts';

function outputs() {
  const time = new SimulatedTime();
  const pending = new PendingOutputs(new SimulatedDispatcher('worker_0', time));
  const written: string[] = [];
  const output = (name: string, then = () => {}): PendingOutput => ({
    isOutputPending: false,
    nextOutput: undefined,
    writeOutput: () => {
      written.push(name);
      then();
    },
  });
  return { pending, written, output, run: () => time.runUntilIdle() };
}

test('each writes once, in order, and then may wait again', () => {
  const { pending, written, output, run } = outputs();
  const a = output('a');
  const b = output('b', () => pending.add(a));
  for (const who of [a, b, a]) pending.add(who);
  assert.deepEqual(written, []);
  run();
  assert.deepEqual(written, ['a', 'b', 'a']);
});

test('one who throws does not keep the others waiting', () => {
  const { pending, written, output, run } = outputs();
  const broken = output('broken', () => {
    throw new Error('broken');
  });
  for (const who of [broken, output('a'), output('b')]) pending.add(who);
  assert.throws(run, /broken/);
  run();
  assert.deepEqual(written, ['broken', 'a', 'b']);
});
