import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Host, HostSet } from '../../../sdk/upstream.ts';
import { choosePriority, priorityStateOf } from './priority-load.ts';

/** Hosts of a priority by health: healthy, degraded, unhealthy, excluded. */
function hostSet(healthy: number, degraded = 0, unhealthy = 0, excluded = 0): HostSet {
  const make = (count: number): Host[] => Array.from({ length: count }, () => ({ weight: 1 }) as Host);
  const [up, slow, down, out] = [make(healthy), make(degraded), make(unhealthy), make(excluded)];
  return {
    priority: 0,
    hosts: [...up, ...slow, ...down, ...out],
    healthyHosts: up,
    degradedHosts: slow,
    excludedHosts: out,
    overprovisioningFactor: 140,
    weightedPriorityHealth: false,
  };
}

// The tables of Envoy's documentation, "Priority levels" and "Degraded endpoints".
const cases: readonly [string, readonly HostSet[], readonly number[], readonly number[]][] = [
  ['all healthy', [hostSet(100), hostSet(100)], [100, 0], [0, 0]],
  ['72 % are enough', [hostSet(72, 0, 28), hostSet(100)], [100, 0], [0, 0]],
  ['71 % are not', [hostSet(71, 0, 29), hostSet(100)], [99, 1], [0, 0]],
  ['half', [hostSet(50, 0, 50), hostSet(100)], [70, 30], [0, 0]],
  ['a quarter', [hostSet(25, 0, 75), hostSet(100)], [35, 65], [0, 0]],
  ['none in the first', [hostSet(0, 0, 100), hostSet(100)], [0, 100], [0, 0]],
  ['both weak: shares by health', [hostSet(25, 0, 75), hostSet(25, 0, 75)], [50, 50], [0, 0]],
  ['degraded take what healthy leave', [hostSet(50, 50)], [70], [30]],
  ['degraded alone', [hostSet(0, 100)], [0], [100]],
  ['excluded hosts do not count', [hostSet(10, 0, 0, 90), hostSet(100)], [100, 0], [0, 0]],
  ['no hosts at all', [hostSet(0)], [100], [0]],
];

for (const [name, sets, healthy, degraded] of cases) {
  test(`load: ${name}`, () => {
    const { load } = priorityStateOf(sets, 0);
    assert.deepEqual(load.healthy, healthy);
    assert.deepEqual(load.degraded, degraded);
  });
}

test('weighted_priority_health counts weights in the place of hosts', () => {
  const heavy = { weight: 3 } as Host;
  const weighted = (isWeighted: boolean): HostSet => {
    const set = hostSet(0, 0, 1);
    return { ...set, hosts: [heavy, ...set.hosts], healthyHosts: [heavy], weightedPriorityHealth: isWeighted };
  };
  assert.deepEqual(priorityStateOf([weighted(false), hostSet(1)], 0).load.healthy, [70, 30]);
  assert.deepEqual(priorityStateOf([weighted(true), hostSet(1)], 0).load.healthy, [100, 0]);
});

test('a priority panics below the threshold, unless the others carry everything', () => {
  assert.deepEqual(priorityStateOf([hostSet(49, 0, 51)], 50).panic, [true]);
  assert.deepEqual(priorityStateOf([hostSet(49, 0, 51), hostSet(100)], 50).panic, [false, false]);
  assert.deepEqual(priorityStateOf([hostSet(25, 0, 75), hostSet(25, 0, 75)], 50).panic, [true, true]);
  assert.deepEqual(priorityStateOf([hostSet(0, 0, 3)], 0).panic, [false]);
});

test('when all priorities panic, load follows the number of hosts', () => {
  const { load } = priorityStateOf([hostSet(0, 0, 1), hostSet(0, 0, 2)], 50);
  assert.deepEqual(load.healthy, [34, 66]);
});

test('choosePriority walks healthy loads first, then degraded ones', () => {
  const load = { healthy: [20, 30], degraded: [0, 50] };
  const chosen = [0, 19, 20, 49, 50, 99].map((hash) => choosePriority(hash, load));
  assert.deepEqual(
    chosen.map(({ priority, availability }) => `${priority} ${availability}`),
    ['0 healthy', '0 healthy', '1 healthy', '1 healthy', '1 degraded', '1 degraded'],
  );
});
