import assert from 'node:assert/strict';
import { test } from 'node:test';
import { IpAddress } from '../../../common/network/address.ts';
import { RealDispatcher } from '../../../event/real-dispatcher.ts';
import { type EngineSubject, listen, localhost, pair } from '../compliance/harness.ts';
import { Soak } from '../compliance/soak.ts';
import { runEngineCompliance } from '../compliance/suite.ts';
import { runSystemCompliance } from '../compliance/system.ts';
import type { IoUringEngine } from './io-uring-engine.ts';
import { createIoUringEngine, type IoUringOptions } from './open-io-uring.ts';

const patienceMs = 5000;

function makeSubject(options?: IoUringOptions): EngineSubject & { readonly engine: IoUringEngine } {
  const dispatcher = new RealDispatcher('worker_0');
  const engine = createIoUringEngine(dispatcher, options);
  if ('reason' in engine) throw new Error(engine.reason);
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
    heldObjects: () => engine.usedIds + engine.receiveMemory.held,
    rest: () => pass(5),
    refusingAddress: () => new IpAddress('127.0.0.1', 1),
    async [Symbol.asyncDispose]() {
      engine[Symbol.dispose]();
      dispatcher.shutdown();
    },
  };
}

runEngineCompliance('io_uring', makeSubject);
runSystemCompliance('io_uring', makeSubject);

/** As on kernels before 6.17. */
const unbounded: IoUringOptions = { boundReceives: false };
runEngineCompliance('io_uring, receives without a bound', () => makeSubject(unbounded));

/** As on kernels before 6.12. */
const wholeBuffers: IoUringOptions = { ...unbounded, incrementalBuffers: false };
runEngineCompliance('io_uring, a buffer for each receive', () => makeSubject(wholeBuffers));

const fewBuffers: IoUringOptions = { receiveBuffers: 8, receiveBufferBytes: 4096 };

test('bytes that are kept never starve others of buffers', async () => {
  await using subject = makeSubject(fewBuffers);
  const listening = listen(subject);
  const pairs = [];
  for (let i = 0; i < 20; i++) pairs.push(await pair(subject, listening));
  for (const [client, server] of pairs) {
    client.write('k'.repeat(20_000));
    await subject.until(() => server.received.length === 20_000, 'bytes that are kept');
  }
  assert.equal(subject.engine.receiveMemory.held, 4);
  for (const [, server] of pairs) server.received.drain(20_000);
  assert.equal(subject.engine.receiveMemory.held, 0);
});

test('a few bytes that are kept leave the buffers to others', async () => {
  await using subject = makeSubject({ receiveBuffers: 16, receiveBufferBytes: 4096 });
  const listening = listen(subject);
  const [filler, fillerServer] = await pair(subject, listening);
  const pairs = [];
  for (let i = 0; i < 20; i++) pairs.push(await pair(subject, listening));
  fillerServer.onDataHook = (data) => data.drain(data.length);
  for (const [at, [client, server]] of pairs.entries()) {
    client.write('few');
    await subject.until(() => server.received.length === 3, 'bytes that are kept');
    // Enough that what comes next begins in another buffer.
    filler.write('f'.repeat(8192));
    await subject.until(() => fillerServer.pieces.reduce((sum, bytes) => sum + bytes, 0) === 8192 * (at + 1), 'more');
  }
  assert.equal(subject.engine.receiveMemory.held, 2);
  for (const [, server] of pairs) assert.equal(server.text, 'few');
  for (const [, server] of pairs) server.received.drain(3);
  assert.equal(subject.engine.receiveMemory.held, 0);
});

test('a body of 64 KiB and its head come as one, as far as they are there', async (t) => {
  await using subject = makeSubject();
  if (subject.engine.endlessReceiveBytes === 0) return t.skip('this kernel cannot bound receives');
  const [client, server] = await pair(subject);
  client.socket.setNoDelay(true);
  // The window that the system offers grows with what is read.
  client.write('w'.repeat(2_000_000));
  await subject.until(() => server.received.length === 2_000_000, 'the first bytes');
  server.received.drain(2_000_000);
  const pieces: number[] = [];
  for (let round = 0; round < 4; round++) {
    server.socket.readDisable(true);
    await subject.rest();
    const before = server.pieces.length;
    client.write('a'.repeat(65_700));
    await subject.rest();
    server.socket.readDisable(false);
    await subject.until(() => server.received.length === 65_700, 'all of it');
    server.received.drain(65_700);
    pieces.push(server.pieces.length - before);
  }
  // Now and then the end of a buffer comes in between.
  assert.ok(pieces.filter((count) => count === 1).length >= 2, `${pieces}`);
});

test('what a peer sends while nobody looks is bounded', async (t) => {
  await using subject = makeSubject();
  if (subject.engine.endlessReceiveBytes === 0) return t.skip('this kernel cannot bound receives');
  const listening = listen(subject, { address: localhost }, true);
  const [client, server] = await pair(subject, listening);
  client.write('a'.repeat(1_000_000));
  await subject.rest();
  server.onDataHook = () => server.socket.readDisable(true);
  server.socket.start(server);
  await subject.until(() => server.received.length > 0, 'the first bytes');
  await subject.rest();
  const { length } = server.received;
  server.socket.readDisable(false);
  await subject.until(() => server.received.length > length, 'what came before the socket could say no');
  assert.ok(server.received.length <= 262_144, `${server.pieces} bytes came`);
  server.received.drain(server.received.length);
});

test('no operation, buffer or number is left behind by random traffic, few buffers or many', async () => {
  for (const options of [fewBuffers, { ...fewBuffers, ...wholeBuffers }, wholeBuffers, unbounded, undefined]) {
    await using subject = makeSubject(options);
    const soak = new Soak(subject, 7);
    await soak.run(400);
    await soak.end();
    const { engine } = subject;
    await subject.until(() => engine.usedIds === 0, 'all operations to end');
    assert.equal(engine.receiveMemory.held, 0);
  }
});

test('an engine that was disposed of refuses', async () => {
  const subject = makeSubject();
  const bound = subject.engine.bind({ address: new IpAddress('127.0.0.1', 0) });
  assert.ok('transfer' in bound);
  await subject[Symbol.asyncDispose]();
  const transfer = bound.transfer();
  assert.ok('kind' in transfer);
  const listening = subject.engine.listen(transfer, { onAccept() {}, onAcceptError() {} });
  assert.ok('code' in listening && listening.code === 'EBADF');
  subject.engine.connect({ address: bound.address }).close();
  bound.close();
});

test('where the kernel refuses, it is told why', () => {
  const refused = createIoUringEngine(new RealDispatcher('worker_0'), { submissions: 1 << 20 });
  assert.ok('reason' in refused);
  assert.equal(refused.reason, 'io_uring_setup failed: EINVAL');
});
