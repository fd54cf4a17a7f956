import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LayeredFilterState } from '../../../common/stream-info/filter-state.ts';
import { previousRoutes } from './index.ts';

const redirect = {
  filterState: new LayeredFilterState(undefined),
  currentRouteName: 'from',
  targetRouteName: 'to',
  downstreamIsHttps: false,
  targetIsHttps: false,
};

test('previous_routes takes each route once', () => {
  const predicate = previousRoutes.createPredicate(undefined);
  const filterState = new LayeredFilterState(undefined);
  assert.equal(predicate.acceptTargetRoute({ ...redirect, filterState }), true);
  assert.equal(predicate.acceptTargetRoute({ ...redirect, filterState }), false);
  assert.equal(predicate.acceptTargetRoute({ ...redirect, filterState, currentRouteName: 'elsewhere' }), true);
});
