import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { platform, tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { IpAddress, PipeAddress } from '../../../common/network/address.ts';
import { SocketError, type StreamSocket } from '../engine.ts';
import { systemDatagramTests } from './datagrams.ts';
import { exhaustionTests } from './exhaustion.ts';
import { connect, type EngineSubject, type Listening, listen, localhost, Peer, pair, successOf } from './harness.ts';
import { soakTests } from './soak.ts';
import { socketOptionTests } from './socket-options.ts';

/** The tests that every engine on the system's own sockets must pass. */
export function runSystemCompliance(name: string, make: () => EngineSubject): void {
  describe(`socket engine ${name} on the system`, () => {
    descriptorTests(make);
    addressTests(make);
    stateTests(make);
    pipeTests(make);
    soakTests(make);
    systemDatagramTests(make);
    if (platform() !== 'linux') return;
    socketOptionTests(make);
    exhaustionTests(make);
  });
}

function descriptorTests(make: () => EngineSubject): void {
  const count = (): number => readdirSync('/proc/self/fd').length;

  test('no descriptor is left behind', async () => {
    await (await pairAlone(make))[Symbol.asyncDispose]();
    await using observer = await pairAlone(make);
    await observer.rest();
    const before = count();
    {
      await using subject = make();
      const listening = listen(subject);
      listening.socket.pause();
      listening.socket.resume();
      for (let i = 0; i < 10; i++) await pair(subject, listening);
      listening.socket.pause();
      listening.close();
    }
    await observer.until(() => count() <= before, 'all descriptors to be closed');
  });

  for (const reusePort of [true, false]) {
    for (const wasPaused of [true, false]) {
      const when = wasPaused ? 'paused, then closed' : 'closed';
      test(`connections that come along while a listener ${reusePort ? '' : 'of a shared socket '}is ${when} end`, async () => {
        await using subject = make();
        const bound = successOf(subject.engine.bind({ address: localhost, reusePort }));
        const accepted: StreamSocket[] = [];
        const listening = successOf(
          subject.engine.listen(successOf(bound.transfer()), {
            onAccept(stream) {
              accepted.push(stream);
              if (wasPaused) listening.pause();
              else listening.close();
            },
            onAcceptError: (error) => assert.fail(error.message),
          }),
        );
        const clients = Array.from({ length: 10 }, () => connect(subject, bound.address));
        await subject.until(() => accepted.length > 0, 'the first connection');
        await subject.rest();
        assert.equal(accepted.length, 1);
        listening.close();
        bound.close();
        const left = (): number => clients.filter(({ ended, error }) => !ended && error === undefined).length;
        await subject.until(() => left() === 1, 'the end of all but the one that was accepted');
      });
    }
  }

  for (const turns of [0, 1, 2]) {
    test(`no descriptor is left when both ends reset, ${turns} iterations after one was to end`, async () => {
      await using subject = make();
      const listening = listen(subject);
      await pair(subject, listening);
      const before = count();
      for (const written of [0, 9_000_000]) {
        const [client, server] = await pair(subject, listening);
        server.socket.readDisable(true);
        if (written > 0) client.write('x'.repeat(written));
        await subject.rest();
        client.socket.shutdownWrite();
        let turned = 0;
        await subject.until(() => turned++ === turns, 'its turns');
        server.socket.abort();
        client.socket.abort();
      }
      await subject.until(() => count() <= before, 'all descriptors to be closed');
    });
  }
}

function addressTests(make: () => EngineSubject): void {
  test('IPv4 reaches :: only with ipv4Compat, and is then told as IPv4', async () => {
    await using subject = make();
    // IPv4's side of the port is ours as well: another process could have it and answer.
    const ipv4 = listen(subject);
    const strict = listen(subject, { address: new IpAddress('::', ipv4.address.port) });
    connect(subject, ipv4.address);
    await subject.until(() => ipv4.accepted.length === 1, 'a connection to the one for IPv4');
    connect(subject, new IpAddress('::1', ipv4.address.port));
    await subject.until(() => strict.accepted.length === 1, 'a connection to the one for IPv6');
    assert.equal(ipv4.accepted.length, 1);
    const both = listen(subject, { address: new IpAddress('::', 0), ipv4Compat: true });
    const [, four] = [connect(subject, new IpAddress('127.0.0.1', both.address.port)), both.accepted];
    await subject.until(() => four.length === 1, 'a connection over IPv4');
    assert.equal(four[0]?.socket.remoteAddress.ip, '127.0.0.1');
    connect(subject, new IpAddress('::1', both.address.port));
    await subject.until(() => four.length === 2, 'a connection over IPv6');
    assert.equal(four[1]?.socket.remoteAddress.ip, '::1');
  });

  test('a connection comes from the address and port that it is given', { skip: platform() !== 'linux' }, async () => {
    await using subject = make();
    const listening = listen(subject);
    const free = subject.engine.bind({ address: new IpAddress('127.0.0.2', 0) });
    assert.ok(!(free instanceof SocketError));
    free.close();
    const socket = subject.engine.connect({ address: listening.address, sourceAddress: free.address });
    await subject.until(() => listening.accepted.length > 0, 'a connection');
    assert.equal(listening.accepted[0]?.socket.remoteAddress.asString, free.address.asString);
    socket.close();
  });

  test('a port to connect from is free for another peer while its last connection lingers', async () => {
    await using subject = make();
    const free = successOf(subject.engine.bind({ address: localhost }));
    free.close();
    const connectTo = async ({ address, accepted }: Listening): Promise<Peer> => {
      const peer = new Peer(subject.engine.connect({ address, sourceAddress: free.address }));
      peer.socket.start(peer);
      await subject.until(() => peer.error !== undefined || (peer.log.length > 0 && accepted.length > 0), 'an answer');
      assert.deepEqual(peer.log, ['connected']);
      return peer;
    };
    const [first, second] = [listen(subject), listen(subject)];
    (await connectTo(first)).socket.close();
    const [accepted] = first.accepted;
    await subject.until(() => accepted?.ended === true, 'the end');
    accepted?.socket.close();
    await subject.rest();
    await connectTo(second);
  });

  test('a source address that is not ours fails the connection', async () => {
    await using subject = make();
    const listening = listen(subject);
    const socket = subject.engine.connect({
      address: listening.address,
      sourceAddress: new IpAddress('192.0.2.1', 0),
    });
    let error: SocketError | undefined;
    socket.start({ onConnected() {}, onData() {}, onEnd() {}, onWritable() {}, onClose: (cause) => (error = cause) });
    await subject.until(() => error !== undefined, 'the error');
    assert.equal(error?.code, 'EADDRNOTAVAIL');
  });
}

function stateTests(make: () => EngineSubject): void {
  test('a socket that has sent its end is reset all the same', { skip: platform() !== 'linux' }, async () => {
    await using subject = make();
    const [client, server] = await pair(subject);
    client.socket.shutdownWrite();
    await subject.until(() => server.ended, 'the end');
    // tcpi_state: 8 is TCP_CLOSE_WAIT, 7 TCP_CLOSE, into which nothing but a reset leads.
    const state = (): number | undefined => server.socket.tcpInfo()?.[0];
    const before = state();
    client.socket.abort();
    await subject.until(() => state() === 7, 'the reset');
    assert.equal(before, 8);
  });
}

function pipeTests(make: () => EngineSubject): void {
  test('Unix sockets: a stale file gives way, the mode is set, both ends know the path', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'pipe-'));
    try {
      await using subject = make();
      const address = new PipeAddress(join(folder, 'socket'));
      writeFileSync(address.asString, 'left behind');
      const [client, server] = await pair(subject, listen(subject, { address, mode: 0o600 }));
      assert.equal(statSync(address.asString).mode & 0o777, 0o600);
      assert.equal(server.socket.localAddress.asString, address.asString);
      assert.equal(client.socket.remoteAddress.asString, address.asString);
      client.write('hello');
      client.socket.setNoDelay(true);
      await subject.until(() => server.text === 'hello', 'the bytes');
      client.socket.abort();
      await subject.until(() => server.ended || server.error !== undefined, 'the end');
      const missing = connect(subject, new PipeAddress(join(folder, 'missing')));
      await subject.until(() => missing.error !== undefined, 'the error');
      assert.equal(missing.error?.code, 'ENOENT');
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test('Unix sockets in the abstract namespace', { skip: platform() !== 'linux' }, async () => {
    await using subject = make();
    const unique = listen(subject).address.port;
    const address = new PipeAddress(`@nuncio-test-${unique}`);
    const [client, server] = await pair(subject, listen(subject, { address }));
    client.write('hello');
    await subject.until(() => server.text === 'hello', 'the bytes');
    assert.equal(server.socket.localAddress.asString, address.asString);
    const taken = subject.engine.bind({ address });
    assert.ok(taken instanceof SocketError && taken.code === 'EADDRINUSE');
  });

  test('a path that cannot be bound is an error, not thrown', async () => {
    await using subject = make();
    const missing = subject.engine.bind({ address: new PipeAddress('/nowhere/at/all') });
    assert.ok(missing instanceof SocketError);
    assert.match(missing.code, /^(ENOENT|EACCES)$/);
    const foreign = subject.engine.bind({ address: new IpAddress('192.0.2.1', 0) });
    assert.ok(foreign instanceof SocketError && foreign.code === 'EADDRNOTAVAIL');
  });
}

/** A subject that has used all that it will keep open. */
async function pairAlone(make: () => EngineSubject): Promise<EngineSubject> {
  const subject = make();
  const [client, server, listening] = await pair(subject);
  for (const end of [client.socket, server.socket, listening]) end.close();
  return subject;
}
