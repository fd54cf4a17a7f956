import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HttpManagerHarness, testRoute } from '../../../test/harness/http-manager.ts';
import { scaledTimeouts } from '../../../test/harness/scaled-timeouts.ts';
import { TerminalFilters } from '../../../test/harness/terminal-filter.ts';
import { SliceBuffer } from '../../common/buffer/slice-buffer.ts';
import { RequestHeaders, ResponseHeaders } from '../../common/headers/header-map.ts';

type Overrides = NonNullable<ConstructorParameters<typeof HttpManagerHarness>[1]>;

const NO_TIMEOUTS = {
  idleMs: 0,
  maxConnectionDurationMs: 0,
  maxStreamDurationMs: 0,
  streamIdleMs: 0,
  requestMs: 0,
  requestHeadersMs: 0,
  drainMs: 500,
  drainJitter: 0,
  maxConnectionDurationJitter: 0,
  delayedCloseMs: 1000,
};

function start(overrides: Overrides = {}) {
  const terminals = new TerminalFilters();
  return { http: new HttpManagerHarness([terminals.create], overrides), terminals };
}

test('a request goes in, a response comes out, in one write', () => {
  const { http, terminals } = start();
  const stream = http.request();
  terminals.last.respond(200, 'hello');
  assert.deepEqual(stream.lines, [':status: 200', 'date: Tue, 14 Nov 2023 22:13:20 GMT', 'server: envoy']);
  assert.equal(stream.body, 'hello');
  assert.equal(http.connection.written, '200|hello');
  assert.equal(http.connection.writes, 1);
  assert.equal(http.counter('downstream_rq_2xx'), 1);
  assert.equal(http.gauge('downstream_rq_active'), 0);
  assert.equal(http.logged[0]?.info.responseCodeDetails, 'via_upstream');
  assert.equal(http.logged[0]?.info.bytesSent, 5);
});

test('a connection and its requests are counted from their begin to their end', () => {
  const { http, terminals } = start();
  const gauges = () => ['cx_active', 'cx_http1_active', 'rq_active'].map((name) => http.gauge(`downstream_${name}`));
  assert.deepEqual(gauges(), [1, 0, 0]);
  http.request();
  assert.deepEqual(gauges(), [1, 1, 1]);
  terminals.last.respond(200);
  assert.deepEqual(gauges(), [1, 1, 0]);
  assert.deepEqual([http.samples('downstream_rq_time'), http.samples('downstream_cx_length_ms')], [1, 0]);
  http.connection.raise('RemoteClose');
  assert.deepEqual(gauges(), [0, 0, 0]);
  assert.equal(http.samples('downstream_cx_length_ms'), 1);
  const totals = ['cx_total', 'cx_http1_total', 'cx_destroy', 'cx_destroy_remote', 'rq_total', 'rq_http1_total'];
  for (const name of totals) assert.equal(http.counter(`downstream_${name}`), 1, name);
});

test('a client that does not take its answer slows the filters down, a filter the client', () => {
  const { http, terminals } = start();
  const stream = http.request({ ':method': 'POST' }, false);
  const told: string[] = [];
  const { callbacks } = terminals.last;
  callbacks.addDownstreamWatermarkCallbacks({
    onAboveWriteBufferHighWatermark: () => told.push('above'),
    onBelowWriteBufferLowWatermark: () => told.push('below'),
  });
  http.connection.overflow(true);
  http.connection.overflow(false);
  assert.deepEqual(told, ['above', 'below']);
  callbacks.onDecoderFilterAboveWriteBufferHighWatermark();
  assert.equal(stream.readDisables, 1);
  callbacks.onDecoderFilterBelowWriteBufferLowWatermark();
  assert.equal(stream.readDisables, 0);
  const counted = ['paused', 'resumed'].map((what) => http.counter(`downstream_flow_control_${what}_reading_total`));
  assert.deepEqual(counted, [1, 1]);
});

test('headers of a response that is not at its end go out in the same iteration', () => {
  const { http, terminals } = start();
  http.request();
  terminals.last.respondHeaders(200);
  assert.equal(http.connection.written, '');
  http.time.runUntilIdle();
  assert.equal(http.connection.written, '200|');
});

test('an asynchronous answer to a client that closes is followed by a close at once', () => {
  const { http, terminals } = start();
  const stream = http.request({ connection: 'close' });
  terminals.last.respond(200);
  assert.equal(stream.lines.at(-1), 'connection: close');
  assert.deepEqual(http.connection.closes, ['FlushWrite']);
});

for (const [protocol, headers, answer, connection, closes] of [
  ['HTTP/1.1', {}, { 'content-length': '0' }, undefined, []],
  ['HTTP/1.1', { connection: 'Close' }, { 'content-length': '0' }, 'close', ['FlushWrite']],
  ['HTTP/1.1', { 'proxy-connection': 'close' }, { 'content-length': '0' }, 'close', ['FlushWrite']],
  ['HTTP/1.0', {}, { 'content-length': '0' }, 'close', ['FlushWrite']],
  ['HTTP/1.0', { connection: 'Keep-Alive' }, { 'content-length': '0' }, 'keep-alive', []],
  ['HTTP/1.0', { connection: 'keep-alive' }, {}, 'close', ['FlushWrite']],
] as const) {
  const asked = JSON.stringify(headers);
  test(`${protocol} with ${asked}, answered with ${JSON.stringify(answer)}: ${connection ?? 'stays open'}`, () => {
    const { http, terminals } = start({ acceptHttp10: true });
    http.receive((codec) => {
      codec.protocol = protocol;
    });
    const stream = http.request(headers);
    terminals.last.callbacks.encodeHeaders(
      ResponseHeaders.of([[':status', '200'], ...Object.entries(answer)]),
      true,
      '',
    );
    assert.equal(stream.headers?.get('connection'), connection);
    assert.deepEqual(http.connection.closes, closes);
  });
}

test('an answer before the end of the request closes the connection, with a delay', () => {
  const { http, terminals } = start();
  const stream = http.request({ ':method': 'POST' }, false);
  terminals.last.respond(200);
  assert.equal(stream.lines.at(-1), 'connection: close');
  assert.equal(stream.reset, 'LocalReset');
  assert.deepEqual(http.connection.closes, ['FlushWriteAndDelay']);
  assert.equal(http.counter('downstream_rq_response_before_rq_complete'), 1);
  assert.equal(http.counter('downstream_rq_rx_reset'), 1);
});

test('what is answered while its bytes are read closes with a delay, as in Envoy', () => {
  const { http } = start();
  http.request({ ':path': '/a#b' });
  assert.equal(http.codec.last.lines[0], ':status: 400');
  assert.deepEqual(http.connection.closes, ['FlushWriteAndDelay']);
  assert.equal(http.logged[0]?.info.responseCodeDetails, 'path_normalization_failed');
  assert.equal(http.counter('downstream_rq_failed_path_normalization'), 1);
});

for (const [headers, status, details] of [
  [{ ':path': '*', ':method': 'OPTIONS' }, 404, 'absolute_path_rejected'],
  [{ ':path': '' }, 404, 'missing_path_rejected'],
] as const) {
  test(`refused with ${status}: ${details}`, () => {
    const { http, terminals } = start();
    const stream = http.request(headers);
    assert.equal(stream.headers?.status, status);
    assert.equal(http.logged[0]?.info.responseCodeDetails, details);
    assert.equal(terminals.all[0]?.sawHeaders ?? false, false);
  });
}

test('a 400 of a filter ends the connection, another answer does not, nor one of an upstream', () => {
  const endsAfter = (answer: (terminal: TerminalFilters['last']) => void): boolean => {
    const { http, terminals } = start();
    const stream = http.request();
    answer(terminals.last);
    return stream.lines.includes('connection: close');
  };
  const localReply = (status: number) =>
    endsAfter(({ callbacks }) => callbacks.sendLocalReply({ status, details: 'no' }));
  assert.deepEqual([localReply(400), localReply(403)], [true, false]);
  assert.equal(
    endsAfter((terminal) => terminal.respond(400)),
    false,
  );
});

test('refused with 400 without a host, with 426 in HTTP/1.0, which may have a host by default', () => {
  const refused = (protocol: 'HTTP/1.0' | 'HTTP/1.1', overrides: Overrides = {}) => {
    const { http, terminals } = start(overrides);
    http.receive((codec) => {
      codec.protocol = protocol;
    });
    const headers = RequestHeaders.of([
      [':method', 'GET'],
      [':path', '/'],
    ]);
    http.receive((codec) => codec.newStream().decoder.decodeHeaders(headers, true));
    return [http.codec.last.headers?.status, http.logged[0]?.info.responseCodeDetails, terminals.all[0]?.sawHeaders];
  };
  assert.deepEqual(refused('HTTP/1.1'), [400, 'missing_host_header', false]);
  assert.deepEqual(refused('HTTP/1.0'), [426, 'low_version', false]);
  assert.deepEqual(refused('HTTP/1.0', { acceptHttp10: true }), [400, 'missing_host_header', false]);
  const byDefault = { acceptHttp10: true, defaultHostForHttp10: 'h' };
  assert.deepEqual(refused('HTTP/1.0', byDefault), [undefined, undefined, true]);
});

test('expect: 100-continue is answered past the filters and taken off', () => {
  const { http, terminals } = start();
  const stream = http.request({ expect: '100-Continue' }, false);
  assert.equal(stream.informational?.status, 100);
  assert.equal(terminals.last.callbacks.requestHeaders?.has('expect'), false);
  assert.equal(http.counter('downstream_rq_1xx'), 1);
});

test('expect: 100-continue is left to the upstream where that is configured', () => {
  const { http, terminals } = start({ proxy100Continue: true });
  const stream = http.request({ expect: '100-continue' }, false);
  assert.equal(stream.informational, undefined);
  assert.equal(terminals.last.callbacks.requestHeaders?.get('expect'), '100-continue');
});

test('the stream idle timeout answers 408, or 504 when the request was complete', () => {
  for (const [complete, status] of [
    [false, 408],
    [true, 504],
  ] as const) {
    const { http } = start({ timeouts: { ...NO_TIMEOUTS, streamIdleMs: 300 } });
    const stream = http.request({}, complete);
    http.time.advance(299);
    assert.deepEqual(stream.lines, []);
    http.time.advance(1);
    assert.equal(stream.headers?.status, status);
    assert.equal(stream.body, 'stream timeout');
    assert.deepEqual(http.logged[0]?.info.responseFlags, ['SI']);
    assert.equal(http.counter('downstream_rq_idle_timeout'), 1);
  }
});

test('activity puts the stream idle timeout off; a route may set another', () => {
  const { http } = start({ timeouts: { ...NO_TIMEOUTS, streamIdleMs: 300 } });
  const stream = http.request({}, false);
  http.time.advance(200);
  http.data('x', false);
  http.time.advance(299);
  assert.deepEqual(stream.lines, []);
  http.time.advance(1);
  assert.equal(stream.headers?.status, 408);
});

test('request, header and duration timeouts', () => {
  const timeout = (name: keyof typeof NO_TIMEOUTS) => {
    const { http } = start({ timeouts: { ...NO_TIMEOUTS, [name]: 100 } });
    if (name === 'requestHeadersMs') http.receive((codec) => codec.newStream());
    else http.request({}, false);
    http.time.advance(100);
    const counted = ['timeout', 'header_timeout', 'max_duration_reached'].filter(
      (what) => http.counter(`downstream_rq_${what}`) === 1,
    );
    const { headers, body } = http.codec.last;
    return [headers?.status, body, http.logged[0]?.info.responseCodeDetails, ...counted];
  };
  assert.deepEqual(timeout('requestMs'), [408, 'request timeout', 'request_overall_timeout', 'timeout']);
  const byHeaders = [408, 'request header timeout', 'request_header_timeout', 'header_timeout'];
  assert.deepEqual(timeout('requestHeadersMs'), byHeaders);
  const byDuration = [408, 'downstream duration timeout', 'max_duration_timeout', 'max_duration_reached'];
  assert.deepEqual(timeout('maxStreamDurationMs'), byDuration);
});

test('an idle connection drains, then closes', () => {
  const { http, terminals } = start({ timeouts: { ...NO_TIMEOUTS, idleMs: 300 } });
  http.request();
  http.time.advance(400);
  terminals.last.respond(200);
  http.time.advance(299);
  assert.equal(http.counter('downstream_cx_idle_timeout'), 0);
  http.time.advance(1);
  assert.equal(http.counter('downstream_cx_idle_timeout'), 1);
  assert.equal(http.codec.noticed, true);
  assert.deepEqual(http.connection.closes, []);
  http.time.advance(500);
  assert.equal(http.codec.goneAway, true);
  assert.deepEqual(http.connection.closes, ['FlushWriteAndDelay']);
});

test('timeouts that the overload manager shortens run out earlier, those that run already too', () => {
  const scaled = scaledTimeouts(
    ...(['http-connection-idle', 'http-stream-idle', 'http-connection-max'] as const).map((timer) => ({
      ...{ timer, kind: 'absolute' as const, ms: 100 },
    })),
  );
  const with300 = (name: keyof typeof NO_TIMEOUTS) =>
    start({ timeouts: { ...NO_TIMEOUTS, [name]: 300 }, scaledTimeouts: scaled.timeouts });
  const idle = with300('idleMs').http;
  const old = with300('maxConnectionDurationMs').http;
  const slow = with300('streamIdleMs').http;
  const stream = slow.request({}, false);
  const all = [idle, old, slow];
  const counts = () =>
    ['downstream_cx_idle_timeout', 'downstream_cx_max_duration_reached', 'downstream_rq_idle_timeout'].map((name, i) =>
      all[i]?.counter(name),
    );
  for (const { time } of all) time.advance(150);
  scaled.overload(0.5);
  for (const { time } of all) time.advance(49);
  assert.deepEqual(counts(), [0, 0, 0]);
  for (const { time } of all) time.advance(1);
  assert.deepEqual(counts(), [1, 1, 1]);
  assert.equal(stream.headers?.status, 408);
});

test('a connection that never spoke closes at its idle timeout at once', () => {
  const { http } = start({ timeouts: { ...NO_TIMEOUTS, idleMs: 300 } });
  http.time.advance(300);
  assert.deepEqual(http.connection.closes, ['FlushWrite']);
});

test('a connection that drains says so to an HTTP/1 client', () => {
  const { http, terminals } = start({ timeouts: { ...NO_TIMEOUTS, maxConnectionDurationMs: 300 } });
  const stream = http.request();
  http.time.advance(300);
  terminals.last.respond(200);
  assert.equal(stream.lines.at(-1), 'connection: close');
  assert.equal(http.counter('downstream_cx_max_duration_reached'), 1);
});

test('the safe way to end an old connection of HTTP/1: the first request after it has the last answer', () => {
  const timeouts = { ...NO_TIMEOUTS, maxConnectionDurationMs: 300 };
  const { http, terminals } = start({ timeouts, http1SafeMaxConnectionDuration: true });
  const early = http.request();
  http.time.advance(300);
  terminals.last.respond(200);
  assert.equal(early.headers?.get('connection'), undefined);
  const late = http.request();
  terminals.last.respond(200);
  assert.equal(late.headers?.get('connection'), 'close');
});

test('a listener that drains ends its connections with their answers', () => {
  const { http, terminals } = start({ timeouts: NO_TIMEOUTS });
  http.request();
  http.connection.drainClose = true;
  terminals.last.respond(200);
  assert.equal(http.codec.last.headers?.get('connection'), 'close');
  assert.equal(http.counter('downstream_cx_drain_close'), 1);
  http.time.advance(500);
  assert.deepEqual(http.connection.closes, ['FlushWriteAndDelay']);
});

test('a connection of a listener that drains goes by itself, late in the drain time', () => {
  const idle = start({ timeouts: NO_TIMEOUTS });
  idle.http.request();
  idle.terminals.last.respond(200);
  idle.http.manager.onDrain({ startedMs: idle.http.time.monotonicTimeMs(), drainTimeMs: 6000 });
  idle.http.time.advance(3999);
  assert.equal(idle.http.counter('downstream_cx_drain_close'), 0);
  idle.http.time.advance(1501);
  assert.equal(idle.http.counter('downstream_cx_drain_close'), 1);
  idle.http.time.advance(500);
  assert.deepEqual(idle.http.connection.closes, ['FlushWriteAndDelay']);
  const silent = start({ timeouts: NO_TIMEOUTS });
  silent.http.manager.onDrain({ startedMs: silent.http.time.monotonicTimeMs(), drainTimeMs: 6000 });
  silent.http.time.advance(5500);
  assert.deepEqual(silent.http.connection.closes, ['FlushWrite']);
});

test('upgraded streams end with the drain of their connection', () => {
  const upgrades = new Map([['websocket', { enabled: true, filters: undefined }]]);
  const { http, terminals } = start({ upgrades, timeouts: NO_TIMEOUTS });
  http.request({ connection: 'Upgrade', upgrade: 'WebSocket' }, false);
  terminals.last.respondHeaders(101, { connection: 'Upgrade', upgrade: 'websocket' });
  http.manager.onDrain({ startedMs: http.time.monotonicTimeMs(), drainTimeMs: 6000 });
  http.time.advance(6000);
  assert.equal(http.logged[0]?.info.responseCodeDetails, 'on_drain_deadline');
  assert.deepEqual(http.connection.closes, ['FlushWriteAndDelay']);
});

test('the last of max_requests_per_connection closes', () => {
  const { http, terminals } = start({ maxRequestsPerConnection: 2 });
  http.request();
  terminals.last.respond(200);
  assert.deepEqual(http.connection.closes, []);
  http.request();
  terminals.last.respond(200);
  assert.deepEqual(http.connection.closes, ['FlushWrite']);
  assert.equal(http.counter('downstream_cx_max_requests_reached'), 1);
});

test('a peer that goes leaves its requests reset and logged', () => {
  const { http, terminals } = start();
  http.request();
  http.connection.raise('RemoteClose');
  assert.equal(terminals.last.destroyed, 1);
  assert.deepEqual(http.logged[0]?.info.responseFlags, ['DC']);
  assert.equal(http.logged[0]?.info.responseCodeDetails, 'downstream_remote_disconnect');
  assert.equal(http.counter('downstream_cx_destroy_remote_active_rq'), 1);
  assert.equal(http.gauge('downstream_cx_active'), 0);
});

test('requests ahead of their answer wait in the socket', () => {
  const { http, terminals } = start();
  http.request();
  http.receive(() => assert.fail('the codec must not see this yet'));
  assert.equal(http.connection.readEnabled, false);
  terminals.last.respond(200);
  assert.equal(http.connection.readEnabled, true);
});

test('a codec error answers, closes and is counted', () => {
  const { http } = start();
  http.receive((codec) => {
    codec.newStream().decoder.sendLocalReply(400, 'Bad Request', 'http1.codec_error');
    codec.last.responseDetails = 'http1.codec_error';
    codec.fault = { kind: 'protocol', details: 'http1.codec_error', message: 'http/1.1 protocol error' };
  });
  assert.equal(http.codec.last.body, 'Bad Request');
  assert.deepEqual(http.connection.closes, ['FlushWriteAndDelay']);
  assert.equal(http.counter('downstream_cx_protocol_error'), 1);
});

test('an upgrade that is not allowed is refused and the connection closed', () => {
  const { http } = start();
  http.route = testRoute();
  const stream = http.request({ connection: 'Upgrade', upgrade: 'websocket' }, false);
  assert.equal(stream.headers?.status, 403);
  assert.equal(http.logged[0]?.info.responseCodeDetails, 'upgrade_failed');
  assert.equal(http.counter('downstream_rq_ws_on_non_ws_route'), 1);
  assert.deepEqual(http.connection.closes, ['FlushWriteAndDelay']);
});

test('an allowed upgrade keeps its headers and is counted while it lasts', () => {
  const upgrades = new Map([['websocket', { enabled: true, filters: undefined }]]);
  const { http, terminals } = start({ upgrades });
  const stream = http.request({ connection: 'Upgrade', upgrade: 'WebSocket' }, false);
  terminals.last.respondHeaders(101, { connection: 'Upgrade', upgrade: 'websocket' });
  assert.deepEqual(stream.lines.slice(0, 3), [':status: 101', 'connection: Upgrade', 'upgrade: websocket']);
  assert.equal(http.gauge('downstream_cx_upgrades_active'), 1);
  http.connection.raise('RemoteClose');
  assert.equal(http.gauge('downstream_cx_upgrades_active'), 0);
  assert.equal(http.counter('downstream_cx_upgrades_total'), 1);
});

test('access logs at the start and at intervals when asked for', () => {
  const accessLogOptions = { flushOnNewRequest: true, flushIntervalMs: 200, flushOnTunnel: false };
  const { http, terminals } = start({ accessLogOptions });
  http.request();
  http.time.advance(450);
  terminals.last.respond(200);
  const types = http.logged.map(({ context }) => context.accessLogType);
  assert.deepEqual(types, ['DownstreamStart', 'DownstreamPeriodic', 'DownstreamPeriodic', 'DownstreamEnd']);
});

test('a client of a known kind has statistics of its own', () => {
  const { http, terminals } = start();
  http.request({ 'user-agent': 'App/1 iOS' });
  terminals.last.respond(200);
  http.request();
  assert.equal(http.counter('user_agent.ios.downstream_cx_total'), 1);
  assert.equal(http.counter('user_agent.ios.downstream_rq_total'), 2);
});

test('server: overwritten, added where there is none, or passed through; via is appended', () => {
  const sent = (transformation: 'Overwrite' | 'AppendIfAbsent' | 'PassThrough', own: Record<string, string>) => {
    const { http, terminals } = start({ serverHeaderTransformation: transformation, serverName: 'us', via: '1.1 us' });
    const stream = http.request();
    terminals.last.respondHeaders(200, own);
    return [stream.headers?.get('server'), stream.headers?.get('via')];
  };
  assert.deepEqual(sent('Overwrite', { server: 'them', via: '1.1 them' }), ['us', '1.1 them, 1.1 us']);
  assert.deepEqual(sent('AppendIfAbsent', { server: 'them' }), ['them', '1.1 us']);
  assert.deepEqual(sent('AppendIfAbsent', {}), ['us', '1.1 us']);
  assert.deepEqual(sent('PassThrough', {}), [undefined, '1.1 us']);
});

test('an overloaded proxy closes a connection rather than look at what it says', () => {
  const point = 'envoy.load_shed_points.hcm_ondata_creating_codec';
  const overload = { isDrawn: (name: string) => name === point };
  const http = new HttpManagerHarness([], { overload });
  http.manager.onData(new SliceBuffer());
  assert.deepEqual(http.connection.closes, ['FlushWriteAndDelay']);
  assert.equal(http.codec, undefined);
  assert.deepEqual(
    [http.counter('downstream_rq_overload_close'), http.counter('downstream_cx_protocol_error')],
    [1, 0],
  );
  assert.deepEqual(http.connection.streamInfo.responseFlags, ['OM']);
});

test('an overloaded proxy answers requests itself, and ends keep-alive', () => {
  const on = new Set<string>();
  const overload = { isDrawn: (name: string) => on.has(name) };
  const terminals = new TerminalFilters();
  const http = new HttpManagerHarness([terminals.create], { overload, appendLocalOverload: true });
  on.add('envoy.overload_actions.stop_accepting_requests');
  const shed = http.request();
  assert.deepEqual([shed.headers?.status, shed.headers?.get('x-envoy-local-overloaded')], [503, 'true']);
  assert.deepEqual([terminals.all.length, http.counter('downstream_rq_overload_close')], [0, 1]);
  assert.equal(http.logged.at(-1)?.info.responseCodeDetails, 'overload');
  on.clear();
  on.add('envoy.overload_actions.disable_http_keepalive');
  const last = http.request();
  terminals.last.respond(200);
  assert.equal(last.headers?.get('connection'), 'close');
  assert.equal(http.counter('downstream_cx_overload_disable_keepalive'), 1);
});

test('what waits to be written for a client that has gone is let go of, before the end of the turn or after it', () => {
  for (const isFlushed of [false, true]) {
    const { http } = start();
    http.request();
    let released = 0;
    const lent = { release: () => released++ };
    http.codec.output.addFragment(new Uint8Array(10), lent);
    if (!isFlushed) http.connection.raise('RemoteClose');
    else {
      http.connection.state = 'Closing';
      http.manager.flushSoon();
      http.time.advance(0);
    }
    assert.equal(released, 1);
  }
});
