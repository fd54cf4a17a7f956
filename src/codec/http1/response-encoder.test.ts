import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { bufferOf, responseOf, ServerSide, takeText, trailersOf } from '../../../test/harness/http1-codecs.ts';
import { PreserveCaseFormatter, ProperCaseFormatter } from '../../common/headers/key-formatter.ts';
import type { Http1ServerOptions } from './options.ts';

type Fields = readonly (readonly [string, string])[];

function serverOn(request: string, options?: Partial<Http1ServerOptions>): ServerSide {
  const server = new ServerSide(options);
  server.feed(request);
  return server;
}

const get = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n';
const head = 'HEAD / HTTP/1.1\r\nHost: a\r\n\r\n';
const connect = 'CONNECT a:80 HTTP/1.1\r\nHost: a\r\n\r\n';

/** What goes out for a response with `body` in one piece; undefined = headers alone. */
function written(
  request: string,
  status: number,
  fields: Fields,
  body?: string,
  options?: Partial<Http1ServerOptions>,
) {
  const server = serverOn(request, options);
  const { encoder } = server.last;
  encoder.encodeHeaders(responseOf(status, fields), body === undefined);
  if (body !== undefined) encoder.encodeData(bufferOf(body), true);
  return takeText(server.codec.output);
}

describe('Http1ResponseEncoder writes', () => {
  it('headers alone with a length of zero, last', () => {
    assert.equal(written(get, 200, [['a', 'b']]), 'HTTP/1.1 200 OK\r\na: b\r\ncontent-length: 0\r\n\r\n');
    assert.equal(written(get, 999, []), 'HTTP/1.1 999 Unknown\r\ncontent-length: 0\r\n\r\n');
  });

  it('no length for 1xx, 204 and 304', () => {
    assert.equal(written(get, 204, []), 'HTTP/1.1 204 No Content\r\n\r\n');
    assert.equal(written(get, 304, []), 'HTTP/1.1 304 Not Modified\r\n\r\n');
    assert.equal(
      written(get, 304, [['content-length', '3']]),
      'HTTP/1.1 304 Not Modified\r\ncontent-length: 3\r\n\r\n',
    );
    assert.equal(written(get, 101, []), 'HTTP/1.1 101 Switching Protocols\r\n\r\n');
  });

  it('a body with a length as it is', () => {
    assert.equal(written(get, 200, [['content-length', '2']], 'hi'), 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi');
  });

  it('a body without a length in chunks', () => {
    const expected = 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n';
    assert.equal(written(get, 200, [], 'hi'), expected);
    assert.equal(written(get, 200, [], ''), 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n');
    assert.match(written(get, 200, [], 'x'.repeat(300)), /\r\n\r\n12c\r\nx{300}\r\n0\r\n\r\n$/);
  });

  it('trailers in chunks when enabled, else none', () => {
    for (const [enableTrailers, end] of [
      [true, '0\r\na: b\r\n\r\n'],
      [false, '0\r\n\r\n'],
    ] as const) {
      const server = serverOn(get, { enableTrailers });
      server.last.encoder.encodeHeaders(responseOf(200), false);
      takeText(server.codec.output);
      server.last.encoder.encodeTrailers(trailersOf([['a', 'b']]));
      assert.equal(takeText(server.codec.output), end);
    }
  });

  it('answers to HEAD with the framing but no body', () => {
    assert.equal(written(head, 200, [['content-length', '3']]), 'HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\n');
    assert.equal(written(head, 200, []), 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n');
  });

  it('answers to CONNECT without framing when it succeeds', () => {
    assert.equal(written(connect, 200, [], 'raw'), 'HTTP/1.1 200 OK\r\n\r\nraw');
    assert.match(written(connect, 404, [], 'no'), /transfer-encoding: chunked\r\n\r\n2\r\nno\r\n0/);
  });

  it('an upgrade unframed', () => {
    const upgrade = 'GET / HTTP/1.1\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n';
    const fields: Fields = [
      ['connection', 'upgrade'],
      ['upgrade', 'websocket'],
    ];
    assert.equal(
      written(upgrade, 101, fields, 'raw'),
      'HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\nraw',
    );
  });

  it('HTTP/1.0 in its own version, unframed without a length', () => {
    const options = { acceptHttp10: true };
    const request = 'GET / HTTP/1.0\r\nHost: a\r\n\r\n';
    assert.equal(written(request, 200, [], 'hi', options), 'HTTP/1.0 200 OK\r\n\r\nhi');
    assert.equal(written(request, 200, [], undefined, options), 'HTTP/1.0 200 OK\r\ncontent-length: 0\r\n\r\n');
  });

  it('interim responses before the final one', () => {
    const server = serverOn(get);
    server.last.encoder.encode1xxHeaders(responseOf(100));
    server.last.encoder.encodeHeaders(responseOf(200), true);
    const expected = 'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n';
    assert.equal(takeText(server.codec.output), expected);
  });

  it('names as the formatters spell them', () => {
    const formatter = new ProperCaseFormatter();
    const options = { headerKeyFormat: { kind: 'encode_only', formatter } } as const;
    assert.equal(
      written(get, 200, [['x-a', 'b']], undefined, options),
      'HTTP/1.1 200 OK\r\nX-A: b\r\nContent-Length: 0\r\n\r\n',
    );
    const server = serverOn(get);
    const headers = responseOf(200, [
      ['x-foo', '1'],
      ['x-bar', '2'],
    ]);
    headers.formatter = new PreserveCaseFormatter({ forwardReasonPhrase: true, onEnvoyHeaders: formatter });
    headers.formatter.processKey('x-FOO');
    headers.formatter.reasonPhrase = 'Fine';
    server.last.encoder.encodeHeaders(headers, true);
    assert.equal(
      takeText(server.codec.output),
      'HTTP/1.1 200 Fine\r\nx-FOO: 1\r\nX-Bar: 2\r\nContent-Length: 0\r\n\r\n',
    );
  });

  it('a head and a small body without a copy of large bodies', () => {
    const server = serverOn(get);
    const large = new Uint8Array(100_000);
    const body = bufferOf('');
    body.addFragment(large);
    server.last.encoder.encodeHeaders(responseOf(200, [['content-length', '100000']]), false);
    server.last.encoder.encodeData(body, true);
    const { output } = server.codec;
    assert.equal(output.sliceAt(output.sliceCount - 1).buffer, large.buffer);
  });

  it('nothing after its stream has ended', () => {
    const server = serverOn(get);
    const { encoder } = server.last;
    encoder.encodeHeaders(responseOf(200), true);
    takeText(server.codec.output);
    encoder.encodeData(bufferOf('late'), true);
    assert.equal(server.codec.output.length, 0);
  });
});
