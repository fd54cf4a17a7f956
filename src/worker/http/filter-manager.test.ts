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
} from '../../../sdk/http.ts';
import { HttpManagerHarness } from '../../../test/harness/http-manager.ts';
import { TerminalFilters } from '../../../test/harness/terminal-filter.ts';
import { SliceBuffer } from '../../common/buffer/slice-buffer.ts';
import { ResponseHeaders, Trailers } from '../../common/headers/header-map.ts';

/** A filter whose answers the test sets, and that notes what it sees. */
class Scripted implements HttpFilter {
  readonly name: string;
  readonly seen: string[];
  decoder!: DecoderFilterCallbacks;
  encoder!: EncoderFilterCallbacks;
  onHeaders: (endStream: boolean) => FilterHeadersStatus = () => 'Continue';
  onBody: (data: Buffer, endStream: boolean) => FilterDataStatus = () => 'Continue';
  onTrailers: () => FilterTrailersStatus = () => 'Continue';
  onResponse: (endStream: boolean) => FilterHeadersStatus = () => 'Continue';
  onResponseBody: (data: Buffer, endStream: boolean) => FilterDataStatus = () => 'Continue';

  constructor(name: string, seen: string[]) {
    this.name = name;
    this.seen = seen;
  }

  setDecoderFilterCallbacks(callbacks: DecoderFilterCallbacks): void {
    this.decoder = callbacks;
  }

  setEncoderFilterCallbacks(callbacks: EncoderFilterCallbacks): void {
    this.encoder = callbacks;
  }

  decodeHeaders(_headers: HeaderMap, endStream: boolean): FilterHeadersStatus {
    this.seen.push(`${this.name}.headers${endStream ? '!' : ''}`);
    return this.onHeaders(endStream);
  }

  decodeData(data: Buffer, endStream: boolean): FilterDataStatus {
    this.seen.push(`${this.name}.data(${data})${endStream ? '!' : ''}`);
    return this.onBody(data, endStream);
  }

  decodeTrailers(): FilterTrailersStatus {
    this.seen.push(`${this.name}.trailers`);
    return this.onTrailers();
  }

  encodeHeaders(headers: HeaderMap, endStream: boolean): FilterHeadersStatus {
    this.seen.push(`${this.name}.response(${headers.get(':status')})${endStream ? '!' : ''}`);
    return this.onResponse(endStream);
  }

  encodeData(data: Buffer, endStream: boolean): FilterDataStatus {
    this.seen.push(`${this.name}.body(${data})${endStream ? '!' : ''}`);
    return this.onResponseBody(data, endStream);
  }

  onDestroy(): void {
    this.seen.push(`${this.name}.destroy`);
  }
}

function chain(...names: string[]) {
  const seen: string[] = [];
  const terminals = new TerminalFilters();
  const filters = names.map((name) => new Scripted(name, seen));
  const http = new HttpManagerHarness([...filters.map((filter) => () => filter), terminals.create]);
  return { http, seen, terminals, filters: filters as [Scripted, Scripted, ...Scripted[]] };
}

function bytes(text: string): SliceBuffer {
  const buffer = new SliceBuffer();
  buffer.add(text);
  return buffer;
}

test('requests pass first to last, responses last to first, destroy first to last', () => {
  const { http, seen, terminals } = chain('a', 'b');
  http.request({}, false);
  http.data('x', true);
  terminals.last.respond(200, 'y');
  assert.deepEqual(seen, [
    'a.headers',
    'b.headers',
    'a.data(x)!',
    'b.data(x)!',
    'b.response(200)',
    'a.response(200)',
    'b.body(y)!',
    'a.body(y)!',
    'a.destroy',
    'b.destroy',
  ]);
});

test('StopIteration holds headers back; data still comes to the filter that stopped', () => {
  const { http, seen, terminals, filters } = chain('a', 'b');
  filters[0].onHeaders = () => 'StopIteration';
  filters[0].onBody = (_, endStream) => (endStream ? 'Continue' : 'StopIterationAndBuffer');
  http.request({}, false);
  http.data('x', false);
  assert.deepEqual(seen, ['a.headers', 'a.data(x)']);
  http.data('y', true);
  assert.deepEqual(seen.slice(2), ['a.data(y)!', 'b.headers', 'b.data(xy)!']);
  assert.equal(terminals.last.body, 'xy');
});

test('StopAllIteration holds everything back until continued', () => {
  const { http, seen, terminals, filters } = chain('a', 'b');
  filters[0].onHeaders = () => 'StopAllIterationAndBuffer';
  http.request({}, false);
  http.data('x', false);
  http.receive((codec) => codec.last.decoder.decodeTrailers(new Trailers()));
  assert.deepEqual(seen, ['a.headers']);
  filters[0].decoder.continueDecoding();
  assert.deepEqual(seen.slice(1), ['b.headers', 'a.data(x)', 'b.data(x)', 'a.trailers', 'b.trailers']);
  assert.equal(terminals.last.ended, true);
});

test('a header-only request to which a filter adds a body', () => {
  const { http, seen, terminals, filters } = chain('a', 'b');
  filters[0].onHeaders = () => {
    filters[0].decoder.addDecodedData(bytes('added'), false);
    return 'Continue';
  };
  http.request();
  assert.deepEqual(seen, ['a.headers!', 'b.headers', 'b.data(added)!']);
  assert.equal(terminals.last.body, 'added');
});

test('ContinueAndDontEndStream: a body follows later', () => {
  const { http, seen, filters } = chain('a', 'b');
  filters[0].onHeaders = () => 'ContinueAndDontEndStream';
  http.request();
  filters[0].decoder.injectDecodedDataToFilterChain(bytes('later'), true);
  assert.deepEqual(seen, ['a.headers!', 'b.headers', 'b.data(later)!']);
});

test('trailers added with the last data', () => {
  const { http, seen, terminals, filters } = chain('a', 'b');
  filters[0].onBody = () => {
    filters[0].decoder.addDecodedTrailers().set('t', '1');
    return 'Continue';
  };
  http.request({}, false);
  http.data('x', true);
  assert.deepEqual(seen, ['a.headers', 'b.headers', 'a.data(x)!', 'b.data(x)', 'b.trailers']);
  assert.equal(terminals.last.callbacks.requestTrailers?.get('t'), '1');
});

test('StopIterationNoBuffer leaves data with the filter; the empty end is remembered', () => {
  const { http, seen, filters } = chain('a', 'b');
  filters[0].onBody = (data) => {
    data.drain(data.length);
    return 'StopIterationNoBuffer';
  };
  http.request({}, false);
  http.data('x', true);
  filters[0].decoder.continueDecoding();
  assert.deepEqual(seen, ['a.headers', 'b.headers', 'a.data(x)!', 'b.data()!']);
});

test('a local reply from a request hook goes through the response hooks once that has returned', () => {
  const { http, seen, filters } = chain('a', 'b');
  filters[0].onHeaders = () => {
    filters[0].decoder.sendLocalReply({ status: 403, body: 'no', details: 'denied' });
    seen.push('a.sent');
    return 'StopIteration';
  };
  const stream = http.request();
  assert.deepEqual(seen, [
    'a.headers!',
    'a.sent',
    'b.response(403)',
    'a.response(403)',
    'b.body(no)!',
    'a.body(no)!',
    'a.destroy',
    'b.destroy',
  ]);
  assert.deepEqual(stream.lines.slice(0, 3), [':status: 403', 'content-length: 2', 'content-type: text/plain']);
  assert.equal(http.logged[0]?.info.responseCodeDetails, 'denied');
});

test('a local reply from a response hook goes past the filters', () => {
  const { http, seen, terminals, filters } = chain('a', 'b');
  filters[1].onResponse = () => {
    filters[1].encoder.sendLocalReply({ status: 502, body: 'bad', details: 'refused' });
    return 'StopIteration';
  };
  const stream = http.request();
  terminals.last.respond(200, 'body');
  assert.equal(stream.headers?.status, 502);
  assert.equal(stream.body, 'bad');
  assert.equal(seen.includes('a.response(200)'), false);
});

test('a local reply after the response has begun resets the stream', () => {
  const { http, terminals, filters } = chain('a', 'b');
  const stream = http.request();
  terminals.last.respondHeaders(200);
  filters[0].decoder.sendLocalReply({ status: 500, details: 'late' });
  assert.equal(stream.reset, 'LocalReset');
  assert.equal(http.counter('downstream_rq_tx_reset'), 1);
});

test('gRPC clients get local replies as trailers-only', () => {
  const { http, filters } = chain('a', 'b');
  filters[0].onHeaders = () => {
    filters[0].decoder.sendLocalReply({ status: 503, body: '50% ü', details: 'x' });
    return 'StopIteration';
  };
  const stream = http.request({ 'content-type': 'application/grpc' });
  assert.deepEqual(stream.lines.slice(0, 4), [
    ':status: 200',
    'content-type: application/grpc',
    'grpc-status: 14',
    'grpc-message: 50%25 %C3%BC',
  ]);
  assert.equal(stream.ended, true);
});

test('a buffering filter over the limit gets 413, a streaming one stops the peer', () => {
  const over = 'x'.repeat(65);
  const buffering = chain('a', 'b');
  buffering.filters[0].onBody = () => 'StopIterationAndBuffer';
  const refused = buffering.http.request({}, false);
  buffering.http.data(over, false);
  assert.equal(refused.headers?.status, 413);
  assert.equal(refused.body, 'Payload Too Large');
  assert.equal(buffering.http.counter('downstream_rq_too_large'), 1);

  const streaming = chain('a', 'b');
  streaming.filters[0].onBody = () => 'StopIterationAndWatermark';
  const stream = streaming.http.request({}, false);
  streaming.http.data(over, false);
  assert.equal(stream.readDisables, 1);
  streaming.filters[0].decoder.continueDecoding();
  assert.equal(streaming.terminals.last.body, over);
});

test('a response over the limit of a buffering filter becomes 500', () => {
  const { http, terminals, filters } = chain('a', 'b');
  filters[0].onResponse = () => 'StopIteration';
  filters[0].onResponseBody = () => 'StopIterationAndBuffer';
  const stream = http.request();
  terminals.last.respondHeaders(200);
  terminals.last.respondData('x'.repeat(65), false);
  assert.equal(stream.headers?.status, 500);
  assert.equal(http.counter('rs_too_large'), 1);
});

test('a slow client is told to the one who answers, however often it registers', () => {
  const { http, terminals } = chain('a', 'b');
  http.request();
  const told: string[] = [];
  const callbacks = {
    onAboveWriteBufferHighWatermark: () => told.push('high'),
    onBelowWriteBufferLowWatermark: () => told.push('low'),
  };
  http.connection.overflow(true);
  terminals.last.callbacks.addDownstreamWatermarkCallbacks(callbacks);
  http.connection.overflow(false);
  terminals.last.callbacks.removeDownstreamWatermarkCallbacks(callbacks);
  http.connection.overflow(true);
  assert.deepEqual(told, ['high', 'low']);
});

test('a filter may ask for a reset in place of a local reply', () => {
  const { http, filters } = chain('a', 'b');
  Object.assign(filters[1], { onLocalReply: () => 'ContinueAndResetStream' });
  filters[0].onHeaders = () => {
    filters[0].decoder.sendLocalReply({ status: 403, details: 'denied' });
    return 'StopIteration';
  };
  const stream = http.request();
  assert.equal(stream.reset, 'LocalReset');
  assert.equal(stream.headers, undefined);
});

test('a reset from inside a hook ends the iteration', () => {
  const { http, seen, filters } = chain('a', 'b');
  filters[0].onHeaders = () => {
    filters[0].decoder.resetStream();
    return 'StopIteration';
  };
  http.request();
  assert.deepEqual(seen, ['a.headers!', 'a.destroy', 'b.destroy']);
});

test('recreateStream begins anew with the same headers and answers the same client', () => {
  const { http, terminals, seen } = chain('a', 'b');
  const stream = http.request({ ':path': '/old' });
  const first = terminals.last;
  const headers = first.callbacks.requestHeaders;
  if (headers !== undefined) headers.path = '/new';
  assert.equal(first.callbacks.recreateStream(undefined), true);
  assert.notEqual(terminals.last, first);
  assert.equal(first.destroyed, 1);
  terminals.last.respond(200);
  assert.equal(stream.headers?.status, 200);
  assert.equal(stream.reset, undefined);
  const details = http.logged.map(({ info }) => info.responseCodeDetails);
  assert.deepEqual(details, ['internal_redirect', 'via_upstream']);
  assert.equal(seen.filter((line) => line === 'a.headers!').length, 2);
});

test('a request begun anew is complete before its body has passed the filters', () => {
  const { http, terminals, filters } = chain('a');
  filters[0].onBody = () => 'StopIterationAndBuffer';
  const stream = http.request({}, false);
  http.data('abc', true);
  let answered = false;
  filters[0].onHeaders = () => {
    if (!answered) terminals.last.respond(200);
    answered = true;
    return 'StopIteration';
  };
  assert.equal(filters[0].decoder.recreateStream(undefined), true);
  assert.equal(stream.headers?.get('connection'), undefined);
  assert.equal(http.counter('downstream_rq_response_before_rq_complete'), 0);
});

test('a request begun anew counts its body twice, the answer that the client never sees not at all', () => {
  const { http, terminals, filters } = chain('a');
  filters[0].onBody = () => 'StopIterationAndBuffer';
  http.request({}, false);
  http.data('abc', true);
  assert.equal(filters[0].decoder.recreateStream(ResponseHeaders.withStatus(307)), true);
  terminals.last.respond(200);
  const told = http.logged.map(({ info }) => [info.responseCode, info.bytesReceived]);
  assert.deepEqual(told, [
    [307, 3],
    [200, 6],
  ]);
  assert.deepEqual([http.counter('downstream_rq_2xx'), http.counter('downstream_rq_3xx')], [1, 0]);
});

test('filters know the code of a local reply that passes them', () => {
  const { filters, http } = chain('a');
  const codes: (number | undefined)[] = [];
  filters[0].onResponse = () => {
    codes.push(filters[0].encoder.streamInfo.responseCode);
    return 'Continue';
  };
  http.request();
  filters[0].decoder.sendLocalReply({ status: 403, details: 'denied' });
  assert.deepEqual(codes, [403]);
});

test('a filter that throws makes a 500 of its stream and leaves the others alone', () => {
  const fault = new Error('bug');
  const hooks: readonly ((filter: Scripted) => void)[] = [
    (filter) => Object.assign(filter, { onHeaders: raise }),
    (filter) => Object.assign(filter, { onBody: raise }),
    (filter) => Object.assign(filter, { onResponse: raise }),
  ];
  function raise(): never {
    throw fault;
  }
  for (const arrange of hooks) {
    const { http, terminals, filters } = chain('a', 'b');
    arrange(filters[0]);
    const stream = http.request({}, false);
    http.data('x', true);
    if (stream.headers === undefined) terminals.last.respond(200, 'y');
    assert.equal(stream.headers?.status, 500);
    assert.deepEqual(http.faults, [fault]);
    assert.equal(http.logged[0]?.info.responseCodeDetails, 'filter_threw');
  }
});

test('a filter that throws after the response has begun resets its stream', () => {
  const { http, terminals, filters } = chain('a', 'b');
  filters[0].onResponseBody = () => {
    throw new Error('bug');
  };
  const stream = http.request();
  terminals.last.respond(200, 'y');
  assert.equal(stream.reset, 'LocalReset');
  assert.equal(http.faults.length, 1);
});
