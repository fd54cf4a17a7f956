import assert from 'node:assert/strict';
import { closeSync, openSync, readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { type BindOptions, SocketError, type StreamSocket } from '../engine.ts';
import { connect, type EngineSubject, localhost, Peer, successOf } from './harness.ts';

const openDescriptors = (): number => readdirSync('/proc/self/fd').length;

const mebibyte = 1_048_576;

/** Private memory of the process, in bytes: what it could write to. */
function mappedBytes(): number {
  return Number(/^VmData:\s+(\d+)/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? 0) * 1024;
}

/** What engines must stand on Linux: nothing left to open, and connections by the thousand. */
export function exhaustionTests(make: () => EngineSubject): void {
  for (const reusePort of [true, false]) withoutDescriptorsTest(make, { address: localhost, reusePort });

  for (const [connections, reusePort] of [
    [50_000, true],
    [10_000, false],
  ] as const)
    churnTest(make, connections, reusePort);
}

function withoutDescriptorsTest(make: () => EngineSubject, options: BindOptions): void {
  const which = options.reusePort === true ? '' : ', nor on a shared socket';
  test(`without a descriptor left, connections go on, new ones fail or wait, and come again afterwards${which}`, async (t) => {
    if (descriptorLimit() > 200_000) return t.skip('it takes too long to use up all descriptors here');
    await using subject = make();
    const server = new TolerantListener(subject, options);
    const [client, accepted] = await server.connect();
    const connectUdp = () => subject.engine.connectUdp({ address: server.address });
    {
      using taken = new TakenDescriptors();
      const refused = connect(subject, server.address);
      await subject.until(() => refused.error !== undefined, 'the error');
      assert.equal(refused.error?.code, 'EMFILE');
      for (const udp of [subject.engine.bindUdp({ address: localhost }), connectUdp()]) {
        assert.ok(udp instanceof SocketError && udp.code === 'EMFILE', 'datagrams need one too');
      }
      // One is left for the client's end, none for ours.
      taken.giveBackOne();
      connect(subject, server.address);
      await subject.rest();
      client.write('still here');
      await subject.until(() => accepted.text === 'still here', 'the bytes');
      // In between it waits: a loop that does nothing else would starve the connections that are there.
      assert.ok(server.errors.length < 10, `${server.errors.length} attempts`);
    }
    const [late, lateAccepted] = await server.connect();
    late.write('hello');
    await subject.until(() => lateAccepted.text === 'hello', 'the bytes');
    assert.ok(server.errors.every(({ code }) => code === 'EMFILE'));
    // The runtime of the other engine accepts and closes without a word.
    if (subject.engine.name === 'io_uring') assert.ok(server.errors.length > 0, 'it is told');
    server.close();
  });
}

function churnTest(make: () => EngineSubject, connections: number, reusePort: boolean): void {
  const name = `${connections.toLocaleString('en')} connections that come and go leave nothing behind${reusePort ? '' : ', on a shared socket'}`;
  test(name, { timeout: 120_000 }, async (t) => {
    await using subject = make();
    const churn = new Churn(subject, { address: localhost, reusePort });
    await churn.run(2000);
    const held = (): number => subject.heldObjects?.() ?? 0;
    const before = { descriptors: openDescriptors(), held: held(), mappedBytes: mappedBytes() };
    await churn.run(connections);
    t.diagnostic(`${mappedBytes() - before.mappedBytes} bytes more of address space`);
    assert.equal(subject.engine.openSockets, 0);
    await subject.until(() => held() <= before.held, 'all operations, numbers and buffers to come back');
    await subject.until(() => openDescriptors() <= before.descriptors, 'all descriptors to be closed');
    // The heap may grow by some steps of the collector's; a page for each connection would be 200 MiB.
    assert.ok(mappedBytes() - before.mappedBytes < 128 * mebibyte, 'memory stays mapped');
    churn.close();
  });
}

function descriptorLimit(): number {
  return Number(/^Max open files\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8'))?.[1] ?? 0);
}

/** All descriptors that the process could open. */
export class TakenDescriptors implements Disposable {
  readonly #taken: number[] = [];

  constructor() {
    try {
      for (;;) this.#taken.push(openSync('/dev/null', 'r'));
    } catch (cause) {
      if ((cause as { code?: string }).code !== 'EMFILE') throw cause;
    }
  }

  giveBackOne(): void {
    closeSync(this.#taken.pop() as number);
  }

  [Symbol.dispose](): void {
    for (const fd of this.#taken) closeSync(fd);
  }
}

/** Accepts, and notes what keeps it from it. */
class TolerantListener {
  readonly errors: SocketError[] = [];
  readonly address;
  readonly #subject: EngineSubject;
  readonly #accepted: Peer[] = [];
  readonly #close: () => void;

  constructor(subject: EngineSubject, options: BindOptions) {
    this.#subject = subject;
    const bound = successOf(subject.engine.bind(options));
    this.address = bound.address;
    const socket = successOf(
      subject.engine.listen(successOf(bound.transfer()), {
        onAccept: (stream) => {
          const peer = new Peer(stream);
          this.#accepted.push(peer);
          stream.start(peer);
        },
        onAcceptError: (error) => this.errors.push(error),
      }),
    );
    this.#close = () => {
      socket.close();
      bound.close();
    };
  }

  /** A connection that came about, and our end of it. */
  async connect(): Promise<[Peer, Peer]> {
    const client = connect(this.#subject, this.address);
    client.onConnectedHook = () => client.write('?');
    const answered = (): Peer | undefined => this.#accepted.find((peer) => peer.text.endsWith('?'));
    await this.#subject.until(() => answered() !== undefined, 'the connection');
    const accepted = answered() as Peer;
    accepted.received.drain(accepted.received.length);
    return [client, accepted];
  }

  close(): void {
    this.#close();
  }
}

const atATime = 100;

/** Opens connections, has a few bytes echoed on each, and ends them in turns by close and by reset. */
export class Churn {
  readonly #subject: EngineSubject;
  readonly #address;
  readonly #close: () => void;

  constructor(subject: EngineSubject, options: BindOptions = { address: localhost, reusePort: true }) {
    this.#subject = subject;
    const bound = successOf(subject.engine.bind(options));
    const socket = successOf(
      subject.engine.listen(successOf(bound.transfer()), {
        onAccept: echo,
        onAcceptError: (error) => assert.fail(error.message),
      }),
    );
    this.#address = bound.address;
    this.#close = () => {
      socket.close();
      bound.close();
    };
  }

  async run(connections: number): Promise<void> {
    for (let done = 0; done < connections; done += atATime) {
      const clients = Array.from({ length: atATime }, () => connect(this.#subject, this.#address));
      for (const client of clients) client.write('0123456789');
      await this.#subject.until(() => clients.every((client) => client.received.length === 10), 'all echoes');
      for (const [i, { socket, received }] of clients.entries()) {
        received.drain(received.length);
        // Those that end orderly keep their port for a minute.
        if (i % 5 === 0) socket.close();
        else socket.abort();
      }
      await this.#subject.until(() => this.#subject.engine.openSockets === 0, 'all sockets to be closed');
    }
  }

  close(): void {
    this.#close();
  }
}

function echo(socket: StreamSocket): void {
  socket.start({
    onConnected() {},
    onData: (data) => socket.write(data),
    onEnd: () => socket.close(),
    onWritable() {},
    onClose() {},
  });
}
