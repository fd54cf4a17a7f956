import assert from 'node:assert/strict';
import { Socket as DatagramSocket } from 'node:dgram';
import { test } from 'node:test';
import { IpAddress } from '../../../common/network/address.ts';
import { GuardedDispatcher } from '../../../event/guarded-dispatcher.ts';
import { RealDispatcher } from '../../../event/real-dispatcher.ts';
import { bindUdp, connectUdp } from '../compliance/datagrams.ts';
import { type EngineSubject, listen, Peer, pair } from '../compliance/harness.ts';
import { runEngineCompliance } from '../compliance/suite.ts';
import { runSystemCompliance } from '../compliance/system.ts';
import { NodeSocketEngine } from './node-engine.ts';

const patienceMs = 5000;

/** @param onFault takes what callbacks throw; else it ends the process. */
function makeSubject(onFault?: (error: unknown) => void): EngineSubject {
  const dispatcher = new RealDispatcher('worker_0');
  const engine = new NodeSocketEngine(onFault === undefined ? dispatcher : new GuardedDispatcher(dispatcher, onFault));
  const pass = (ms: number): Promise<void> => new Promise((resolve) => dispatcher.createTimer(resolve).enableTimer(ms));
  return {
    engine,
    dispatcher,
    async until(condition, what) {
      const endMs = dispatcher.timeSource.monotonicTimeMs() + patienceMs;
      while (!condition()) {
        if (dispatcher.timeSource.monotonicTimeMs() > endMs) throw new Error(`waited in vain for ${what}`);
        await dispatcher.run('NonBlock');
      }
    },
    rest: () => pass(5),
    refusingAddress: () => new IpAddress('127.0.0.1', 1),
    async [Symbol.asyncDispose]() {
      engine[Symbol.dispose]();
      dispatcher.shutdown();
    },
  };
}

runEngineCompliance('node', () => makeSubject());
runSystemCompliance('node', () => makeSubject());

test('a callback that throws takes nobody else’s turn', async () => {
  const thrown: unknown[] = [];
  await using subject = makeSubject((error) => thrown.push(error));
  const listening = listen(subject);
  const faulty = new Peer(subject.engine.connect({ address: listening.address }));
  faulty.onWritable = () => {
    faulty.onWritable = () => {};
    throw new Error('of the owner');
  };
  faulty.socket.start(faulty);
  await subject.until(() => faulty.log.length > 0 && listening.accepted.length > 0, 'the connection');
  const others: [Peer, Peer][] = [];
  for (let i = 0; i < 5; i++) {
    const [client, server] = await pair(subject, listening);
    others.push([client, server]);
  }
  subject.dispatcher.post(() => {
    faulty.write('x');
    for (const [client] of others) client.write('hello');
  });
  await subject.until(() => others.every(([, server]) => server.text === 'hello'), 'what the others wrote');
  assert.deepEqual(thrown.map(String), ['Error: of the owner']);
});

test('datagrams wait for a system that takes none, a mebibyte of them; the rest is told as lost', async (t) => {
  await using subject = makeSubject();
  const server = bindUdp(subject);
  const client = connectUdp(subject, server.socket.localAddress);
  const waiting = t.mock.method(DatagramSocket.prototype, 'getSendQueueSize', () => 1_048_571);
  client.send('much');
  client.send('more, too much');
  client.send('last!');
  await subject.until(() => client.sentBytes + client.sendErrors.length === 10, 'all to be told of');
  assert.deepEqual(client.sendErrors, ['ENOBUFS']);
  waiting.mock.restore();
  client.send('a longer one, again');
  await subject.until(() => server.received.includes('a longer one, again'), 'one that comes later');
  assert.deepEqual(server.received, ['much', 'last!', 'a longer one, again']);
});
