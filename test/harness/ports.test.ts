import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PortSource } from './ports.ts';

test('a number that means something else is never a port', async () => {
  const even = new Set(Array.from({ length: 10_000 }, (_, index) => 10_000 + 2 * index));
  const ports = new PortSource(process.pid, even);
  for (let count = 0; count < 4; count++) assert.equal((await ports.take()) % 2, 1);
});
