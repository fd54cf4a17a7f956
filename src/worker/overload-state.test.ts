import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createStatsMemory } from '../common/stats/stats-memory.ts';
import { StatsStore } from '../common/stats/stats-store.ts';
import { createOverloadValues, OVERLOAD_NAMES } from '../snapshot/overload.ts';
import { WorkerOverloadState } from './overload-state.ts';

const SHED = 'envoy.load_shed_points.tcp_listener_accept';

test('a number between 0 and 1 is drawn for; what is shed is counted', () => {
  const scope = new StatsStore(createStatsMemory()).createScope('');
  const values = createOverloadValues();
  const random = { next: 0, random: () => random.next, uuid: () => '' };
  const snapshot = { values, loadShedPoints: [SHED] as const, maxDownstreamConnections: undefined, timerMinimums: [] };
  const state = new WorkerOverloadState(snapshot, scope, random);
  const write = (value: number) =>
    new Float64Array(values).fill(value, OVERLOAD_NAMES.indexOf(SHED), OVERLOAD_NAMES.indexOf(SHED) + 1);
  assert.equal(state.isDrawn(SHED), false);
  write(0.25);
  random.next = 250_000;
  assert.equal(state.isDrawn(SHED), false);
  random.next = 249_999;
  assert.equal(state.isDrawn(SHED), true);
  write(1);
  random.next = 999_999;
  assert.equal(state.isDrawn(SHED), true);
  assert.equal(scope.counter(`overload.${SHED}.shed_load_count`).value, 2);
});
