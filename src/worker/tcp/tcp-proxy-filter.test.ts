import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LogContext } from '../../../sdk/extension.ts';
import type { ConnectionEvent } from '../../../sdk/network.ts';
import type {
  PoolFailureReason,
  TcpPoolCallbacks,
  TcpUpstreamCallbacks,
  ThreadLocalCluster,
} from '../../../sdk/upstream.ts';
import { FakeConnection } from '../../../test/harness/fake-connection.ts';
import { SliceBuffer } from '../../common/buffer/slice-buffer.ts';
import { createStatsMemory } from '../../common/stats/stats-memory.ts';
import { StatsStore } from '../../common/stats/stats-store.ts';
import { SimulatedDispatcher, SimulatedTime } from '../../event/simulated-dispatcher.ts';
import type { TcpProxy, TcpProxySettings } from './tcp-proxy-config.ts';
import { TcpProxyFilter } from './tcp-proxy-filter.ts';
import { TcpProxyStats } from './tcp-proxy-stats.ts';
import { TcpRoutes } from './tcp-routes.ts';

interface Counts {
  inc(): void;
  value: number;
}
const count = (): Counts => ({
  value: 0,
  inc() {
    this.value++;
  },
});

const defaults: TcpProxySettings = {
  routes: new TcpRoutes([{ route: { clusterName: 'c', metadataMatch: undefined }, weight: 1 }], false),
  upstreamConnectMode: 'IMMEDIATE',
  maxEarlyDataBytes: undefined,
  checkDrainClose: false,
  maxConnectAttempts: 1,
  idleTimeoutMs: 1000,
  maxDownstreamConnectionDurationMs: undefined,
  maxDurationJitterPercentage: 0,
  backOff: undefined,
  hashPolicy: undefined,
  clientTlvs: undefined,
  tunneling: undefined,
  flushAccessLogOnStart: false,
  flushAccessLogOnConnected: false,
  accessLogFlushIntervalMs: undefined,
};

/** A client's connection, a cluster whose pool the test answers for, and what was logged. */
class World {
  readonly time = new SimulatedTime();
  readonly dispatcher = new SimulatedDispatcher('worker_0', this.time);
  readonly client = new FakeConnection(this.dispatcher);
  readonly upstream = new FakeConnection(this.dispatcher);
  readonly trafficStats = {
    upstreamCxOverflow: count(),
    upstreamCxConnectAttemptsExceeded: count(),
    upstreamFlowControlPausedReadingTotal: count(),
    upstreamFlowControlResumedReadingTotal: count(),
  };
  readonly logged: string[] = [];
  readonly stats = new TcpProxyStats(new StatsStore(createStatsMemory()).createScope(), 't');
  asked = 0;
  cancelled = 0;
  hasHosts = true;
  canConnect = true;
  hasCluster = true;
  /** How the pool answers at once; undefined = later. */
  answer: PoolFailureReason | 'Ready' | undefined = undefined;
  pool: TcpPoolCallbacks | undefined = undefined;
  upstreamCallbacks: TcpUpstreamCallbacks | undefined = undefined;
  readonly filter: TcpProxyFilter;

  constructor(settings: Partial<TcpProxySettings> = {}, downstreamInfo: object = {}) {
    for (const [name, value] of Object.entries(downstreamInfo))
      Object.defineProperty(this.client.info, name, { value });
    const info = { name: 'c', trafficStats: this.trafficStats };
    const cluster = {
      name: 'c',
      info,
      resourceManager: () => ({ connections: { canCreate: () => this.canConnect } }),
      tcpConnPool: () => (this.hasHosts ? { newConnection: (pool: TcpPoolCallbacks) => this.#ask(pool) } : undefined),
    } as unknown as ThreadLocalCluster;
    const proxy: TcpProxy = {
      settings: { ...defaults, ...settings },
      stats: this.stats,
      accessLogs: [{ log: (context: LogContext) => this.logged.push(this.#line(context)) }],
      clusterManager: {
        addUpdateCallbacks: () => ({ [Symbol.dispose]() {} }),
        getThreadLocalCluster: () => (this.hasCluster ? cluster : undefined),
      },
      random: { random: () => 5025, uuid: () => 'id' },
      clock: this.client.dispatcher,
      requestIds: undefined,
    };
    this.filter = new TcpProxyFilter(proxy);
    this.filter.initializeReadFilterCallbacks(this.client);
  }

  #line({ accessLogType }: LogContext): string {
    return [accessLogType, ...this.client.streamInfo.responseFlags].join(' ');
  }

  #ask(pool: TcpPoolCallbacks) {
    this.asked++;
    this.pool = pool;
    if (this.answer === undefined) return { cancel: () => void this.cancelled++ };
    if (this.answer === 'Ready') this.ready();
    else pool.onPoolFailure(this.answer, 'why', undefined);
    return undefined;
  }

  ready(): void {
    const connection = this.upstream as never;
    const callbacks = (given: TcpUpstreamCallbacks): void => {
      this.upstreamCallbacks = given;
    };
    this.upstream.addConnectionCallbacks({
      onEvent: (event: ConnectionEvent) => event !== 'Connected' && this.upstreamCallbacks?.onEvent(event),
      onAboveWriteBufferHighWatermark: () => {},
      onBelowWriteBufferLowWatermark: () => {},
    });
    this.pool?.onPoolReady({ connection, addUpstreamCallbacks: callbacks, release: () => {} }, {} as never);
  }

  /** A connection that has come so far that both sides talk. */
  static connected(settings: Partial<TcpProxySettings> = {}): World {
    const world = new World(settings);
    assert.equal(world.filter.onNewConnection(), 'StopIteration');
    world.ready();
    return world;
  }

  settle(): void {
    this.time.runUntilIdle();
  }
}

function text(value: string): SliceBuffer {
  const data = new SliceBuffer();
  data.add(value);
  return data;
}

test('nothing is read before the upstream is there; then bytes go both ways', () => {
  const world = new World();
  assert.equal(world.client.readDisables, 1);
  world.filter.onNewConnection();
  world.ready();
  assert.equal(world.client.readDisables, 0);
  world.filter.onData(text('up'), false);
  world.upstreamCallbacks?.onUpstreamData(text('down'), false);
  assert.deepEqual([world.upstream.written, world.client.written], ['up', 'down']);
  const { downstreamBytes, upstreamBytes } = world.client.streamInfo;
  assert.deepEqual([downstreamBytes.wireBytesReceived, downstreamBytes.wireBytesSent], [2, 4]);
  assert.deepEqual([upstreamBytes?.wireBytesSent, upstreamBytes?.wireBytesReceived], [2, 4]);
});

test('a pool that is ready at once lets the filter chain go on', () => {
  const world = new World();
  world.answer = 'Ready';
  assert.equal(world.filter.onNewConnection(), 'Continue');
});

for (const [name, change, flags, failure] of [
  ['no cluster', { hasCluster: false }, 'NC', 3],
  ['no healthy host', { hasHosts: false }, 'UH', 1],
  ['too many connections', { canConnect: false }, 'UO', 2],
  ['a refused connection', { answer: 'RemoteConnectionFailure' }, 'UF URX', 0],
  ['a connect timeout', { answer: 'Timeout' }, 'UF URX', 0],
  ['a full pool', { answer: 'Overflow' }, 'URX', 0],
] as const) {
  test(`${name} closes the client's connection with ${flags}`, () => {
    const world = new World();
    Object.assign(world, change);
    world.filter.onNewConnection();
    assert.deepEqual(world.client.closes, ['NoFlush']);
    assert.equal(world.client.localCloseReason, `tcp_initializion_failure:${failure}`);
    world.settle();
    assert.deepEqual(world.logged, [`TcpConnectionEnd ${flags}`]);
  });
}

test('connecting is tried as often as configured, in a turn of the loop each', () => {
  const world = new World({ maxConnectAttempts: 50_000 });
  world.answer = 'RemoteConnectionFailure';
  world.filter.onNewConnection();
  assert.equal(world.asked, 1);
  world.settle();
  assert.equal(world.asked, 50_000);
  assert.equal(world.client.streamInfo.attemptCount, 50_000);
  assert.equal(world.trafficStats.upstreamCxConnectAttemptsExceeded.value, 1);
});

test('attempts wait for the back-off', () => {
  const world = new World({ maxConnectAttempts: 2, backOff: { baseMs: 100, maxMs: 1000 } });
  world.filter.onNewConnection();
  world.pool?.onPoolFailure('RemoteConnectionFailure', '', undefined);
  assert.equal(world.asked, 1);
  world.time.advance(100);
  assert.equal(world.asked, 2);
});

test('a client that leaves while connecting cancels, and is not tried for again', () => {
  const world = new World({ maxConnectAttempts: 3 });
  world.filter.onNewConnection();
  world.client.raise('RemoteClose');
  assert.equal(world.cancelled, 1);
  world.pool?.onPoolFailure('RemoteConnectionFailure', '', undefined);
  assert.equal(world.asked, 1);
});

test('silence on both sides ends both connections', () => {
  const world = World.connected();
  world.time.advance(900);
  world.upstreamCallbacks?.onUpstreamData(text('x'), false);
  world.time.advance(900);
  assert.deepEqual(world.client.closes, []);
  world.filter.onData(text('y'), false);
  world.time.advance(900);
  assert.deepEqual(world.client.closes, []);
  world.time.advance(200);
  assert.equal(world.client.localCloseReason, 'tcp_session_idle_timeout');
  assert.deepEqual([world.client.closes, world.upstream.closes], [['NoFlush'], ['NoFlush']]);
  assert.equal(world.stats.idleTimeout.value, 1);
});

test('a connection does not outlive its maximum duration, with half the jitter drawn', () => {
  const world = World.connected({ maxDownstreamConnectionDurationMs: 100, maxDurationJitterPercentage: 50 });
  world.time.advance(124);
  assert.deepEqual(world.client.closes, []);
  world.time.advance(1);
  assert.equal(world.client.localCloseReason, 'max_connection_duration_reached');
  world.settle();
  assert.deepEqual(world.logged, ['TcpConnectionEnd DT']);
});

test('an upstream that closes has its bytes delivered to the client', () => {
  const world = World.connected();
  world.upstream.raise('RemoteClose');
  assert.deepEqual(world.client.closes, ['FlushWrite']);
});

test("a reset of either side is passed on to the other's", () => {
  const reset = World.connected();
  Object.assign(reset.upstream, { detectedCloseType: 'RemoteReset' });
  reset.upstream.raise('RemoteClose');
  assert.deepEqual(reset.client.closes, ['AbortReset']);
  assert.equal(reset.client.streamInfo.hasResponseFlag('UR'), true);
  assert.equal(reset.client.streamInfo.upstream?.detectedCloseType, 'RemoteReset');
  const other = World.connected();
  Object.assign(other.client, { detectedCloseType: 'RemoteReset' });
  other.client.raise('RemoteClose');
  assert.deepEqual(other.upstream.closes, ['AbortReset']);
});

test('the bytes of a client that has gone are flushed; what then comes from upstream ends it', () => {
  const world = World.connected();
  world.client.raise('RemoteClose');
  assert.deepEqual(world.upstream.closes, ['FlushWrite']);
  assert.equal(world.stats.upstreamFlushActive.value, 1);
  world.upstream.state = 'Open';
  world.upstreamCallbacks?.onUpstreamData(text('late'), false);
  assert.deepEqual(world.upstream.closes, ['FlushWrite', 'NoFlush']);
  assert.deepEqual([world.stats.upstreamFlushActive.value, world.stats.upstreamFlushTotal.value], [0, 1]);
});

test('a full buffer on one side stops reading on the other', () => {
  const world = World.connected();
  world.client.overflow(true);
  assert.equal(world.upstream.readDisables, 1);
  world.client.overflow(false);
  assert.equal(world.upstream.readDisables, 0);
  world.upstreamCallbacks?.onAboveWriteBufferHighWatermark();
  assert.equal(world.client.readDisables, 1);
  world.upstreamCallbacks?.onBelowWriteBufferLowWatermark();
  assert.equal(world.client.readDisables, 0);
  assert.equal(world.stats.downstreamFlowControlPausedReadingTotal.value, 1);
  assert.equal(world.trafficStats.upstreamFlowControlResumedReadingTotal.value, 1);
});

test('lines at the start, when connected, from time to time and at the end', () => {
  const world = new World({
    flushAccessLogOnStart: true,
    flushAccessLogOnConnected: true,
    accessLogFlushIntervalMs: 100,
  });
  world.filter.onNewConnection();
  world.ready();
  world.time.advance(250);
  world.client.raise('RemoteClose');
  world.time.advance(250);
  assert.deepEqual(world.logged, [
    'TcpConnectionStart',
    'TcpUpstreamConnected',
    'TcpPeriodic',
    'TcpPeriodic',
    'TcpConnectionEnd',
  ]);
});

test('a client is idle also while there is no upstream', () => {
  const world = new World();
  world.filter.onNewConnection();
  world.time.advance(1000);
  assert.equal(world.client.localCloseReason, 'tcp_session_idle_timeout');
  assert.equal(world.cancelled, 1);
});

const onData = { upstreamConnectMode: 'ON_DOWNSTREAM_DATA', maxEarlyDataBytes: 4 } as const;

test('the upstream may be asked for only with the first bytes, which then go to it', () => {
  const world = new World(onData);
  assert.deepEqual([world.filter.onNewConnection(), world.asked, world.client.readDisables], ['Continue', 0, 0]);
  world.filter.onData(text('ab'), false);
  assert.deepEqual([world.asked, world.client.readDisables], [1, 0]);
  world.filter.onData(text('cd'), false);
  assert.deepEqual([world.asked, world.client.readDisables], [1, 1]);
  world.ready();
  assert.deepEqual([world.upstream.written, world.client.readDisables], ['abcd', 0]);
  assert.equal(world.client.streamInfo.upstreamBytes?.wireBytesSent, 4);
  assert.equal(world.stats.earlyDataReceivedCountTotal.value, 2);
});

test('an end alone asks for no upstream', () => {
  const world = new World(onData);
  world.filter.onNewConnection();
  world.filter.onData(text(''), true);
  assert.equal(world.asked, 0);
});

test('early data may come while connecting, and none may be kept', () => {
  const world = new World({ maxEarlyDataBytes: 0 });
  assert.deepEqual([world.filter.onNewConnection(), world.asked], ['Continue', 1]);
  world.filter.onData(text('ab'), true);
  assert.equal(world.client.readDisables, 1);
  world.ready();
  assert.deepEqual([world.upstream.written, world.client.readDisables], ['ab', 0]);
});

test('the upstream may be asked for after the handshake, where there is one', () => {
  const settings = { upstreamConnectMode: 'ON_DOWNSTREAM_TLS_HANDSHAKE', maxEarlyDataBytes: 9 } as const;
  const plain = new World(settings);
  plain.filter.onNewConnection();
  assert.equal(plain.asked, 1);
  const world = new World(settings, { ssl: {} });
  world.filter.onNewConnection();
  assert.equal(world.asked, 0);
  world.client.raise('Connected');
  assert.equal(world.asked, 1);
});

test('connections end with their next bytes when the listener drains, if they are to', () => {
  const world = World.connected({ checkDrainClose: true });
  world.filter.onData(text('a'), false);
  assert.deepEqual(world.client.closes, []);
  world.client.drainClose = true;
  world.upstreamCallbacks?.onUpstreamData(text('b'), false);
  assert.deepEqual([world.client.closes, world.client.localCloseReason], [['FlushWrite'], 'tcp_proxy_drain_close']);
  assert.equal(world.stats.downstreamCxDrainClose.value, 1);
});
