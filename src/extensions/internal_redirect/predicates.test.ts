import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LayeredFilterState } from '../../common/stream-info/filter-state.ts';
import { allowListedRoutes } from './allow_listed_routes/index.ts';
import { previousRoutes } from './previous_routes/index.ts';
import { safeCrossScheme } from './safe_cross_scheme/index.ts';

const redirect = {
  filterState: new LayeredFilterState(undefined),
  currentRouteName: 'from',
  targetRouteName: 'to',
  downstreamIsHttps: false,
  targetIsHttps: false,
};

test('allow_listed_routes goes by the route’s name', () => {
  const predicate = allowListedRoutes.createPredicate(new Set(['to']));
  assert.equal(predicate.acceptTargetRoute(redirect), true);
  assert.equal(predicate.acceptTargetRoute({ ...redirect, targetRouteName: 'other' }), false);
});

test('previous_routes takes each route once', () => {
  const predicate = previousRoutes.createPredicate(undefined);
  const filterState = new LayeredFilterState(undefined);
  assert.equal(predicate.acceptTargetRoute({ ...redirect, filterState }), true);
  assert.equal(predicate.acceptTargetRoute({ ...redirect, filterState }), false);
  assert.equal(predicate.acceptTargetRoute({ ...redirect, filterState, currentRouteName: 'elsewhere' }), true);
});

test('safe_cross_scheme never goes from http to https', () => {
  const predicate = safeCrossScheme.createPredicate(undefined);
  assert.equal(predicate.acceptTargetRoute({ ...redirect, targetIsHttps: true }), false);
  assert.equal(predicate.acceptTargetRoute({ ...redirect, downstreamIsHttps: true }), true);
});
