import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cpuTimes, parseCpuTimes, parseStatusBytes, residentBytes } from './proc-stat.ts';

test('user and system time are found behind a name with blanks and brackets', () => {
  const stat = '42 (a) b (c) S 1 42 42 0 -1 4194304 500 0 0 0 123 45 0 0 20 0 11 0 7000 1000 200';
  assert.deepEqual(parseCpuTimes(stat), { userMicros: 1_230_000, systemMicros: 450_000 });
});

test('a line of /proc/PID/status counts KiB; one that is not there is 0', () => {
  const status = 'Name:\tx\nVmHWM:\t  9 kB\nVmRSS:\t     2048 kB\nThreads:\t3\n';
  assert.equal(parseStatusBytes(status, 'VmRSS'), 2 * 1024 * 1024);
  assert.equal(parseStatusBytes(status, 'VmSwap'), 0);
});

const linux = process.platform === 'linux' ? false : 'there is no /proc here';

test('this process has used CPU and memory', { skip: linux }, () => {
  const before = cpuTimes(process.pid);
  const text: string[] = [];
  while (cpuTimes(process.pid).userMicros < before.userMicros + 20_000) text.push('x'.repeat(1000));
  assert.ok(residentBytes(process.pid) > 1024 * 1024, `${text.length}`);
});
