import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SliceBuffer } from '../../../common/buffer/slice-buffer.ts';
import { IpAddress, PipeAddress } from '../../../common/network/address.ts';
import { type BindOptions, SocketError } from '../engine.ts';
import { connect, type EngineSubject, listen, localhost, Peer, pair, successOf } from './harness.ts';

/** Binding, accepting, connecting, and how they fail. */
export function connectingTests(make: () => EngineSubject): void {
  bindingTests(make);
  acceptingTests(make);
  failingTests(make);
  addressTests(make);

  test('both ends agree on their addresses', async () => {
    await using subject = make();
    const [client, server, listening] = await pair(subject);
    assert.ok(listening.address.port > 0);
    assert.equal(client.socket.remoteAddress.asString, listening.address.asString);
    assert.equal(server.socket.localAddress.asString, listening.address.asString);
    assert.equal(server.socket.remoteAddress.asString, client.socket.localAddress.asString);
    assert.ok(server.socket.remoteAddress.port > 0);
  });

  test('what is written while connecting arrives', async () => {
    await using subject = make();
    const listening = listen(subject);
    const client = connect(subject, listening.address);
    client.write('early ');
    client.onConnectedHook = () => client.write('bird');
    client.socket.shutdownWrite();
    await subject.until(() => listening.accepted[0]?.ended === true, 'the end');
    assert.equal(listening.accepted[0]?.text, 'early bird');
    assert.equal(client.log[0], 'connected');
  });

  test('an accepted socket can be given up and adopted, with what has arrived on it', async () => {
    await using subject = make();
    const listening = listen(subject, { address: localhost }, true);
    const client = connect(subject, listening.address);
    client.write('early');
    await subject.until(() => listening.accepted.length === 1, 'a connection');
    await subject.rest();
    const { socket } = listening.accepted[0] as Peer;
    const { localAddress, remoteAddress } = socket;
    const adopted = new Peer(subject.engine.adopt(successOf(socket.detach()), localAddress));
    assert.equal(subject.engine.openSockets, 2);
    assert.equal(adopted.socket.localAddress.asString, localAddress.asString);
    assert.equal(adopted.socket.remoteAddress.asString, remoteAddress.asString);
    adopted.socket.start(adopted);
    await subject.until(() => adopted.text === 'early', 'what came before');
    adopted.write('answer');
    await subject.until(() => client.text === 'answer', 'the answer');
    assert.ok(adopted.socket.detach() instanceof SocketError, 'what was started stays');
    client.socket.close();
    await subject.until(() => adopted.ended, 'the end');
  });

  test('a connection may come from a given address', async () => {
    await using subject = make();
    const listening = listen(subject);
    const socket = subject.engine.connect({ address: listening.address, sourceAddress: localhost });
    await subject.until(() => listening.accepted.length > 0, 'a connection');
    assert.equal(listening.accepted[0]?.socket.remoteAddress.ip, '127.0.0.1');
    socket.close();
  });
}

function addressTests(make: () => EngineSubject): void {
  test('addresses of any length leave what is sent later whole', async () => {
    await using subject = make();
    const refusing = [new IpAddress('::1', subject.refusingAddress().port), new PipeAddress(`/${'x'.repeat(100)}`)];
    for (const address of refusing) {
      const peer = connect(subject, address);
      await subject.until(() => peer.error !== undefined, 'a refusal');
    }
    const [client, server] = await pair(subject);
    // What has arrived goes back behind a head of its own: pieces from several places.
    server.onDataHook = (data) => {
      const answer = new SliceBuffer();
      answer.add('head ');
      answer.move(data);
      server.socket.write(answer);
    };
    client.write('x'.repeat(5000));
    await subject.until(() => client.text.replaceAll('head ', '').length === 5000 || client.error !== undefined, 'all');
    assert.equal(client.error, undefined);
  });
}

function failingTests(make: () => EngineSubject): void {
  test('a refused connection closes with the reason and nothing else', async () => {
    await using subject = make();
    const peer = connect(subject, subject.refusingAddress());
    peer.write('lost');
    await subject.until(() => peer.error !== undefined, 'a refusal');
    await subject.rest();
    assert.deepEqual(peer.log, ['close ECONNREFUSED']);
    assert.equal(peer.error?.message, 'Connection refused');
    assert.equal(peer.error?.errno, 111);
    assert.equal(subject.engine.openSockets, 0);
  });

  test('a connection that was given up while connecting tells nothing', async () => {
    await using subject = make();
    const listening = listen(subject);
    const closed = connect(subject, listening.address);
    const aborted = connect(subject, listening.address);
    closed.socket.close();
    aborted.socket.abort();
    await subject.rest();
    assert.deepEqual([closed.log, aborted.log], [[], []]);
  });

  test('a host that does not answer keeps the connection pending until it is closed', async (t) => {
    await using subject = make();
    if (subject.silentAddress === undefined) {
      t.skip('no address here is sure to be silent');
      return;
    }
    const peer = connect(subject, subject.silentAddress());
    await subject.rest();
    assert.deepEqual(peer.log, []);
    peer.socket.close();
    assert.equal(subject.engine.openSockets, 0);
  });
}

function bindingTests(make: () => EngineSubject): void {
  test('an address that is taken is an error of bind, a value', async () => {
    await using subject = make();
    const listening = listen(subject);
    const second = subject.engine.bind({ address: listening.address });
    assert.ok(second instanceof SocketError);
    assert.equal(second.code, 'EADDRINUSE');
    assert.equal(second.message, 'Address already in use');
  });

  test('an address that is bound but not listened on refuses', async () => {
    await using subject = make();
    const bound = successOf(subject.engine.bind({ address: localhost }));
    const peer = connect(subject, bound.address);
    await subject.until(() => peer.error !== undefined, 'a refusal');
    assert.equal(peer.error?.code, 'ECONNREFUSED');
    bound.close();
  });

  test('listeners share an address with reusePort, and each takes its part', async () => {
    await using subject = make();
    const first = listen(subject, { address: localhost, reusePort: true });
    const second = listen(subject, { address: first.address, reusePort: true });
    const clients = Array.from({ length: 40 }, () => connect(subject, first.address));
    await subject.until(() => first.accepted.length + second.accepted.length === clients.length, 'all connections');
    assert.ok(first.accepted.length > 0 && second.accepted.length > 0);
  });

  test('one bound socket serves several listen sockets, and survives the closing of any', async () => {
    await using subject = make();
    const bound = successOf(subject.engine.bind({ address: localhost }));
    let accepted = 0;
    const open = () =>
      successOf(
        subject.engine.listen(successOf(bound.transfer()), {
          onAccept: () => accepted++,
          onAcceptError: (error) => assert.fail(error.message),
        }),
      );
    const [first, second] = [open(), open()];
    bound.close();
    first.close();
    connect(subject, second.address);
    await subject.until(() => accepted === 1, 'a connection to the second');
    second.close();
    const late = connect(subject, second.address);
    await subject.until(() => late.error !== undefined, 'a refusal');
  });
}

function acceptingTests(make: () => EngineSubject): void {
  for (const reusePort of [true, false]) {
    ownAndSharedTests(
      make,
      { address: localhost, reusePort },
      reusePort ? 'on a socket of its own' : 'on a shared one',
    );
  }

  test('whoever is paused leaves connections to others of a shared socket', async () => {
    await using subject = make();
    const bound = successOf(subject.engine.bind({ address: localhost }));
    const accepted: number[] = [];
    const [first, second] = [0, 1].map((which) =>
      successOf(
        subject.engine.listen(successOf(bound.transfer()), {
          onAccept: () => accepted.push(which),
          onAcceptError: (error) => assert.fail(error.message),
        }),
      ),
    );
    for (const [paused, resumed] of [
      [first, second],
      [second, first],
    ]) {
      paused?.pause();
      resumed?.resume();
      await subject.rest();
      const before = accepted.length;
      for (let i = 0; i < 40; i++) connect(subject, bound.address);
      await subject.until(() => accepted.length === before + 40, 'all connections');
    }
    assert.deepEqual(accepted, [...Array(40).fill(1), ...Array(40).fill(0)]);
    for (const each of [first, second, bound]) each?.close();
  });
}

function ownAndSharedTests(make: () => EngineSubject, options: BindOptions, which: string): void {
  test(`many connections at once are all accepted ${which}`, async () => {
    await using subject = make();
    const listening = listen(subject, options);
    const clients = Array.from({ length: 120 }, () => connect(subject, listening.address));
    await subject.until(() => listening.accepted.length === clients.length, 'all connections');
    listening.close();
  });

  test(`while accepting is paused ${which}, connections wait in the queue`, async () => {
    await using subject = make();
    const listening = listen(subject, options);
    listening.socket.pause();
    const client = connect(subject, listening.address);
    client.write('patience');
    await subject.until(() => client.log.includes('connected'), 'the connection');
    await subject.rest();
    assert.equal(listening.accepted.length, 0);
    listening.socket.resume();
    await subject.until(() => listening.accepted[0]?.text === 'patience', 'the waiting bytes');
  });

  test(`connections accepted ${which} outlive their listener`, async () => {
    await using subject = make();
    const [client, server, listening] = await pair(subject, listen(subject, options));
    listening.close();
    client.write('still here');
    await subject.until(() => server.text === 'still here', 'the bytes');
    const late = connect(subject, listening.address);
    await subject.until(() => late.error !== undefined, 'a refusal');
  });

  test(`nothing is read from a socket accepted ${which} before it is started`, async () => {
    await using subject = make();
    const listening = listen(subject, options, true);
    const client = connect(subject, listening.address);
    client.write('wait for it');
    await subject.until(() => listening.accepted.length > 0, 'a connection');
    await subject.rest();
    const [server] = listening.accepted;
    assert.equal(server?.text, '');
    server?.socket.start(server);
    await subject.until(() => server?.text === 'wait for it', 'the bytes');
  });
}
