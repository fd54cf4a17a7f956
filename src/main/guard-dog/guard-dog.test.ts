import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { WatchdogConfig } from '../config/watchdog-config.ts';
import { GuardDog } from './guard-dog.ts';

const calm: WatchdogConfig = {
  missMs: 200,
  megamissMs: 1000,
  killMs: 0,
  maxKillJitterMs: 0,
  multikillMs: 0,
  multikillThreshold: 0,
  abortOn: [],
};

function harness(overrides: Partial<WatchdogConfig> = {}, names = ['main_thread', 'worker_0']) {
  const log: string[] = [];
  const alive = new Set<string>();
  const threads = names.map((name) => ({
    name,
    config: { ...calm, ...overrides },
    stats: { miss: () => log.push(`${name} miss`), megaMiss: () => log.push(`${name} megamiss`) },
    wasTouched: () => alive.has(name),
  }));
  const dog = new GuardDog(
    threads,
    0,
    (reason) => log.push(`kill: ${reason}`),
    () => 0.5,
  );
  return { dog, log, alive };
}

test('a silent thread is counted once a miss and once a megamiss', () => {
  const { dog, log, alive } = harness();
  alive.add('main_thread');
  for (const now of [200, 201, 400, 1000, 1001, 5000]) dog.check(now);
  assert.deepEqual(log, ['worker_0 miss', 'worker_0 megamiss']);
});

test('an abort action ends the process at its event', () => {
  const { dog, log } = harness({ abortOn: ['MEGAMISS'] }, ['worker_0']);
  dog.check(300);
  assert.deepEqual(log, ['worker_0 miss']);
  dog.check(1001);
  assert.deepEqual(log.slice(1), ['worker_0 megamiss', 'kill: Watchdog AbortAction terminating thread worker_0.']);
});

test('a thread that comes back can be missed again', () => {
  const { dog, log, alive } = harness({}, ['worker_0']);
  dog.check(300);
  alive.add('worker_0');
  dog.check(400);
  alive.clear();
  dog.check(600);
  dog.check(601);
  assert.deepEqual(log, ['worker_0 miss', 'worker_0 miss']);
});

test('kill ends the process after its time with the jitter', () => {
  const { dog, log } = harness({ killMs: 2000, maxKillJitterMs: 100 }, ['worker_0']);
  dog.check(2050);
  assert.ok(!log.some((line) => line.startsWith('kill')));
  dog.check(2051);
  assert.match(log.at(-1) ?? '', /kill: GuardDog: one thread \(worker_0\) stuck/);
});

test('multikill needs as many threads as the threshold says, two at least', () => {
  const one = harness({ multikillMs: 500 });
  one.alive.add('main_thread');
  one.dog.check(600);
  assert.ok(!one.log.some((line) => line.startsWith('kill')));
  one.alive.clear();
  one.dog.check(1200);
  assert.match(one.log.at(-1) ?? '', /kill: GuardDog: At least 2 threads/);
});

test('it looks as often as the shortest time', () => {
  assert.equal(harness().dog.intervalMs, 200);
  assert.equal(harness({ multikillMs: 100 }).dog.intervalMs, 100);
});
