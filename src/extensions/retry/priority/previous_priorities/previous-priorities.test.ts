import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Host, HostSet } from '../../../../../sdk/upstream.ts';
import { PreviousPriorities } from './index.ts';

const hostOf = (priority: number) => ({ priority, weight: 1 }) as Host;
const setOf = (priority: number): HostSet => ({
  priority,
  hosts: [hostOf(priority)],
  healthyHosts: [hostOf(priority)],
  degradedHosts: [],
  excludedHosts: [],
  overprovisioningFactor: 140,
  weightedPriorityHealth: false,
});
const SETS = [setOf(0), setOf(1)];
const ORIGINAL = { healthy: [100, 0], degraded: [0, 0] };

test('a retry goes to a priority that was not tried, and round again when all were', () => {
  const retry = new PreviousPriorities(1);
  assert.deepEqual(retry.determinePriorityLoad(SETS, ORIGINAL), ORIGINAL);
  retry.onHostAttempted(hostOf(0));
  assert.deepEqual(retry.determinePriorityLoad(SETS, ORIGINAL).healthy, [0, 100]);
  retry.onHostAttempted(hostOf(1));
  assert.deepEqual(retry.determinePriorityLoad(SETS, ORIGINAL).healthy, [100, 0]);
});

test('the load changes after so many attempts only', () => {
  const retry = new PreviousPriorities(2);
  retry.onHostAttempted(hostOf(0));
  assert.deepEqual(retry.determinePriorityLoad(SETS, ORIGINAL), ORIGINAL);
  retry.onHostAttempted(hostOf(0));
  assert.deepEqual(retry.determinePriorityLoad(SETS, ORIGINAL).healthy, [0, 100]);
});
