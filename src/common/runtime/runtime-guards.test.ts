import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SeededRandom } from '../../event/random.ts';
import { guardsWithoutMeaning, headerLimit, isGuardEnabled } from './runtime-guards.ts';
import { LayeredRuntimeSnapshot } from './runtime-snapshot.ts';

const hides = 'envoy.reloadable_features.hide_transport_failure_reason_in_response_body';

function runtimeWith(values: Record<string, boolean | number | string>) {
  const layers = [{ name: 'one', values: new Map(Object.entries(values)) }];
  return { snapshot: new LayeredRuntimeSnapshot(layers, new SeededRandom(1)) };
}

test('a guard is what runtime says, else what Envoy made it', () => {
  assert.equal(isGuardEnabled(undefined, hides), true);
  assert.equal(isGuardEnabled(runtimeWith({}), hides), true);
  assert.equal(isGuardEnabled(runtimeWith({ [hides]: false }), hides), false);
  assert.equal(isGuardEnabled(runtimeWith({ [hides]: 'perhaps' }), hides), true);
});

test('limits of headers come from runtime', () => {
  const runtime = runtimeWith({ 'envoy.reloadable_features.max_request_headers_count': 7 });
  assert.equal(headerLimit(runtime, 'max_request_headers_count', 100), 7);
  assert.equal(headerLimit(runtime, 'max_response_headers_count', 100), 100);
  assert.equal(headerLimit(undefined, 'max_request_headers_count', 100), 100);
});

test('guards that change nothing are known', () => {
  const keys = [
    hides,
    'envoy.reloadable_features.max_response_headers_size_kb',
    'envoy.reloadable_features.nope',
    'envoy.restart_features.nope',
    'upstream.healthy_panic_threshold',
  ];
  assert.deepEqual(guardsWithoutMeaning(keys), ['envoy.reloadable_features.nope', 'envoy.restart_features.nope']);
});
