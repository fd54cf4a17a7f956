import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { bufferOf, requestOf, responseOf, trailersOf } from '../../../test/harness/http1-codecs.ts';
import { ConnectionPair } from '../../../test/harness/http1-connection-pair.ts';

const pieceLengths = [undefined, 1, 7] as const;
const trailing = { server: { enableTrailers: true }, client: { enableTrailers: true } };

/** The server sends every request's body and trailers back. */
function echoing(pieceLength: number | undefined): ConnectionPair {
  const pair = new ConnectionPair({ ...trailing, ...(pieceLength === undefined ? {} : { pieceLength }) });
  pair.server.answer = ({ encoder, told }) => {
    const hasTrailers = told.trailers !== undefined;
    encoder.encodeHeaders(responseOf(200), told.body === '' && !hasTrailers);
    if (told.body !== '') encoder.encodeData(bufferOf(told.body), !hasTrailers);
    if (hasTrailers) encoder.encodeTrailers(trailersOf([['x-echo', told.trailers as string]]));
  };
  return pair;
}

describe('client and server codec', () => {
  it('understand each other request after request, in pieces of any length', () => {
    for (const pieceLength of pieceLengths) {
      const pair = echoing(pieceLength);
      for (const body of ['', 'a', 'x'.repeat(5000)]) {
        const encoder = pair.client.start();
        encoder.encodeHeaders(requestOf('POST', '/p', [['a', 'b']]), body === '');
        if (body !== '') encoder.encodeData(bufferOf(body), true);
        pair.run();
        assert.deepEqual([pair.client.told.body, pair.client.told.ended], [body, true]);
        assert.match(pair.server.last.told.headers ?? '', /^:authority: host.test\n:path: \/p\n:method: POST\na: b/);
      }
      assert.deepEqual([pair.client.error, pair.server.error], [undefined, undefined]);
    }
  });

  it('count the bytes of each stream, as Envoy does', () => {
    const pair = echoing(undefined);
    const encoder = pair.client.start();
    encoder.encodeHeaders(requestOf('POST', '/p', [['a', 'b']]), false);
    encoder.encodeData(bufferOf('hello'), true);
    pair.run();
    const body = '\r\n5\r\nhello\r\n0\r\n\r\n';
    const request = `POST /p HTTP/1.1\r\nhost: host.test\r\na: b\r\ntransfer-encoding: chunked\r\n${body}`;
    const response = `HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n${body}`;
    const { bytesMeter } = encoder.stream;
    assert.deepEqual([bytesMeter?.wireBytesSent, bytesMeter?.wireBytesReceived], [request.length, response.length]);
    // Sent: all of each line. Received: name, value and three bytes a line, so that the space is left out.
    assert.equal(bytesMeter?.headerBytesSent, 'host: host.test\r\na: b\r\ntransfer-encoding: chunked\r\n'.length);
    assert.equal(bytesMeter?.headerBytesReceived, 'transfer-encoding:chunked\r\n'.length);
    assert.equal(bytesMeter?.decompressedHeaderBytesSent, bytesMeter?.headerBytesSent);
    const served = pair.server.last.encoder.stream.bytesMeter;
    assert.equal(served?.decompressedHeaderBytesReceived, served?.headerBytesReceived);
    assert.deepEqual([served?.wireBytesReceived, served?.wireBytesSent], [request.length, response.length]);
    assert.equal(served?.headerBytesReceived, 'host:host.test\r\na:b\r\ntransfer-encoding:chunked\r\n'.length);
  });

  it('carry bodies of several pieces and trailers both ways', () => {
    for (const pieceLength of pieceLengths) {
      const pair = echoing(pieceLength);
      const encoder = pair.client.start();
      encoder.encodeHeaders(requestOf('POST', '/'), false);
      for (const piece of ['one', '\r\n0\r\n\r\n', 'three']) encoder.encodeData(bufferOf(piece), false);
      encoder.encodeTrailers(trailersOf([['t', 'v']]));
      pair.run();
      assert.deepEqual([pair.client.told.body, pair.client.told.trailers], ['one\r\n0\r\n\r\nthree', 'x-echo: t: v']);
    }
  });

  it('speak raw bytes after CONNECT', () => {
    for (const pieceLength of pieceLengths) {
      const pair = new ConnectionPair(pieceLength === undefined ? {} : { pieceLength });
      const encoder = pair.client.start();
      const connect = requestOf('CONNECT', '');
      connect.remove(':path');
      connect.host = 'host.test:80';
      encoder.encodeHeaders(connect, false);
      pair.run();
      pair.server.last.encoder.encodeHeaders(responseOf(200), false);
      pair.run();
      encoder.encodeData(bufferOf('GET / HTTP/1.1\r\n\r\n'), false);
      pair.server.last.encoder.encodeData(bufferOf('\0\x01raw'), false);
      pair.run();
      assert.equal(pair.server.last.told.body, 'GET / HTTP/1.1\r\n\r\n');
      assert.equal(pair.client.told.body, '\0\x01raw');
    }
  });

  it('tell a refused request by its answer', () => {
    const pair = new ConnectionPair({ server: { maxHeadersCount: 1 } });
    pair.client.start().encodeHeaders(requestOf('GET', '/', [['a', 'b']]), true);
    pair.run();
    assert.equal(pair.server.last.told.localReply, '431 Request Header Fields Too Large http1.too_many_headers');
  });
});
