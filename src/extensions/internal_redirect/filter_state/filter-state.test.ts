import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LayeredFilterState } from '../../../common/stream-info/filter-state.ts';
import { filterStateFactories } from '../../../common/stream-info/filter-state-factories.ts';
import { filterStateRedirect } from './index.ts';

function accepts(ifAbsent: boolean, factory?: string, text = ''): boolean {
  const filterState = new LayeredFilterState();
  const object = factory === undefined ? undefined : filterStateFactories.get(factory)?.(text);
  if (object !== undefined) filterState.set('k', object, false, 'Request');
  return filterStateRedirect.createPredicate({ key: 'k', ifAbsent }).acceptTargetRoute({
    filterState,
    currentRouteName: '',
    targetRouteName: '',
    downstreamIsHttps: false,
    targetIsHttps: false,
  });
}

test('an object that says true switches redirects on; none, as the configuration says', () => {
  assert.deepEqual([accepts(false, 'envoy.bool', 'true'), accepts(true, 'envoy.bool', 'false')], [true, false]);
  assert.deepEqual([accepts(true), accepts(false)], [true, false]);
});

test('an object that is no switch is none', () => {
  assert.equal(accepts(true, 'envoy.string', 'true'), false);
});
