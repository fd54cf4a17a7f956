import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { DecoderFilterCallbacks } from '../../../sdk/http.ts';
import { routesOf } from '../../../test/harness/route-table.ts';
import { RouterWorld } from '../../../test/harness/router-world.ts';
import { ResponseHeaders } from '../../common/headers/header-map.ts';
import type { JsonInput } from '../../common/proto/json-value.ts';

const toU = (action: Record<string, JsonInput> = {}, virtualHost: Record<string, JsonInput> = {}) =>
  routesOf([{ match: { prefix: '/' }, route: { cluster: 'u', ...action } }], virtualHost);

/** Of a client that may use `x-envoy-` headers. */
const internal = { 'x-forwarded-for': '10.0.0.5' };

function resetByClient(world: RouterWorld): void {
  for (const callbacks of world.http.codec.last.callbacks) callbacks.onResetStream('RemoteReset', '');
}

test('a request goes to its upstream and the response comes back', () => {
  const world = new RouterWorld(toU());
  const stream = world.http.request({ ':path': '/a?b' });
  const { last } = world.u;
  assert.equal(last.headers[':path'], '/a?b');
  assert.equal(last.headers['x-envoy-expected-rq-timeout-ms'], '15000');
  assert.equal(last.ended, true);
  world.http.time.advance(7);
  last.respond(200, { 'x-up': '1' }, 'hello');
  assert.equal(stream.headers?.status, 200);
  assert.equal(stream.headers?.get('x-envoy-upstream-service-time'), '7');
  assert.equal(stream.body, 'hello');
  assert.equal(world.outcome, '200 - via_upstream');
  assert.equal(world.counter('cluster.u.upstream_rq_200'), 1);
  assert.equal(world.counter('cluster.u.upstream_rq_2xx'), 1);
  assert.equal(world.u.host.stats.rqSuccess, 1);
});

test('auto_host_rewrite sends the name of the host that is asked, and keeps what it was', () => {
  const world = new RouterWorld(toU({ auto_host_rewrite: true, append_x_forwarded_host: true }));
  world.http.request({ ':authority': 'asked.for' });
  const { headers } = world.u.last;
  const told = [headers[':authority'], headers['x-envoy-original-host'], headers['x-forwarded-host']];
  assert.deepEqual(told, ['upstream.host', 'asked.for', 'asked.for']);
});

test('logs tell how long the pool took, and only the hosts that were reached', () => {
  const world = new RouterWorld(toU());
  world.u.mode = 'pending';
  world.http.request();
  world.http.time.advance(7);
  world.u.connect();
  world.u.last.respond(200);
  world.u.mode = 'RemoteConnectionFailure';
  world.http.request();
  const told = world.http.logged.map(({ info }) => info.upstream);
  assert.equal(told[0]?.timing.connectionPoolCallbackLatencyMs, 7);
  assert.deepEqual(
    told.map((upstream) => upstream?.hostsAttempted.length),
    [1, 0],
  );
});

test('a body waits for the connection, and goes with it', () => {
  const world = new RouterWorld(toU());
  world.u.mode = 'pending';
  const stream = world.http.request({ ':method': 'POST' }, false);
  world.http.data('one ', false);
  world.http.data('two', true);
  assert.equal(world.u.streams.length, 0);
  world.u.connect();
  assert.equal(world.u.last.body, 'one two');
  assert.equal(world.u.last.ended, true);
  world.u.last.respond(204);
  assert.equal(stream.headers?.status, 204);
});

test('what a client of CONNECT sends too early is refused where that is wanted', () => {
  for (const rejectConnectRequestEarlyData of [false, true]) {
    const connect = { upgrade_configs: [{ upgrade_type: 'CONNECT' }] };
    const routes = routesOf([{ match: { connect_matcher: {} }, route: { cluster: 'u', ...connect } }]);
    const world = new RouterWorld(routes, { rejectConnectRequestEarlyData });
    const stream = world.http.request({ ':method': 'CONNECT' }, false);
    world.http.data('early', false);
    if (rejectConnectRequestEarlyData) {
      assert.equal(world.outcome, '400 - early_connect_data');
      assert.equal(stream.ended, true);
    } else {
      world.u.last.respondHeaders(200);
      world.http.data(' and late', false);
      assert.equal(world.u.last.body, 'early and late');
    }
  }
});

test('an overloaded proxy sends no request on where filters have looked at it', () => {
  const asked: string[] = [];
  const isDrawn = (name: string) => {
    asked.push(name);
    return true;
  };
  const world = new RouterWorld(toU(), { overload: { isDrawn } });
  const stream = world.http.request();
  assert.deepEqual([stream.headers?.status, stream.body], [503, 'envoy overloaded']);
  assert.equal(world.outcome, '503 - overload');
  assert.deepEqual(asked, ['envoy.load_shed_points.http_downstream_filter_check']);
});

test('a WebSocket handshake that the upstream passes over ends with its headers', () => {
  const world = new RouterWorld(toU({ upgrade_configs: [{ upgrade_type: 'websocket' }] }));
  const stream = world.http.request({ connection: 'Upgrade', upgrade: 'WebSocket' }, false);
  const { last } = world.u;
  const headers = ResponseHeaders.withStatus(200);
  headers.add('content-length', '2');
  headers.add('x-a', '1');
  last.decoder.decodeHeaders(headers, false);
  assert.equal(stream.headers?.get('x-a'), '1');
  assert.equal(stream.headers?.has('content-length'), false);
  assert.equal(stream.ended, true);
  assert.deepEqual(last.resets, ['LocalReset']);
  assert.equal(world.outcome, '200 - websocket_handshake_unsuccessful');
});

test('a WebSocket handshake has the route’s timeout, what follows it has none', () => {
  const world = new RouterWorld(toU({ timeout: '0.1s', upgrade_configs: [{ upgrade_type: 'websocket' }] }));
  const shake = () => world.http.request({ connection: 'Upgrade', upgrade: 'websocket' }, false);
  const stream = shake();
  world.http.time.advance(100);
  assert.equal(stream.headers?.status, 504);
  assert.equal(world.outcome, '504 UT response_timeout');

  const other = new RouterWorld(toU({ timeout: '0.1s', upgrade_configs: [{ upgrade_type: 'websocket' }] }));
  const accepted = other.http.request({ connection: 'Upgrade', upgrade: 'websocket' }, false);
  other.u.last.respondHeaders(101);
  other.http.time.advance(500);
  assert.equal(accepted.headers?.status, 101);
  assert.deepEqual(other.u.last.resets, []);
});

test('a scheme that is to match the upstream is that of the host which is asked', () => {
  const world = new RouterWorld(routesOf([{ match: { prefix: '/' }, route: { cluster: 'u' } }]));
  Object.assign(world.http.config, { schemeMatchesUpstream: true });
  world.u.isSecure = true;
  world.http.request({ ':path': '/', ':scheme': 'http' });
  assert.equal(world.u.last.headers[':scheme'], 'https');
  world.u.last.respond(200);
  world.u.isSecure = false;
  world.http.request({ ':path': '/', ':scheme': 'https' });
  assert.equal(world.u.last.headers[':scheme'], 'http');
});

test('answers of our own have Envoy’s words, flags and details', () => {
  const routes = routesOf([
    { match: { path: '/none' }, route: { cluster: 'none', cluster_not_found_response_code: 'NOT_FOUND' } },
    { match: { path: '/redirect' }, redirect: { https_redirect: true } },
    { match: { path: '/direct' }, direct_response: { status: 201, body: { inline_string: 'made' } } },
    { match: { path: '/u' }, route: { cluster: 'u' } },
  ]);
  const world = new RouterWorld(routes);
  const ask = (path: string) => world.http.request({ ':path': path, ':scheme': 'http' });
  assert.equal(ask('/nowhere').headers?.status, 404);
  assert.equal(world.outcome, '404 NR route_not_found');
  ask('/none');
  assert.equal(world.outcome, '404 NC cluster_not_found');
  assert.equal(ask('/redirect').headers?.get('location'), 'https://host/redirect');
  assert.equal(world.outcome, '301 - direct_response');
  const direct = ask('/direct');
  assert.equal(direct.body, 'made');
  assert.equal(direct.headers?.get('location'), 'http://host/direct');
  world.u.maintenance = true;
  const maintained = ask('/u');
  assert.equal(maintained.body, 'maintenance mode');
  assert.equal(maintained.headers?.get('x-envoy-overloaded'), 'true');
  assert.equal(world.outcome, '503 UO maintenance_mode');
  world.u.maintenance = false;
  world.u.healthy = false;
  assert.equal(ask('/u').body, 'no healthy upstream');
  assert.equal(world.outcome, '503 UH no_healthy_upstream');
  assert.equal(world.counter('http.test.no_route'), 1);
  assert.equal(world.counter('http.test.no_cluster'), 1);
  assert.equal(world.counter('http.test.rq_direct_response'), 2);
});

test('answers are counted at the host: 5xx as errors', () => {
  const world = new RouterWorld(toU());
  for (const status of [200, 404, 500, 503]) {
    world.http.request();
    world.u.last.respond(status);
  }
  const { rqSuccess, rqError, rqTimeout } = world.u.host.stats;
  assert.deepEqual([rqSuccess, rqError, rqTimeout], [2, 2, 0]);
});

test('a redirect has the status and the place that its route says', () => {
  const redirect = { host_redirect: 'other', response_code: 'TEMPORARY_REDIRECT' };
  const world = new RouterWorld(routesOf([{ match: { prefix: '/' }, redirect }]));
  const stream = world.http.request({ ':path': '/a?b' });
  assert.deepEqual([stream.headers?.status, stream.headers?.get('location')], [307, 'http://other/a?b']);
});

test('a request that finds no host has been rewritten for it', () => {
  const rewrites = { requestHeadersToAdd: [{ header: { key: 'x-add', value: 'added' } }] };
  const world = new RouterWorld(toU({ prefixRewrite: '/new' }, { ...rewrites, includeAttemptCountInResponse: true }));
  world.u.healthy = false;
  const stream = world.http.request({ ':path': '/a' });
  assert.equal(world.outcome, '503 UH no_healthy_upstream');
  assert.equal(stream.headers?.get('x-envoy-attempt-count'), '1');
  const requestHeaders = world.http.logged[0]?.context.requestHeaders;
  assert.deepEqual(
    ['x-add', 'x-envoy-original-path', 'x-envoy-expected-rq-timeout-ms'].map((name) => requestHeaders?.get(name)),
    ['added', '/a', '15000'],
  );
});

test('failures of the pool and resets are answered by their reason', () => {
  const world = new RouterWorld(toU());
  world.u.mode = 'RemoteConnectionFailure';
  const refused = world.http.request();
  assert.equal(
    refused.body,
    'upstream connect error or disconnect/reset before headers. reset reason: remote connection failure',
  );
  assert.equal(world.outcome, '503 UF upstream_reset_before_response_started{remote_connection_failure|why}');
  world.u.mode = 'Overflow';
  assert.equal(world.http.request().headers?.get('x-envoy-overloaded'), 'true');
  assert.equal(world.outcome, '503 UO upstream_reset_before_response_started{overflow|why}');
  world.u.mode = 'ready';
  world.http.request();
  world.u.last.reset('ProtocolError');
  assert.equal(world.outcome, '502 UPE upstream_reset_before_response_started{protocol_error}');
});

test('a reset after the response has begun resets the client’s stream', () => {
  const world = new RouterWorld(toU());
  const stream = world.http.request();
  world.u.last.respondHeaders(200);
  world.u.last.respondData('part', false);
  world.u.last.reset('ConnectionTermination');
  assert.equal(stream.ended, false);
  assert.equal(world.outcome, '200 UC upstream_reset_after_response_started{connection_termination}');
});

test('a response that takes too long is a 504', () => {
  const world = new RouterWorld(toU({ timeout: '2s' }));
  const stream = world.http.request();
  world.http.time.advance(1999);
  assert.equal(stream.headers, undefined);
  world.http.time.advance(2);
  assert.equal(stream.body, 'upstream request timeout');
  assert.equal(world.outcome, '504 UT response_timeout');
  assert.deepEqual(world.u.last.resets, ['LocalReset']);
  assert.equal(world.counter('cluster.u.upstream_rq_timeout'), 1);
});

test('x-envoy headers of the request set its timeouts and are not sent on', () => {
  const world = new RouterWorld(toU());
  world.http.request({
    ...internal,
    'x-envoy-upstream-rq-timeout-ms': '100',
    'x-envoy-upstream-rq-per-try-timeout-ms': '50',
    'x-envoy-upstream-rq-timeout-alt-response': '1',
    'x-envoy-upstream-alt-stat-name': 'alt',
  });
  const { headers } = world.u.last;
  assert.equal(headers['x-envoy-expected-rq-timeout-ms'], '50');
  for (const name of ['timeout-ms', 'per-try-timeout-ms', 'timeout-alt-response']) {
    assert.equal(headers[`x-envoy-upstream-rq-${name}`], undefined, name);
  }
  world.http.time.advance(51);
  assert.equal(world.outcome, '204 UT upstream_per_try_timeout');
  assert.equal(world.counter('cluster.u.alt.upstream_rq_204'), 1);
});

test('the client that goes away takes its upstream request along', () => {
  const world = new RouterWorld(toU());
  world.http.request();
  resetByClient(world);
  assert.deepEqual(world.u.last.resets, ['LocalReset']);
  world.u.mode = 'pending';
  world.http.request();
  resetByClient(world);
  assert.equal(world.u.cancelled, 1);
});

test('a response before the end of the request ends the upstream’s stream', () => {
  const world = new RouterWorld(toU());
  const stream = world.http.request({ ':method': 'POST' }, false);
  world.u.last.respond(413);
  assert.equal(stream.headers?.status, 413);
  assert.equal(stream.headers?.has('x-envoy-upstream-service-time'), false);
  assert.deepEqual(world.u.last.resets, ['LocalReset']);
});

test('each side slows the other down', () => {
  const world = new RouterWorld(toU());
  const stream = world.http.request({ ':method': 'POST' }, false);
  world.u.last.watermarks?.onAboveWriteBufferHighWatermark();
  assert.equal(world.counter('cluster.u.upstream_flow_control_backed_up_total'), 1);
  world.u.last.watermarks?.onBelowWriteBufferLowWatermark();
  assert.equal(world.counter('cluster.u.upstream_flow_control_drained_total'), 1);
  for (const callbacks of stream.callbacks) callbacks.onAboveWriteBufferHighWatermark();
  // Its headers are wanted all the same.
  assert.equal(world.u.last.readDisables, 0);
  world.u.last.respondHeaders(200);
  assert.equal(world.u.last.readDisables, 1);
  for (const callbacks of stream.callbacks) callbacks.onBelowWriteBufferLowWatermark();
  assert.equal(world.u.last.readDisables, 0);
});

test('mirrors get a copy of their own, and nobody waits for them', () => {
  const world = new RouterWorld(toU({ request_mirror_policies: [{ cluster: 'm' }] }));
  const stream = world.http.request({ ':method': 'POST', ':authority': 'h:81' }, false);
  world.http.data('body', true);
  assert.equal(world.m.last.headers[':authority'], 'h-shadow:81');
  assert.equal(world.m.last.headers['x-envoy-internal'], 'true');
  assert.equal(world.m.last.body, 'body');
  assert.equal(world.u.last.headers[':authority'], 'h:81');
  world.u.last.respond(200);
  assert.equal(stream.headers?.status, 200);
  world.m.last.respond(500, {}, 'whatever');
  assert.equal(world.counter('cluster.m.internal.upstream_rq_500'), 1);
  assert.equal(world.counter('http.async-client.rq_total'), 1);
});

test('the host of a mirror gets its suffix before what stands behind the last colon', () => {
  const hosts = { 'h:81,h:81': 'h:81,h-shadow:81', 'h:x': 'h-shadow:x', h: 'h-shadow', '[::1]': '[::1]-shadow' };
  for (const [asked, mirrored] of Object.entries(hosts)) {
    const world = new RouterWorld(toU({ request_mirror_policies: [{ cluster: 'm' }] }));
    world.http.request({ ':authority': asked });
    assert.equal(world.m.last.headers[':authority'], mirrored);
  }
});

test('redirects of the upstream are followed where the route says so', () => {
  const routes = routesOf([
    { match: { prefix: '/new' }, route: { cluster: 'u' } },
    { match: { prefix: '/' }, route: { cluster: 'u', internal_redirect_policy: {} } },
  ]);
  const world = new RouterWorld(routes);
  const stream = world.http.request({ ':path': '/old', ':scheme': 'http' });
  world.u.last.respond(302, { location: 'http://other/new?x#fragment' });
  assert.equal(world.u.last.headers[':path'], '/new?x');
  assert.equal(world.u.last.headers[':authority'], 'other');
  assert.equal(world.u.last.headers['x-envoy-original-url'], 'http://host/old');
  world.u.last.respond(200);
  assert.equal(stream.headers?.status, 200);
  assert.equal(world.counter('cluster.u.upstream_internal_redirect_succeeded_total'), 1);
  const passed = world.http.request({ ':path': '/old', ':scheme': 'http' });
  world.u.last.respond(302, { location: '/relative' });
  assert.equal(passed.headers?.status, 302);
  assert.equal(world.counter('http.test.passthrough_internal_redirect_bad_location'), 1);
});

test('headers that must be numbers are checked where the router is told to', () => {
  const world = new RouterWorld(toU(), { strictCheckHeaders: ['x-envoy-max-retries'] });
  const stream = world.http.request({ ...internal, 'x-envoy-max-retries': 'many' });
  assert.equal(stream.body, "invalid header 'x-envoy-max-retries' with value 'many'");
  assert.equal(world.outcome, '400 IH request_headers_failed_strict_check{x-envoy-max-retries}');
});

test('the dynamic metadata envoy.lb stands over the metadata_match of a route, for mirrors too', () => {
  const filter = {
    setDecoderFilterCallbacks: ({ streamInfo }: DecoderFilterCallbacks) =>
      streamInfo.setDynamicMetadata('envoy.lb', { v: 'filter', w: 'filter' }),
  };
  const metadataMatch = { filter_metadata: { 'envoy.lb': { u: 'route', v: 'route' } } };
  const routes = toU({ metadata_match: metadataMatch, request_mirror_policies: [{ cluster: 'm' }] });
  const world = new RouterWorld(routes, {}, [() => filter]);
  world.http.request();
  assert.deepEqual(Object.fromEntries(world.u.wished ?? []), { u: 'route', v: 'filter', w: 'filter' });
  assert.deepEqual(Object.fromEntries(world.m.wished ?? []), { v: 'filter', w: 'filter' });
});
