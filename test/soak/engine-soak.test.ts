import assert from 'node:assert/strict';
import { platform } from 'node:os';
import { test } from 'node:test';
import { soakEngine } from './engine-soak.ts';

const options = { skip: platform() === 'linux' ? false : 'io_uring is Linux’s' };

test('a few seconds of soaking leave nothing behind', options, async (t) => {
  const seed = 4711;
  t.diagnostic(`seed ${seed}`);
  const soak = { engine: 'io_uring', seconds: 2, seed, connectionsEach: 200, print() {} } as const;
  const { leftDescriptors, leftOver, connections } = await soakEngine(soak);
  assert.deepEqual([leftDescriptors, leftOver], [0, 0]);
  assert.ok(connections > 600);
});
