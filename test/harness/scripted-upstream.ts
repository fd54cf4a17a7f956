/** An upstream whose every answer a test writes byte by byte, and which remembers what it was sent. */
import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { TLSSocket } from 'node:tls';
import { type HttpMessage, readHead, readMessage } from './http-message.ts';
import { createPeerServer, describeHandshake, type Handshake, resetPeer, type TlsPeer } from './tls-peers.ts';

export interface Reply {
  /** Exact bytes, latin1; nothing when absent. Several parts go out in turns of their own. */
  readonly send?: string | readonly string[];
  /** When to answer: at the request's end (default), at the end of its head, or not before a step says so. */
  readonly on?: 'request' | 'head' | 'never';
  readonly after?: 'keep' | 'end' | 'reset';
}

/** `http`: one reply a request. `echo`: sends back what comes. `sink`: says nothing. `greet`: the reply on connect. */
export type UpstreamKind = 'http' | 'echo' | 'sink' | 'greet';

/** What one connection brought, in order of arrival. `cut` is a request whose end never came. */
export type Seen = HttpMessage | { readonly cut: string } | { readonly bytes: string; readonly end: string };

const defaultReply: Reply = { send: 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok' };

class Connection {
  readonly #socket: Socket;
  readonly #upstream: ScriptedUpstream;
  #pending = '';
  #answered = false;
  #tunnel = false;
  #end = 'open';
  #fresh = true;
  #chain: Promise<void> = Promise.resolve();

  constructor(socket: Socket, upstream: ScriptedUpstream) {
    this.#socket = socket;
    this.#upstream = upstream;
    socket.setNoDelay(true);
    socket.on('data', (bytes: Buffer) => this.#onData(bytes.toString('latin1')));
    socket.on('end', () => this.#onEnd('fin'));
    socket.on('error', () => this.#onEnd('reset'));
    socket.on('close', () => {
      this.#onEnd('fin');
      upstream.forget(this);
    });
  }

  /**
   * What came and is no complete request; without HTTP: all that came since the upstream's last `reset()`.
   * A connection from before that is told of only if it brought something, or if `old` ones are asked for.
   */
  rest(old: boolean): Seen | undefined {
    if (this.#upstream.kind !== 'http' || this.#tunnel) {
      const isTold = this.#fresh || old || this.#pending !== '';
      return isTold ? { bytes: this.#pending, end: this.#end } : undefined;
    }
    return this.#pending === '' ? undefined : { cut: this.#pending };
  }

  /** What has been is the past. */
  settle(): void {
    this.#fresh = false;
    if (this.#upstream.kind !== 'http' || this.#tunnel) this.#pending = '';
  }

  reply(reply: Reply): void {
    this.#chain = this.#chain.then(() => this.#send(reply));
  }

  destroy(): void {
    this.#socket.destroy();
  }

  async #send(reply: Reply): Promise<void> {
    const parts = reply.send === undefined ? [] : typeof reply.send === 'string' ? [reply.send] : reply.send;
    for (const part of parts) {
      if (!this.#socket.writable) return;
      await new Promise<void>((resolve) => this.#socket.write(part, 'latin1', () => resolve()));
      if (parts.length > 1) await nextTurn();
    }
    if (reply.after === 'end') this.#socket.end();
    if (reply.after === 'reset') resetPeer(this.#socket);
  }

  #onData(text: string): void {
    this.#pending += text;
    if (this.#upstream.kind === 'echo') this.reply({ send: text });
    if (this.#upstream.kind === 'http' && !this.#tunnel) this.#readRequests();
  }

  #readRequests(): void {
    for (;;) {
      if (!this.#answered && this.#upstream.next.on === 'head' && readHead(this.#pending, 0) !== undefined) {
        this.#answered = true;
        this.reply(this.#upstream.takeReply());
      }
      const read = readMessage(this.#pending, 0, { kind: 'request' });
      if (read === undefined) return;
      this.#pending = this.#pending.slice(read.end);
      this.#upstream.remember(read.message);
      if (!this.#answered) this.reply(this.#upstream.takeReply());
      this.#answered = false;
      this.#tunnel = read.message.framing === 'upgrade';
      if (this.#tunnel) return;
    }
  }

  #onEnd(how: string): void {
    if (this.#end === 'open') this.#end = how;
    if (this.#upstream.kind === 'echo') this.reply({ after: 'end' });
    else if (how === 'fin' && this.#upstream.kind === 'http') this.#socket.end();
  }
}

export class ScriptedUpstream implements AsyncDisposable {
  readonly kind: UpstreamKind;
  readonly #server: Server;
  readonly #connections = new Set<Connection>();
  readonly #sockets = new Set<Socket>();
  #requests: Seen[] = [];
  #replies: Reply[] = [];
  #accepted = 0;
  #handshakes: Handshake[] = [];

  constructor(kind: UpstreamKind, tls?: TlsPeer) {
    this.kind = kind;
    const onSocket = (socket: Socket) => this.#onSocket(socket);
    this.#server =
      tls === undefined ? createServer({ allowHalfOpen: true }, onSocket) : createPeerServer(tls, onSocket);
    this.#server.on('connection', (socket: Socket) => {
      this.#sockets.add(socket);
      socket.once('close', () => this.#sockets.delete(socket));
    });
  }

  async listen(port: number, host = '127.0.0.1'): Promise<void> {
    this.#server.listen({ port, host });
    await once(this.#server, 'listening');
  }

  /** Of the TLS connections since the last `reset()`. */
  get handshakes(): readonly Handshake[] {
    return this.#handshakes;
  }

  get accepted(): number {
    return this.#accepted;
  }

  /** What was seen since the last `reset()`: complete requests, then what is left unfinished on live connections. */
  seen(old = false): readonly Seen[] {
    const rests = [...this.#connections].map((connection) => connection.rest(old));
    return [...this.#requests, ...rests.filter((rest) => rest !== undefined)];
  }

  get next(): Reply {
    return this.#replies[0] ?? defaultReply;
  }

  takeReply(): Reply {
    const reply = this.#replies.shift() ?? defaultReply;
    return reply.on === 'never' ? {} : reply;
  }

  remember(seen: Seen): void {
    this.#requests.push(seen);
  }

  forget(connection: Connection): void {
    const rest = connection.rest(false);
    if (rest !== undefined) this.#requests.push(rest);
    this.#connections.delete(connection);
  }

  /** Forgets the past and takes new replies, one a request; after the last the default (200, "ok") returns. */
  reset(replies: readonly Reply[]): void {
    this.#requests = [];
    this.#handshakes = [];
    this.#replies = [...replies];
    for (const connection of this.#connections) connection.settle();
  }

  /** Adds a reply without forgetting. */
  enqueue(reply: Reply): void {
    this.#replies.push(reply);
  }

  /** Sends on the newest live connection, whatever was asked: this is how a test holds an answer back. */
  push(reply: Reply): void {
    [...this.#connections].at(-1)?.reply(reply);
  }

  dropConnections(): void {
    for (const connection of this.#connections) connection.destroy();
  }

  #onSocket(socket: Socket): void {
    const connection = new Connection(socket, this);
    this.#connections.add(connection);
    this.#accepted++;
    if (socket instanceof TLSSocket) this.#handshakes.push(describeHandshake(socket));
    if (this.kind === 'greet') connection.reply(this.takeReply());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.dropConnections();
    // Those too whose handshake was given up halfway, which are nobody's connection.
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
    await once(this.#server, 'close').catch(() => undefined);
  }
}
