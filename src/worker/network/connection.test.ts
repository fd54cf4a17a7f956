import assert from 'node:assert/strict';
import { beforeEach, describe, test } from 'node:test';
import type { Buffer } from '../../../sdk/buffer.ts';
import type {
  Address,
  ConnectionCallbacks,
  FilterStatus,
  NetworkFilter,
  ReadFilterCallbacks,
  WriteFilterCallbacks,
} from '../../../sdk/network.ts';
import { FakeSocket, FakeSocketEngine, fakeAddress } from '../../../test/harness/fake-socket.ts';
import { SliceBuffer } from '../../common/buffer/slice-buffer.ts';
import { createStatsMemory } from '../../common/stats/stats-memory.ts';
import { StatsStore } from '../../common/stats/stats-store.ts';
import { StreamRecord } from '../../common/stream-info/stream-record.ts';
import { SimulatedDispatcher, SimulatedTime } from '../../event/simulated-dispatcher.ts';
import { SocketOptionError } from '../../network/engine/engine.ts';
import { UpstreamClientConnection } from './client-connection.ts';
import { SocketConnectionInfo } from './connection-info.ts';
import { ServerConnection } from './server-connection.ts';

class Events implements ConnectionCallbacks {
  readonly log: string[] = [];
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

/** Takes all data, or leaves it while `status` is StopIteration and `keep` is set. */
class Recorder implements NetworkFilter {
  readonly log: string[] = [];
  readonly name: string;
  status: FilterStatus = 'Continue';
  newStatus: FilterStatus = 'Continue';
  take = true;
  callbacks: ReadFilterCallbacks | undefined;
  constructor(name = 'f') {
    this.name = name;
  }
  initializeReadFilterCallbacks(callbacks: ReadFilterCallbacks): void {
    this.callbacks = callbacks;
  }
  onNewConnection(): FilterStatus {
    this.log.push('new');
    return this.newStatus;
  }
  onData(data: Buffer, endStream: boolean): FilterStatus {
    this.log.push(`${data.toString()}${endStream ? '|end' : ''}`);
    if (this.take) data.drain(data.length);
    return this.status;
  }
}

let time: SimulatedTime;
let dispatcher: SimulatedDispatcher;
let socket: FakeSocket;
let events: Events;

function bytes(text: string): Buffer {
  const buffer = new SliceBuffer();
  buffer.add(text);
  return buffer;
}

function options(bufferLimitBytes = 0) {
  const info = new SocketConnectionInfo(1, fakeAddress('1.1.1.1:1'), fakeAddress('2.2.2.2:2'));
  return { dispatcher, info, streamInfo: new StreamRecord(time, info), bufferLimitBytes };
}

function serve(filters: readonly NetworkFilter[], bufferLimitBytes = 0): ServerConnection {
  const connection = new ServerConnection(socket, options(bufferLimitBytes));
  connection.addConnectionCallbacks(events);
  for (const filter of filters) connection.addFilter(filter);
  connection.initializeReadFilters();
  connection.start();
  return connection;
}

beforeEach(() => {
  time = new SimulatedTime();
  dispatcher = new SimulatedDispatcher('worker_0', time);
  socket = new FakeSocket();
  events = new Events();
});

describe('reading', () => {
  test('filters see data in order, each after its onNewConnection', () => {
    const [a, b] = [new Recorder(), new Recorder()];
    a.take = false;
    serve([a, b]);
    socket.receive('hi');
    assert.deepEqual(a.log, ['new', 'hi']);
    assert.deepEqual(b.log, ['new', 'hi']);
  });

  test('StopIteration in onNewConnection holds data back from later filters until continueReading', () => {
    const [a, b] = [new Recorder(), new Recorder()];
    a.newStatus = 'StopIteration';
    a.status = 'StopIteration';
    a.take = false;
    serve([a, b]);
    socket.receive('hi');
    assert.deepEqual(b.log, []);
    a.callbacks?.continueReading();
    assert.deepEqual(b.log, ['new', 'hi']);
  });

  test('injected data reaches only later filters', () => {
    const [a, b] = [new Recorder(), new Recorder()];
    serve([a, b]);
    a.callbacks?.injectReadDataToFilterChain(bytes('made up'), false);
    assert.deepEqual(a.log, ['new']);
    assert.deepEqual(b.log, ['new', 'made up']);
  });

  test('readDisable is counted; data left in the buffer comes again when the last reason goes', () => {
    const filter = new Recorder();
    filter.take = false;
    const connection = serve([filter]);
    socket.receive('left');
    connection.readDisable(true);
    connection.readDisable(true);
    assert.equal(socket.readDisabled, true);
    connection.readDisable(false);
    time.runUntilIdle();
    assert.deepEqual(filter.log, ['new', 'left']);
    filter.take = true;
    connection.readDisable(false);
    assert.equal(socket.readDisabled, false);
    time.runUntilIdle();
    assert.deepEqual(filter.log, ['new', 'left', 'left']);
  });

  test('a filter that sets the limit, and stops and resumes reading, while it sees bytes, gets those it leaves again', () => {
    const seen: string[] = [];
    const filter: NetworkFilter = {
      onData(data) {
        seen.push(data.toString());
        data.drain(1);
        assert.equal(connection.readBuffer, data);
        connection.setBufferLimits(3);
        connection.readDisable(true);
        connection.readDisable(false);
        return 'StopIteration';
      },
    };
    const connection = serve([filter]);
    socket.receive('12345678');
    assert.equal(socket.readDisabled, true);
    time.runUntilIdle();
    assert.deepEqual(seen, ['12345678', '2345678', '345678', '45678', '5678', '678', '78', '8']);
    assert.equal(socket.readDisabled, false);
    socket.receive('9');
    time.runUntilIdle();
    assert.equal(seen.at(-1), '9');
    assert.equal(connection.readBuffer.length, 0);
  });

  test('a read buffer above the limit stops the socket, and a filter that drains it resumes it', () => {
    const filter = new Recorder();
    filter.take = false;
    filter.status = 'StopIteration';
    const connection = serve([filter], 4);
    socket.receive('12345');
    assert.equal(socket.readDisabled, true);
    assert.equal(connection.readEnabled, false);
    filter.take = true;
    connection.readBuffer.drain(2);
    assert.equal(socket.readDisabled, true);
    connection.readBuffer.drain(1);
    assert.equal(socket.readDisabled, false);
    time.runUntilIdle();
    assert.deepEqual(filter.log, ['new', '12345', '45']);
  });

  test('FIN closes unless half close is enabled, where it is an end of stream', () => {
    const filter = new Recorder();
    const connection = serve([filter]);
    connection.enableHalfClose(true);
    socket.receive('x');
    socket.peerEnds();
    assert.deepEqual(filter.log, ['new', 'x', '|end']);
    assert.equal(connection.state, 'Open');
    connection.write(bytes('bye'), true);
    assert.equal(socket.ended, true);
    assert.equal(socket.takeSent(), 'bye');

    const other = new FakeSocket();
    socket = other;
    serve([new Recorder()]);
    other.peerEnds();
    assert.equal(other.state, 'closed');
    assert.deepEqual(events.log.at(-1), 'RemoteClose');
  });

  test('closing in onData stops the iteration and drops later events', () => {
    const b = new Recorder();
    const closer: NetworkFilter = {
      onData: () => {
        connection.close('NoFlush', 'enough');
        return 'Continue';
      },
    };
    const connection = serve([closer, b]);
    socket.receive('x');
    assert.deepEqual(b.log, ['new']);
    socket.receive('y');
    socket.peerEnds();
    assert.deepEqual(events.log, ['LocalClose']);
    assert.equal(connection.localCloseReason, 'enough');
  });
});

test('a filter that closes keeps the bytes in its hands until it returns', () => {
  let left = '';
  const closer: NetworkFilter = {
    onData: (data) => {
      connection.close('NoFlush');
      left = data.toString();
      return 'StopIteration';
    },
  };
  const connection = serve([closer]);
  socket.receive('abc');
  assert.equal(left, 'abc');
  assert.equal(connection.readBuffer.length, 0);
});

test('what is written on a connection that is closed, or behind its end, is let go of', () => {
  let released = 0;
  const written = (): Buffer => {
    const buffer = new SliceBuffer();
    buffer.addFragment(new Uint8Array(10), { release: () => released++ });
    return buffer;
  };
  const connection = serve([]);
  connection.enableHalfClose(true);
  connection.write(bytes('last words'), true);
  connection.write(written(), false);
  assert.equal(released, 1);
  connection.close('NoFlush');
  connection.write(written(), false);
  connection.rawWrite(written(), true);
  assert.equal(released, 3);
});

test('statistics of a connection balance when it is closed', () => {
  const scope = new StatsStore(createStatsMemory()).createScope();
  const stats = {
    readTotal: scope.counter('rt'),
    readCurrent: scope.gauge('rc'),
    writeTotal: scope.counter('wt'),
    writeCurrent: scope.gauge('wc'),
  };
  const filter = new Recorder();
  filter.take = false;
  const connection = serve([filter]);
  connection.setConnectionStats(stats);
  socket.receive('abc');
  socket.blocked = true;
  connection.write(bytes('123'), false);
  assert.deepEqual([stats.writeTotal.value, stats.writeCurrent.value], [3, 0]);
  socket.takes(0);
  assert.deepEqual([stats.writeTotal.value, stats.writeCurrent.value], [0, 3]);
  connection.write(bytes('45'), false);
  assert.deepEqual([stats.readTotal.value, stats.readCurrent.value, stats.writeCurrent.value], [3, 3, 5]);
  socket.takes(2);
  assert.deepEqual([stats.writeTotal.value, stats.writeCurrent.value], [2, 3]);
  connection.close('NoFlush');
  assert.deepEqual([stats.readCurrent.value, stats.writeCurrent.value], [0, 0]);
});

test('bytes that come while reading is disabled count when they are read', () => {
  const scope = new StatsStore(createStatsMemory()).createScope();
  const [readTotal, writeTotal] = [scope.counter('rt'), scope.counter('wt')];
  const [readCurrent, writeCurrent] = [scope.gauge('rc'), scope.gauge('wc')];
  const connection = serve([new Recorder()]);
  connection.setConnectionStats({ readTotal, readCurrent, writeTotal, writeCurrent });
  connection.readDisable(true);
  socket.receive('abc');
  assert.equal(readTotal.value, 0);
  connection.readDisable(false);
  dispatcher.time.advance(0);
  assert.equal(readTotal.value, 3);
});

describe('writing', () => {
  test('write filters run last added first and may hold data back', () => {
    const seen: string[] = [];
    let callbacks: WriteFilterCallbacks | undefined;
    const writer = (name: string, status: FilterStatus): NetworkFilter => ({
      initializeWriteFilterCallbacks: (given) => {
        if (name === 'b') callbacks = given;
      },
      onWrite: (data) => {
        seen.push(`${name}:${data.toString()}`);
        return status;
      },
    });
    const connection = serve([writer('a', 'Continue'), writer('b', 'StopIteration')]);
    connection.write(bytes('x'), false);
    assert.deepEqual(seen, ['b:x']);
    assert.equal(socket.takeSent(), '');
    callbacks?.injectWriteDataToFilterChain(bytes('y'), false);
    assert.deepEqual(seen, ['b:x', 'a:y']);
    assert.equal(socket.takeSent(), 'y');
  });

  test('watermarks fire once above the limit and once at half of it', () => {
    socket.blocked = true;
    const connection = serve([], 10);
    connection.write(bytes('1234567890'), false);
    assert.equal(connection.aboveHighWatermark, false);
    connection.write(bytes('1'), false);
    connection.write(bytes('2'), false);
    assert.deepEqual(events.log, ['above']);
    socket.takes(6);
    assert.deepEqual(events.log, ['above']);
    socket.takes(1);
    assert.deepEqual(events.log, ['above', 'below']);
  });

  test('sent bytes are told: a few at once, those that wait when the kernel took them, none twice', () => {
    const sent: number[] = [];
    const connection = serve([]);
    connection.addBytesSentCallback((count) => sent.push(count));
    connection.write(bytes('abc'), false);
    assert.deepEqual(sent, [3]);
    socket.blocked = true;
    connection.write(bytes('defg'), false);
    socket.takes(0);
    socket.takes(3);
    connection.write(bytes('hi'), false);
    socket.takes(3);
    assert.deepEqual(sent, [3, 4, 2]);
    connection.write(bytes('x'.repeat(16_385)), false);
    assert.deepEqual(sent, [3, 4, 2]);
    socket.takes();
    assert.deepEqual(sent, [3, 4, 2, 16_385]);
  });

  test('to the log, bytes are sent when they are written, whether they go out or not', () => {
    const connection = serve([]);
    socket.blocked = true;
    connection.write(bytes('abc'), false);
    socket.takes(0);
    connection.write(bytes('de'), false);
    assert.equal(connection.streamInfo.bytesSent, 5);
    socket.takes();
    assert.equal(connection.streamInfo.bytesSent, 5);
  });
});

describe('closing', () => {
  test('FlushWrite waits for the last byte, NoFlush does not', () => {
    socket.blocked = true;
    const connection = serve([]);
    connection.write(bytes('abc'), false);
    connection.close('FlushWrite');
    assert.equal(connection.state, 'Closing');
    assert.equal(socket.readDisabled, true);
    socket.takes(2);
    assert.equal(socket.state, 'open');
    socket.takes(1);
    assert.equal(socket.state, 'closed');
    assert.deepEqual(events.log, ['LocalClose']);
    connection.close('NoFlush');
    assert.deepEqual(events.log, ['LocalClose']);
  });

  test('NoFlush lets the kernel take what it can in this iteration', () => {
    socket.blocked = true;
    const connection = serve([]);
    connection.write(bytes('abc'), false);
    connection.close('NoFlush');
    assert.deepEqual(events.log, ['LocalClose']);
    assert.equal(socket.state, 'open');
    socket.takes(2);
    time.runUntilIdle();
    assert.equal(socket.state, 'closed');
    assert.equal(socket.takeSent(), 'ab');
    assert.deepEqual(events.log, ['LocalClose']);
  });

  test('FlushWriteAndDelay waits for the peer, at most the delayed close timeout', () => {
    const connection = serve([]);
    connection.setDelayedCloseTimeout(1000);
    connection.write(bytes('abc'), false);
    connection.close('FlushWriteAndDelay');
    assert.equal(connection.state, 'Closing');
    time.advance(999);
    assert.deepEqual(events.log, []);
    time.advance(1);
    assert.deepEqual(events.log, ['LocalClose']);
  });

  for (const when of ['before', 'after'] as const) {
    test(`what the kernel leaves, as told ${when} the close, has the delayed close timeout, anew with what goes out`, () => {
      socket.blocked = true;
      const connection = serve([]);
      connection.setDelayedCloseTimeout(1000);
      connection.write(bytes('abc'), false);
      if (when === 'before') socket.takes(0);
      connection.close('FlushWrite');
      if (when === 'after') socket.takes(0);
      time.advance(999);
      socket.takes(1);
      time.advance(999);
      assert.deepEqual(events.log, []);
      time.advance(1);
      assert.deepEqual(events.log, ['LocalClose']);
    });
  }

  test('a peer that closes first ends the delay', () => {
    const connection = serve([]);
    connection.setDelayedCloseTimeout(1000);
    connection.readDisable(true);
    socket.blocked = true;
    connection.write(bytes('abc'), false);
    connection.close('FlushWriteAndDelay');
    assert.equal(socket.readDisabled, true, 'nothing is read while bytes wait to be sent');
    socket.takes();
    assert.equal(socket.readDisabled, false, 'the peer’s FIN is waited for');
    socket.receive('too late');
    socket.peerEnds();
    assert.deepEqual(events.log, ['RemoteClose']);
    time.advance(2000);
    assert.deepEqual(events.log, ['RemoteClose']);
  });

  test('a peer that goes on sending while it is to close is read up to the limit, no further', () => {
    const connection = serve([]);
    connection.setBufferLimits(10);
    connection.setDelayedCloseTimeout(1000);
    connection.close('FlushWriteAndDelay');
    socket.receive('0123456789');
    assert.equal(socket.readDisabled, false);
    socket.receive('0');
    assert.equal(socket.readDisabled, true);
    time.advance(1000);
    assert.deepEqual(events.log, ['LocalClose']);
  });

  test('AbortReset sends RST; a RST of the peer is noticed as one', () => {
    const connection = serve([]);
    connection.close('AbortReset');
    assert.equal(socket.state, 'aborted');
    assert.equal(connection.detectedCloseType, 'LocalReset');
    socket = new FakeSocket();
    const other = serve([]);
    socket.breaks();
    assert.equal(other.detectedCloseType, 'RemoteReset');
    assert.deepEqual(events.log, ['LocalClose', 'RemoteClose']);
  });
});

describe('a client connection', () => {
  test('keeps what is written until it is connected', () => {
    const engine = new FakeSocketEngine();
    const connection = new UpstreamClientConnection(engine, { address: fakeAddress('2.2.2.2:2') }, options());
    connection.addConnectionCallbacks(events);
    connection.connect();
    connection.write(bytes('early'), false);
    const client = engine.sockets[0] as FakeSocket;
    assert.equal(client.takeSent(), '');
    client.connected();
    assert.deepEqual(events.log, ['Connected']);
    assert.equal(client.takeSent(), 'early');
    assert.equal(connection.info.localAddress.asString, '10.0.0.1:1000');
  });

  const source = fakeAddress('9.9.9.9:0');
  const failures: readonly [string, string, Address | undefined, string, string][] = [
    ['2.2.2.2:2', 'ECONNREFUSED', undefined, 'RemoteClose', 'delayed connect error: Connection refused'],
    [
      '/no.sock',
      'ENOENT',
      undefined,
      'RemoteClose',
      'immediate connect error: No such file or directory|remote address:/no.sock',
    ],
    [
      '2.2.2.2:2',
      'EADDRNOTAVAIL',
      source,
      'LocalClose',
      'failed to bind to 9.9.9.9:0: Cannot assign requested address',
    ],
    ['2.2.2.2:2', 'ECONNREFUSED', source, 'RemoteClose', 'delayed connect error: Connection refused'],
    [
      '[::2]:2',
      'EAFNOSUPPORT',
      source,
      'LocalClose',
      'failed to bind to 9.9.9.9:0: Address family not supported by protocol',
    ],
  ];
  for (const [to, code, sourceAddress, event, reason] of failures) {
    test(`tells why it could not connect to ${to}: ${code}${sourceAddress === undefined ? '' : ' from an address'}`, () => {
      const engine = new FakeSocketEngine();
      const from = sourceAddress === undefined ? {} : { sourceAddress };
      const connection = new UpstreamClientConnection(engine, { address: fakeAddress(to), ...from }, options());
      connection.addConnectionCallbacks(events);
      connection.connect();
      (engine.sockets[0] as FakeSocket).breaks(code);
      assert.deepEqual(events.log, [event]);
      assert.equal(connection.transportFailureReason, reason);
    });
  }

  test('an option that its socket does not take is our own fault, of which nothing is told', () => {
    const engine = new FakeSocketEngine();
    const connection = new UpstreamClientConnection(engine, { address: fakeAddress('2.2.2.2:2') }, options());
    connection.addConnectionCallbacks(events);
    connection.connect();
    const option = { level: 0, name: 0, value: new Uint8Array(4), state: 'prebind', label: '0/0' } as const;
    (engine.sockets[0] as FakeSocket).handler?.onClose(new SocketOptionError('EPERM', option));
    assert.deepEqual(events.log, ['LocalClose']);
    assert.equal(connection.transportFailureReason, '');
  });
});
