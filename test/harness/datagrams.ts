/** UDP for tests: a client that keeps what comes back, and a host that answers. */
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { ConnectionEnd } from './raw-client.ts';

/** Sends each part as a datagram; those that come back are joined by `|`. */
export class DatagramClient implements Disposable {
  readonly end: ConnectionEnd = 'open';
  readonly handshake = undefined;
  readonly alert = undefined;
  readonly #socket: Socket;
  readonly #datagrams: string[] = [];

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('message', (bytes) => this.#datagrams.push(bytes.toString('latin1')));
    socket.on('error', () => {});
  }

  static async connect(port: number, host = '127.0.0.1'): Promise<DatagramClient> {
    const socket = createSocket('udp4');
    socket.connect(port, host);
    await once(socket, 'connect');
    return new DatagramClient(socket);
  }

  get received(): string {
    return this.#datagrams.map((text) => `${text}|`).join('');
  }

  async send(parts: readonly string[]): Promise<void> {
    for (const part of parts) {
      await new Promise<void>((resolve) => this.#socket.send(Buffer.from(part, 'latin1'), () => resolve()));
      await nextTurn();
    }
  }

  halfClose(): void {}

  reset(): void {
    this[Symbol.dispose]();
  }

  [Symbol.dispose](): void {
    this.#socket.close();
  }
}

/**
 * Answers each datagram by `NAME:` and its text (its length, when it is long); `silent…` by nothing, `twice…` twice,
 * `long…` by 3000 bytes, `anybody…` without the name.
 */
export class DatagramHost implements Disposable {
  /** All datagrams so far. */
  readonly heard: string[] = [];
  readonly #socket = createSocket('udp4');
  readonly #name: string;

  constructor(name: string) {
    this.#name = name;
    this.#socket.on('message', (bytes, { port, address }) => {
      this.heard.push(bytes.toString('latin1'));
      for (const answer of this.#answers(bytes.toString('latin1'))) this.#socket.send(answer, port, address);
    });
  }

  async listen(port: number): Promise<void> {
    this.#socket.bind(port, '127.0.0.1');
    await once(this.#socket, 'listening');
  }

  [Symbol.dispose](): void {
    this.#socket.close();
  }

  #answers(text: string): string[] {
    if (text.startsWith('silent')) return [];
    if (text.startsWith('anybody')) return [text];
    if (text.startsWith('long')) return ['x'.repeat(3000)];
    const answer = `${this.#name}:${text.length > 100 ? `${text.length} bytes` : text}`;
    return text.startsWith('twice') ? [answer, answer] : [answer];
  }
}
