import assert from 'node:assert/strict';
import { beforeEach, describe, test } from 'node:test';
import type { RequestEncoder, ResponseDecoder } from '../../../sdk/codec.ts';
import type { Cancellable, HttpConnectionPool, HttpPoolCallbacks, LoadBalancerContext } from '../../../sdk/upstream.ts';
import type { FakeSocket } from '../../../test/harness/fake-socket.ts';
import { ClusterReader, fakeRequest, UpstreamWorld } from '../../../test/harness/upstream-world.ts';
import { SliceBuffer } from '../../common/buffer/slice-buffer.ts';
import type { WorkerCluster } from './thread-local-cluster.ts';

const reader = new ClusterReader();

/** One request: what its pool and its response told. */
class Request implements HttpPoolCallbacks, ResponseDecoder {
  readonly log: string[] = [];
  encoder: RequestEncoder | undefined;
  cancellable: Cancellable | undefined;
  onReady: (() => void) | undefined;

  onPoolReady(encoder: RequestEncoder): void {
    this.log.push('ready');
    this.encoder = encoder;
    encoder.stream.addCallbacks({
      onResetStream: (reason) => this.log.push(`reset ${reason}`),
      onAboveWriteBufferHighWatermark() {},
      onBelowWriteBufferLowWatermark() {},
    });
    this.onReady?.();
  }
  onPoolFailure(reason: string, details: string): void {
    this.log.push(`failed ${reason}${details === '' ? '' : ` (${details})`}`);
  }
  decode1xxHeaders(): void {}
  decodeHeaders(headers: { status: number }, endStream: boolean): void {
    this.log.push(`${headers.status}${endStream ? ' end' : ''}`);
  }
  decodeData(data: { length: number; toString(): string; drain(n: number): void }, endStream: boolean): void {
    this.log.push(`data ${data.toString()}${endStream ? ' end' : ''}`);
    data.drain(data.length);
  }
  decodeTrailers(): void {
    this.log.push('trailers');
  }
}

let world: UpstreamWorld;

function pool(priority: 'default' | 'high' = 'default'): HttpConnectionPool {
  const found = world.manager.getThreadLocalCluster('c')?.httpConnPool(priority, 'HTTP/1.1', undefined);
  assert.ok(found);
  return found;
}

/** A request that is sent whole as soon as it has a connection. */
function send(path = '/a'): Request {
  const request = new Request();
  request.onReady = () => void request.encoder?.encodeHeaders(fakeRequest(path), true);
  request.cancellable = pool().newStream(request, request);
  return request;
}

function socket(index: number): FakeSocket {
  return world.engine.sockets[index] as FakeSocket;
}

function addCluster(fields: object = {}): void {
  world.addCluster({ name: 'c', ...fields }, [{ address: '10.0.0.1:80' }]);
}

const options = (common: object): object => ({
  typedExtensionProtocolOptions: {
    'envoy.extensions.upstreams.http.v3.HttpProtocolOptions': {
      '@type': 'type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions',
      commonHttpProtocolOptions: common,
      explicitHttpConfig: { httpProtocolOptions: {} },
    },
  },
});

const breakers = (thresholds: object): object => ({ circuitBreakers: { thresholds: [thresholds] } });

beforeEach(() => {
  world = new UpstreamWorld(reader);
});

describe('a connection', () => {
  test('is opened for the first stream and used again for the next', () => {
    addCluster();
    const first = send('/a');
    assert.deepEqual(first.log, []);
    assert.equal(world.gauge('cluster.c.upstream_rq_pending_active'), 1);
    socket(0).connected();
    assert.equal(socket(0).takeSent(), '/a\n');
    socket(0).receive('200\n');
    assert.deepEqual(first.log, ['ready', '200 end']);
    const second = send('/b');
    assert.deepEqual(second.log, ['ready'], 'a ready connection answers within newStream');
    assert.equal(socket(0).takeSent(), '/b\n');
    assert.equal(world.engine.sockets.length, 1);
    assert.equal(world.counter('cluster.c.upstream_rq_total'), 2);
    assert.equal(world.counter('cluster.c.upstream_rq_pending_total'), 1);
    assert.equal(world.counter('cluster.c.upstream_cx_http1_total'), 1);
    assert.equal(world.gauge('cluster.c.upstream_rq_active'), 1);
    assert.equal(world.counter('cluster.c.upstream_cx_tx_bytes_total'), 6);
  });

  test('is counted from its begin to its end', () => {
    addCluster();
    const counts = () =>
      ['total', 'active', 'destroy', 'destroy_remote'].map((name) => `cluster.c.upstream_cx_${name}`);
    const values = () => counts().map((name) => (name.endsWith('active') ? world.gauge(name) : world.counter(name)));
    const samples = () =>
      ['cx_connect_ms', 'cx_length_ms', 'rq_per_cx'].map((name) => world.samples(`cluster.c.upstream_${name}`));
    send();
    assert.deepEqual(
      [values(), samples()],
      [
        [1, 1, 0, 0],
        [0, 0, 0],
      ],
    );
    socket(0).connected();
    assert.deepEqual(samples(), [1, 0, 0]);
    socket(0).peerEnds();
    assert.deepEqual(
      [values(), samples()],
      [
        [1, 0, 1, 1],
        [1, 1, 1],
      ],
    );
  });

  test('and its streams are counted at the host', () => {
    addCluster();
    const cluster = world.manager.getThreadLocalCluster('c') as WorkerCluster;
    const counts = () => {
      const [host] = cluster.prioritySet.hosts.values();
      assert.ok(host);
      const { cxTotal, cxActive, cxConnectFail, rqTotal, rqActive, rqPendingActive } = host.stats;
      return [cxTotal, cxActive, cxConnectFail, rqTotal, rqActive, rqPendingActive];
    };
    send();
    assert.deepEqual(counts(), [1, 1, 0, 0, 0, 1]);
    socket(0).connected();
    assert.deepEqual(counts(), [1, 1, 0, 1, 1, 0]);
    socket(0).peerEnds();
    assert.deepEqual(counts(), [1, 0, 0, 1, 0, 0]);
    send();
    socket(1).breaks('ECONNREFUSED');
    assert.deepEqual(counts(), [2, 0, 1, 1, 0, 0]);
  });

  test('carries one stream at a time; those that wait get it in their order', () => {
    addCluster(breakers({ maxConnections: 1 }));
    const requests = [send('/1'), send('/2'), send('/3')];
    assert.equal(world.engine.sockets.length, 1);
    assert.equal(world.counter('cluster.c.upstream_cx_overflow'), 2);
    socket(0).connected();
    socket(0).receive('200\n');
    world.time.runUntilIdle();
    // Those that go on waiting ran into the limit again, each time that a connection was ready.
    assert.equal(world.counter('cluster.c.upstream_cx_overflow'), 4);
    assert.deepEqual(
      requests.map((request) => request.log.length),
      [2, 1, 0],
    );
    assert.equal(socket(0).takeSent(), '/1\n/2\n');
  });

  test('that answered with Connection: close is closed after the response', () => {
    addCluster();
    send();
    socket(0).connected();
    socket(0).receive('200 connection=close\n');
    assert.equal(socket(0).state, 'closed');
    assert.equal(world.counter('cluster.c.upstream_cx_close_notify'), 1);
    assert.equal(world.counter('cluster.c.upstream_cx_destroy_local'), 1);
    assert.equal(world.counter('cluster.c.upstream_cx_destroy_with_active_rq'), 0);
    assert.equal(world.gauge('cluster.c.upstream_rq_active'), 0);
    assert.equal(world.gauge('cluster.c.upstream_cx_active'), 0);
  });

  test('is closed when the response was complete before the request', () => {
    addCluster();
    const request = new Request();
    request.onReady = () => void request.encoder?.encodeHeaders(fakeRequest('/'), false);
    pool().newStream(request, request);
    socket(0).connected();
    socket(0).receive('200\n');
    assert.deepEqual(request.log, ['ready', '200 end']);
    assert.equal(socket(0).state, 'closed');
  });

  test('takes no more than max_requests_per_connection', () => {
    addCluster(options({ maxRequestsPerConnection: 2 }));
    for (const path of ['/1', '/2']) {
      send(path);
      if (path === '/1') socket(0).connected();
      socket(0).receive('200\n');
    }
    assert.equal(socket(0).state, 'closed');
    assert.equal(world.counter('cluster.c.upstream_cx_max_requests'), 1);
    send('/3');
    assert.equal(world.engine.sockets.length, 2);
  });

  test('closes after its idle timeout, counted from the last response', () => {
    addCluster(options({ idleTimeout: '10s' }));
    send();
    socket(0).connected();
    world.time.advance(60_000);
    assert.equal(socket(0).state, 'open', 'a connection with a stream is not idle');
    socket(0).receive('200\n');
    world.time.advance(9_999);
    assert.equal(socket(0).state, 'open');
    world.time.advance(1);
    assert.equal(socket(0).state, 'closed');
    assert.equal(world.counter('cluster.c.upstream_cx_idle_timeout'), 1);
  });

  test('that carries requests now and then is idle since the last one', () => {
    addCluster(options({ idleTimeout: '10s' }));
    send();
    socket(0).connected();
    socket(0).receive('200\n');
    for (const [idleMs, busyMs] of [
      [6_000, 1_000],
      [6_000, 6_000],
      [9_999, 25_000],
    ] as const) {
      world.time.advance(idleMs);
      send();
      world.time.advance(busyMs);
      socket(0).receive('200\n');
    }
    world.time.advance(9_999);
    assert.equal(socket(0).state, 'open');
    world.time.advance(1);
    assert.equal(socket(0).state, 'closed');
    assert.equal(world.engine.sockets.length, 1);
  });

  test('that reached max_connection_duration finishes its stream first', () => {
    addCluster(options({ maxConnectionDuration: '5s' }));
    send();
    socket(0).connected();
    world.time.advance(5_000);
    assert.equal(socket(0).state, 'open');
    socket(0).receive('200\n');
    assert.equal(socket(0).state, 'closed');
    assert.equal(world.counter('cluster.c.upstream_cx_max_duration_reached'), 1);
  });
});

describe('failures', () => {
  test('a refused connection fails all streams that wait', () => {
    addCluster();
    const requests = [send(), send()];
    socket(0).breaks('ECONNREFUSED');
    const expected = ['failed RemoteConnectionFailure (delayed connect error: Connection refused)'];
    assert.deepEqual(
      requests.map((request) => request.log),
      [expected, expected],
    );
    assert.equal(world.counter('cluster.c.upstream_cx_connect_fail'), 1);
    assert.equal(world.counter('cluster.c.upstream_rq_pending_failure_eject'), 2);
    assert.equal(world.gauge('cluster.c.upstream_rq_pending_active'), 0);
  });

  test('connecting takes connect_timeout at most', () => {
    addCluster({ connectTimeout: '0.25s' });
    const request = send();
    world.time.advance(249);
    assert.deepEqual(request.log, []);
    world.time.advance(1);
    assert.deepEqual(request.log, ['failed Timeout']);
    assert.equal(world.counter('cluster.c.upstream_cx_connect_timeout'), 1);
    assert.equal(socket(0).state, 'closed');
  });

  test('a connection that is closed resets its stream', () => {
    addCluster();
    const request = send();
    socket(0).connected();
    socket(0).peerEnds();
    assert.deepEqual(request.log, ['ready', 'reset ConnectionTermination']);
    assert.equal(world.counter('cluster.c.upstream_cx_destroy_remote_with_active_rq'), 1);
    assert.equal(world.gauge('cluster.c.upstream_rq_active'), 0);
  });

  test('a body that ends with the connection is complete, not reset', () => {
    addCluster();
    const request = send();
    socket(0).connected();
    socket(0).receive('200 close-delimited\n+abc\n');
    socket(0).peerEnds();
    assert.deepEqual(request.log, ['ready', '200', 'data abc', 'data  end']);
    assert.equal(world.counter('cluster.c.upstream_cx_destroy_with_active_rq'), 0);
  });

  test('a codec error closes the connection and resets with ProtocolError', () => {
    addCluster();
    const request = send();
    socket(0).connected();
    socket(0).receive('bad\n');
    assert.deepEqual(request.log, ['ready', 'reset ProtocolError']);
    assert.equal(world.counter('cluster.c.upstream_cx_protocol_error'), 1);
    assert.equal(socket(0).state, 'closed');
  });

  test('a stream that is reset takes its connection along', () => {
    addCluster();
    const request = send();
    socket(0).connected();
    request.encoder?.stream.resetStream('LocalReset');
    assert.equal(socket(0).state, 'closed');
    assert.deepEqual(request.log, ['ready', 'reset LocalReset']);
    assert.equal(world.gauge('cluster.c.upstream_rq_active'), 0);
  });

  test('a retry from within a failure opens a new connection', () => {
    addCluster();
    const first = send();
    let second: Request | undefined;
    first.onPoolFailure = () => {
      second = send('/again');
    };
    socket(0).breaks('ECONNREFUSED');
    assert.equal(world.engine.sockets.length, 2);
    socket(1).connected();
    assert.deepEqual(second?.log, ['ready']);
  });

  test('a cancelled stream leaves the queue, and with closeExcess its connection goes too', () => {
    addCluster();
    send().cancellable?.cancel();
    assert.equal(socket(0).state, 'open');
    const other = send();
    assert.equal(world.engine.sockets.length, 1, 'the connection in the making serves the next stream');
    other.cancellable?.cancel('closeExcess');
    assert.equal(socket(0).state, 'closed');
    assert.equal(world.counter('cluster.c.upstream_rq_cancelled'), 2);
    assert.equal(world.gauge('cluster.c.upstream_rq_pending_active'), 0);
  });
});

describe('circuit breakers', () => {
  test('max_pending_requests fails what would wait', () => {
    addCluster(breakers({ maxPendingRequests: 1 }));
    send();
    assert.deepEqual(send().log, ['failed Overflow']);
    assert.equal(world.counter('cluster.c.upstream_rq_pending_overflow'), 1);
  });

  test('max_requests fails what a ready connection would take', () => {
    addCluster(breakers({ maxRequests: 1 }));
    send();
    const second = send();
    socket(0).connected();
    socket(1).connected();
    assert.deepEqual(second.log, ['failed Overflow']);
    assert.equal(world.counter('cluster.c.upstream_rq_active_overflow'), 1);
  });

  test('per_host_thresholds limit the connections of each host', () => {
    addCluster({ circuitBreakers: { perHostThresholds: [{ maxConnections: 1 }] } });
    send();
    send();
    assert.equal(world.engine.sockets.length, 1);
    assert.equal(world.counter('cluster.c.upstream_cx_overflow'), 1);
  });

  test('max_connection_pools refuses the pool of another host', () => {
    const json = { name: 'c', ...breakers({ maxConnectionPools: 1 }) };
    const cluster = world.addCluster(json, [{ address: '10.0.0.1:80' }, { address: '10.0.0.2:80' }]);
    const request = new Request();
    cluster.httpConnPool('default', undefined, undefined)?.newStream(request, request);
    assert.equal(cluster.httpConnPool('default', undefined, undefined), undefined);
    assert.equal(world.counter('cluster.c.upstream_cx_pool_overflow'), 1);
    socket(0).breaks('ECONNREFUSED');
    assert.equal(cluster.resourceManager('default').connectionPools.count, 0);
  });

  test('priorities have their own pools and limits', () => {
    addCluster(breakers({ maxPendingRequests: 1 }));
    send();
    const urgent = new Request();
    pool('high').newStream(urgent, urgent);
    assert.deepEqual(urgent.log, []);
    assert.equal(world.engine.sockets.length, 2);
  });
});

describe('hosts', () => {
  test('a removed host closes idle connections at once and busy ones when they are done', () => {
    addCluster();
    send();
    send();
    socket(0).connected();
    socket(1).connected();
    socket(0).receive('200\n');
    world.setHosts('c', []);
    assert.equal(socket(0).state, 'closed');
    assert.equal(socket(1).state, 'open');
    socket(1).receive('200\n');
    assert.equal(socket(1).state, 'closed');
  });

  test('a cluster that is replaced or gone is not found any more', () => {
    world.addCluster({ name: 'c' }, []);
    const first = world.manager.getThreadLocalCluster('c');
    assert.equal(world.manager.getThreadLocalCluster('c'), first);
    world.addCluster({ name: 'd' }, []);
    assert.equal(world.manager.getThreadLocalCluster('d')?.name, 'd');
    assert.equal(world.manager.getThreadLocalCluster('c'), first);
    world.addCluster({ name: 'c', connectTimeout: '7s' }, []);
    const second = world.manager.getThreadLocalCluster('c');
    assert.equal(second?.info.connectTimeoutMs, 7000);
    world.removeCluster('c');
    assert.equal(world.manager.getThreadLocalCluster('c'), undefined);
  });

  test('none leaves the request without a pool', () => {
    world.addCluster({ name: 'c' }, []);
    const cluster = world.manager.getThreadLocalCluster('c');
    assert.equal(cluster?.httpConnPool('default', undefined, undefined), undefined);
    assert.equal(world.counter('cluster.c.upstream_cx_none_healthy'), 1);
  });

  test('a host whose health fails finishes its streams, and its connections end with them', () => {
    const json = { name: 'c', closeConnectionsOnHostHealthFailure: true };
    world.addCluster(json, [{ address: '10.0.0.1:80', id: 1 }]);
    const request = send();
    socket(0).connected();
    world.setHosts('c', [{ address: '10.0.0.1:80', id: 1, health: 'Unhealthy' }]);
    assert.deepEqual(request.log, ['ready']);
    socket(0).receive('200\n');
    assert.deepEqual(request.log, ['ready', '200 end']);
    assert.equal(socket(0).state, 'closed');
  });

  test('where each downstream connection has a pool of its own, none uses the connections of another', () => {
    addCluster({ connectionPoolPerDownstreamConnection: true });
    const cluster = world.manager.getThreadLocalCluster('c');
    const balancing = { hostSelectionRetryCount: 0, shouldSelectAnotherHost: () => false };
    const poolOf = (id: number) => {
      const context = { ...balancing, downstreamConnection: { id } } as unknown as LoadBalancerContext;
      return cluster?.httpConnPool('default', undefined, context);
    };
    assert.ok(poolOf(1));
    assert.equal(poolOf(1), poolOf(1));
    assert.notEqual(poolOf(1), poolOf(2));
    assert.notEqual(poolOf(1), cluster?.httpConnPool('default', undefined, undefined));
  });

  test('a replaced cluster finishes its streams and takes no more', () => {
    addCluster();
    const old = send();
    socket(0).connected();
    addCluster({ connectTimeout: '1s' });
    send('/new');
    assert.equal(world.engine.sockets.length, 2);
    socket(0).receive('200\n');
    assert.deepEqual(old.log, ['ready', '200 end']);
    assert.equal(socket(0).state, 'closed');
    world.removeCluster('c');
    assert.equal(world.manager.getThreadLocalCluster('c'), undefined);
  });

  test('the statistics of a removed cluster end with its last connection', () => {
    addCluster();
    send();
    socket(0).connected();
    const { upstreamCxActive } = world.manager.getThreadLocalCluster('c')?.info.trafficStats ?? {};
    world.removeCluster('c');
    assert.equal(upstreamCxActive?.value, 1);
    socket(0).receive('200\n');
    assert.equal(world.counter('cluster.c.upstream_cx_total'), 0, 'counted anew: the old one has ended');
  });

  test('preconnect_policy keeps connections ahead of the streams', () => {
    addCluster({ preconnectPolicy: { perUpstreamPreconnectRatio: 2 } });
    send();
    assert.equal(world.engine.sockets.length, 2);
  });
});

test('a request body passes the pool and is sent', () => {
  addCluster();
  const request = new Request();
  request.onReady = () => void request.encoder?.encodeHeaders(fakeRequest('/'), false);
  pool().newStream(request, request);
  socket(0).connected();
  const body = new SliceBuffer();
  body.add('body');
  request.encoder?.encodeData(body, true);
  assert.equal(socket(0).takeSent(), '/ more\n+body.\n');
  socket(0).receive('200\n');
  assert.equal(socket(0).state, 'open');
});
