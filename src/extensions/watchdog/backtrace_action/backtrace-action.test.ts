import assert from 'node:assert/strict';
import { test } from 'node:test';
import { guardDogWorld } from '../../../../test/harness/guard-dog-world.ts';
import { backtraceAction } from './index.ts';

test('each thread that hangs has its calls logged and counted', () => {
  const { context, log, counts, inspector } = guardDogWorld();
  const action = backtraceAction.createAction({ cooldownMs: 1000 }, context);
  action.run('MISS', [{ name: 'worker_0' }, { name: 'worker_1' }]);
  inspector.answer(['spin [/a.ts:1:2]', 'run [/b.ts:3:4]']);
  inspector.answer(undefined);
  assert.deepEqual(log, [
    'critical misc Backtrace Action: backtrace for thread worker_0:',
    'critical backtrace #0: spin [/a.ts:1:2]',
    'critical backtrace #1: run [/b.ts:3:4]',
    'warn misc Backtrace Action: thread worker_1 does not listen: it is in native code.',
  ]);
  assert.deepEqual(counts(backtraceAction.counters('workers')), [1, 1]);
});

test('a thread is left alone until its cooldown is over', () => {
  const { context, inspector, dispatcher } = guardDogWorld();
  const action = backtraceAction.createAction({ cooldownMs: 1000 }, context);
  action.run('MISS', [{ name: 'worker_0' }]);
  dispatcher.time.advance(999);
  action.run('MEGAMISS', [{ name: 'worker_0' }, { name: 'worker_1' }]);
  assert.deepEqual(inspector.asked, ['backtrace worker_0', 'backtrace worker_1']);
  dispatcher.time.advance(1);
  action.run('MEGAMISS', [{ name: 'worker_0' }]);
  assert.equal(inspector.asked.length, 3);
});
