import assert from 'node:assert/strict';
import { test } from 'node:test';
import { guardDogWorld } from '../../../../test/harness/guard-dog-world.ts';
import { abortAction } from './index.ts';

test('the process is told to end, with the thread that brought it about', () => {
  const { context, log } = guardDogWorld();
  abortAction.createAction(undefined, context).run('MEGAMISS', [{ name: 'worker_3' }]);
  assert.deepEqual(log, ['abort: Watchdog AbortAction terminating thread worker_3.']);
});
