import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LogContext } from '../../../sdk/extension.ts';
import type { Address } from '../../../sdk/network.ts';
import type { StreamInfo } from '../../../sdk/stream-info.ts';
import type { UdpSender } from '../../../sdk/udp.ts';
import type { FakeUdpSocket } from '../../../test/harness/fake-socket.ts';
import { UpstreamWorld } from '../../../test/harness/upstream-world.ts';
import { SliceBuffer } from '../../common/buffer/slice-buffer.ts';
import { IpAddress } from '../../common/network/address.ts';
import type { UdpProxySettings } from './udp-proxy-config.ts';
import { UdpProxyFilter } from './udp-proxy-filter.ts';
import { UdpProxyStats } from './udp-proxy-stats.ts';

const local = new IpAddress('127.0.0.1', 1000);
const hosts = [{ address: '10.0.0.1:80' }, { address: '10.0.0.2:80' }];
const circuit = { circuitBreakers: { thresholds: [{ maxConnections: 2 }] } };

interface Line {
  readonly type: string;
  readonly flags: readonly string[];
  readonly metadata: unknown;
}

/** A udp_proxy over fake sockets, on virtual time. */
class ProxyWorld {
  readonly world = new UpstreamWorld();
  readonly sockets: FakeUdpSocket[] = [];
  readonly answers: string[] = [];
  readonly lines: Line[] = [];
  readonly filter: UdpProxyFilter;
  sessionId = 0;

  constructor(settings: Partial<UdpProxySettings> = {}) {
    const { world } = this;
    world.engine.udpSockets = this.sockets;
    world.addCluster({ name: 'c', ...circuit }, hosts);
    const log = {
      log: ({ accessLogType }: LogContext, { responseFlags, dynamicMetadata }: StreamInfo, self = this) =>
        void self.lines.push({ type: accessLogType, flags: responseFlags, metadata: dynamicMetadata }),
    };
    this.filter = new UdpProxyFilter(
      {
        settings: {
          idleTimeoutMs: 1000,
          usePerPacketLoadBalancing: false,
          hashPolicy: undefined,
          maxRxDatagramBytes: 1500,
          accessLogFlushIntervalMs: undefined,
          clusterNames: ['c', 'late'],
          ...settings,
        },
        stats: new UdpProxyStats(world.scope, 'p'),
        accessLogs: [log],
        proxyAccessLogs: [],
        clusterManager: world.manager,
        random: world.dispatcher.random,
        timeSource: world.time,
        sessionIds: this.#numbers(),
        route: (_local, { port }) => (port >= 100 ? 'late' : 'c'),
      },
      { dispatcher: world.dispatcher, send: (data, sender, peer) => this.#answer(data.toString(), sender, peer) },
    );
  }

  send(text: string, port: number): void {
    const data = new SliceBuffer();
    data.add(text);
    this.filter.onData(data, new IpAddress('127.0.0.2', port), local);
  }

  receive(index: number, text: string): void {
    const data = new SliceBuffer();
    data.add(text);
    const socket = this.sockets[index] as FakeUdpSocket;
    socket.handler?.onDatagram(data, socket.remoteAddress, socket.localAddress);
  }

  counter(name: string): number {
    return this.world.counter(name);
  }

  get active(): number {
    return this.world.gauge('udp.p.downstream_sess_active');
  }

  #answer(text: string, sender: UdpSender, { port }: Address): void {
    this.answers.push(`${port} ${text}`);
    sender.onSent(text.length);
  }

  #numbers() {
    const read = () => this.sessionId;
    return {
      get value() {
        return read();
      },
      replace: (_expected: number, value: number) => {
        this.sessionId = value;
        return true;
      },
      [Symbol.dispose]() {},
    };
  }
}

test('each client has a session of its own, until it idles', () => {
  const proxy = new ProxyWorld();
  proxy.send('a', 1);
  proxy.send('b', 2);
  proxy.send('c', 1);
  assert.deepEqual(
    proxy.sockets.map(({ sent }) => sent),
    [['a', 'c'], ['b']],
  );
  proxy.receive(0, 'answer');
  assert.deepEqual(proxy.answers, ['1 answer']);
  proxy.world.time.advance(600);
  proxy.receive(1, 'later');
  proxy.world.time.advance(600);
  assert.deepEqual([proxy.active, proxy.sockets[0]?.closed, proxy.sockets[1]?.closed], [1, true, false]);
  proxy.world.time.advance(600);
  assert.deepEqual([proxy.active, proxy.counter('udp.p.idle_timeout')], [0, 2]);
  assert.deepEqual(
    proxy.lines.map(({ type }) => type),
    ['UdpSessionEnd', 'UdpSessionEnd'],
  );
});

test('sessions are limited by the circuit breaker; what it refuses is logged', () => {
  const proxy = new ProxyWorld();
  for (const port of [1, 2, 3]) proxy.send('x', port);
  assert.deepEqual([proxy.sockets.length, proxy.active], [2, 2]);
  assert.equal(proxy.counter('cluster.c.upstream_cx_overflow'), 1);
  assert.deepEqual(
    proxy.lines.map(({ flags }) => flags),
    [['UO']],
  );
  proxy.world.time.advance(1001);
  proxy.send('x', 3);
  assert.equal(proxy.sockets.length, 3);
});

test('sessions end with their host, their cluster and the filter', () => {
  const proxy = new ProxyWorld();
  proxy.send('x', 1);
  const [first] = proxy.sockets;
  proxy.world.setHosts(
    'c',
    hosts.filter(({ address }) => address !== first?.remoteAddress.asString),
  );
  assert.deepEqual([first?.closed, proxy.active], [true, 0]);
  proxy.send('y', 1);
  proxy.world.removeCluster('c');
  assert.deepEqual([proxy.sockets[1]?.closed, proxy.active], [true, 0]);
  proxy.send('z', 1);
  assert.equal(proxy.counter('udp.p.downstream_sess_no_route'), 1);
  proxy.world.addCluster({ name: 'late' }, hosts);
  proxy.send('z', 100);
  proxy.filter[Symbol.dispose]();
  assert.deepEqual([proxy.sockets[2]?.sent, proxy.sockets[2]?.closed, proxy.active], [['z'], true, 0]);
});

test('each datagram is balanced when the configuration says so, in sessions of a client with a host', () => {
  const proxy = new ProxyWorld({ usePerPacketLoadBalancing: true });
  for (const text of ['a', 'b', 'c', 'd']) proxy.send(text, 1);
  assert.deepEqual(
    proxy.sockets.map(({ sent }) => sent),
    [
      ['a', 'c'],
      ['b', 'd'],
    ],
  );
});

test('a system without sockets costs datagrams, not the session', () => {
  const proxy = new ProxyWorld();
  proxy.world.engine.udpSockets = undefined;
  proxy.send('lost', 1);
  assert.equal(proxy.counter('cluster.c.udp.sess_tx_errors'), 1);
  proxy.world.engine.udpSockets = proxy.sockets;
  proxy.send('kept', 1);
  assert.deepEqual([proxy.sockets[0]?.sent, proxy.active], [['kept'], 1]);
});

test('what a host sends that is too long is dropped and counted', () => {
  const proxy = new ProxyWorld();
  proxy.send('x', 1);
  proxy.receive(0, 'y'.repeat(1501));
  proxy.receive(0, 'y'.repeat(1500));
  assert.equal(proxy.answers.length, 1);
  assert.equal(proxy.counter('cluster.c.udp.sess_rx_datagrams_dropped'), 1);
});

test('a session is logged from time to time', () => {
  const proxy = new ProxyWorld({ accessLogFlushIntervalMs: 300 });
  proxy.send('x', 1);
  proxy.world.time.advance(1000);
  assert.deepEqual(
    proxy.lines.map(({ type }) => type),
    ['UdpPeriodic', 'UdpPeriodic', 'UdpPeriodic', 'UdpSessionEnd'],
  );
});
