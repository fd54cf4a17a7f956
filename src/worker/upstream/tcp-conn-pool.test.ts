import assert from 'node:assert/strict';
import { beforeEach, describe, test } from 'node:test';
import type { TcpConnectionData, TcpPoolCallbacks, TcpUpstreamCallbacks } from '../../../sdk/upstream.ts';
import type { FakeSocket } from '../../../test/harness/fake-socket.ts';
import { ClusterReader, UpstreamWorld } from '../../../test/harness/upstream-world.ts';
import { SliceBuffer } from '../../common/buffer/slice-buffer.ts';

const reader = new ClusterReader();

class User implements TcpPoolCallbacks, TcpUpstreamCallbacks {
  readonly log: string[] = [];
  data: TcpConnectionData | undefined;

  onPoolReady(data: TcpConnectionData): void {
    this.log.push('ready');
    this.data = data;
  }
  onPoolFailure(reason: string): void {
    this.log.push(`failed ${reason}`);
  }
  onUpstreamData(data: { length: number; toString(): string; drain(n: number): void }, endStream: boolean): void {
    this.log.push(`${data.toString()}${endStream ? '|end' : ''}`);
    data.drain(data.length);
  }
  onEvent(event: string): void {
    this.log.push(event);
  }
  onAboveWriteBufferHighWatermark(): void {
    this.log.push('above');
  }
  onBelowWriteBufferLowWatermark(): void {
    this.log.push('below');
  }
}

let world: UpstreamWorld;

function connect(): User {
  const user = new User();
  world.manager.getThreadLocalCluster('c')?.tcpConnPool('default', undefined)?.newConnection(user);
  return user;
}

function socket(index: number): FakeSocket {
  return world.engine.sockets[index] as FakeSocket;
}

beforeEach(() => {
  world = new UpstreamWorld(reader);
  world.addCluster({ name: 'c', perConnectionBufferLimitBytes: 10 }, [{ address: '10.0.0.1:80' }]);
});

describe('a TCP connection', () => {
  test('reads nothing until its user takes the data', () => {
    const user = connect();
    socket(0).connected();
    assert.deepEqual(user.log, ['ready']);
    assert.equal(socket(0).readDisabled, true);
    user.data?.addUpstreamCallbacks(user);
    assert.equal(socket(0).readDisabled, false);
    socket(0).receive('hello');
    assert.deepEqual(user.log, ['ready', 'hello']);
  });

  test('tells its user of watermarks and of its end', () => {
    const user = connect();
    socket(0).connected();
    user.data?.addUpstreamCallbacks(user);
    socket(0).blocked = true;
    const bytes = new SliceBuffer();
    bytes.add('0123456789x');
    user.data?.connection.write(bytes, false);
    socket(0).takes();
    socket(0).peerEnds();
    assert.deepEqual(user.log, ['ready', 'above', 'below', 'RemoteClose']);
    assert.equal(world.counter('cluster.c.upstream_cx_destroy_remote_with_active_rq'), 1);
    assert.equal(world.gauge('cluster.c.upstream_rq_active'), 0);
    user.data?.release();
    assert.equal(world.gauge('cluster.c.upstream_rq_active'), 0, 'released once only');
  });

  test('that was given back open goes to the next user, and closes when it stays unused', () => {
    const first = connect();
    socket(0).connected();
    first.data?.addUpstreamCallbacks(first);
    first.data?.release();
    const second = connect();
    assert.deepEqual(second.log, ['ready']);
    second.data?.release();
    world.time.advance(600_000);
    assert.equal(socket(0).state, 'closed');
    assert.equal(world.counter('cluster.c.upstream_cx_idle_timeout'), 1);
  });

  test('closes when data comes that nobody asked for', () => {
    const user = connect();
    socket(0).connected();
    user.data?.addUpstreamCallbacks(user);
    user.data?.release();
    socket(0).receive('stray');
    assert.equal(socket(0).state, 'closed');
    assert.deepEqual(user.log, ['ready']);
  });
});

test('a failed connection fails the user who waits', () => {
  const user = connect();
  socket(0).breaks('ECONNREFUSED');
  assert.deepEqual(user.log, ['failed RemoteConnectionFailure']);
});

test('connections count as requests, whose circuit breaker is for HTTP alone', () => {
  const circuitBreakers = { thresholds: [{ maxRequests: 1 }] };
  world.addCluster({ name: 'c', circuitBreakers }, [{ address: '10.0.0.1:80' }]);
  const users = [connect(), connect()];
  for (const index of users.keys()) socket(index).connected();
  assert.deepEqual(
    users.map(({ log }) => log),
    [['ready'], ['ready']],
  );
  assert.equal(world.gauge('cluster.c.upstream_rq_active'), 2);
  assert.equal(world.counter('cluster.c.upstream_rq_active_overflow'), 0);
});

test('a host whose health fails keeps its connections, unless they are to be closed then', () => {
  const endsOf = (closeConnectionsOnHostHealthFailure: boolean) => {
    world = new UpstreamWorld(reader);
    world.addCluster({ name: 'c', closeConnectionsOnHostHealthFailure }, [{ address: '10.0.0.1:80', id: 1 }]);
    const user = connect();
    socket(0).connected();
    user.data?.addUpstreamCallbacks(user);
    world.setHosts('c', [{ address: '10.0.0.1:80', id: 1, health: 'Unhealthy' }]);
    return user.log;
  };
  assert.deepEqual(endsOf(false), ['ready']);
  assert.deepEqual(endsOf(true), ['ready', 'LocalClose']);
});
