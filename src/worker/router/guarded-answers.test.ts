import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LayeredRuntimeSnapshot } from '../../common/runtime/runtime-snapshot.ts';
import { SeededRandom } from '../../event/random.ts';
import { grpcStatusOfTimeout, toldFailure } from './guarded-answers.ts';

function runtimeWith(name: string, value: boolean) {
  const layer = { name: 'one', values: new Map([[`envoy.reloadable_features.${name}`, value]]) };
  return { snapshot: new LayeredRuntimeSnapshot([layer], new SeededRandom(1)) };
}

test('what a transport failed of is told where runtime says so', () => {
  const name = 'hide_transport_failure_reason_in_response_body';
  assert.equal(toldFailure('refused', runtimeWith(name, true)), '');
  assert.equal(toldFailure('refused', runtimeWith(name, false)), 'refused');
});

test('a gRPC request that takes too long exceeds its deadline where runtime says so', () => {
  const name = 'grpc_timeout_returns_deadline_exceeded';
  assert.deepEqual(grpcStatusOfTimeout(runtimeWith(name, true)), { grpcStatus: 4 });
  assert.equal(grpcStatusOfTimeout(runtimeWith(name, false)), undefined);
});
