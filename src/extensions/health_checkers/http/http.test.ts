import assert from 'node:assert/strict';
import { test } from 'node:test';
import { clusterProblems } from '../../../../test/harness/cluster-problems.ts';
import { ClusterReader } from '../../../../test/harness/upstream-world.ts';

const reader = new ClusterReader();
const problems = (http: object): string[] =>
  clusterProblems(reader, {
    healthChecks: [
      {
        timeout: '1s',
        interval: '1s',
        unhealthyThreshold: 1,
        healthyThreshold: 1,
        httpHealthCheck: { path: '/', ...http },
      },
    ],
  });

test('what cannot be checked for is refused in Envoy’s words', () => {
  assert.deepEqual(problems({ expectedStatuses: [{ start: '200', end: '200' }] }), [
    'Invalid http expected status range: expecting start < end, but found start=200 and end=200',
  ]);
  assert.deepEqual(problems({ retriableStatuses: [{ start: '500', end: '601' }] }), [
    'Invalid http retriable status range: expecting end <= 600, but found end=601',
  ]);
  assert.deepEqual(problems({ receive: [{ text: '616161' }], responseBufferSize: '2' }), [
    "The expected response length '3' is over than http health response buffer size '2'",
  ]);
  assert.match(problems({ send: { text: '61' } })[0] ?? '', /request payload with method 'GET'/);
  assert.deepEqual(problems({ send: { text: '6' }, method: 'POST' }), ["invalid hex string '6'"]);
  assert.deepEqual(problems({ codecClientType: 'HTTP2' }), ['HTTP/2 and HTTP/3 are not supported yet']);
  assert.deepEqual(problems({ send: { text: '61' }, method: 'POST', serviceNameMatcher: { prefix: 'a' } }), []);
});
