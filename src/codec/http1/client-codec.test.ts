import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { bufferOf, ClientSide, requestOf, takeText, trailersOf } from '../../../test/harness/http1-codecs.ts';
import type { Http1ClientOptions } from './options.ts';

type Fields = readonly (readonly [string, string])[];
const ok = 'HTTP/1.1 200 OK\r\n';
const upgradeFields: Fields = [
  ['connection', 'upgrade'],
  ['upgrade', 'websocket'],
];

interface Case {
  readonly method?: string;
  readonly fields?: Fields;
  readonly options?: Partial<Http1ClientOptions>;
  readonly close?: boolean;
}

function run(bytes: string, pieceLength: number, given: Case): ClientSide {
  const client = new ClientSide(given.options);
  client.request(given.method ?? 'GET', given.fields);
  client.feed(bytes, pieceLength);
  if (given.close === true) client.close();
  return client;
}

/** What the decoder is told, the same for every split. */
function told(bytes: string, given: Case = {}) {
  const whole = run(bytes, bytes.length, given);
  assert.deepEqual(run(bytes, 1, given).told, whole.told);
  assert.equal(whole.error, undefined);
  return { ...whole.told, protocol: whole.codec.protocol };
}

describe('Http1ClientCodec reads', () => {
  it('responses with and without a body', () => {
    const response = told(`${ok}A: 1\r\nContent-Length: 3\r\nSet-Cookie: x\r\nset-cookie: y\r\n\r\nabc`);
    assert.equal(response.headers, ':status: 200\na: 1\ncontent-length: 3\nset-cookie: x\nset-cookie: y');
    assert.deepEqual([response.body, response.ended], ['abc', true]);
    assert.equal(told(`${ok}content-length: 0\r\n\r\n`).ended, true);
    assert.equal(
      told(`${ok}Vary: a\r\nvary: b\r\ncontent-length: 0\r\n\r\n`).headers,
      ':status: 200\nvary: a,b\ncontent-length: 0',
    );
  });

  it('chunks, trailers when enabled', () => {
    const bytes = `${ok}transfer-encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nA: b\r\n\r\n`;
    assert.deepEqual([told(bytes).body, told(bytes).trailers], ['abc', undefined]);
    assert.equal(told(bytes, { options: { enableTrailers: true } }).trailers, 'a: b');
  });

  it('a body that lasts until the connection ends', () => {
    const response = told(`${ok}\r\nabc`, { close: true });
    assert.deepEqual([response.body, response.ended], ['abc', true]);
    assert.equal(told(`${ok}\r\nabc`).ended, false);
  });

  it('status lines as Envoy does', () => {
    for (const line of [
      'HTTP/1.1 200',
      'HTTP/1.1 200 ',
      'HTTP/1.1  200  OK',
      'HTTP/1.1 0200 OK',
      'HTTP/1.1 200 \x80',
    ]) {
      assert.match(told(`${line}\r\ncontent-length: 0\r\n\r\n`).headers ?? '', /^:status: 200\n/);
    }
    assert.equal(told('HTTP/1.0 200 OK\r\ncontent-length: 0\r\n\r\n').protocol, 'HTTP/1.0');
    assert.equal(told('HTTP/1.1 999 OK\r\ncontent-length: 0\r\n\r\n').headers, ':status: 999\ncontent-length: 0');
  });

  it('no body of 204, 304 and answers to HEAD', () => {
    assert.equal(told('HTTP/1.1 204 NC\r\ncontent-length: 0\r\n\r\n').headers, ':status: 204');
    for (const status of ['204 NC', '304 NM'])
      assert.equal(told(`HTTP/1.1 ${status}\r\nx: 1\r\n\r\n`).ended, true, status);
    assert.equal(told('HTTP/1.1 304 NM\r\ncontent-length: 3\r\n\r\n').ended, true);
    assert.equal(told(`${ok}content-length: 3\r\n\r\n`, { method: 'HEAD' }).ended, true);
    assert.equal(told(`${ok}transfer-encoding: chunked\r\n\r\n`, { method: 'HEAD' }).ended, true);
  });

  it('interim responses before the final one, but for those that nobody knows', () => {
    const response = told(
      `HTTP/1.1 100 C\r\n\r\nHTTP/1.1 105 Unknown\r\n\r\nHTTP/1.1 103 E\r\nlink: x\r\n\r\n${ok}content-length: 0\r\n\r\n`,
    );
    assert.deepEqual(response.interim, [':status: 100', ':status: 103\nlink: x']);
    assert.equal(response.ended, true);
  });

  it('upgrades that were asked for as tunnels, others as responses without a body', () => {
    const switched = 'HTTP/1.1 101 SP\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n';
    const tunnel = told(`${switched}\0raw`, { fields: upgradeFields });
    assert.deepEqual([tunnel.body, tunnel.ended], ['\0raw', false]);
    assert.equal(told(switched).ended, true);
    const side = new ClientSide();
    side.request('GET', upgradeFields);
    side.feed(switched);
    side.close();
    assert.deepEqual([side.error, side.response.told.ended], [undefined, false]);
    assert.equal(told('HTTP/1.1 101 SP\r\n\r\n', { fields: upgradeFields }).ended, true);
  });

  it('CONNECT: a tunnel after 2xx, whatever the framing headers say', () => {
    const tunnel = told(`${ok}content-length: 3\r\n\r\nhello`, { method: 'CONNECT' });
    assert.deepEqual([tunnel.body, tunnel.ended], ['hello', false]);
    assert.equal(told('HTTP/1.1 404 NF\r\ncontent-length: 3\r\n\r\nabc', { method: 'CONNECT' }).ended, true);
  });

  it('response after response on one connection', () => {
    const client = new ClientSide();
    for (const body of ['one', 'two']) {
      client.request();
      client.feed(`${ok}content-length: 3\r\n\r\n${body}`);
      assert.deepEqual([client.told.body, client.told.ended], [body, true]);
    }
    assert.equal(client.error, undefined);
  });
});

/** Bytes, the error's details and whether the connection is then closed by the peer. */
const refusals: readonly (readonly [name: string, bytes: string, details: string, given?: Case])[] = [
  ['garbage', 'garbage\r\n\r\n', 'http1.codec_error'],
  ['an empty line first', `\r\n${ok}content-length: 0\r\n\r\n`, 'http1.codec_error'],
  ['a version in lower case', 'http/1.1 200 OK\r\n\r\n', 'http1.codec_error'],
  ['a status that is no number', 'HTTP/1.1 abc OK\r\n\r\n', 'http1.codec_error'],
  ['a control byte in the reason', 'HTTP/1.1 200 O\x01K\r\n\r\n', 'http1.invalid_characters'],
  ['a control byte in a value', `${ok}a: \x01\r\n\r\n`, 'http1.invalid_characters'],
  ['a space before the colon', `${ok}a : b\r\n\r\n`, 'http1.codec_error'],
  ['LF as a line end', 'HTTP/1.1 200 OK\ncontent-length: 0\n\n', 'http1.codec_error'],
  ['a folded line', `${ok}a: b\r\n c\r\n\r\n`, 'http1.codec_error'],
  ['two Content-Lengths', `${ok}content-length: 3\r\ncontent-length: 3\r\n\r\nabc`, 'http1.codec_error'],
  [
    'Content-Length and chunked',
    `${ok}content-length: 3\r\ntransfer-encoding: chunked\r\n\r\n`,
    'http1.content_length_and_chunked_not_allowed',
  ],
  ['another coding', `${ok}transfer-encoding: gzip, chunked\r\n\r\n`, 'http1.invalid_transfer_encoding'],
  ['a body of 204', 'HTTP/1.1 204 NC\r\ncontent-length: 3\r\n\r\nabc', 'http1.content_length_not_allowed'],
  ['chunks of 204', 'HTTP/1.1 204 NC\r\ntransfer-encoding: chunked\r\n\r\n', 'http1.transfer_encoding_not_allowed'],
  ['a body of 100', 'HTTP/1.1 100 C\r\ncontent-length: 1\r\n\r\n', 'http1.content_length_not_allowed'],
  ['too many headers', `${ok}${'a: b\r\n'.repeat(101)}\r\n`, 'http1.too_many_headers'],
  ['a head above 80 KiB', `${ok}a: ${'b'.repeat(82_000)}\r\n\r\n`, 'http1.headers_too_large'],
  ['the end of the connection in a head', ok, 'http1.codec_error', { close: true }],
  ['the end of the connection in a body', `${ok}content-length: 5\r\n\r\nabc`, 'http1.codec_error', { close: true }],
  [
    'the end of the connection in a chunk',
    `${ok}transfer-encoding: chunked\r\n\r\n3\r\nabc\r\n`,
    'http1.codec_error',
    { close: true },
  ],
];

describe('Http1ClientCodec refuses', () => {
  for (const [name, bytes, details, given] of refusals) {
    it(name, () => {
      for (const pieceLength of [bytes.length, 1]) {
        const client = run(bytes, pieceLength, given ?? {});
        assert.deepEqual([client.error?.kind, client.error?.details, client.told.ended], ['protocol', details, false]);
      }
    });
  }

  it('bytes behind a response', () => {
    const client = run(`${ok}content-length: 3\r\n\r\nabcd`, 100, {});
    assert.deepEqual([client.told.body, client.told.ended], ['abc', true]);
    assert.match(client.error?.message ?? '', /extraneous data after response complete/);
  });

  it('a response that nobody asked for, with its status', () => {
    const client = new ClientSide();
    client.feed('HTTP/1.1 408 Request Timeout\r\nconnection: close\r\n\r\n');
    assert.deepEqual([client.error?.kind, client.error?.responseStatus], ['premature_response', 408]);
  });

  it('nothing when an idle connection ends', () => {
    const client = new ClientSide();
    client.close();
    assert.equal(client.error, undefined);
    client.request();
    client.close();
    assert.equal(client.error, undefined, 'the owner knows that the connection is gone');
  });

  it('nothing in what is left of a response whose head had the stream reset', () => {
    const client = new ClientSide();
    const { stream } = client.request();
    client.response.onHeaders = () => stream.resetStream('LocalReset');
    client.feed(`${ok}content-length: 3\r\n\r\nabc`);
    assert.deepEqual([client.error, client.received.length], [undefined, 0]);
  });

  it('nothing after a reset', () => {
    const client = new ClientSide();
    client.request().stream.resetStream('LocalReset');
    client.feed(`${ok}content-length: 0\r\n\r\n`);
    assert.deepEqual([client.error, client.told.headers], [undefined, undefined]);
  });
});

function sent(method: string, fields: Fields, body?: string, options?: Partial<Http1ClientOptions>): string {
  const client = new ClientSide(options);
  const encoder = client.start();
  assert.equal(encoder.encodeHeaders(requestOf(method, '/p', fields), body === undefined), undefined);
  if (body !== undefined) encoder.encodeData(bufferOf(body), true);
  return takeText(client.codec.output);
}

describe('Http1RequestEncoder writes', () => {
  it('an empty body announced but for methods that have none', () => {
    assert.equal(sent('GET', [['a', 'b']]), 'GET /p HTTP/1.1\r\nhost: host.test\r\na: b\r\n\r\n');
    for (const method of ['HEAD', 'DELETE', 'TRACE']) assert.doesNotMatch(sent(method, []), /content-length/);
    assert.match(sent('POST', []), /content-length: 0\r\n\r\n$/);
    assert.match(sent('OPTIONS', []), /content-length: 0\r\n\r\n$/);
  });

  it('bodies by length, else in chunks', () => {
    assert.match(sent('POST', [['content-length', '2']], 'hi'), /content-length: 2\r\n\r\nhi$/);
    assert.match(sent('POST', [], 'hi'), /transfer-encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n$/);
  });

  it('trailers when enabled', () => {
    const client = new ClientSide({ enableTrailers: true });
    const encoder = client.start();
    encoder.encodeHeaders(requestOf('POST', '/'), false);
    encoder.encodeTrailers(trailersOf([['a', 'b']]));
    assert.match(takeText(client.codec.output), /\r\n\r\n0\r\na: b\r\n\r\n$/);
  });

  it('CONNECT and upgrades unframed', () => {
    assert.equal(sent('CONNECT', [], 'raw'), 'CONNECT host.test HTTP/1.1\r\nhost: host.test\r\n\r\nraw');
    assert.match(sent('GET', upgradeFields, 'raw'), /upgrade: websocket\r\n\r\nraw$/);
  });

  it('the whole URL when asked', () => {
    const options = { sendFullyQualifiedUrl: true };
    assert.match(sent('GET', [[':scheme', 'http']], undefined, options), /^GET http:\/\/host.test\/p HTTP\/1.1\r\n/);
  });

  it('a path with a space as it is', () => {
    const client = new ClientSide();
    client.start().encodeHeaders(requestOf('GET', '/a b'), true);
    assert.match(takeText(client.codec.output), /^GET \/a b HTTP\/1.1\r\n/);
  });

  it('nothing of headers that would change the request’s lines or lack what it needs', () => {
    const client = new ClientSide();
    const encoder = client.start();
    const faults = [
      requestOf('', '/'),
      requestOf('GET', ''),
      requestOf('GET / HTTP/1.1', '/'),
      requestOf('GET', '/\r\na'),
      requestOf('GET', '/', [['a', 'b\r\nc: d']]),
      requestOf('GET', '/', [['a b', 'c']]),
    ].map((headers) => encoder.encodeHeaders(headers, true)?.message);
    assert.deepEqual(faults, [
      'missing required header: :method',
      'missing required header: :path',
      'invalid header value for: :method',
      'invalid header value for: :path',
      'invalid header value for: a',
      'invalid header name: a b',
    ]);
    assert.equal(client.codec.output.length, 0);
  });
});
