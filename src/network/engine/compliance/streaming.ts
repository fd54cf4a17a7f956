import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SliceBuffer } from '../../../common/buffer/slice-buffer.ts';
import { type EngineSubject, type Peer, pair } from './harness.ts';

/** Reading, writing and flow control. */
export function streamingTests(make: () => EngineSubject): void {
  bulkTests(make);
  backPressureTests(make);
  progressTests(make);
  readDisableTests(make);

  test('bytes go both ways, answered from within the callback', async () => {
    await using subject = make();
    const [client, server] = await pair(subject);
    server.onDataHook = (data) => server.write(data.toString().toUpperCase());
    for (const word of ['one ', 'two ', 'three ']) {
      const before = client.text;
      client.write(word);
      await subject.until(() => client.text === before + word.toUpperCase(), word);
    }
    assert.equal(client.text, 'ONE TWO THREE ');
  });

  test('single bytes arrive in order', async () => {
    await using subject = make();
    const [client, server] = await pair(subject);
    client.socket.setNoDelay(true);
    const text = 'GET / HTTP/1.1\r\n\r\n';
    for (const [i, char] of [...text].entries()) {
      client.write(char);
      await subject.until(() => server.received.length === i + 1, `byte ${i}`);
    }
    assert.equal(server.text, text);
    assert.ok(server.pieces.every((piece) => piece === 1));
  });

  test('writes of one iteration are pending until it ends, then go out together', async () => {
    await using subject = make();
    const [client, server] = await pair(subject);
    subject.dispatcher.post(() => {
      for (let i = 0; i < 10; i++) client.write(`${i}`);
      assert.equal(client.socket.pendingBytes, 10);
    });
    await subject.until(() => server.received.length === 10, 'all writes');
    assert.equal(server.text, '0123456789');
    assert.deepEqual(server.pieces, [10]);
    assert.equal(client.socket.pendingBytes, 0);
    assert.deepEqual(client.log, ['connected', 'writable 0']);
  });

  test('fragments are released when they are out, and when the socket closes', async () => {
    await using subject = make();
    const [client, server] = await pair(subject);
    let released = 0;
    const write = (): void => {
      const buffer = new SliceBuffer();
      buffer.addFragment(new Uint8Array(1000), { release: () => released++ });
      client.socket.write(buffer);
    };
    write();
    await subject.until(() => server.received.length === 1000, 'the fragment');
    assert.equal(released, 1);
    write();
    client.socket.close();
    write();
    await subject.until(() => released === 3, 'the releases');
  });
}

function progressTests(make: () => EngineSubject): void {
  test('what goes out at once is not told unless that was asked for', async () => {
    await using subject = make();
    const [client, server] = await pair(subject);
    const write = (text: string): void => {
      const buffer = new SliceBuffer();
      buffer.add(text);
      client.socket.write(buffer);
    };
    write('one');
    await subject.until(() => server.text === 'one', 'the bytes');
    await subject.rest();
    assert.deepEqual(client.log, ['connected']);
    write('two');
    client.socket.requestWritable();
    await subject.until(() => client.log.includes('writable 0'), 'the word');
    write('three');
    await subject.until(() => server.text === 'onetwothree', 'all bytes');
    await subject.rest();
    assert.deepEqual(client.log, ['connected', 'writable 0']);
  });

  test('bytes that wait are told without being asked for, and so is their end', async () => {
    await using subject = make();
    const [client, server] = await pair(subject);
    server.socket.readDisable(true);
    let written = 0;
    await subject.until(() => {
      const told = client.log.length > 1;
      const buffer = new SliceBuffer();
      buffer.add('x'.repeat(10_000));
      if (!told && client.socket.pendingBytes === 0) client.socket.write(buffer);
      written += told ? 0 : 10_000 - buffer.length;
      return told;
    }, 'bytes that wait');
    assert.match(client.log[1] as string, /^writable [1-9]/);
    server.socket.readDisable(false);
    await subject.until(() => client.log.at(-1) === 'writable 0', 'their end');
    await subject.until(() => server.received.length === written, 'all bytes');
  });
}

function readDisableTests(make: () => EngineSubject): void {
  test('disabled reading hands out nothing; enabled again, all', async () => {
    await using subject = make();
    const [client, server] = await pair(subject);
    server.socket.readDisable(true);
    client.write('abc');
    await subject.rest();
    assert.equal(server.text, '');
    server.socket.readDisable(false);
    await subject.until(() => server.text === 'abc', 'the bytes');
  });

  test('reading may be disabled from within a callback', async () => {
    await using subject = make();
    const [client, server] = await pair(subject);
    server.onDataHook = () => server.socket.readDisable(true);
    client.write('first');
    await subject.until(() => server.text === 'first', 'the first bytes');
    client.write('second');
    client.socket.shutdownWrite();
    await subject.rest();
    assert.equal(server.text, 'first');
    assert.ok(!server.ended);
    server.onDataHook = () => {};
    server.socket.readDisable(false);
    await subject.until(() => server.ended, 'the end');
    assert.equal(server.text, 'firstsecond');
  });
}

function bulkTests(make: () => EngineSubject): void {
  test('megabytes pass in both directions at once, unchanged', async () => {
    await using subject = make();
    const [client, server] = await pair(subject);
    const total = 3_000_000;
    for (const peer of [client, server]) sendPattern(peer, total);
    await subject.until(
      () => client.received.length === total && server.received.length === total,
      'all of both directions',
    );
    for (const peer of [client, server]) checkPattern(peer, total);
  });

  test('bytes that are kept stay as they are while more is read', async () => {
    await using subject = make();
    const [client, server] = await pair(subject);
    const kept: [Uint8Array, number][] = [];
    const sums = (bytes: Uint8Array): number => bytes.reduce((sum, byte) => (sum * 31 + byte) % 65_521, 7);
    server.onDataHook = (data) => {
      for (let i = 0; i < data.sliceCount; i++) kept.push([data.sliceAt(i), sums(data.sliceAt(i))]);
    };
    sendPattern(client, 1_000_000);
    await subject.until(() => server.received.length === 1_000_000, 'all bytes');
    for (const [bytes, sum] of kept) assert.equal(sums(bytes), sum);
  });
}

function backPressureTests(make: () => EngineSubject): void {
  test('towards a peer that does not read, bytes stay pending; nothing is lost when it reads again', async () => {
    await using subject = make();
    const [client, server] = await pair(subject);
    server.socket.readDisable(true);
    const total = 12_000_000;
    sendPattern(client, total);
    await subject.until(() => client.log.some((line) => line.startsWith('writable')) || stuck(client), 'some progress');
    await subject.rest();
    assert.ok(client.socket.pendingBytes > 0, 'the peer pushes back');
    assert.equal(server.received.length, 0);
    server.socket.readDisable(false);
    await subject.until(() => server.received.length === total, 'all bytes');
    await subject.until(() => client.socket.pendingBytes === 0, 'an empty output');
    assert.equal(client.log.at(-1), 'writable 0');
    checkPattern(server, total);
    const left = client.log.filter((line) => line.startsWith('writable')).map((line) => Number(line.slice(9)));
    assert.deepEqual(
      left,
      left.toSorted((a, b) => b - a),
      'pending bytes only fall',
    );
  });

  test('short messages that the peer leaves lying arrive in their order when it reads again', async () => {
    await using subject = make();
    const [client, server] = await pair(subject);
    server.socket.readDisable(true);
    let total = 0;
    const write = (bytes: number): void => {
      sendPattern(client, bytes, total);
      total += bytes;
    };
    const hasWaited = (): boolean => client.log.some((line) => line.startsWith('writable'));
    await subject.until(() => {
      write(4000);
      return hasWaited();
    }, 'bytes that wait');
    for (const bytes of [1, 4000, 200]) write(bytes);
    await subject.rest();
    server.socket.readDisable(false);
    await subject.until(() => server.received.length === total && !stuck(client), 'all bytes');
    write(200);
    await subject.until(() => server.received.length === total, 'what was written then');
    checkPattern(server, total);
  });

  test('closing towards a peer that does not read drops what is pending', async () => {
    await using subject = make();
    const [client, server] = await pair(subject);
    server.socket.readDisable(true);
    let released = 0;
    for (let i = 0; i < 12; i++) {
      const buffer = new SliceBuffer();
      buffer.addFragment(new Uint8Array(1_000_000), { release: () => released++ });
      client.socket.write(buffer);
    }
    await subject.rest();
    client.socket.close();
    await subject.until(() => released === 12, 'the releases');
    server.socket.readDisable(false);
    await subject.until(() => server.ended || server.error !== undefined, 'the end');
    assert.ok(server.received.length < 12_000_000);
  });
}

const stuck = (peer: Peer): boolean => peer.socket.pendingBytes > 0;

function sendPattern(peer: Peer, total: number, from = 0): void {
  for (let at = from; at < from + total; at += 100_000) {
    const bytes = new Uint8Array(Math.min(100_000, from + total - at));
    for (let i = 0; i < bytes.length; i++) bytes[i] = (at + i) % 251;
    const buffer = new SliceBuffer();
    buffer.addFragment(bytes);
    peer.socket.write(buffer);
  }
}

function checkPattern(peer: Peer, total: number): void {
  const bytes = new Uint8Array(total);
  peer.received.copyOut(0, bytes);
  const wrong = bytes.findIndex((byte, at) => byte !== at % 251);
  assert.equal(wrong, -1, `byte ${wrong} differs`);
  peer.received.drain(total);
}
