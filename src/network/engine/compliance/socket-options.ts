import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { IpAddress, PipeAddress } from '../../../common/network/address.ts';
import { intOptionValue, type SocketOption, type SocketState } from '../../../common/network/socket-option.ts';
import { type BindOptions, SocketError, SocketOptionError } from '../engine.ts';
import { NodeSocketEngine } from '../node/node-engine.ts';
import { type EngineSubject, listen, localhost, Peer, pair } from './harness.ts';

function option(level: number, name: number, value: number, state: SocketState): SocketOption {
  return { level, name, value: intOptionValue(value), state, label: `${level}/${name}` };
}

const freebind = option(0, 15, 1, 'prebind');
const transparent = option(0, 19, 1, 'prebind');
const keepAlive = option(1, 9, 1, 'prebind');
const fastOpen = option(6, 23, 16, 'listening');
const unknown = (state: SocketState) => option(6, 9999, 1, state);

const handler = { onAccept: () => assert.fail('nobody connects'), onAcceptError: () => assert.fail('nobody accepts') };

/** What engines must do with socket options on Linux. */
export function socketOptionTests(make: () => EngineSubject): void {
  test('an option that is set before binding lets an address be bound that is not ours', async () => {
    await using subject = make();
    const address = new IpAddress('203.0.113.5', 0);
    const without = subject.engine.bind({ address });
    assert.ok(without instanceof SocketError && without.code === 'EADDRNOTAVAIL');
    const bound = subject.engine.bind({ address, socketOptions: [freebind] });
    assert.ok(!(bound instanceof SocketError));
    assert.notEqual(bound.address.port, 0);
    bound.close();
  });

  transparentTest(make);

  for (const reusePort of [true, false]) {
    test(`a socket with options serves like any other${reusePort ? ', beside others of its port' : ''}`, async () => {
      await using subject = make();
      const options = { address: localhost, reusePort, socketOptions: [keepAlive, fastOpen] };
      const listening = listen(subject, options);
      const [client, server] = await pair(subject, listening);
      client.write('hello');
      await subject.until(() => server.text === 'hello', 'the bytes');
      listening.socket.pause();
      listening.socket.resume();
      await pair(subject, listening);
      listening.close();
    });
  }

  connectingTests(make);
  keepAliveTest(make);
  backlogTests(make);

  test('an option that cannot be set is told, with its state, and leaves no descriptor', async () => {
    await using subject = make();
    const before = readdirSync('/proc/self/fd').length;
    for (const state of ['prebind', 'bound'] as const) {
      const error = subject.engine.bind({ address: localhost, socketOptions: [unknown(state)] });
      assert.ok(error instanceof SocketOptionError);
      assert.deepEqual([error.code, error.option.state], ['ENOPROTOOPT', state]);
    }
    assert.equal(readdirSync('/proc/self/fd').length, before);
  });

  for (const reusePort of [true, false]) {
    test(`one that cannot be set when listening is told then${reusePort ? ', beside others of its port' : ''}`, async () => {
      await using subject = make();
      const options: BindOptions = { address: localhost, reusePort, socketOptions: [unknown('listening')] };
      const bound = subject.engine.bind(options);
      assert.ok(!(bound instanceof SocketError));
      const transfer = bound.transfer();
      assert.ok(!(transfer instanceof SocketError));
      const error = subject.engine.listen(transfer, handler);
      assert.ok(error instanceof SocketOptionError, 'the option is refused');
      bound.close();
    });
  }

  test('Unix sockets have options too', async () => {
    await using subject = make();
    const folder = mkdtempSync(join(tmpdir(), 'options-'));
    const address = new PipeAddress(join(folder, 'socket'));
    const listening = listen(subject, { address, socketOptions: [option(1, 7, 65_536, 'prebind')] });
    await pair(subject, listening);
    listening.close();
    rmSync(folder, { recursive: true });
  });
}

function connectingTests(make: () => EngineSubject): void {
  test('options are set on sockets that connect; one that cannot be set fails the connection', async () => {
    await using subject = make();
    const listening = listen(subject);
    const connecting = (socketOptions: readonly SocketOption[]): Peer => {
      const peer = new Peer(subject.engine.connect({ address: listening.address, socketOptions }));
      peer.socket.start(peer);
      return peer;
    };
    const client = connecting([keepAlive, option(1, 9, 1, 'bound')]);
    await subject.until(() => listening.accepted.length === 1 && client.log.length > 0, 'the connection');
    client.write('hello');
    await subject.until(() => listening.accepted[0]?.text === 'hello', 'the bytes');
    for (const state of ['prebind', 'bound'] as const) {
      const refused = connecting([unknown(state)]);
      await subject.until(() => refused.error !== undefined, 'the error');
      assert.ok(refused.error instanceof SocketOptionError);
      assert.equal(refused.error.code, 'ENOPROTOOPT');
    }
    assert.equal(listening.accepted.length, 1);
  });
}

/**
 * The timer that the kernel has set for a connection from one port of ours to another (proc_pid_net_tcp(5)): '02' is that of
 * keep-alive. By both ports: an older connection from the same one to elsewhere may still be in TIME_WAIT.
 */
function timerOf(from: number, to: number): string | undefined {
  const hex = (port: number): string => `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  const lines = readFileSync('/proc/net/tcp', 'latin1')
    .split('\n')
    .map((line) => line.trim().split(/\s+/));
  return lines.find(([, local, remote]) => local?.endsWith(hex(from)) && remote?.endsWith(hex(to)))?.[5]?.slice(0, 2);
}

function keepAliveTest(make: () => EngineSubject): void {
  test('sockets that connect are kept alive where that is asked for', async () => {
    await using subject = make();
    const listening = listen(subject);
    for (const [keepAlive, timer] of [
      [{ idleSeconds: 30 }, '02'],
      [undefined, '00'],
    ] as const) {
      const { address } = listening;
      const peer = new Peer(subject.engine.connect({ address, ...(keepAlive && { keepAlive }) }));
      peer.socket.start(peer);
      await subject.until(() => peer.log.length > 0, 'the connection');
      assert.equal(timerOf(peer.socket.localAddress.port, address.port), timer);
    }
  });
}

function backlogTests(make: () => EngineSubject): void {
  for (const [backlog, most] of [
    [3, 4],
    [undefined, 600],
  ] as const) {
    test(`${backlog ?? 'by default many'} connections may wait to be accepted`, async () => {
      await using subject = make();
      const folder = mkdtempSync(join(tmpdir(), 'backlog-'));
      const address = new PipeAddress(join(folder, 'socket'));
      const listening = listen(subject, { address, ...(backlog !== undefined && { backlog }) });
      listening.socket.pause();
      // By node:net, which asks once: a ring waits until there is room.
      using others = new NodeSocketEngine(subject.dispatcher);
      const clients = Array.from({ length: most + (backlog ?? 0) }, () => {
        const peer = new Peer(others.connect({ address }));
        peer.socket.start(peer);
        return peer;
      });
      await subject.until(() => clients.every(({ log }) => log.length > 0), 'an answer to each');
      listening.close();
      rmSync(folder, { recursive: true });
      const refused = clients.flatMap(({ error }) => error?.code ?? []);
      for (const client of clients) client.socket.close();
      assert.deepEqual(refused, Array(backlog ?? 0).fill('EAGAIN'));
    });
  }
}

function transparentTest(make: () => EngineSubject): void {
  const skip = userInfo().uid !== 0 && 'IP_TRANSPARENT takes CAP_NET_ADMIN';
  test('on a transparent socket the address is the one that the peer meant, on others nothing is known', {
    skip,
  }, async () => {
    await using subject = make();
    for (const socketOptions of [[transparent], []]) {
      const [, server] = await pair(subject, listen(subject, { address: localhost, socketOptions }));
      const expected = socketOptions.length === 0 ? undefined : server.socket.localAddress.asString;
      assert.equal(server.socket.originalDestination()?.asString, expected);
    }
  });

  test('IP_TRANSPARENT lets an address be bound, and connected from, that is not ours', { skip }, async () => {
    await using subject = make();
    const bound = subject.engine.bind({ address: new IpAddress('203.0.113.5', 0), socketOptions: [transparent] });
    assert.ok(!(bound instanceof SocketError), 'bound');
    bound.close();
    const listening = listen(subject);
    const sourceAddress = new IpAddress('203.0.113.5', 0);
    const connect = (socketOptions: readonly SocketOption[]): Peer => {
      const peer = new Peer(subject.engine.connect({ address: listening.address, sourceAddress, socketOptions }));
      peer.socket.start(peer);
      return peer;
    };
    const [without, with_] = [connect([]), connect([transparent])];
    await subject.until(() => without.error !== undefined, 'the refusal');
    await subject.rest();
    assert.equal(without.error?.code, 'EADDRNOTAVAIL');
    // Its answers go where that address is at home.
    assert.notEqual(with_.error?.code, 'EADDRNOTAVAIL');
    with_.socket.close();
  });
}
