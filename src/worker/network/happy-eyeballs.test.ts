import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FakeSocket, fakeAddress } from '../../../test/harness/fake-socket.ts';
import { SliceBuffer } from '../../common/buffer/slice-buffer.ts';
import { SimulatedDispatcher, SimulatedTime } from '../../event/simulated-dispatcher.ts';
import { type ConnectOptions, SocketError } from '../../network/engine/engine.ts';
import { HappyEyeballsSocket, inTurn } from './happy-eyeballs.ts';

const options = (...texts: string[]): ConnectOptions[] => texts.map((text) => ({ address: fakeAddress(text) }));

function start(...texts: string[]) {
  const time = new SimulatedTime();
  const sockets: FakeSocket[] = [];
  const engine = {
    connect({ address }: ConnectOptions) {
      const socket = new FakeSocket(address);
      sockets.push(socket);
      return socket;
    },
  };
  const log: string[] = [];
  const socket = new HappyEyeballsSocket(engine, options(...texts), new SimulatedDispatcher('worker_0', time), () =>
    log.push('again'),
  );
  socket.setNoDelay(true);
  socket.readDisable(true);
  socket.start({
    onConnected: () => log.push(`connected ${socket.remoteAddress.asString}`),
    onData: (buffer) => log.push(`${buffer.length} bytes`),
    onEnd: () => log.push('end'),
    onWritable: (pending) => log.push(`writable ${pending}`),
    onClose: ({ code }) => log.push(code),
  });
  const states = () => sockets.map(({ remoteAddress, state }) => `${remoteAddress.asString} ${state}`);
  return { time, sockets, log, socket, states };
}

function sorted(firstVersion: 4 | 6 | undefined, firstCount: number): readonly string[] {
  const mixed = options('1.1.1.1:1', '1.1.1.2:1', '[::1]:1', '1.1.1.3:1', '[::2]:1');
  return inTurn(mixed, { firstVersion, firstCount }).map(({ address }) => address.asString);
}

test('families take turns, beginning with that of the first address', () => {
  assert.deepEqual(sorted(undefined, 1), ['1.1.1.1:1', '[::1]:1', '1.1.1.2:1', '[::2]:1', '1.1.1.3:1']);
});

test('the first family and how many of it come before one of the other are configured', () => {
  assert.deepEqual(sorted(6, 1), ['[::1]:1', '1.1.1.1:1', '[::2]:1', '1.1.1.2:1', '1.1.1.3:1']);
  assert.deepEqual(sorted(undefined, 2), ['1.1.1.1:1', '1.1.1.2:1', '[::1]:1', '1.1.1.3:1', '[::2]:1']);
  assert.deepEqual(sorted(6, 9), ['[::1]:1', '[::2]:1', '1.1.1.1:1', '1.1.1.2:1', '1.1.1.3:1']);
});

test('the next address is tried at once when one fails; that of the last failure is told', () => {
  const { sockets, log, states } = start('1.1.1.1:1', '1.1.1.2:1');
  assert.deepEqual(states(), ['1.1.1.1:1 open']);
  sockets[0]?.handler?.onClose(new SocketError('ECONNREFUSED'));
  assert.equal(sockets.length, 2);
  assert.deepEqual(log, ['again']);
  sockets[1]?.handler?.onClose(new SocketError('EHOSTUNREACH'));
  assert.deepEqual(log, ['again', 'EHOSTUNREACH']);
});

test('after 300 ms the next address is tried beside; the first that answers is kept, the others go', () => {
  const { time, sockets, log, states, socket } = start('1.1.1.1:1', '1.1.1.2:1', '1.1.1.3:1');
  time.advance(299);
  assert.equal(sockets.length, 1);
  time.advance(1);
  assert.equal(sockets.length, 2);
  sockets[1]?.handler?.onConnected();
  assert.deepEqual(log, ['again', 'connected 1.1.1.2:1']);
  assert.equal(states()[0], '1.1.1.1:1 closed');
  time.advance(1000);
  assert.equal(sockets.length, 2, 'no further attempt');
  assert.deepEqual([sockets[1]?.noDelay, sockets[1]?.readDisabled], [true, true]);

  const data = new SliceBuffer();
  data.add(Buffer.from('hello'));
  socket.write(data);
  assert.equal(sockets[1]?.sent.length, 5);
  socket.shutdownWrite();
  assert.equal(sockets[1]?.ended, true);
  sockets[1]?.handler?.onEnd();
  sockets[1]?.handler?.onClose(new SocketError('ECONNRESET'));
  assert.deepEqual(log.slice(2), ['end', 'ECONNRESET']);
});

test('a socket that is closed gives up all attempts', () => {
  const { time, sockets, log, states, socket } = start('1.1.1.1:1', '1.1.1.2:1', '1.1.1.3:1');
  time.advance(300);
  socket.close();
  assert.deepEqual(states(), ['1.1.1.1:1 closed', '1.1.1.2:1 closed']);
  time.advance(1000);
  assert.equal(sockets.length, 2);
  assert.deepEqual(log, ['again']);
});
