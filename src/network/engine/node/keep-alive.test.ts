import assert from 'node:assert/strict';
import { test } from 'node:test';
import { kernelKeepAlive, nodeKeepAlive } from './keep-alive.ts';

const kernel = { idleSeconds: 100, intervalSeconds: 10, probes: 3 };

test('what is not given stays the kernel’s', () => {
  assert.deepEqual(nodeKeepAlive({}, assert.fail), { enable: true, initialDelay: 0 });
  assert.deepEqual(
    nodeKeepAlive({ probes: 5 }, () => kernel),
    { enable: true, initialDelay: 100_000, interval: 10_000, count: 5 },
  );
  assert.deepEqual(
    nodeKeepAlive({ idleSeconds: 1, intervalSeconds: 2 }, () => kernel),
    { enable: true, initialDelay: 1000, interval: 2000, count: 3 },
  );
});

test('the kernel’s settings are read where they can be', () => {
  const files: Record<string, string> = { tcp_keepalive_time: '60\n', tcp_keepalive_intvl: 'nonsense' };
  const read = (name: string): string => files[name] ?? assert.fail('no such file');
  assert.deepEqual(kernelKeepAlive(read), { idleSeconds: 60, intervalSeconds: 75, probes: 9 });
});
