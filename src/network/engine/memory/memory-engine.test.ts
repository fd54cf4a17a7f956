import assert from 'node:assert/strict';
import { test } from 'node:test';
import { IpAddress } from '../../../common/network/address.ts';
import { SeededRandom } from '../../../event/random.ts';
import { SimulatedDispatcher, SimulatedTime } from '../../../event/simulated-dispatcher.ts';
import { connect, type EngineSubject, listen, type Peer, pair } from '../compliance/harness.ts';
import { runEngineCompliance } from '../compliance/suite.ts';
import { type FaultPlan, type Faults, randomFaults } from './faults.ts';
import { MemorySocketEngine } from './memory-engine.ts';
import { MemoryNetwork } from './memory-network.ts';

const silent = new IpAddress('192.0.2.1', 80);

function makeSubject(faults: FaultPlan = () => ({})): EngineSubject & { readonly time: SimulatedTime } {
  const time = new SimulatedTime();
  const dispatcher = new SimulatedDispatcher('worker_0', time);
  const network = new MemoryNetwork((to) => (to.equals(silent) ? { connect: 'ignore' } : faults(to)));
  const engine = new MemorySocketEngine(dispatcher, network);
  return {
    engine,
    dispatcher,
    time,
    async until(condition, what) {
      for (let ms = 0; ms < 10_000; ms++) {
        if (condition()) return;
        time.advance(1);
      }
      throw new Error(`waited in vain for ${what}`);
    },
    async rest() {
      time.advance(100);
    },
    refusingAddress: () => new IpAddress('127.0.0.1', 1),
    silentAddress: () => silent,
    async [Symbol.asyncDispose]() {
      engine[Symbol.dispose]();
      dispatcher.shutdown();
    },
  };
}

runEngineCompliance('memory', makeSubject);
runEngineCompliance('memory with latency', () => makeSubject(() => ({ latencyMs: 3 })));

const only =
  (faults: Faults): FaultPlan =>
  () =>
    faults;

test('fault: segments arrive one by one', async () => {
  await using subject = makeSubject(only({ segmentBytes: 2 }));
  const [client, server] = await pair(subject);
  client.write('12345');
  await subject.until(() => server.text === '12345', 'the bytes');
  assert.deepEqual(server.pieces, [2, 2, 1]);
});

test('fault: a reset after some bytes reaches both sides', async () => {
  await using subject = makeSubject(only({ resetAfterBytes: 5 }));
  const [client, server] = await pair(subject);
  client.write('1234');
  await subject.until(() => server.text === '1234', 'the bytes');
  server.write('56');
  await subject.until(() => client.error !== undefined && server.error !== undefined, 'the resets');
  assert.equal(client.text, '56');
});

test('fault: the peer never reads', async () => {
  await using subject = makeSubject(only({ neverRead: true }));
  const [client, server] = await pair(subject);
  client.write('x'.repeat(200_000));
  await subject.rest();
  assert.ok(client.socket.pendingBytes > 100_000);
  assert.equal(server.received.length, 0);
});

test('fault: refused, unreachable', async () => {
  for (const [fault, code] of [
    ['refuse', 'ECONNREFUSED'],
    ['unreachable', 'EHOSTUNREACH'],
  ] as const) {
    await using subject = makeSubject(only({ connect: fault, latencyMs: 5 }));
    const listening = listen(subject);
    const client = connect(subject, listening.address);
    subject.time.advance(4);
    assert.deepEqual(client.log, []);
    subject.time.advance(1);
    assert.deepEqual(client.log, [`close ${code}`]);
  }
});

test('a full queue of connections answers no more until there is room', async () => {
  await using subject = makeSubject();
  const listening = listen(subject, { address: new IpAddress('127.0.0.1', 0), backlog: 2 });
  listening.socket.pause();
  const clients = Array.from({ length: 3 }, () => connect(subject, listening.address));
  await subject.rest();
  assert.deepEqual(
    clients.map((client) => client.log),
    [['connected'], ['connected'], []],
  );
});

async function scenario(seed: number): Promise<string[]> {
  const random = new SeededRandom(seed);
  const chances = { refuse: 0.1, ignore: 0.1, reset: 0.3, neverRead: 0.1, segment: 0.5, maxLatencyMs: 20 };
  await using subject = makeSubject(randomFaults(random, chances));
  const listening = listen(subject);
  const clients: Peer[] = [];
  for (let i = 0; i < 30; i++) {
    const client = connect(subject, listening.address);
    client.write('x'.repeat(random.random() % 30_000));
    client.socket.shutdownWrite();
    clients.push(client);
    subject.time.advance(random.random() % 10);
  }
  subject.time.advance(60_000);
  return [...clients, ...listening.accepted].map((peer) => `${peer.log.join()} ${peer.received.length}`);
}

test('one seed gives the same faults and the same run', async () => {
  const [first, again, other] = [await scenario(11), await scenario(11), await scenario(12)];
  assert.deepEqual(first, again);
  assert.notDeepEqual(first, other);
  assert.ok(first.some((line) => line.includes('ECONNREFUSED')));
  assert.ok(first.some((line) => line.includes('ECONNRESET')));
});
