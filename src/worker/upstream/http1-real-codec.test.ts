import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import type { RequestEncoder, ResponseDecoder } from '../../../sdk/codec.ts';
import type { StreamInfo } from '../../../sdk/stream-info.ts';
import type { HttpPoolCallbacks } from '../../../sdk/upstream.ts';
import type { FakeSocket } from '../../../test/harness/fake-socket.ts';
import { ClusterReader, UpstreamWorld } from '../../../test/harness/upstream-world.ts';
import { SliceBuffer } from '../../common/buffer/slice-buffer.ts';
import { RequestHeaders } from '../../common/headers/header-map.ts';
import { Http1CodecFactory } from './http1-codec-factory.ts';

const reader = new ClusterReader();

class Request implements HttpPoolCallbacks, ResponseDecoder {
  readonly log: string[] = [];
  encoder: RequestEncoder | undefined;
  /** Of the connection. */
  flags: readonly string[] = [];
  readonly endStream: boolean;

  constructor(endStream = true) {
    this.endStream = endStream;
  }
  onPoolReady(encoder: RequestEncoder, _host: unknown, _info: unknown, streamInfo: StreamInfo): void {
    this.encoder = encoder;
    encoder.stream.addCallbacks({
      onResetStream: (reason) => {
        this.log.push(`reset ${reason}`);
        this.flags = streamInfo.responseFlags;
      },
      onAboveWriteBufferHighWatermark: () => this.log.push('above'),
      onBelowWriteBufferLowWatermark: () => this.log.push('below'),
    });
    const headers = new RequestHeaders();
    headers.method = 'GET';
    headers.path = '/x';
    headers.host = 'h';
    headers.scheme = 'http';
    encoder.encodeHeaders(headers, this.endStream);
  }
  onPoolFailure(reason: string): void {
    this.log.push(`failed ${reason}`);
  }
  decode1xxHeaders(): void {}
  decodeHeaders(headers: { status: number }, endStream: boolean): void {
    this.log.push(`${headers.status}${endStream ? ' end' : ''}`);
  }
  decodeData(data: { length: number; toString(): string; drain(n: number): void }, endStream: boolean): void {
    if (data.length > 0 || endStream) this.log.push(`data ${data.toString()}${endStream ? ' end' : ''}`);
    data.drain(data.length);
  }
  decodeTrailers(): void {
    this.log.push('trailers');
  }
}

let world: UpstreamWorld;

function send(endStream = true): Request {
  const request = new Request(endStream);
  world.manager.getThreadLocalCluster('c')?.httpConnPool('default', 'HTTP/1.1', undefined)?.newStream(request, request);
  return request;
}

function socket(index = 0): FakeSocket {
  return world.engine.sockets[index] as FakeSocket;
}

beforeEach(() => {
  world = new UpstreamWorld(reader, new Http1CodecFactory().create);
  world.addCluster({ name: 'c', perConnectionBufferLimitBytes: 100 }, [{ address: '10.0.0.1:80' }]);
});

test('a request goes out as HTTP/1.1 and its connection is used again', () => {
  const first = send();
  socket().connected();
  assert.equal(socket().takeSent(), 'GET /x HTTP/1.1\r\nhost: h\r\n\r\n');
  socket().receive('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi');
  assert.deepEqual(first.log, ['200', 'data hi end']);
  const second = send();
  socket().receive('HTTP/1.1 204 No Content\r\n\r\n');
  assert.deepEqual(second.log, ['204 end']);
  assert.equal(world.engine.sockets.length, 1);
});

test('a response of HTTP/1.0 closes the connection', () => {
  const request = send();
  socket().connected();
  socket().receive('HTTP/1.0 200 OK\r\ncontent-length: 0\r\n\r\n');
  assert.deepEqual(request.log, ['200 end']);
  assert.equal(socket().state, 'closed');
});

test('a response that ends with the connection is complete', () => {
  const request = send();
  socket().connected();
  socket().receive('HTTP/1.1 200 OK\r\n\r\nabc');
  socket().peerEnds();
  assert.deepEqual(request.log, ['200', 'data abc', 'data  end']);
  assert.equal(world.counter('cluster.c.upstream_cx_destroy_remote'), 1);
  assert.equal(world.counter('cluster.c.upstream_cx_destroy_with_active_rq'), 0);
  assert.equal(world.gauge('cluster.c.upstream_rq_active'), 0);
});

test('an answer to a request that has not been sent whole closes the connection as a busy one', () => {
  const request = send(false);
  socket().connected();
  socket().receive('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi');
  assert.deepEqual(request.log, ['200', 'data hi end']);
  assert.equal(socket().state, 'closed');
  assert.equal(world.counter('cluster.c.upstream_cx_destroy_local_with_active_rq'), 1);
});

test('a response that is cut short resets with ProtocolError, none at all with ConnectionTermination', () => {
  const cut = send();
  socket().connected();
  socket().receive('HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nab');
  socket().peerEnds();
  assert.deepEqual(cut.log, ['200', 'data ab', 'reset ProtocolError']);
  assert.deepEqual(cut.flags, ['UPE']);
  const none = send();
  socket(1).connected();
  socket(1).peerEnds();
  assert.deepEqual(none.log, ['reset ConnectionTermination']);
});

test('bytes behind a response close the connection, 408 on an idle one without blame', () => {
  send();
  socket().connected();
  socket().receive('HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\nHTTP/1.1 200 OK\r\n\r\n');
  assert.equal(socket().state, 'closed');
  assert.equal(world.counter('cluster.c.upstream_cx_protocol_error'), 1);
  send();
  socket(1).connected();
  socket(1).receive('HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n');
  socket(1).receive('HTTP/1.1 408 Request Timeout\r\ncontent-length: 0\r\n\r\n');
  assert.equal(socket(1).state, 'closed');
  assert.equal(world.counter('cluster.c.upstream_cx_protocol_error'), 1);
});

test('a stream that reads no more stops the socket, and what is there comes when it reads again', () => {
  const request = send();
  socket().connected();
  request.encoder?.stream.readDisable(true);
  assert.equal(socket().readDisabled, true);
  request.encoder?.stream.readDisable(false);
  assert.equal(socket().readDisabled, false);
  socket().receive('HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n');
  assert.deepEqual(request.log, ['200 end']);
});

test('a slow upstream is felt by the stream as watermarks', () => {
  const request = send(false);
  socket().connected();
  socket().blocked = true;
  const body = new SliceBuffer();
  body.add('x'.repeat(200));
  request.encoder?.encodeData(body, false);
  assert.equal(request.log.at(-1), 'above');
  socket().takes();
  assert.equal(request.log.at(-1), 'below');
});
