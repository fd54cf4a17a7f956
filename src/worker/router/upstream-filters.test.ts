import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Buffer } from '../../../sdk/buffer.ts';
import type { HeaderMap } from '../../../sdk/headers.ts';
import type {
  DecoderFilterCallbacks,
  EncoderFilterCallbacks,
  FilterDataStatus,
  FilterHeadersStatus,
  FilterTrailersStatus,
  HttpFilter,
  UpstreamCallbacks,
} from '../../../sdk/http.ts';
import type { Host } from '../../../sdk/upstream.ts';
import { routesOf } from '../../../test/harness/route-table.ts';
import { RouterWorld } from '../../../test/harness/router-world.ts';
import { ResponseHeaders, Trailers } from '../../common/headers/header-map.ts';
import type { JsonInput } from '../../common/proto/json-value.ts';

/** Notes what it sees, and answers what the test wants. */
class Scripted implements HttpFilter, UpstreamCallbacks {
  readonly seen: string[] = [];
  decoder!: DecoderFilterCallbacks;
  encoder!: EncoderFilterCallbacks;
  onRequest: (headers: HeaderMap) => FilterHeadersStatus = () => 'Continue';
  onBody: () => FilterDataStatus = () => 'Continue';
  onResponse: (headers: HeaderMap) => FilterHeadersStatus = () => 'Continue';
  onResponseBody: () => FilterDataStatus = () => 'Continue';
  onSelected: () => void = () => {};

  setDecoderFilterCallbacks(callbacks: DecoderFilterCallbacks): void {
    this.decoder = callbacks;
    callbacks.upstreamCallbacks?.addUpstreamCallbacks(this);
  }

  setEncoderFilterCallbacks(callbacks: EncoderFilterCallbacks): void {
    this.encoder = callbacks;
  }

  onHostSelected(host: Host): void {
    this.seen.push(`host ${host.hostname}`);
    this.onSelected();
  }

  onUpstreamConnectionEstablished(): void {
    this.seen.push('connected');
  }

  decodeHeaders(headers: HeaderMap, endStream: boolean): FilterHeadersStatus {
    this.seen.push(endStream ? 'headers!' : 'headers');
    return this.onRequest(headers);
  }

  decodeData(data: Buffer, endStream: boolean): FilterDataStatus {
    this.seen.push(`data(${data})${endStream ? '!' : ''}`);
    return this.onBody();
  }

  decodeTrailers(): FilterTrailersStatus {
    this.seen.push('trailers');
    return 'Continue';
  }

  encode1xxHeaders(headers: HeaderMap): FilterTrailersStatus {
    this.seen.push(`informational(${headers.get(':status')})`);
    return 'Continue';
  }

  encodeHeaders(headers: HeaderMap, endStream: boolean): FilterHeadersStatus {
    this.seen.push(`response(${headers.get(':status')})${endStream ? '!' : ''}`);
    return this.onResponse(headers);
  }

  encodeData(data: Buffer, endStream: boolean): FilterDataStatus {
    this.seen.push(`body(${data})${endStream ? '!' : ''}`);
    return this.onResponseBody();
  }

  encodeTrailers(): FilterTrailersStatus {
    this.seen.push('response trailers');
    return 'Continue';
  }

  onDestroy(): void {
    this.seen.push('destroy');
  }
}

/** A router whose attempts each have a filter of their own; `prepare` is told of each. */
function start(prepare: (filter: Scripted) => void = () => {}, action: Record<string, JsonInput> = {}) {
  const filters: Scripted[] = [];
  const createFilter = () => {
    const filter = new Scripted();
    prepare(filter);
    filters.push(filter);
    return filter;
  };
  const entry = { configName: 'scripted', filterName: 'scripted', createFilter, disabled: false };
  const routes = routesOf([{ match: { prefix: '/' }, route: { cluster: 'u', ...action } }]);
  const world = new RouterWorld(routes, { upstreamHttpFilters: [entry] });
  const first = () => {
    const filter = filters[0];
    if (filter === undefined) throw new Error('no filter was made');
    return filter;
  };
  return { world, filters, first };
}

const retries = { retry_policy: { retry_on: '5xx', num_retries: 1 } };

test('a request goes through the filters to the codec, and the response back through them', () => {
  const { world, first } = start((filter) => {
    filter.onRequest = (headers) => {
      headers.set('x-up', '1');
      return 'Continue';
    };
    filter.onResponse = (headers) => {
      headers.set('x-down', '1');
      return 'Continue';
    };
  });
  const stream = world.http.request({ ':method': 'POST' }, false);
  world.http.data('abc', true);
  assert.deepEqual([world.u.last.headers['x-up'], world.u.last.body, world.u.last.ended], ['1', 'abc', true]);
  world.u.last.respond(200, {}, 'hello');
  assert.deepEqual([stream.headers?.get('x-down'), stream.body], ['1', 'hello']);
  assert.deepEqual(first().seen, [
    'host upstream.host',
    'connected',
    'headers',
    'data(abc)!',
    'response(200)',
    'body(hello)!',
    'destroy',
  ]);
  assert.equal(world.outcome, '200 - via_upstream');
});

test('informational responses and trailers pass as well', () => {
  const { world, first } = start();
  world.http.request({}, false);
  world.http.receive((codec) => codec.last.decoder.decodeTrailers(new Trailers()));
  world.u.last.decoder.decode1xxHeaders(ResponseHeaders.withStatus(103));
  world.u.last.respondHeaders(200);
  world.u.last.respondTrailers(new Trailers());
  assert.equal(world.u.last.ended, true);
  assert.deepEqual(first().seen.slice(2), [
    'headers',
    'trailers',
    'informational(103)',
    'response(200)',
    'response trailers',
    'destroy',
  ]);
});

test('what has passed the filters waits for the connection', () => {
  const { world, first } = start();
  world.u.mode = 'pending';
  const stream = world.http.request({ ':method': 'POST' }, false);
  world.http.data('one ', false);
  world.http.data('two', true);
  assert.deepEqual(first().seen, ['host upstream.host', 'headers', 'data(one )', 'data(two)!']);
  world.u.connect();
  assert.deepEqual([world.u.last.body, world.u.last.ended], ['one two', true]);
  world.u.last.respond(204);
  assert.equal(stream.headers?.status, 204);
});

test('a filter that stops holds the request although there is a connection, until it goes on', () => {
  const { world, first } = start((filter) => {
    filter.onRequest = () => 'StopIteration';
    filter.onBody = () => 'StopIterationAndBuffer';
  });
  world.http.request({ ':method': 'POST' }, false);
  world.http.data('held', true);
  assert.deepEqual([world.u.last.headers, world.u.last.body], [{}, '']);
  first().decoder.continueDecoding();
  assert.equal(world.u.last.headers[':method'], 'POST');
  assert.deepEqual([world.u.last.body, world.u.last.ended], ['held', true]);
});

test('a response that a filter holds is not the router’s yet: a try may still time out', () => {
  const { world, filters } = start(
    (filter) => {
      filter.onResponse = () => (filters.length === 1 ? 'StopIteration' : 'Continue');
      filter.onResponseBody = () => 'StopIterationAndBuffer';
    },
    { retry_policy: { retry_on: '5xx', num_retries: 1, per_try_timeout: '0.1s' } },
  );
  const stream = world.http.request();
  world.u.last.respondHeaders(200);
  world.http.time.advance(100);
  world.http.time.advance(100);
  assert.equal(world.u.streams.length, 2);
  world.u.last.respond(201);
  assert.equal(stream.headers?.status, 201);
  assert.equal(filters[0]?.seen.at(-1), 'destroy');
});

test('a held response goes on whole', () => {
  const { world, first } = start((filter) => {
    filter.onResponse = () => 'StopIteration';
    filter.onResponseBody = () => 'StopIterationAndBuffer';
  });
  const stream = world.http.request();
  world.u.last.respond(200, {}, 'later');
  assert.equal(stream.ended, false);
  first().encoder.continueEncoding();
  assert.deepEqual([stream.headers?.status, stream.body, stream.ended], [200, 'later', true]);
});

test('each attempt has filters of its own', () => {
  const { world, filters } = start(() => {}, retries);
  const stream = world.http.request();
  world.u.last.respond(503);
  world.http.time.advance(100);
  world.u.last.respond(200);
  assert.equal(stream.headers?.status, 200);
  assert.deepEqual(
    filters.map(({ seen }) => seen.slice(2)),
    [
      ['headers!', 'response(503)!', 'destroy'],
      ['headers!', 'response(200)!', 'destroy'],
    ],
  );
});

test('the status that filters make of a response is what retries go by', () => {
  const { world, filters } = start((filter) => {
    filter.onResponse = (headers) => {
      if (filters.length === 1) headers.set(':status', '503');
      return 'Continue';
    };
  }, retries);
  const stream = world.http.request();
  world.u.last.respond(200);
  world.http.time.advance(100);
  world.u.last.respond(200);
  assert.equal(stream.headers?.status, 200);
  assert.equal(world.counter('cluster.u.upstream_rq_retry_success'), 1);
});

test('a local reply goes out on the client’s side, is not retried and is none of the cluster’s responses', () => {
  const { world, first } = start((filter) => {
    filter.onRequest = () => {
      filter.decoder.sendLocalReply({ status: 503, body: 'no', details: 'because' });
      return 'StopIteration';
    };
  }, retries);
  const stream = world.http.request();
  assert.deepEqual([stream.headers?.status, stream.body], [503, 'no']);
  assert.equal(world.outcome, '503 - because');
  assert.deepEqual(world.u.last.resets, ['LocalReset']);
  assert.deepEqual(first().seen, ['host upstream.host', 'connected', 'headers!', 'destroy']);
  assert.equal(world.counter('cluster.u.upstream_rq_503'), 0);
});

test('a local reply to the response takes its place, and after it has begun resets it', () => {
  const { world } = start((filter) => {
    filter.onResponse = (headers) => {
      if (headers.get(':status') === '200') filter.encoder.sendLocalReply({ status: 500, details: 'bad_response' });
      return 'Continue';
    };
    filter.onResponseBody = () => {
      filter.encoder.sendLocalReply({ status: 500, details: 'bad_body' });
      return 'Continue';
    };
  });
  const replaced = world.http.request();
  world.u.last.respond(200, {}, 'never seen');
  assert.equal(replaced.headers?.status, 500);
  assert.equal(replaced.body, '');
  assert.equal(world.outcome, '500 - bad_response');
  const broken = world.http.request();
  world.u.last.respondHeaders(201);
  world.u.last.respondData('x', false);
  assert.equal(broken.headers?.status, 201);
  assert.equal(broken.reset, 'LocalReset');
});

test('whoever answers when the host is chosen spares the connection', () => {
  const { world, first } = start((filter) => {
    filter.onSelected = () => filter.decoder.sendLocalReply({ status: 403, details: 'not_there' });
  });
  const stream = world.http.request();
  assert.equal(stream.headers?.status, 403);
  assert.equal(world.u.streams.length, 0);
  assert.deepEqual(first().seen, ['host upstream.host', 'destroy']);
});

test('a filter that throws is a 500, wherever it does', () => {
  const throws = () => {
    throw new Error('oops');
  };
  for (const hook of ['onRequest', 'onResponse', 'onSelected'] as const) {
    const { world } = start((filter) => {
      filter[hook] = throws;
    });
    const stream = world.http.request();
    if (hook === 'onResponse') world.u.last.respond(200);
    assert.equal(stream.headers?.status, 500, hook);
    assert.equal(world.outcome, '500 - filter_threw');
    assert.equal(world.http.faults.length, 1);
  }
});

test('a filter that resets takes the client’s stream along; for the upstream’s sake the router decides', () => {
  const { world, first } = start(() => {}, retries);
  const stream = world.http.request();
  first().decoder.resetStream('ConnectionTermination', 'gone');
  world.http.time.advance(100);
  assert.equal(world.u.streams.length, 2);
  const again = start();
  const reset = again.world.http.request();
  again.first().decoder.resetStream();
  assert.deepEqual([stream.reset, reset.reset], [undefined, 'LocalReset']);
  world.u.last.respond(200);
  assert.equal(stream.headers?.status, 200);
});

test('filters know of their attempt', () => {
  const { world, first } = start();
  world.http.request({ 'x-a': 'b' });
  const { decoder } = first();
  assert.equal(decoder.upstreamCallbacks?.upstreamInfo.host, world.u.host);
  assert.equal(decoder.upstreamCallbacks?.upstreamInfo.protocol, 'HTTP/1.1');
  assert.equal(decoder.requestHeaders?.get('x-a'), 'b');
  assert.equal(decoder.route()?.routeEntry?.clusterName, 'u');
  assert.equal(decoder.recreateStream(undefined), false);
  world.u.last.respond(200);
});

test('a request held above the limit stops the client, and lets it go on below', () => {
  const { world, first } = start((filter) => {
    filter.onRequest = () => 'StopAllIterationAndWatermark';
  });
  const stream = world.http.request({ ':method': 'POST' }, false);
  first().decoder.setDecoderBufferLimitBytes(4);
  world.http.data('too much', false);
  assert.equal(stream.readDisables, 1);
  assert.equal(world.counter('cluster.u.upstream_flow_control_backed_up_total'), 1);
  first().decoder.continueDecoding();
  assert.equal(stream.readDisables, 0);
  assert.equal(world.u.last.body, 'too much');
  assert.equal(world.counter('cluster.u.upstream_flow_control_drained_total'), 1);
});

test('a response held above the limit stops the upstream', () => {
  const { world, first } = start((filter) => {
    filter.onResponse = () => 'StopAllIterationAndWatermark';
  });
  const stream = world.http.request();
  first().encoder.setEncoderBufferLimitBytes(4);
  world.u.last.respondHeaders(200);
  world.u.last.respondData('too much', false);
  assert.equal(world.u.last.readDisables, 1);
  assert.equal(world.counter('cluster.u.upstream_flow_control_paused_reading_total'), 1);
  first().encoder.continueEncoding();
  assert.equal(world.u.last.readDisables, 0);
  assert.deepEqual([stream.headers?.status, stream.body], [200, 'too much']);
});

test('a tunnel’s payload waits behind the filters for its acceptance', () => {
  const upgrade = { upgrade_configs: [{ upgrade_type: 'websocket' }] };
  const { world, first } = start(() => {}, upgrade);
  const stream = world.http.request({ connection: 'Upgrade', upgrade: 'websocket' }, false);
  world.http.data('early', false);
  assert.equal(world.u.last.body, '');
  world.u.last.respondHeaders(101);
  assert.deepEqual([world.u.last.body, stream.headers?.status], ['early', 101]);
  world.http.data(' late', false);
  assert.equal(world.u.last.body, 'early late');
  assert.deepEqual(first().seen.slice(2), ['headers', 'data(early)', 'response(101)', 'data( late)']);
});

test('a client that goes away ends the filters once', () => {
  const { world, first } = start();
  world.http.request({ ':method': 'POST' }, false);
  for (const callbacks of world.http.codec.last.callbacks) callbacks.onResetStream('RemoteReset', '');
  assert.deepEqual(
    first().seen.filter((what) => what === 'destroy'),
    ['destroy'],
  );
  assert.deepEqual(world.u.last.resets, ['LocalReset']);
});
