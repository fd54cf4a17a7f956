import assert from 'node:assert/strict';
import { test } from 'node:test';
import { connect, type EngineSubject, listen, pair } from './harness.ts';

/** Ends of streams, resets, and what is left behind. */
export function closingTests(make: () => EngineSubject): void {
  halfCloseTests(make);
  resetTests(make);
  leakTests(make);

  test('a peer that closes is seen as its end, after its bytes', async () => {
    await using subject = make();
    const [client, server] = await pair(subject);
    client.write('goodbye');
    await subject.until(() => client.socket.pendingBytes === 0, 'the flush');
    client.socket.close();
    await subject.until(() => server.ended, 'the end');
    assert.equal(server.text, 'goodbye');
    assert.equal(server.error, undefined);
  });

  test('writing to a peer that has closed ends in a reset', async () => {
    await using subject = make();
    const [client, server] = await pair(subject);
    server.socket.close();
    await subject.until(() => client.ended, 'the end');
    const writing = { again: (): void => client.write('anyone?') };
    writing.again();
    await subject.until(() => {
      if (client.error === undefined && client.socket.pendingBytes === 0) writing.again();
      return client.error !== undefined;
    }, 'the reset');
    assert.ok(client.error?.isReset);
  });

  test('a closed socket calls nobody, whatever arrives', async () => {
    await using subject = make();
    const [client, server] = await pair(subject);
    server.onDataHook = () => server.socket.close();
    client.write('first');
    await subject.until(() => server.text === 'first', 'the first bytes');
    const before = server.log.length;
    client.write('second');
    client.socket.shutdownWrite();
    await subject.rest();
    assert.equal(server.text, 'first');
    assert.equal(server.log.length, before);
    server.socket.close();
    server.socket.abort();
    server.socket.shutdownWrite();
    server.write('into the void');
    assert.equal(server.socket.pendingBytes, 0);
  });

  test('a socket may be closed in its last callbacks', async () => {
    await using subject = make();
    const [client, server] = await pair(subject);
    server.onEndHook = () => server.socket.close();
    client.onEndHook = () => client.socket.abort();
    client.socket.shutdownWrite();
    await subject.until(() => subject.engine.openSockets === 0, 'both to be gone');
    assert.deepEqual([client.error, server.error], [undefined, undefined]);
  });
}

function resetTests(make: () => EngineSubject): void {
  test('a peer that aborts is seen as a reset', async () => {
    await using subject = make();
    const [client, server] = await pair(subject);
    client.socket.abort();
    await subject.until(() => server.error !== undefined, 'the reset');
    assert.equal(server.error?.code, 'ECONNRESET');
    assert.ok(server.error?.isReset);
    assert.deepEqual(server.log, ['close ECONNRESET']);
  });

  test('a reset does not wait until the peer has taken what was written', async () => {
    await using subject = make();
    const [client, server] = await pair(subject);
    server.socket.readDisable(true);
    client.write('x'.repeat(9_000_000));
    await subject.rest();
    assert.ok(client.socket.pendingBytes > 0, 'some of it waits');
    client.socket.abort();
    await subject.until(() => {
      if (server.error === undefined && server.socket.pendingBytes === 0) server.write('anyone?');
      return server.error !== undefined;
    }, 'the reset');
    assert.ok(server.error?.isReset);
  });
}

function halfCloseTests(make: () => EngineSubject): void {
  test('each direction ends by itself; the socket lives until it is closed', async () => {
    await using subject = make();
    const [client, server] = await pair(subject);
    client.write('question');
    client.socket.shutdownWrite();
    await subject.until(() => server.ended, 'the end of the question');
    assert.equal(server.text, 'question');
    assert.ok(!client.ended);
    server.write('answer');
    await subject.until(() => client.text === 'answer', 'the answer');
    server.socket.shutdownWrite();
    await subject.until(() => client.ended, 'the end of the answer');
    await subject.rest();
    assert.equal(subject.engine.openSockets, 2);
    for (const peer of [client, server]) peer.socket.close();
    assert.equal(subject.engine.openSockets, 0);
    assert.deepEqual([client.error, server.error], [undefined, undefined]);
  });

  test('the end follows all pending bytes', async () => {
    await using subject = make();
    const [client, server] = await pair(subject);
    server.socket.readDisable(true);
    client.write('x'.repeat(9_000_000));
    client.socket.shutdownWrite();
    await subject.rest();
    server.socket.readDisable(false);
    await subject.until(() => server.ended, 'the end');
    assert.equal(server.received.length, 9_000_000);
  });

  test('the end is sent before the socket may be closed, so that bytes nobody read do not reset what was said', async () => {
    await using subject = make();
    const [client, server] = await pair(subject);
    server.socket.readDisable(true);
    await subject.rest();
    client.write('unread');
    await subject.rest();
    server.onWritableHook = () => server.socket.close();
    server.write('last words');
    server.socket.shutdownWrite();
    server.socket.requestWritable();
    await subject.until(() => client.ended || client.error !== undefined, 'the end');
    assert.ok(client.ended, `not ${client.error?.code}`);
    assert.equal(client.text, 'last words');
  });

  test('the end is told once, though reading is disabled and enabled after it', async () => {
    await using subject = make();
    const [client, server] = await pair(subject);
    client.socket.shutdownWrite();
    await subject.until(() => server.ended, 'the end');
    server.socket.readDisable(true);
    server.socket.readDisable(false);
    await subject.rest();
    assert.deepEqual(server.log, ['end']);
  });
}

function leakTests(make: () => EngineSubject): void {
  test('many connections, closed in every way, leave nothing behind', async () => {
    await using subject = make();
    const listening = listen(subject);
    for (let round = 0; round < 10; round++) {
      const accepted = listening.accepted.length;
      const clients = Array.from({ length: 30 }, () => connect(subject, listening.address));
      for (const client of clients) client.write('hello');
      await subject.until(() => listening.accepted.length === accepted + clients.length, 'all connections');
      const servers = listening.accepted.slice(accepted);
      await subject.until(() => servers.every((server) => server.text === 'hello'), 'all bytes');
      for (const [i, client] of clients.entries()) {
        if (i % 3 === 0) client.socket.close();
        else if (i % 3 === 1) client.socket.abort();
        else servers[i]?.socket.close();
      }
      for (const peer of [...clients, ...servers]) peer.socket.close();
    }
    assert.equal(subject.engine.openSockets, 0);
  });

  test('disposing of the engine closes what is open', async () => {
    await using subject = make();
    const [client, server] = await pair(subject);
    subject.engine[Symbol.dispose]();
    assert.equal(subject.engine.openSockets, 0);
    await subject.rest();
    assert.deepEqual([client.error, server.error], [undefined, undefined]);
  });
}
