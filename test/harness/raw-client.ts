/** A client over TCP or TLS that sends exact bytes and keeps all that comes back. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { TLSSocket } from 'node:tls';
import {
  ClientNotes,
  connectPeer,
  describeHandshake,
  type Handshake,
  type KeptSessions,
  resetPeer,
  type TlsPeer,
} from './tls-peers.ts';

export type ConnectionEnd = 'open' | 'fin' | 'reset';

export class RawClient implements Disposable {
  readonly #socket: Socket;
  #received = '';
  #end: ConnectionEnd = 'open';
  readonly #ending = Promise.withResolvers<ConnectionEnd>();
  #handshake: Handshake | undefined;
  #alert: string | undefined;
  #notes: ClientNotes | undefined;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.setNoDelay(true);
    socket.on('data', (bytes: Buffer) => {
      this.#received += bytes.toString('latin1');
    });
    socket.on('end', () => this.#ended('fin'));
    socket.on('error', (error: NodeJS.ErrnoException) => {
      this.#alert ??= alertIn(error);
      this.#ended('reset');
    });
    socket.on('close', () => this.#ended('fin'));
    if (socket instanceof TLSSocket) {
      socket.on('secureConnect', () => {
        this.#handshake = describeHandshake(socket);
      });
    }
  }

  static async connect(port: number, host = '127.0.0.1', from?: string): Promise<RawClient> {
    const source = from === undefined ? {} : { localAddress: from };
    const socket = connect({ port, host, allowHalfOpen: true, ...source });
    await once(socket, 'connect');
    return new RawClient(socket);
  }

  /** Bytes can be sent at once; they wait for the handshake. */
  static async connectTls(
    port: number,
    peer: TlsPeer,
    { host = '127.0.0.1', sessions }: { readonly host?: string; readonly sessions?: KeptSessions } = {},
  ): Promise<RawClient> {
    const socket = await connectPeer(port, host, peer, sessions);
    const client = new RawClient(socket);
    client.#notes = new ClientNotes(peer, socket, sessions);
    return client;
  }

  /** Undefined without TLS, and until it is done. */
  get handshake(): Handshake | undefined {
    return this.#handshake === undefined ? undefined : { ...this.#handshake, ...this.#notes?.asHandshake };
  }

  /** The TLS alert by which the peer ended, in OpenSSL's words. */
  get alert(): string | undefined {
    return this.#alert;
  }

  /** All bytes received so far, one latin1 character each. */
  get received(): string {
    return this.#received;
  }

  get localPort(): number {
    return this.#socket.localPort ?? 0;
  }

  get end(): ConnectionEnd {
    return this.#end;
  }

  /** Sends one part after the other, each in a turn of its own. A peer that has gone is no error: see `end`. */
  async send(parts: readonly string[]): Promise<void> {
    for (const part of parts) {
      if (this.#socket.writable)
        await new Promise<void>((resolve) => this.#socket.write(part, 'latin1', () => resolve()));
      await nextTurn();
    }
  }

  /** Resolves when the peer has ended the connection; never for one that does not read. */
  ended(): Promise<ConnectionEnd> {
    return this.#ending.promise;
  }

  /** FIN: nothing more will be sent; receiving goes on. */
  halfClose(): void {
    this.#socket.end();
  }

  pauseReading(): void {
    this.#socket.pause();
  }

  reset(): void {
    resetPeer(this.#socket);
  }

  [Symbol.dispose](): void {
    this.#socket.destroy();
  }

  #ended(how: ConnectionEnd): void {
    if (this.#end !== 'open') return;
    this.#end = how;
    this.#ending.resolve(how);
  }
}

/** Node tells OpenSSL's words in the message, whatever the code. */
function alertIn({ message }: Error): string | undefined {
  return /:([^:]*alert[^:]*):[^:]*:[^:]*:SSL alert number/.exec(message)?.[1];
}
