import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import type { Buffer } from '../../../sdk/buffer.ts';
import type { NetworkFilter, TransportSocket, TransportSocketCallbacks } from '../../../sdk/network.ts';
import { FakeSocket, FakeSocketEngine, fakeAddress } from '../../../test/harness/fake-socket.ts';
import { SliceBuffer } from '../../common/buffer/slice-buffer.ts';
import { createStatsMemory } from '../../common/stats/stats-memory.ts';
import { StatsStore } from '../../common/stats/stats-store.ts';
import { StreamRecord } from '../../common/stream-info/stream-record.ts';
import { SimulatedDispatcher, SimulatedTime } from '../../event/simulated-dispatcher.ts';
import { UpstreamClientConnection } from './client-connection.ts';
import { SocketConnectionInfo } from './connection-info.ts';
import { ServerConnection } from './server-connection.ts';

/** Shouts on the wire and expects `hello;` first; `!` breaks it. */
class LoudSocket implements TransportSocket {
  readonly protocol = 'loud';
  failureReason = '';
  readonly ssl = undefined;
  disposed = false;
  #callbacks: TransportSocketCallbacks | undefined;
  #greeted = false;

  start(callbacks: TransportSocketCallbacks): void {
    this.#callbacks = callbacks;
  }
  onConnected(): void {
    this.#send('hello;');
  }
  onReceived(data: Buffer): void {
    let text = data.toString();
    data.drain(data.length);
    if (text.includes('!')) {
      this.failureReason = 'too loud';
      this.#callbacks?.onFailure();
      return;
    }
    if (!this.#greeted && text.startsWith('hello;')) {
      this.#greeted = true;
      text = text.slice('hello;'.length);
      this.#callbacks?.onHandshakeComplete();
    }
    const plain = new SliceBuffer();
    plain.add(text.toLowerCase());
    if (plain.length > 0) this.#callbacks?.onPlaintext(plain, false);
  }
  write(plaintext: Buffer): void {
    const text = plaintext.toString();
    plaintext.drain(plaintext.length);
    this.#send(text.toUpperCase());
  }
  onPeerClosed(): void {}
  close(): void {
    this.#send('bye;');
  }
  end(): void {
    this.#callbacks?.onPlaintext(new SliceBuffer(), true);
  }
  [Symbol.dispose](): void {
    this.disposed = true;
  }
  #send(text: string): void {
    const bytes = new SliceBuffer();
    bytes.add(text);
    this.#callbacks?.onSend(bytes, false);
  }
}

let time: SimulatedTime;
let loud: LoudSocket;
let events: string[];
let received: string[];

beforeEach(() => {
  time = new SimulatedTime();
  loud = new LoudSocket();
  events = [];
  received = [];
});

const reader: NetworkFilter = {
  onData(data) {
    received.push(data.toString());
    data.drain(data.length);
    return 'Continue';
  },
};

function options() {
  const info = new SocketConnectionInfo(1, fakeAddress('1.1.1.1:1'), fakeAddress('2.2.2.2:2'));
  const dispatcher = new SimulatedDispatcher('worker_0', time);
  return { dispatcher, info, streamInfo: new StreamRecord(time, info), transportSocket: loud };
}

const callbacks = {
  onEvent: (event: string) => void events.push(event),
  onAboveWriteBufferHighWatermark() {},
  onBelowWriteBufferLowWatermark() {},
};

function bytes(text: string): Buffer {
  const buffer = new SliceBuffer();
  buffer.add(text);
  return buffer;
}

test('Connected comes with the end of the handshake, and early writes after it', () => {
  const engine = new FakeSocketEngine();
  const connection = new UpstreamClientConnection(engine, { address: fakeAddress('2.2.2.2:2') }, options());
  connection.addConnectionCallbacks(callbacks);
  connection.addFilter(reader);
  connection.connect();
  connection.write(bytes('early'), false);
  const socket = engine.sockets[0] as FakeSocket;
  socket.connected();
  assert.deepEqual(events, []);
  assert.equal(socket.takeSent(), 'hello;');
  socket.receive('hello;HI');
  assert.deepEqual(events, ['Connected']);
  assert.equal(socket.takeSent(), 'EARLY');
  assert.deepEqual(received, ['hi']);
  assert.equal(connection.info.nextProtocol, 'loud');
});

test('a failure of the layer closes the connection and tells why', () => {
  const socket = new FakeSocket();
  const connection = new ServerConnection(socket, options());
  connection.addConnectionCallbacks(callbacks);
  connection.start();
  socket.receive('hello;');
  socket.receive('hey!');
  assert.deepEqual(events, ['Connected', 'RemoteClose']);
  assert.equal(connection.transportFailureReason, 'too loud');
  assert.equal(socket.state, 'closed');
  assert.equal(loud.disposed, true);
});

test('the layer says farewell when the connection closes, not when it is aborted', () => {
  const close = (type: 'NoFlush' | 'FlushWrite' | 'Abort'): string => {
    loud = new LoudSocket();
    const socket = new FakeSocket();
    const connection = new ServerConnection(socket, options());
    connection.start();
    socket.receive('hello;');
    socket.takeSent();
    connection.close(type);
    return socket.takeSent();
  };
  assert.deepEqual([close('NoFlush'), close('FlushWrite'), close('Abort')], ['bye;', 'bye;', '']);
});

test('the end of the stream within the layer is the peer’s FIN', () => {
  const open = (halfClose: boolean): ServerConnection => {
    loud = new LoudSocket();
    events = [];
    const socket = new FakeSocket();
    const connection = new ServerConnection(socket, options());
    connection.addConnectionCallbacks(callbacks);
    connection.addFilter(reader);
    connection.enableHalfClose(halfClose);
    connection.start();
    socket.receive('hello;');
    loud.end();
    return connection;
  };
  assert.equal(open(false).state, 'Closed');
  assert.deepEqual(events, ['Connected', 'RemoteClose']);
  assert.equal(open(true).state, 'Open');
});

test('a handshake that takes too long is counted and closed, one that was in time is not', () => {
  const scope = new StatsStore(createStatsMemory()).createScope();
  const timeouts = scope.counter('timeouts');
  const start = (): FakeSocket => {
    loud = new LoudSocket();
    const socket = new FakeSocket();
    const connection = new ServerConnection(socket, options());
    connection.setTransportSocketConnectTimeout(1000, timeouts, undefined);
    connection.start();
    details = () => [connection.streamInfo.connectionTerminationDetails, connection.localCloseReason];
    return socket;
  };
  let details = (): unknown => undefined;
  const quick = start();
  quick.receive('hello;');
  const slow = start();
  time.advance(1000);
  assert.equal(quick.state, 'open');
  assert.equal(slow.state, 'closed');
  assert.equal(timeouts.value, 1);
  assert.deepEqual(details(), ['transport socket timeout was reached', 'transport_socket_timeout']);
});
