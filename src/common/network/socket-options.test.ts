import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sortSocketOptions } from './socket-options.ts';

test('options with a name of our own are told from the rest, by the numbers of the system', () => {
  const mark = { level: 1, name: 36, value: 7 };
  const options = [
    { level: 1, name: 9, value: 1 },
    { level: 6, name: 4, value: 30 },
    mark,
    { level: 6, name: 1, value: 0 },
  ];
  assert.deepEqual(sortSocketOptions(options, 'linux'), {
    known: { keepAlive: true, idleSeconds: 30, noDelay: false },
    other: [mark],
  });
  assert.deepEqual(sortSocketOptions(options, 'darwin').known, { noDelay: false });
  assert.deepEqual(sortSocketOptions([{ level: 65_535, name: 512, value: 1 }], 'darwin').known, { reusePort: true });
});
