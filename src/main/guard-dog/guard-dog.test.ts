import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { GuardDogAction, WatchdogEvent } from '../../../sdk/watchdog.ts';
import type { WatchdogConfig } from '../../snapshot/guard-dog.ts';
import { GuardDog } from './guard-dog.ts';

const calm: WatchdogConfig = {
  missMs: 200,
  megamissMs: 1000,
  killMs: 0,
  maxKillJitterMs: 0,
  multikillMs: 0,
  multikillThreshold: 0,
  actions: [],
};

function harness(
  overrides: Partial<WatchdogConfig> = {},
  names: readonly string[] = ['worker_0', 'worker_1'],
  actsOn: readonly WatchdogEvent[] = [],
) {
  const log: string[] = [];
  const alive = new Set<string>();
  const threads = names.map((name) => ({
    name,
    stats: { miss: () => log.push(`${name} miss`), megaMiss: () => log.push(`${name} megamiss`) },
    wasTouched: () => alive.has(name),
  }));
  const action: GuardDogAction = {
    run: (event, stuck) => log.push(`${event}: ${stuck.map(({ name }) => name).join(' ')}`),
  };
  const dog = new GuardDog({
    config: { ...calm, ...overrides },
    threads,
    nowMs: 0,
    kill: (reason) => log.push(`kill: ${reason}`),
    actions: new Map(actsOn.map((event) => [event, [action]])),
    draw: () => 0.5,
  });
  return { dog, log, alive };
}

test('a silent thread is counted once a miss and once a megamiss', () => {
  const { dog, log, alive } = harness();
  alive.add('worker_1');
  for (const now of [200, 201, 400, 1000, 1001, 5000]) dog.check(now);
  assert.deepEqual(log, ['worker_0 miss', 'worker_0 megamiss']);
});

test('actions run once an event, for all threads that brought it about, a megamiss before a miss', () => {
  const { dog, log } = harness({ missMs: 1000 }, ['worker_0', 'worker_1'], ['MISS', 'MEGAMISS']);
  for (const now of [1000, 1001, 1002]) dog.check(now);
  assert.deepEqual(log.slice(4), ['MEGAMISS: worker_0 worker_1', 'MISS: worker_0 worker_1']);
});

test('actions of a kill run before it', () => {
  const { dog, log } = harness({ killMs: 500, missMs: 1000 }, ['worker_0'], ['KILL', 'MISS']);
  dog.check(501);
  assert.deepEqual(log, [
    'KILL: worker_0',
    'kill: GuardDog: one thread (worker_0) stuck for more than watchdog_kill_timeout',
  ]);
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
  const one = harness({ multikillMs: 500 }, ['worker_0', 'worker_1'], ['MULTIKILL']);
  one.alive.add('worker_1');
  one.dog.check(600);
  assert.ok(!one.log.some((line) => line.startsWith('kill')));
  one.alive.clear();
  one.dog.check(1200);
  assert.equal(one.log.at(-2), 'MULTIKILL: worker_0 worker_1');
  assert.match(one.log.at(-1) ?? '', /kill: GuardDog: At least 2 threads/);
});

test('multikill counts its threshold in percent of the threads, rounded up', () => {
  const names = ['worker_0', 'worker_1', 'worker_2', 'worker_3', 'worker_4'];
  const { dog, log, alive } = harness({ multikillMs: 500, multikillThreshold: 50 }, names);
  for (const name of ['worker_3', 'worker_4']) alive.add(name);
  dog.check(100);
  alive.add('worker_2');
  dog.check(600);
  assert.ok(!log.some((line) => line.startsWith('kill')), 'two of five');
  alive.delete('worker_2');
  dog.check(1101);
  assert.match(log.at(-1) ?? '', /kill: GuardDog: At least 3 threads \(3 in all\)/);
});

test('it looks as often as the shortest time', () => {
  assert.equal(harness().dog.intervalMs, 200);
  assert.equal(harness({ multikillMs: 100 }).dog.intervalMs, 100);
});
