import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Buffer } from '../../../../sdk/buffer.ts';
import { SliceBuffer } from '../../../common/buffer/slice-buffer.ts';
import { SeededRandom } from '../../../event/random.ts';
import type { SocketError, StreamSocket, StreamSocketHandler } from '../engine.ts';
import { type EngineSubject, type Listening, localhost, successOf } from './harness.ts';

const mostConnections = 40;
const mostPendingBytes = 1_000_000;

/** One end of a connection: sends numbered bytes, checks those that come, and keeps some of them for a while. */
class SoakPeer implements StreamSocketHandler {
  readonly socket: StreamSocket;
  readonly kept: Buffer = new SliceBuffer();
  keeps = false;
  over = false;
  #sent = 0;
  #received = 0;

  constructor(socket: StreamSocket) {
    this.socket = socket;
  }

  write(bytes: number): void {
    const data = new Uint8Array(bytes);
    for (let i = 0; i < bytes; i++) data[i] = (this.#sent + i) % 251;
    this.#sent += bytes;
    const buffer = new SliceBuffer();
    buffer.addFragment(data);
    this.socket.write(buffer);
  }

  onData(buffer: Buffer): void {
    assert.ok(!this.over, 'nothing is told after the end');
    for (let i = 0; i < buffer.sliceCount; i++) {
      for (const byte of buffer.sliceAt(i)) assert.equal(byte, this.#received++ % 251);
    }
    if (this.keeps) this.kept.move(buffer);
    else buffer.drain(buffer.length);
  }

  onConnected(): void {}
  onEnd(): void {}
  onWritable(): void {}

  onClose(_error: SocketError): void {
    this.leave();
  }

  leave(): void {
    this.over = true;
    this.kept.drain(this.kept.length);
  }
}

/** Random traffic from a seed: connections that are opened, starved, half-closed, closed and reset. */
export class Soak {
  readonly #subject: EngineSubject;
  readonly #random: SeededRandom;
  readonly #listening: Pick<Listening, 'address' | 'close'>;
  #peers: SoakPeer[] = [];
  connections = 0;

  constructor(subject: EngineSubject, seed: number) {
    this.#subject = subject;
    this.#random = new SeededRandom(seed);
    const bound = successOf(subject.engine.bind({ address: localhost, reusePort: true }));
    const socket = successOf(
      subject.engine.listen(successOf(bound.transfer()), {
        onAccept: (stream) => this.#add(stream),
        onAcceptError: (error) => assert.fail(error.message),
      }),
    );
    const close = (): void => [socket, bound].forEach((each) => void each.close());
    this.#listening = { address: bound.address, close };
  }

  async run(steps: number): Promise<void> {
    for (let step = 0; step < steps; step++) {
      this.#act();
      if (this.#below(3) === 0) await this.#turn();
    }
  }

  async end(): Promise<void> {
    this.#listening.close();
    for (let round = 0; round < 3; round++) {
      for (const peer of this.#peers) this.#finish(peer, false);
      await this.#subject.rest();
    }
    await this.#subject.until(() => this.#subject.engine.openSockets === 0, 'all sockets to be closed');
  }

  /** One iteration of the loop. */
  #turn(): Promise<void> {
    let turns = 0;
    return this.#subject.until(() => turns++ > 0, 'a turn');
  }

  #act(): void {
    this.#peers = this.#peers.filter((peer) => !peer.over);
    const peer = this.#peers[this.#below(Math.max(1, this.#peers.length))];
    const action = this.#below(20);
    if (peer === undefined || (action < 3 && this.#peers.length < 2 * mostConnections)) this.#open();
    else if (action < 10 && peer.socket.pendingBytes < mostPendingBytes) peer.write(1 + this.#below(this.#sizes()));
    else if (action < 12) peer.socket.readDisable(true);
    else if (action < 16) peer.socket.readDisable(false);
    else if (action < 17) peer.keeps = !peer.keeps;
    else if (action < 18) peer.kept.drain(peer.kept.length);
    else if (action < 19) this.#finish(peer, this.#below(2) === 0);
    else if (this.#below(4) === 0) peer.socket.shutdownWrite();
  }

  #sizes(): number {
    return [10, 1000, 20_000, 200_000][this.#below(4)] as number;
  }

  #open(): void {
    this.connections++;
    this.#add(this.#subject.engine.connect({ address: this.#listening.address }));
  }

  #add(socket: StreamSocket): void {
    const peer = new SoakPeer(socket);
    this.#peers.push(peer);
    socket.start(peer);
  }

  #finish(peer: SoakPeer, reset: boolean): void {
    if (peer.over) return;
    if (reset) peer.socket.abort();
    else peer.socket.close();
    peer.leave();
  }

  #below(limit: number): number {
    return this.#random.random() % limit;
  }
}

export function soakTests(make: () => EngineSubject): void {
  test('random traffic arrives in order and leaves nothing behind', async (t) => {
    await using subject = make();
    const seed = 20_260;
    t.diagnostic(`seed ${seed}`);
    const soak = new Soak(subject, seed);
    await soak.run(600);
    await soak.end();
  });
}
