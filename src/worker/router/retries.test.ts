import assert from 'node:assert/strict';
import { test } from 'node:test';
import { routesOf } from '../../../test/harness/route-table.ts';
import { RouterWorld } from '../../../test/harness/router-world.ts';
import type { JsonInput } from '../../common/proto/json-value.ts';

function worldOf(policy: Record<string, JsonInput>, more: Record<string, JsonInput> = {}): RouterWorld {
  const route = { match: { prefix: '/' }, route: { cluster: 'u', retry_policy: policy, ...more } };
  return new RouterWorld(
    routesOf([route], { include_request_attempt_count: true, include_attempt_count_in_response: true }),
  );
}

/** More than any back-off of these tests. */
const BACK_OFF_MS = 250;

test('a 5xx is tried again, body and all', () => {
  const world = worldOf({ retry_on: '5xx', num_retries: 2 });
  const stream = world.http.request({ ':method': 'POST' }, false);
  world.http.data('body', true);
  world.u.last.respond(503);
  assert.equal(stream.headers === undefined, true);
  world.http.time.advance(BACK_OFF_MS);
  assert.equal(world.u.streams.length, 2);
  assert.equal(world.u.last.body, 'body');
  assert.equal(world.u.last.headers['x-envoy-attempt-count'], '2');
  world.u.last.respond(200);
  assert.equal(stream.headers?.get('x-envoy-attempt-count'), '2');
  assert.equal(world.counter('cluster.u.upstream_rq_retry'), 1);
  assert.equal(world.counter('cluster.u.upstream_rq_retry_success'), 1);
  assert.equal(world.counter('cluster.u.retry.upstream_rq_503'), 1);
  assert.equal(world.u.retriesActive, 0);
});

test('the last answer stands when the retries are used up', () => {
  const world = worldOf({ retry_on: '5xx', num_retries: 1 });
  const stream = world.http.request();
  world.u.last.respond(500);
  world.http.time.advance(BACK_OFF_MS);
  world.u.last.respond(502, {}, 'bad');
  assert.equal(stream.headers?.status, 502);
  assert.equal(world.outcome, '502 URX via_upstream');
  assert.equal(world.counter('cluster.u.upstream_rq_retry_limit_exceeded'), 1);
});

test('conditions say what is tried again', () => {
  const cases: readonly (readonly [Record<string, JsonInput>, number, Record<string, string>, boolean])[] = [
    [{ retry_on: 'gateway-error' }, 502, {}, true],
    [{ retry_on: 'gateway-error' }, 500, {}, false],
    [{ retry_on: 'retriable-4xx' }, 409, {}, true],
    [{ retry_on: 'retriable-status-codes', retriable_status_codes: [418] }, 418, {}, true],
    [{ retry_on: 'retriable-headers', retriable_headers: [{ name: 'x', present_match: true }] }, 200, { x: '' }, true],
    [{ retry_on: '5xx' }, 503, { 'x-envoy-overloaded': 'true' }, true],
    [{ retry_on: '5xx' }, 503, { 'x-envoy-ratelimited': 'true', 'x-envoy-overloaded': 'true' }, false],
    [{ retry_on: '5xx' }, 503, { 'x-envoy-ratelimited': 'true' }, false],
    [{ retry_on: 'envoy-ratelimited' }, 429, { 'x-envoy-ratelimited': 'true' }, true],
    [{ retry_on: 'unavailable' }, 200, { 'grpc-status': '14' }, true],
    [{ retry_on: 'cancelled' }, 200, { 'grpc-status': '14' }, false],
  ];
  for (const [policy, status, headers, again] of cases) {
    const world = worldOf(policy);
    world.http.request();
    world.u.last.respond(status, headers);
    world.http.time.advance(BACK_OFF_MS);
    assert.equal(world.u.streams.length, again ? 2 : 1, `${JSON.stringify(policy)} ${status}`);
  }
});

test('resets are tried again by their kind', () => {
  const cases: readonly (readonly [retryOn: string, 'ConnectionTermination' | 'RemoteRefusedStreamReset', boolean])[] =
    [
      ['reset', 'ConnectionTermination', true],
      ['connect-failure', 'ConnectionTermination', false],
      ['refused-stream', 'RemoteRefusedStreamReset', true],
      ['reset-before-request', 'ConnectionTermination', false],
    ];
  for (const [retryOn, reason, again] of cases) {
    const world = worldOf({ retry_on: retryOn });
    world.http.request();
    world.u.last.reset(reason);
    world.http.time.advance(BACK_OFF_MS);
    assert.equal(world.u.streams.length, again ? 2 : 1, retryOn);
  }
});

test('a connection that cannot be had is tried again, and the answer says so', () => {
  const world = worldOf({ retry_on: 'connect-failure', num_retries: 1 });
  world.u.mode = 'RemoteConnectionFailure';
  const stream = world.http.request();
  assert.equal(stream.headers, undefined);
  world.http.time.advance(BACK_OFF_MS);
  assert.match(stream.body, /retried and the latest reset reason: remote connection failure$/);
  assert.deepEqual(world.http.logged.at(-1)?.info.responseFlags, ['URX', 'UF']);
});

test('the request’s own headers ask for retries, and go no further', () => {
  const world = new RouterWorld(routesOf([{ match: { prefix: '/' }, route: { cluster: 'u' } }]));
  world.http.request({
    'x-forwarded-for': '10.0.0.5',
    'x-envoy-retry-on': '5xx',
    'x-envoy-max-retries': '2',
  });
  assert.equal(world.u.last.headers['x-envoy-retry-on'], undefined);
  for (let i = 0; i < 3; i++) {
    world.u.last.respond(500);
    world.http.time.advance(BACK_OFF_MS);
  }
  assert.equal(world.u.streams.length, 3);
});

test('the circuit breaker for retries stops them', () => {
  const world = worldOf({ retry_on: '5xx' });
  world.u.retriesAllowed = 0;
  world.http.request();
  world.u.last.respond(503);
  assert.equal(world.outcome, '503 UO via_upstream');
  assert.equal(world.counter('cluster.u.upstream_rq_retry_overflow'), 1);
});

test('a try that takes too long is given up for another', () => {
  const world = worldOf({ retry_on: '5xx', per_try_timeout: '1s' });
  const stream = world.http.request();
  world.http.time.advance(1001);
  assert.deepEqual(world.u.streams[0]?.resets, ['LocalReset']);
  world.http.time.advance(BACK_OFF_MS);
  assert.equal(world.u.streams.length, 2);
  world.u.last.respond(200);
  assert.equal(stream.headers?.status, 200);
  assert.equal(world.counter('cluster.u.upstream_rq_per_try_timeout'), 1);
});

test('hedging leaves the slow try running: whichever answers first', () => {
  const world = worldOf(
    { retry_on: '5xx', per_try_timeout: '1s' },
    { hedge_policy: { hedge_on_per_try_timeout: true } },
  );
  const stream = world.http.request();
  world.http.time.advance(1001 + BACK_OFF_MS);
  const [slow, second] = world.u.streams;
  assert.deepEqual(slow?.resets, []);
  assert.notEqual(second, undefined);
  slow?.respond(200, {}, 'slow one');
  assert.equal(stream.body, 'slow one');
  assert.deepEqual(second?.resets, ['LocalReset']);
});

test('what the upstream says about when to come again is kept to', () => {
  const world = worldOf({
    retry_on: '5xx',
    rate_limited_retry_back_off: { reset_headers: [{ name: 'retry-after' }], max_interval: '60s' },
  });
  world.http.request();
  world.u.last.respond(503, { 'retry-after': '2' });
  world.http.time.advance(1999);
  assert.equal(world.u.streams.length, 1);
  world.http.time.advance(1001);
  assert.equal(world.u.streams.length, 2);
  assert.equal(world.counter('cluster.u.upstream_rq_retry_backoff_ratelimited'), 1);
});

test('a body above the limit cannot be sent again', () => {
  const route = { match: { prefix: '/' }, route: { cluster: 'u', retry_policy: { retry_on: '5xx' } } };
  const world = new RouterWorld(routesOf([route], { per_request_buffer_limit_bytes: 5 }));
  const stream = world.http.request({ ':method': 'POST' }, false);
  world.http.data('123', false);
  world.http.data('456', true);
  assert.equal(world.u.last.body, '123456');
  assert.equal(world.counter('cluster.u.retry_or_shadow_abandoned'), 1);
  world.u.last.respond(503);
  assert.equal(stream.headers?.status, 503);
});

test('a body above the limit ends a request that waits for its retry', () => {
  const route = { match: { prefix: '/' }, route: { cluster: 'u', retry_policy: { retry_on: '5xx' } } };
  const world = new RouterWorld(routesOf([route], { per_request_buffer_limit_bytes: 5 }));
  const stream = world.http.request({ ':method': 'POST' }, false);
  world.u.last.respond(503);
  world.http.data('123456', true);
  assert.equal(stream.body, 'exceeded request buffer limit while retrying upstream');
  assert.equal(stream.headers?.status, 507);
});
