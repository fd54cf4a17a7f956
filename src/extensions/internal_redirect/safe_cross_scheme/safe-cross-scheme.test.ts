import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LayeredFilterState } from '../../../common/stream-info/filter-state.ts';
import { safeCrossScheme } from './index.ts';

const redirect = {
  filterState: new LayeredFilterState(undefined),
  currentRouteName: 'from',
  targetRouteName: 'to',
  downstreamIsHttps: false,
  targetIsHttps: false,
};

test('safe_cross_scheme never goes from http to https', () => {
  const predicate = safeCrossScheme.createPredicate(undefined);
  assert.equal(predicate.acceptTargetRoute({ ...redirect, targetIsHttps: true }), false);
  assert.equal(predicate.acceptTargetRoute({ ...redirect, downstreamIsHttps: true }), true);
});
