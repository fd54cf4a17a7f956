import type { Dispatcher } from '../../../sdk/event.ts';
import type {
  SimulatedConnection,
  SimulatedReply,
  SimulatedRequest,
  SimulatedUpstream,
} from '../../../sdk/testing/simulated-proxy.ts';
import type { IpAddress } from '../../common/network/address.ts';
import type { AcceptHandler, ListenSocket, SocketEngine, StreamSocket } from '../../network/engine/engine.ts';
import { SocketError } from '../../network/engine/engine.ts';
import { readRequest, writeResponse } from './http-text.ts';
import { MemoryConnection } from './memory-connection.ts';

export type OnBytes = (connection: SimulatedConnection, bytes: string) => void;
export type Answer = (request: SimulatedRequest) => SimulatedReply | undefined;

/** A server of the test's. */
export class MemoryUpstream implements SimulatedUpstream, AcceptHandler {
  readonly address: string;
  readonly requests: readonly SimulatedRequest[];
  readonly connections: MemoryConnection[] = [];
  readonly #listening: ListenSocket;
  readonly #onBytes: OnBytes;

  constructor(engine: SocketEngine, address: IpAddress, onBytes: OnBytes, requests: readonly SimulatedRequest[]) {
    this.#onBytes = onBytes;
    this.requests = requests;
    const bound = engine.bind({ address });
    if (bound instanceof SocketError) throw new Error(`${address.asString}: ${bound.message}`);
    const transfer = bound.transfer();
    const socket = transfer instanceof SocketError ? transfer : engine.listen(transfer, this);
    bound.close();
    if (socket instanceof SocketError) throw new Error(`${address.asString}: ${socket.message}`);
    this.#listening = socket;
    this.address = socket.address.asString;
  }

  onAccept(socket: StreamSocket): void {
    this.connections.push(new MemoryConnection(socket, 'open', this.#onBytes));
  }

  onAcceptError(error: SocketError): void {
    throw new Error(`${this.address} failed to accept: ${error.message}`);
  }

  stop(): void {
    this.#listening.close();
  }
}

/** Answers one request after the other on each connection, in order, and closes when its peer has. */
export class HttpAnswers {
  readonly #pending = new WeakMap<SimulatedConnection, string>();
  readonly #busy = new WeakSet<SimulatedConnection>();
  readonly #dispatcher: Dispatcher;
  readonly #answer: Answer;
  readonly #requests: SimulatedRequest[];

  constructor(dispatcher: Dispatcher, answer: Answer, requests: SimulatedRequest[]) {
    this.#dispatcher = dispatcher;
    this.#answer = answer;
    this.#requests = requests;
  }

  onBytes(connection: SimulatedConnection, bytes: string): void {
    this.#pending.set(connection, (this.#pending.get(connection) ?? '') + bytes);
    this.#next(connection);
  }

  #next(connection: SimulatedConnection): void {
    if (this.#busy.has(connection)) return;
    const text = this.#pending.get(connection) ?? '';
    const read = readRequest(text);
    if (read === undefined) {
      if (connection.state === 'ended') connection.close();
      return;
    }
    this.#pending.set(connection, text.slice(read.end));
    this.#requests.push(read.request);
    const reply = this.#answer(read.request);
    this.#busy.add(connection);
    if (reply === undefined) return;
    const timer = this.#dispatcher.createTimer(() => this.#reply(connection, reply));
    timer.enableTimer(reply.afterMs ?? 0);
  }

  #reply(connection: SimulatedConnection, { status, headers = {}, body = '', end }: SimulatedReply): void {
    this.#busy.delete(connection);
    if (connection.state === 'failed' || connection.state === 'closed') return;
    if (end === undefined || status !== undefined) connection.send(writeResponse(status ?? 200, headers, body));
    if (end === 'reset') connection.abort();
    else if (end === 'close') connection.halfClose();
    else this.#next(connection);
  }
}
