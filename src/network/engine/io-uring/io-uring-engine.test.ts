import assert from 'node:assert/strict';
import { fstatSync, readdirSync, readFileSync } from 'node:fs';
import { release } from 'node:os';
import { type TestContext, test } from 'node:test';
import { SliceBuffer } from '../../../common/buffer/slice-buffer.ts';
import { IpAddress } from '../../../common/network/address.ts';
import { GuardedDispatcher } from '../../../event/guarded-dispatcher.ts';
import { RealDispatcher } from '../../../event/real-dispatcher.ts';
import { operations } from '../../../native/io-uring.ts';
import { NativeLedger } from '../../../native/native-ledger.ts';
import { bindUdp, connectUdp } from '../compliance/datagrams.ts';
import { TakenDescriptors } from '../compliance/exhaustion.ts';
import { connect, type EngineSubject, listen, localhost, Peer, pair } from '../compliance/harness.ts';
import { Soak } from '../compliance/soak.ts';
import { runEngineCompliance } from '../compliance/suite.ts';
import { runSystemCompliance } from '../compliance/system.ts';
import type { IoUringEngine } from './io-uring-engine.ts';
import { createIoUringEngine, type IoUringOptions } from './open-io-uring.ts';
import { kinds } from './ring-context.ts';
import type { RingStreamSocket } from './ring-socket.ts';

const patienceMs = 5000;

/** @param onFault takes what callbacks throw; else it ends the process. */
function makeSubject(
  options?: IoUringOptions,
  onFault?: (error: unknown) => void,
): EngineSubject & { readonly engine: IoUringEngine } {
  const dispatcher = new RealDispatcher('worker_0');
  const guarded = onFault === undefined ? dispatcher : new GuardedDispatcher(dispatcher, onFault);
  const engine = createIoUringEngine(guarded, options);
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

runEngineCompliance('io_uring', () => makeSubject());
runSystemCompliance('io_uring', () => makeSubject());

/** As on kernels before 6.17. */
const unbounded: IoUringOptions = { boundReceives: false };
runEngineCompliance('io_uring, receives without a bound', () => makeSubject(unbounded));

/** As on kernels before 6.12. */
const wholeBuffers: IoUringOptions = { ...unbounded, incrementalBuffers: false };
runEngineCompliance('io_uring, a buffer for each receive', () => makeSubject(wholeBuffers));

interface Pushed {
  /** Of `operations`. */
  readonly operation: number;
  readonly fd: number;
  readonly low: number;
  readonly high: number;
}

/** What an engine hands over to the kernel from now on. */
function watchRing({ ring }: IoUringEngine) {
  const pushed: Pushed[] = [];
  const submitted: number[] = [];
  const push = ring.push.bind(ring);
  const submit = ring.submit.bind(ring);
  ring.push = (operation, fd, offset, low, high, ...rest) => {
    pushed.push({ operation: operation & 0xff, fd, low, high });
    push(operation, fd, offset, low, high, ...rest);
  };
  ring.submit = () => {
    submitted.push(ring.queued);
    submit();
  };
  const count = (operation: number): number => pushed.filter((each) => each.operation === operation).length;
  return { pushed, submitted, count };
}

/** What one endless receive may bring; 0, and the test is skipped, on kernels that cannot bound it. */
function boundOf(t: TestContext, { endlessReceiveBytes }: IoUringEngine): number {
  const [major = 0, minor = 0] = release().split('.').map(Number);
  if (endlessReceiveBytes > 0) return endlessReceiveBytes;
  assert.ok(major < 6 || (major === 6 && minor < 17), 'Linux 6.17 can bound receives');
  t.skip('this kernel cannot bound receives');
  return 0;
}

test('one accept brings all connections of a socket of its own, one receive all messages of a connection', async () => {
  await using subject = makeSubject();
  const { count } = watchRing(subject.engine);
  const listening = listen(subject, { address: localhost, reusePort: true });
  for (let i = 0; i < 10; i++) await pair(subject, listening);
  const [client, server] = await pair(subject, listening);
  await subject.rest();
  const receives = count(operations.receive);
  for (let i = 1; i <= 20; i++) {
    client.write('message');
    await subject.until(() => server.received.length === 7 * i, `message ${i}`);
  }
  assert.equal(count(operations.accept), 1);
  assert.deepEqual([receives, count(operations.receive)], [22, 22]);
});

test('bytes are sent from where they arrived', async () => {
  await using subject = makeSubject();
  const [client, server] = await pair(subject);
  server.onDataHook = (data) => server.socket.write(data);
  const { pushed } = watchRing(subject.engine);
  client.write('x'.repeat(20_000));
  await subject.until(() => client.received.length === 20_000, 'the echo');
  const { receivable } = subject.engine;
  const place = (low: number, high: number): number => (high >>> 0) * 2 ** 32 + (low >>> 0);
  const first = place(receivable.addressLow(0), receivable.addressHigh(0));
  const sends = pushed.filter(({ operation }) => operation === operations.send);
  const within = sends.filter(({ low, high }) => {
    const at = place(low, high) - first;
    return at >= 0 && at < receivable.byteLength;
  });
  assert.ok(
    within.length > 0 && within.length >= sends.length - 1,
    `${within.length} of ${sends.length}: all but the first`,
  );
});

test('what is written in one iteration goes over in one system call', async () => {
  await using subject = makeSubject();
  const listening = listen(subject);
  const pairs: (readonly [Peer, Peer, unknown])[] = [];
  for (let i = 0; i < 10; i++) pairs.push(await pair(subject, listening));
  await subject.rest();
  const { submitted } = watchRing(subject.engine);
  subject.dispatcher.post(() => {
    for (const [client] of pairs) client.write('hello');
  });
  await subject.until(() => pairs.every(([, server]) => server.text === 'hello'), 'all of it');
  assert.equal(submitted[0], 10);
});

test('of a short message that the kernel takes at once nothing is told; it closes behind it, and leaves nothing', async () => {
  await using subject = makeSubject();
  const { engine } = subject;
  const [client, server] = await pair(subject);
  await subject.rest();
  const told: number[] = [];
  const onCompletion = engine.onCompletion.bind(engine);
  engine.onCompletion = (id, kind, ...rest) => {
    told.push(kind);
    onCompletion(id, kind, ...rest);
  };
  const buffer = new SliceBuffer();
  buffer.add('message');
  client.socket.write(buffer);
  await subject.until(() => server.text === 'message', 'the message');
  assert.deepEqual(told, [kinds.receive]);
  const before = engine.usedIds;
  buffer.add('farewell');
  client.socket.write(buffer);
  await subject.until(() => client.socket.pendingBytes === 0, 'the send');
  client.socket.close();
  await subject.until(() => server.ended, 'the end');
  assert.equal(server.text, 'messagefarewell');
  await subject.until(() => engine.usedIds === before - 1, 'its number');
});

test('a short message is pending until the kernel could have said that it did not take it, and who asks is told then', async () => {
  await using subject = makeSubject();
  const [client, server] = await pair(subject);
  await subject.rest();
  const socket = client.socket as RingStreamSocket;
  const told: number[] = [];
  client.onWritableHook = (bytes) => told.push(bytes);
  const buffer = new SliceBuffer();
  buffer.add('message');
  socket.write(buffer);
  socket.flush();
  assert.equal(socket.pendingBytes, 7);
  assert.deepEqual(told, []);
  socket.requestWritable();
  await subject.until(() => told.length > 0, 'word of it');
  assert.deepEqual([told, socket.pendingBytes], [[0], 0]);
  await subject.until(() => server.text === 'message', 'the message');
  buffer.add(' and more');
  socket.write(buffer);
  await subject.until(() => server.text === 'message and more', 'the next message');
  assert.deepEqual(told, [0]);
});

test('a short message goes on from where it arrived, what the kernel left of it too, and its buffer comes back', async () => {
  await using subject = makeSubject();
  const { engine } = subject;
  const [client, server] = await pair(subject);
  await subject.rest();
  const socket = server.socket as RingStreamSocket;
  const { pushed } = watchRing(engine);
  server.onDataHook = (data) => {
    socket.write(data);
    socket.flush();
    assert.equal(engine.receiveMemory.held, 1);
    // As if no more than three bytes had gone out.
    socket.onCompletion(kinds.direct, 3, 0);
  };
  client.write('message');
  await subject.until(() => client.text === 'messagesage', 'the message, and what was left');
  const addresses = pushed.filter(({ operation }) => operation === operations.send).map(({ low }) => low);
  const within = addresses.filter(
    (low) => ((low - engine.receivable.addressLow(0)) | 0) >>> 0 < engine.receivable.byteLength,
  );
  assert.equal(within.length, 1);
  client.received.drain(client.received.length);
  await subject.until(() => engine.receiveMemory.held === 0, 'its buffer');
});

test('while reading is disabled no receive is under way', async () => {
  await using subject = makeSubject();
  const [client, server] = await pair(subject);
  server.socket.readDisable(true);
  await subject.rest();
  const { pushed } = watchRing(subject.engine);
  client.write('x'.repeat(1_000_000));
  await subject.rest();
  assert.deepEqual([subject.engine.receiveMemory.held, server.received.length], [0, 0]);
  assert.ok(pushed.every(({ operation }) => operation !== operations.receive));
  server.socket.readDisable(false);
  await subject.until(() => server.received.length === 1_000_000, 'what waited');
  server.received.drain(1_000_000);
});

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

test('what arrives on sockets that are closed meanwhile takes no buffer from others', async () => {
  for (const options of [fewBuffers, { ...fewBuffers, ...wholeBuffers }]) {
    await using subject = makeSubject(options);
    const listening = listen(subject);
    for (let round = 0; round < 30; round++) {
      const [client, server] = await pair(subject, listening);
      // Of several buffers that came together it takes the first.
      server.onDataHook = (data) => {
        data.drain(data.length);
        server.socket.close();
      };
      server.socket.readDisable(true);
      client.write('x'.repeat(10_001));
      await subject.rest();
      server.socket.readDisable(false);
      await subject.until(() => server.pieces.length > 0, 'the first of it');
      client.socket.abort();
    }
    const [client, server] = await pair(subject, listening);
    const text = 'what comes next is whole '.repeat(400);
    client.write(text);
    await subject.until(() => server.received.length === text.length, 'bytes on another socket');
    assert.equal(server.text, text);
    server.received.drain(text.length);
  }
});

test('a body of 64 KiB and its head come as one, as far as they are there', async (t) => {
  await using subject = makeSubject();
  if (boundOf(t, subject.engine) === 0) return;
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
  const bound = boundOf(t, subject.engine);
  if (bound === 0) return;
  const [client, server] = await pair(subject);
  const total = 4_000_000;
  // The window that the system offers grows with what is read.
  client.write('w'.repeat(total));
  await subject.until(() => server.received.length === total, 'the first bytes');
  server.received.drain(total);
  server.socket.readDisable(true);
  await subject.rest();
  client.write('a'.repeat(total));
  await subject.rest();
  const before = server.pieces.length;
  for (let pauses = 0; server.received.length < total; pauses++) {
    const had = server.received.length;
    server.onDataHook = () => server.socket.readDisable(true);
    server.socket.readDisable(false);
    await subject.until(() => server.received.length > had, 'more');
    await subject.rest();
    // What came before the socket could say no is handed out with what comes next.
    assert.ok(server.received.length - had < 2 * bound, `${server.pieces.slice(before)}`);
    assert.ok(pauses < 1000);
  }
  assert.ok(
    server.pieces.slice(before).some((bytes) => bytes > bound / 2),
    'in large pieces',
  );
  server.received.drain(total);
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

test('a flood of datagrams to send takes so much memory and no more: the rest is told as lost', async () => {
  await using subject = makeSubject();
  const server = bindUdp(subject);
  const client = connectUdp(subject, server.socket.localAddress);
  await subject.rest();
  subject.dispatcher.post(() => {
    for (let i = 0; i < 600; i++) client.send('x');
  });
  await subject.until(() => client.sentBytes + client.sendErrors.length === 600, 'all to be told of');
  assert.deepEqual(client.sendErrors, Array(600 - 512).fill('ENOBUFS'));
  client.send('again');
  await subject.until(() => server.received.includes('again'), 'one that comes later');
});

test('an answer comes from the address that was asked, whichever the system would choose', async () => {
  await using subject = makeSubject();
  for (const [any, asked, ipv4Compat] of [
    ['0.0.0.0', '127.0.0.2', false],
    ['::', '127.0.0.3', true],
  ] as const) {
    const server = bindUdp(subject, { address: new IpAddress(any, 0), ipv4Compat });
    server.onDatagramHook = (peer, local) => server.send(`from ${local.ip}`, peer, local);
    const client = connectUdp(subject, new IpAddress(asked, server.socket.localAddress.port));
    client.send('hello');
    await subject.until(() => client.received.length === 1, 'the answer, which comes from nowhere else');
    assert.deepEqual(client.received, [`from ${asked}`]);
  }
});

test('an engine that is disposed of in the midst of everything gives back all descriptors and memory', async () => {
  const openDescriptors = (): number => readdirSync('/proc/self/fd').length;
  const addressSpaceBytes = (): number =>
    Number(/^VmSize:\s+(\d+)/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]) * 1024;
  await using observer = makeSubject();
  let before = 0;
  let mapped = 0;
  for (let round = 0; round < 3; round++) {
    if (round === 1) {
      before = openDescriptors();
      mapped = addressSpaceBytes();
    }
    const ledger = new NativeLedger();
    await using subject = makeSubject({ ledger });
    const shared = listen(subject);
    const own = listen(subject, { address: localhost, reusePort: true });
    const [client, server] = await pair(subject, shared);
    const udp = connectUdp(subject, bindUdp(subject).socket.localAddress);
    server.socket.readDisable(true);
    client.write('x'.repeat(9_000_000));
    udp.send('hello');
    await subject.rest();
    assert.ok(client.socket.pendingBytes > 0, 'a send is under way');
    await subject[Symbol.asyncDispose]();
    // What was bound is not the engine's.
    for (const listening of [shared, own]) listening.close();
    assert.deepEqual(ledger.reclaim(), { descriptors: 0, mappings: 0, objects: 0 });
  }
  // An engine has 300 MB of address space.
  assert.ok(addressSpaceBytes() - mapped < 200_000_000, 'memory is unmapped');
  await observer.until(() => openDescriptors() <= before, `no more descriptors than the ${before} before`);
});

test('an engine that cannot be made leaves nothing, whatever it was that failed', () => {
  const openDescriptors = (): number => readdirSync('/proc/self/fd').length;
  const refusal = (options: IoUringOptions, left?: number): string => {
    const ledger = new NativeLedger();
    const before = openDescriptors();
    let engine: ReturnType<typeof createIoUringEngine>;
    {
      using taken = left === undefined ? undefined : new TakenDescriptors();
      for (let i = 0; i < (left ?? 0); i++) taken?.giveBackOne();
      engine = createIoUringEngine(new RealDispatcher('worker_0'), { ...options, ledger });
    }
    assert.equal(openDescriptors(), before);
    assert.deepEqual(ledger.reclaim(), { descriptors: 0, mappings: 0, objects: 0 });
    return 'reason' in engine ? engine.reason : 'made';
  };
  assert.equal(refusal({ submissions: 1 << 20 }), 'io_uring_setup failed: EINVAL');
  assert.equal(refusal({ receiveBuffers: 3 }), 'io_uring_register failed: EINVAL');
  assert.equal(refusal({}, 0), 'io_uring_setup failed: EMFILE');
  assert.equal(refusal({}, 1), 'eventfd failed: EMFILE');
});

test('a callback that throws takes nobody else’s turn', async () => {
  const thrown: unknown[] = [];
  await using subject = makeSubject(fewBuffers, (error) => thrown.push(error));
  const listening = listen(subject);
  const [client, server] = await pair(subject, listening);
  const others: Peer[][] = [];
  for (let i = 0; i < 5; i++) others.push((await pair(subject, listening)).slice(0, 2) as Peer[]);
  // Of several buffers that came together it takes the first; the others wait.
  server.onDataHook = () => server.socket.readDisable(true);
  client.write('x'.repeat(10_001));
  await subject.rest();
  assert.ok(server.received.length < 10_001);
  server.onDataHook = () => {
    server.onDataHook = () => {};
    throw new Error('of the owner');
  };
  subject.dispatcher.post(() => {
    server.socket.readDisable(false);
    for (const [other] of others) other?.write('hello');
  });
  await subject.until(() => others.every(([, peer]) => peer?.text === 'hello') && thrown.length > 0, 'the others');
  assert.equal((thrown[0] as Error).message, 'of the owner');
});

test('a descriptor that is given up is nobody’s to close; one that comes too late is closed', async () => {
  const ledger = new NativeLedger();
  const subject = makeSubject({ ledger });
  const listening = listen(subject, { address: localhost }, true);
  const client = connect(subject, listening.address);
  await subject.until(() => listening.accepted.length > 0, 'a connection');
  const descriptor = listening.accepted[0]?.socket.detach() as number;
  await subject[Symbol.asyncDispose]();
  listening.close();
  client.socket.close();
  assert.deepEqual(ledger.reclaim(), { descriptors: 0, mappings: 0, objects: 0 });
  assert.ok(fstatSync(descriptor).isSocket(), 'it is there');
  subject.engine.adopt(descriptor, localhost).close();
  assert.throws(() => fstatSync(descriptor), { code: 'EBADF' });
});

test('what keep-alive asks for is set on a socket that connects', async () => {
  await using subject = makeSubject();
  const listening = listen(subject);
  const { pushed } = watchRing(subject.engine);
  const keepAlive = { idleSeconds: 31, intervalSeconds: 7, probes: 4 };
  const { address } = listening;
  const peer = new Peer(subject.engine.connect({ address, keepAlive }));
  peer.socket.start(peer);
  await subject.until(() => peer.log.length > 0, 'the connection');
  const fd = pushed.find(({ operation }) => operation === operations.connect)?.fd ?? -1;
  // SO_KEEPALIVE; TCP_KEEPIDLE, TCP_KEEPINTVL, TCP_KEEPCNT.
  const values = [[1, 9] as const, [6, 4] as const, [6, 5] as const, [6, 6] as const].map(
    ([level, name]) => subject.engine.libc.optionBytes(fd, level, name, 4)?.[0],
  );
  assert.deepEqual(values, [1, 31, 7, 4]);
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
