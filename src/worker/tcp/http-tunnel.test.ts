import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RequestEncoder, Stream, StreamCallbacks } from '../../../sdk/codec.ts';
import { ConfigContext, ConfigErrorCollector } from '../../../sdk/config.ts';
import type { RequestHeaderMap } from '../../../sdk/headers.ts';
import type { RequestIdGenerator } from '../../../sdk/http.ts';
import type { Host, HttpConnectionPool, HttpPoolCallbacks, PoolFailureReason } from '../../../sdk/upstream.ts';
import { FakeConnection } from '../../../test/harness/fake-connection.ts';
import { SliceBuffer } from '../../common/buffer/slice-buffer.ts';
import { ResponseHeaders, Trailers } from '../../common/headers/header-map.ts';
import { parseHeaderFormat } from '../../common/router/header-format.ts';
import { SimulatedDispatcher, SimulatedTime } from '../../event/simulated-dispatcher.ts';
import { HttpTunnel } from './http-tunnel.ts';
import type { TcpUpstream } from './tcp-upstream.ts';
import type { Tunneling } from './tunneling.ts';

const host = {} as Host;
const bytes = (text: string): SliceBuffer => {
  const buffer = new SliceBuffer();
  buffer.add(text);
  return buffer;
};

/** A tunnel whose pool and stream the test plays. */
class World {
  readonly downstream = new FakeConnection(new SimulatedDispatcher('worker_0', new SimulatedTime()));
  readonly seen: string[] = [];
  sent = '';
  headers: RequestHeaderMap | undefined = undefined;
  ready: TcpUpstream | undefined = undefined;
  failure: readonly [PoolFailureReason, string] | undefined = undefined;
  resets = 0;
  pool: HttpPoolCallbacks | undefined = undefined;
  cancelled = 0;
  readonly tunnel: HttpTunnel;
  #stream: StreamCallbacks | undefined = undefined;

  constructor(tunneling: Partial<Tunneling> = {}, requestIds?: RequestIdGenerator) {
    const settings: Tunneling = {
      hostname: parseHeaderFormat('target:1', new ConfigContext(new ConfigErrorCollector())),
      postPath: undefined,
      headersToAdd: undefined,
      propagateResponseHeaders: false,
      propagateResponseTrailers: false,
      requestIds: undefined,
      ...tunneling,
    };
    this.tunnel = new HttpTunnel(settings, requestIds, this.downstream, {
      onTunnelReady: (tunnel) => {
        this.ready = tunnel;
        tunnel.addUpstreamCallbacks({
          onUpstreamData: (data, endStream) => this.seen.push(`${data}${endStream ? ' end' : ''}`),
          onEvent: (event) => this.seen.push(event),
          onAboveWriteBufferHighWatermark: () => this.seen.push('high'),
          onBelowWriteBufferLowWatermark: () => this.seen.push('low'),
        });
      },
      onPoolFailure: (reason, details) => {
        this.failure = [reason, details];
      },
    });
    this.tunnel.open({
      newStream: (_decoder: unknown, callbacks: HttpPoolCallbacks) => {
        this.pool = callbacks;
        return { cancel: () => this.cancelled++ };
      },
    } as unknown as HttpConnectionPool);
  }

  connect(): this {
    const stream = {
      addCallbacks: (callbacks: StreamCallbacks) => {
        this.#stream = callbacks;
      },
      removeCallbacks: () => {
        this.#stream = undefined;
      },
      resetStream: () => this.resets++,
      readDisable: () => {},
    } as unknown as Stream;
    const encoder = {
      stream,
      enableTcpTunneling: () => {},
      encodeHeaders: (headers: RequestHeaderMap) => {
        this.headers = headers;
      },
      encodeData: (data: SliceBuffer, endStream: boolean) => {
        this.sent += `${data}${endStream ? ' end' : ''}`;
      },
    } as unknown as RequestEncoder;
    const { info, streamInfo } = this.downstream;
    this.pool?.onPoolReady(encoder, host, info, streamInfo, 'HTTP/1.1');
    return this;
  }

  resetByUpstream(): void {
    this.#stream?.onResetStream('ConnectionTermination', '');
  }
}

test('a tunnel stands when the answer is a success, and not before', () => {
  const world = new World().connect();
  assert.deepEqual(
    [...(world.headers?.entries() ?? [])],
    [
      [':method', 'CONNECT'],
      [':authority', 'target:1'],
    ],
  );
  assert.equal(world.ready, undefined);
  world.tunnel.decodeHeaders(ResponseHeaders.withStatus(201), false);
  (world.ready as TcpUpstream | undefined)?.write(bytes('ping'), false);
  world.tunnel.decodeData(bytes('pong'), false);
  assert.equal(world.sent, 'ping');
  assert.deepEqual(world.seen, ['pong']);
});

test('POST has a path', () => {
  const world = new World({ postPath: '/p' }).connect();
  assert.equal(world.headers?.method, 'POST');
  assert.equal(world.headers?.path, '/p');
});

test('a refusal is told with its status, and the stream is reset', () => {
  const world = new World({ propagateResponseHeaders: true }).connect();
  world.tunnel.decodeHeaders(ResponseHeaders.withStatus(503), false);
  assert.deepEqual(world.failure, ['RemoteConnectionFailure', 'tunnel_response:503']);
  assert.equal(world.resets, 1);
  const kept = world.downstream.streamInfo.filterState.get('envoy.tcp_proxy.propagate_response_headers');
  assert.deepEqual(kept?.serializeAsValue?.(), { headers: [{ key: ':status', value: '503' }] });
});

test('an answer that ends with its headers opens nothing', () => {
  const world = new World().connect();
  world.tunnel.decodeHeaders(ResponseHeaders.withStatus(200), true);
  assert.equal(world.ready, undefined);
  assert.deepEqual(world.failure, ['RemoteConnectionFailure', 'tunnel_response:200']);
});

test('an upstream that goes away while it is awaited is a failure, later it is the end', () => {
  const early = new World().connect();
  early.resetByUpstream();
  assert.deepEqual(early.failure, ['RemoteConnectionFailure', '']);
  const late = new World().connect();
  late.tunnel.decodeHeaders(ResponseHeaders.withStatus(200), false);
  late.resetByUpstream();
  assert.deepEqual(late.seen, ['RemoteClose']);
  assert.equal(late.tunnel.state, 'Closed');
});

test('with the trailers the answer is over', () => {
  const world = new World({ postPath: '/', propagateResponseTrailers: true }).connect();
  world.tunnel.decodeHeaders(ResponseHeaders.withStatus(200), false);
  world.tunnel.decodeTrailers(Trailers.of([['x', '1']]));
  assert.deepEqual(world.seen, [' end', 'RemoteClose']);
  const kept = world.downstream.streamInfo.filterState.get('envoy.tcp_proxy.propagate_response_trailers');
  assert.deepEqual(kept?.serializeAsValue?.(), { headers: [{ key: 'x', value: '1' }] });
});

test('a client that goes away takes its place in the queue, or its stream, along', () => {
  const waiting = new World();
  waiting.tunnel.cancel();
  assert.equal(waiting.cancelled, 1);
  const asking = new World().connect();
  asking.tunnel.cancel();
  assert.equal(asking.resets, 1);
  assert.equal(asking.failure, undefined);
});

test('the request may have an id, under a name of its own, which dynamic metadata keep', () => {
  const ids: RequestIdGenerator = {
    set: (headers) => headers.set('x-request-id', 'one'),
    get: (headers) => headers.get('x-request-id'),
    setInResponse() {},
  };
  const requestIds = { extension: undefined as never, config: undefined, header: 'x-mine', metadataKey: 'key' };
  const world = new World({ requestIds }, ids).connect();
  assert.deepEqual([world.headers?.get('x-mine'), world.headers?.get('x-request-id')], ['one', undefined]);
  const metadata = world.downstream.streamInfo.dynamicMetadata('envoy.filters.network.tcp_proxy');
  assert.deepEqual(metadata, { key: 'one' });
});
