import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { bufferOf, responseOf, ServerSide, takeText } from '../../../test/harness/http1-codecs.ts';
import { PreserveCaseFormatter } from '../../common/headers/key-formatter.ts';
import type { Http1ServerOptions } from './options.ts';

const get = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n';

/** The headers and body that a decoder is told of a request, the same for every split of the bytes. */
function told(bytes: string, options?: Partial<Http1ServerOptions>) {
  const whole = new ServerSide(options);
  whole.feed(bytes);
  const split = new ServerSide(options);
  split.feed(bytes, 1);
  assert.deepEqual(split.told, whole.told);
  assert.equal(whole.error, undefined);
  return { ...whole.last.told, protocol: whole.codec.protocol };
}

function headersOf(lines: string, options?: Partial<Http1ServerOptions>): string | undefined {
  return told(`GET /x HTTP/1.1\r\n${lines}\r\n`, options).headers?.replace(/^:path: \/x\n:method: GET\n?/m, '');
}

describe('Http1ServerCodec reads', () => {
  it('pseudo headers first, in Envoy’s order, names in lower case, values trimmed', () => {
    const request = told('GET /a?b HTTP/1.1\r\nX-One: 1\r\nHOST: h\r\nUser-Agent: \t ua \t\r\nX-Empty:\r\n\r\n');
    assert.equal(request.headers, ':authority: h\n:path: /a?b\n:method: GET\nx-one: 1\nuser-agent: ua\nx-empty: ');
    assert.equal(request.ended, true);
  });

  it('a request line with other white space, as Envoy does', () => {
    const lines = ['GET  /d HTTP/1.1', 'GET /d  HTTP/1.1', 'GET\t/d\tHTTP/1.1', 'GET /d HTTP/1.1 '];
    for (const line of lines) assert.match(told(`${line}\r\nHost: a\r\n\r\n`).headers ?? '', /:path: \/d\n/);
  });

  it('empty lines before a request', () => {
    assert.equal(told(`\r\n\r\n${get}`).ended, true);
    assert.equal(told(`${'\r\n'.repeat(600)}${get}`, { maxHeadersBytes: 1024 }).ended, true);
  });

  it('of which an empty line is the beginning: its time runs from there', () => {
    const codec = new ServerSide();
    codec.feed('\r');
    assert.equal(codec.requests.length, 1);
    codec.feed('\n9');
    const { error } = codec;
    assert.equal(error, undefined);
    codec.feed(' / HTTP/1.1\r\n');
    assert.equal(codec.error?.details, 'http1.codec_error');
  });

  it('a head as large as the limit', () => {
    const request = `GET /${'a'.repeat(1000)} HTTP/1.1\r\n\r\n`;
    assert.equal(told(request, { maxHeadersBytes: request.length }).ended, true);
  });

  it('repeated headers: joined when Envoy keeps one value of them, else all', () => {
    assert.equal(headersOf('Host: a\r\nHost: b\r\n'), ':authority: a,b\n');
    assert.equal(headersOf('Accept: a\r\nVia: 1\r\naccept: b\r\n'), 'accept: a,b\nvia: 1');
    assert.equal(headersOf('accept: a\r\naccept:\r\naccept: b\r\nvia:\r\nvia: 1\r\n'), 'accept: a,b\nvia: 1');
    assert.equal(headersOf('Cookie: a\r\nCookie: b\r\nX: 1\r\nX: 2\r\n'), 'cookie: a\ncookie: b\nx: 1\nx: 2');
  });

  it('joined headers count once', () => {
    assert.equal(told(`GET / HTTP/1.1\r\n${'Accept: a\r\n'.repeat(200)}\r\n`).ended, true);
    assert.equal(told(`GET / HTTP/1.1\r\nHost: a\r\n${'A: a\r\n'.repeat(99)}\r\n`).ended, true);
  });

  it('absolute targets: host and scheme from the target', () => {
    const cases = [
      ['http://b.com/d?x', ':authority: b.com\n:path: /d?x\n:scheme: http'],
      ['http://b.com', ':authority: b.com\n:path: /\n:scheme: http'],
      ['http://b.com?q', ':authority: b.com\n:path: ?q\n:scheme: http'],
      ['HTTPS://u:p@b.com:1/d', ':authority: b.com:1\n:path: /d\n:scheme: https'],
      ['http://[::1]:80/d', ':authority: [::1]:80\n:path: /d\n:scheme: http'],
    ] as const;
    for (const [target, expected] of cases) {
      const { headers } = told(`GET ${target} HTTP/1.1\r\nHost: z\r\n\r\n`);
      assert.equal(headers?.replace(':method: GET\n', ''), expected);
    }
    const kept = told('GET http://b/d HTTP/1.1\r\nHost: z\r\n\r\n', { allowAbsoluteUrl: false });
    assert.equal(kept.headers, ':authority: z\n:path: http://b/d\n:method: GET');
    const secure = new ServerSide({ validateScheme: true }, true);
    secure.feed('GET https://b/ HTTP/1.1\r\n\r\n');
    assert.equal(secure.last.told.ended, true);
  });

  it('OPTIONS *', () => {
    assert.equal(told('OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n').headers, ':authority: a\n:path: *\n:method: OPTIONS');
  });

  it('custom methods when allowed', () => {
    assert.match(told('f~o / HTTP/1.1\r\n\r\n', { allowCustomMethods: true }).headers ?? '', /:method: f~o/);
  });

  it('HTTP/1.0 and older when accepted, with the default host', () => {
    const options = { acceptHttp10: true, defaultHostForHttp10: 'def' };
    assert.equal(told('GET / HTTP/1.0\r\n\r\n', options).headers, ':path: /\n:method: GET\n:authority: def');
    assert.equal(told('GET / HTTP/1.0\r\nHost: a\r\n\r\n', options).protocol, 'HTTP/1.0');
    assert.equal(told('GET /\r\n', options).headers, ':path: /\n:method: GET\n:authority: def');
    assert.equal(told('GET / HTTP/1.2\r\nHost: a\r\n\r\n', options).protocol, 'HTTP/1.0');
  });

  it('bodies by length', () => {
    const request = told('POST / HTTP/1.1\r\nContent-Length: 003\r\n\r\nabc');
    assert.deepEqual([request.body, request.ended], ['abc', true]);
    assert.equal(told('POST / HTTP/1.1\r\nContent-Length: 0\r\n\r\n').ended, true);
    assert.equal(told('POST / HTTP/1.1\r\n\r\n').ended, true, 'no framing, no body');
    assert.equal(told('POST / HTTP/1.1\r\nContent-Length: 18446744073709551615\r\n\r\nabc').body, 'abc');
  });

  it('chunked bodies', () => {
    const head = 'POST / HTTP/1.1\r\nTransfer-Encoding: Chunked\r\n\r\n';
    const bodies = [
      '3\r\nabc\r\n0\r\n\r\n',
      '3;a=b\r\nabc\r\n0;x="y"\r\n\r\n',
      '3 ;a\r\nabc\r\n0\r\n\r\n',
      '3 \r\nabc\r\n0\t \r\n\r\n',
      '0003\r\nabc\r\n000\r\n\r\n',
      '1\r\na\r\n2\r\nbc\r\n0\r\nA: b\r\nB: c\r\n\r\n',
      `3;${'x'.repeat(70_000)}\r\nabc\r\n0\r\n\r\n`,
    ];
    for (const body of bodies) {
      const request = told(head + body);
      assert.deepEqual([request.body, request.ended, request.trailers], ['abc', true, undefined]);
    }
    const long = told(`${head}A\r\n0123456789\r\na\r\n0123456789\r\n0\r\n\r\n`);
    assert.equal(long.body, '01234567890123456789');
  });

  it('trailers when enabled', () => {
    const bytes = 'POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nA: b\r\nB_c:  d\r\n\r\n';
    const request = told(bytes, { enableTrailers: true });
    assert.deepEqual([request.body, request.trailers, request.ended], ['abc', 'a: b\nb_c: d', true]);
  });

  it('chunked over Content-Length when allowed', () => {
    const bytes = 'POST / HTTP/1.1\r\nContent-Length: 9\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n';
    const request = told(bytes, { allowChunkedLength: true });
    assert.equal(request.headers, ':path: /\n:method: POST\ntransfer-encoding: chunked');
    assert.equal(request.body, 'a');
  });

  it('names with underscores by the configured action', () => {
    assert.equal(headersOf('A_b: 1\r\nC: 2\r\n'), 'a_b: 1\nc: 2');
    const server = new ServerSide({ headersWithUnderscoresAction: 'DROP_HEADER' });
    server.feed('GET / HTTP/1.1\r\nA_b: 1\r\nTransfer_Encoding: chunked\r\nC: 2\r\n\r\n');
    assert.equal(server.last.told.headers, ':path: /\n:method: GET\nc: 2');
    assert.equal(server.stats.droppedHeadersWithUnderscores.value, 2);
  });

  it('what Connection nominates is removed', () => {
    assert.equal(headersOf('Connection: x-a, close\r\nX-A: 1\r\n'), 'connection: close');
    assert.equal(headersOf('Connection: x-a\r\nX-A: 1\r\nX-B: 2\r\n'), 'x-b: 2');
    assert.equal(headersOf('Host: a\r\nConnection: host\r\n'), '');
    assert.equal(headersOf('Connection: te\r\nTE: gzip, Trailers\r\n'), 'connection: te\nte: trailers');
    assert.equal(headersOf('Connection: te\r\nTE: gzip\r\n'), '');
    assert.equal(headersOf('Connection: te\r\nTE: trailers;q=1\r\n'), '');
    assert.equal(headersOf('Connection: \r\n'), 'connection: ');
  });

  it('upgrades: what follows the head is the tunnel’s', () => {
    const request = told('GET / HTTP/1.1\r\nConnection: Keep-Alive, UPGRADE\r\nUpgrade: WebSocket\r\n\r\n\0raw');
    assert.match(request.headers ?? '', /connection: Keep-Alive, UPGRADE\nupgrade: WebSocket$/);
    assert.deepEqual([request.body, request.ended], ['\0raw', false]);
  });

  it('no upgrade to h2c, nor to what is to be ignored', () => {
    const h2c = 'Connection: upgrade, http2-settings, x\r\nUpgrade: h2c\r\nHTTP2-Settings: AA\r\n';
    assert.equal(headersOf(h2c), '');
    const ignoreUpgrade = (protocol: string) => protocol.startsWith('web');
    assert.equal(headersOf('Connection: upgrade\r\nUpgrade: websocket\r\n', { ignoreUpgrade }), '');
    const other = told('GET / HTTP/1.1\r\nConnection: upgrade\r\nUpgrade: foo, websocket\r\n\r\n', { ignoreUpgrade });
    assert.match(other.headers ?? '', /upgrade: foo$/);
  });

  it('CONNECT: no path, the host from the target, a tunnel', () => {
    const request = told('CONNECT a:80 HTTP/1.1\r\nHost: b\r\nContent-Length: 0\r\n\r\nearly');
    assert.equal(request.headers, ':authority: a:80\n:method: CONNECT');
    assert.deepEqual([request.body, request.ended], ['early', false]);
  });

  it('the spelling of names when a stateful formatter is configured', () => {
    const create = () => new PreserveCaseFormatter({ forwardReasonPhrase: false, onEnvoyHeaders: undefined });
    const server = new ServerSide({ headerKeyFormat: { kind: 'stateful', create } });
    server.feed('GET / HTTP/1.1\r\nX-fOO: 1\r\n\r\n');
    const headers = server.last.headers as unknown as { formatter: PreserveCaseFormatter };
    assert.equal(headers.formatter.format('x-foo'), 'X-fOO');
  });
});

describe('Http1ServerCodec serves', () => {
  it('one request at a time: the next waits until the response has ended', () => {
    const server = new ServerSide();
    server.feed(`${get}${get}`);
    assert.equal(server.requests.length, 1);
    assert.equal(server.received.length, get.length);
    server.last.encoder.encodeHeaders(responseOf(200), true);
    server.dispatch();
    assert.equal(server.requests.length, 2);
  });

  it('no more than one request a dispatch, so that others have their turn', () => {
    const codec = new ServerSide();
    codec.answer = ({ encoder }) => encoder.encodeHeaders(responseOf(204), true);
    codec.received.add(get.repeat(3));
    for (const count of [1, 2, 3]) {
      codec.codec.dispatch(codec.received);
      assert.equal(codec.requests.length, count);
      assert.equal(codec.received.length, get.length * (3 - count));
    }
  });

  it('pipelined requests in order', () => {
    const server = new ServerSide();
    let sent = '';
    server.answer = ({ encoder, told: { body } }) => {
      encoder.encodeHeaders(responseOf(200, [['x', body]]), true);
      sent += takeText(server.codec.output);
    };
    const post = (body: string) => `POST / HTTP/1.1\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
    server.feed(post('one') + post('two') + post('three'), 1);
    assert.deepEqual(sent.match(/x: \w+/g), ['x: one', 'x: two', 'x: three']);
  });

  it('nothing while the stream is read-disabled, and takes back what it left disabled at its end', () => {
    const server = new ServerSide();
    server.feed('POST / HTTP/1.1\r\nContent-Length: 3\r\n\r\n');
    const { stream } = server.last.encoder;
    stream.readDisable(true);
    server.feed('abc');
    assert.deepEqual([server.last.told.body, server.received.length, server.readDisabled], ['', 3, 1]);
    stream.readDisable(false);
    server.dispatch();
    assert.deepEqual([server.last.told.body, server.readDisabled], ['abc', 0]);
    stream.readDisable(true);
    server.last.encoder.encodeHeaders(responseOf(200), true);
    assert.equal(server.readDisabled, 0);
  });

  it('the next request though the response began before the request had ended', () => {
    const server = new ServerSide();
    server.feed('POST / HTTP/1.1\r\nContent-Length: 3\r\n\r\n');
    server.last.encoder.encodeHeaders(responseOf(200), true);
    server.feed(`abc${get}`);
    assert.deepEqual(
      server.told.map(({ ended }) => ended),
      [true, true],
    );
  });

  it('no flood of pipelined requests whose answers are not read', () => {
    const server = new ServerSide();
    server.answer = ({ encoder }) => encoder.encodeHeaders(responseOf(200), true);
    server.feed(get);
    server.codec.onUnderlyingConnectionAboveWriteBufferHighWatermark();
    server.feed(get + get);
    assert.equal(server.requests.length, 3);
    server.feed(get);
    assert.deepEqual([server.error?.kind, server.error?.message], ['flood', 'Too many responses queued.']);
    assert.equal(server.stats.responseFlood.value, 1);
  });

  it('no flood of pipelined requests in one piece', () => {
    const server = new ServerSide({ bufferLimitBytes: 1000 });
    server.answer = ({ encoder }) => encoder.encodeHeaders(responseOf(200), true);
    server.feed(get.repeat(1000));
    assert.equal(server.error?.kind, 'flood');
    assert.equal(server.codec.output.length < 1200, true);
  });

  it('any number of pipelined requests whose answers are sent', () => {
    const server = new ServerSide();
    server.answer = ({ encoder }) => encoder.encodeHeaders(responseOf(200), true);
    for (let i = 0; i < 5; i++) {
      server.feed(get);
      takeText(server.codec.output);
    }
    assert.equal(server.error, undefined);
  });

  it('resets: the stream’s callbacks hear of it once, and nothing more is read', () => {
    const server = new ServerSide();
    server.feed('POST / HTTP/1.1\r\nContent-Length: 3\r\n\r\na');
    server.last.encoder.stream.resetStream('LocalReset');
    server.last.encoder.stream.resetStream('LocalReset');
    assert.equal(server.last.told.reset, 'LocalReset');
    server.feed('bc');
    assert.equal(server.last.told.body, 'a');
  });

  it('streams hear of the connection’s watermarks, also those that come later', () => {
    const server = new ServerSide();
    const heard: string[] = [];
    const listen = () =>
      server.last.encoder.stream.addCallbacks({
        onResetStream() {},
        onAboveWriteBufferHighWatermark: () => heard.push('high'),
        onBelowWriteBufferLowWatermark: () => heard.push('low'),
      });
    server.codec.onUnderlyingConnectionAboveWriteBufferHighWatermark();
    server.feed(get);
    listen();
    server.codec.onUnderlyingConnectionBelowWriteBufferLowWatermark();
    assert.deepEqual(heard, ['high', 'low']);
  });

  it('the output’s watermark too', () => {
    const server = new ServerSide({ bufferLimitBytes: 100 });
    const heard: string[] = [];
    server.feed(get);
    server.last.encoder.stream.addCallbacks({
      onResetStream() {},
      onAboveWriteBufferHighWatermark: () => heard.push('high'),
      onBelowWriteBufferLowWatermark: () => heard.push('low'),
    });
    server.last.encoder.encodeHeaders(responseOf(200), false);
    server.last.encoder.encodeData(bufferOf('x'.repeat(200)), false);
    takeText(server.codec.output);
    assert.deepEqual(heard, ['high', 'low']);
  });
});
