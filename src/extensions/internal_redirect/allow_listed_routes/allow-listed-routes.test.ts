import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LayeredFilterState } from '../../../common/stream-info/filter-state.ts';
import { allowListedRoutes } from './index.ts';

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
