import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Buffer } from '../../../../sdk/buffer.ts';
import type { Address } from '../../../../sdk/network.ts';
import { SliceBuffer } from '../../../common/buffer/slice-buffer.ts';
import { IpAddress } from '../../../common/network/address.ts';
import { type BindOptions, SocketError, type UdpSender, type UdpSocket, type UdpSocketHandler } from '../engine.ts';
import { type EngineSubject, localhost, successOf } from './harness.ts';

/** Records what a UDP socket tells. */
export class UdpPeer implements UdpSocketHandler, UdpSender {
  readonly socket: UdpSocket;
  readonly received: string[] = [];
  readonly peers: Address[] = [];
  readonly locals: Address[] = [];
  readonly sendErrors: string[] = [];
  readonly receiveErrors: string[] = [];
  sentBytes = 0;
  onDatagramHook: (peer: Address, local: Address) => void = () => {};

  constructor(socket: UdpSocket) {
    this.socket = socket;
    socket.start(this);
  }

  send(text: string, peer?: Address, local?: Address): void {
    const buffer = new SliceBuffer();
    buffer.add(text);
    this.socket.send(buffer, this, peer, local);
    assert.equal(buffer.length, 0, 'send takes all bytes');
  }

  onDatagram(data: Buffer, peer: Address, local: Address): void {
    this.received.push(data.toString());
    this.peers.push(peer);
    this.locals.push(local);
    data.drain(data.length);
    this.onDatagramHook(peer, local);
  }

  onSent(bytes: number): void {
    this.sentBytes += bytes;
  }

  onSendError({ code }: Pick<SocketError, 'code'>): void {
    this.sendErrors.push(code);
  }

  onReceiveError({ code }: Pick<SocketError, 'code'>): void {
    this.receiveErrors.push(code);
  }
}

/** A socket that takes datagrams at an address. */
export function bindUdp({ engine }: EngineSubject, options: BindOptions = { address: localhost }): UdpPeer {
  const bound = successOf(engine.bindUdp(options));
  const socket = successOf(engine.openUdp(successOf(bound.transfer())));
  bound.close();
  return new UdpPeer(socket);
}

export function connectUdp({ engine }: EngineSubject, address: Address): UdpPeer {
  return new UdpPeer(successOf(engine.connectUdp({ address })));
}

const manyDatagrams = 300;

/** What every engine does with datagrams. */
export function datagramTests(make: () => EngineSubject): void {
  exchangeTests(make);
  sharingTests(make);
  failureTests(make);
}

function exchangeTests(make: () => EngineSubject): void {
  test('datagrams arrive whole, with where they came from, and are answered', async () => {
    await using subject = make();
    const server = bindUdp(subject);
    const client = connectUdp(subject, server.socket.localAddress);
    for (const text of ['one', '', 'x'.repeat(60_000)]) client.send(text);
    await subject.until(() => server.received.length === 3, 'the datagrams');
    assert.deepEqual(
      server.received.map((text) => text.length),
      [3, 0, 60_000],
    );
    assert.ok(server.peers.every((peer) => peer.equals(client.socket.localAddress)));
    assert.ok(server.locals.every((local) => local.equals(server.socket.localAddress)));
    server.send('answer', server.peers[0]);
    await subject.until(() => client.received.length === 1 && client.sentBytes === 60_003, 'the answer');
    assert.deepEqual(client.received, ['answer']);
    assert.ok(client.peers[0]?.equals(server.socket.localAddress));
    assert.equal(client.socket.remoteAddress?.asString, server.socket.localAddress.asString);
  });

  test('a connected socket hears its peer alone', async () => {
    await using subject = make();
    const server = bindUdp(subject);
    const client = connectUdp(subject, server.socket.localAddress);
    const stranger = bindUdp(subject);
    stranger.send('stranger', client.socket.localAddress);
    client.send('hello');
    await subject.until(() => server.received.length === 1, 'the datagram');
    server.send('peer', server.peers[0]);
    await subject.until(() => client.received.length > 0, 'the answer');
    assert.deepEqual(client.received, ['peer']);
  });

  test('many datagrams at a time come in order, each to whom it is for', async () => {
    await using subject = make();
    const server = bindUdp(subject);
    server.onDatagramHook = (peer) => server.send(server.received.at(-1) as string, peer);
    const clients = Array.from({ length: 3 }, () => connectUdp(subject, server.socket.localAddress));
    const texts = Array.from({ length: manyDatagrams }, (_, i) => `datagram ${i}`);
    // In batches that fit into the system's queue.
    for (let sent = 0; sent < manyDatagrams; sent += 20) {
      for (const client of clients) for (const text of texts.slice(sent, sent + 20)) client.send(text);
      await subject.until(() => clients.every(({ received }) => received.length >= sent + 20), 'all echoes');
    }
    for (const client of clients) assert.deepEqual(client.received, texts);
    assert.equal(server.sentBytes, clients.length * texts.join('').length);
    const faults = [server, ...clients].flatMap(({ receiveErrors, sendErrors }) => [...receiveErrors, ...sendErrors]);
    assert.deepEqual(faults, []);
  });
}

function sharingTests(make: () => EngineSubject): void {
  test('while reading is disabled nothing is told, and datagrams wait', async () => {
    await using subject = make();
    const server = bindUdp(subject);
    const client = connectUdp(subject, server.socket.localAddress);
    client.send('first');
    await subject.until(() => server.received.length === 1, 'the first');
    server.socket.readDisable(true);
    for (const text of ['second', 'third']) client.send(text);
    await subject.rest();
    assert.deepEqual(server.received, ['first']);
    server.socket.readDisable(false);
    await subject.until(() => server.received.length === 3, 'what waited');
    assert.deepEqual(server.received, ['first', 'second', 'third']);
  });

  test('reading may be disabled from within the handler: what has come along waits, in its order', async () => {
    await using subject = make();
    const server = bindUdp(subject);
    const client = connectUdp(subject, server.socket.localAddress);
    const texts = ['first', 'second', 'third'];
    server.onDatagramHook = () => server.socket.readDisable(true);
    for (let told = 1; told <= texts.length; told++) {
      if (told === 1) for (const text of texts) client.send(text);
      else server.socket.readDisable(false);
      await subject.until(() => server.received.length >= told, `datagram ${told}`);
      await subject.rest();
      assert.deepEqual(server.received, texts.slice(0, told));
    }
  });

  test('what comes between binding and reading is not lost', async () => {
    await using subject = make();
    const bound = successOf(subject.engine.bindUdp({ address: localhost }));
    const socket = successOf(subject.engine.openUdp(successOf(bound.transfer())));
    const client = connectUdp(subject, bound.address);
    client.send('early');
    await subject.rest();
    const server = new UdpPeer(socket);
    await subject.until(() => server.received.length === 1, 'the datagram');
    bound.close();
  });

  test('several sockets of a port share its peers: each stays with one', async () => {
    await using subject = make();
    const first = bindUdp(subject, { address: localhost, reusePort: true });
    const address = first.socket.localAddress;
    const servers = [first, bindUdp(subject, { address, reusePort: true })];
    const clients = Array.from({ length: 24 }, () => connectUdp(subject, address));
    for (let round = 0; round < 3; round++) for (const client of clients) client.send('x');
    await subject.until(() => servers.reduce((sum, { received }) => sum + received.length, 0) === 72, 'all datagrams');
    const ports = servers.map(({ peers }) => new Set(peers.map(({ port }) => port)));
    assert.ok(ports.every(({ size }) => size > 0));
    assert.ok([...(ports[0] as Set<number>)].every((port) => ports[1]?.has(port) === false));
  });
}

function failureTests(make: () => EngineSubject): void {
  test('an address that is taken is an error, and free again when its sockets are closed', async () => {
    await using subject = make();
    const server = bindUdp(subject);
    const { localAddress: address } = server.socket;
    const taken = subject.engine.bindUdp({ address });
    assert.ok(taken instanceof SocketError && taken.code === 'EADDRINUSE');
    server.socket.close();
    await subject.rest();
    successOf(subject.engine.bindUdp({ address })).close();
  });

  test('a peer that nobody is at is told, and the socket goes on', async () => {
    await using subject = make();
    const server = bindUdp(subject);
    const { localAddress: address } = server.socket;
    const client = connectUdp(subject, address);
    server.socket.close();
    await subject.rest();
    client.send('lost');
    const errors = (): string[] => [...client.receiveErrors, ...client.sendErrors];
    await subject.until(() => errors().length > 0, 'the error');
    assert.equal(errors()[0], 'ECONNREFUSED');
    const again = bindUdp(subject, { address });
    client.send('found');
    await subject.until(() => again.received.length > 0, 'the datagram');
    assert.deepEqual(again.received, ['found']);
  });

  test('what is too long is an error, not sent', async () => {
    await using subject = make();
    const server = bindUdp(subject);
    const client = connectUdp(subject, server.socket.localAddress);
    for (const bytes of [65_508, 70_000]) client.send('x'.repeat(bytes));
    client.send('short');
    await subject.until(() => client.sendErrors.length === 2 && server.received.length === 1, 'the errors');
    assert.deepEqual(client.sendErrors, ['EMSGSIZE', 'EMSGSIZE']);
    assert.deepEqual(server.received, ['short']);
  });

  test('a socket may be closed from within its handler, and tells nothing afterwards', async () => {
    await using subject = make();
    const held = (): number => subject.heldObjects?.() ?? 0;
    const before = held();
    const server = bindUdp(subject);
    server.onDatagramHook = (peer) => {
      server.send('farewell', peer);
      server.socket.close();
      server.socket.close();
      server.send('too late', peer);
    };
    const client = connectUdp(subject, server.socket.localAddress);
    for (const text of ['one', 'two', 'three']) client.send(text);
    await subject.until(() => client.received.length === 1, 'the farewell');
    await subject.rest();
    assert.deepEqual([server.received, client.received, server.sentBytes], [['one'], ['farewell'], 0]);
    client.socket.close();
    assert.equal(subject.engine.openSockets, 0);
    await subject.until(() => held() <= before, 'their operations to end');
  });

  test('only IP addresses have datagrams', async () => {
    await using subject = make();
    const server = subject.engine.bindUdp({ address: { ...localhost, kind: 'pipe', asString: '/nowhere' } as Address });
    assert.ok(server instanceof SocketError && server.code === 'EAFNOSUPPORT');
  });
}

/** What engines on the system's own sockets do besides. */
export function systemDatagramTests(make: () => EngineSubject): void {
  test('a socket for both families answers IPv4 peers as such', async () => {
    await using subject = make();
    const server = bindUdp(subject, { address: new IpAddress('::', 0), ipv4Compat: true });
    server.onDatagramHook = (peer, local) => server.send(local.ip, peer, local);
    const { port } = server.socket.localAddress;
    for (const ip of ['127.0.0.1', '::1']) {
      const client = connectUdp(subject, new IpAddress(ip, port));
      client.send('hello');
      await subject.until(() => client.received.length === 1, 'the answer');
      assert.equal(server.peers.at(-1)?.ip, ip);
    }
  });

  test('a foreign address cannot be taken; an address to send from can be given', async () => {
    await using subject = make();
    const foreign = subject.engine.bindUdp({ address: new IpAddress('192.0.2.1', 0) });
    assert.ok(foreign instanceof SocketError && foreign.code === 'EADDRNOTAVAIL');
    const server = bindUdp(subject);
    const address = server.socket.localAddress;
    const from = (ip: string) => subject.engine.connectUdp({ address, sourceAddress: new IpAddress(ip, 0) });
    const refused = from('192.0.2.1');
    assert.ok(refused instanceof SocketError && refused.code === 'EADDRNOTAVAIL');
    const client = new UdpPeer(successOf(from('127.0.0.2')));
    client.send('hello');
    await subject.until(() => server.received.length === 1, 'the datagram');
    assert.equal(server.peers[0]?.ip, '127.0.0.2');
  });
}
