import assert from 'node:assert/strict';
import type { Buffer } from '../../../../sdk/buffer.ts';
import type { Dispatcher } from '../../../../sdk/event.ts';
import type { Address } from '../../../../sdk/network.ts';
import { SliceBuffer } from '../../../common/buffer/slice-buffer.ts';
import { IpAddress } from '../../../common/network/address.ts';
import {
  type BindOptions,
  type ListenSocket,
  type SocketEngine,
  SocketError,
  type StreamSocket,
  type StreamSocketHandler,
} from '../engine.ts';

/** An engine under test, and a way to let its world go on. */
export interface EngineSubject extends AsyncDisposable {
  readonly engine: SocketEngine & { readonly openSockets: number };
  /** What the engine holds for its sockets, of all kinds: operations, numbers, buffers. */
  heldObjects?(): number;
  readonly dispatcher: Dispatcher;
  /** Lets the loop run until the condition holds; fails after a while. */
  until(condition: () => boolean, what: string): Promise<void>;
  /** Lets the loop run for a short while: for showing that nothing happens. */
  rest(): Promise<void>;
  /** Where nobody listens. */
  refusingAddress(): Address;
  /** An address whose host does not answer. */
  silentAddress?(): Address;
}

/** Records what a socket tells, and does as told. */
export class Peer implements StreamSocketHandler {
  readonly socket: StreamSocket;
  readonly received: Buffer = new SliceBuffer();
  readonly log: string[] = [];
  /** Sizes of the pieces in which bytes came. */
  readonly pieces: number[] = [];
  error: SocketError | undefined = undefined;
  onDataHook: (data: Buffer) => void = () => {};
  onEndHook: () => void = () => {};
  onConnectedHook: () => void = () => {};
  onWritableHook: (pendingBytes: number) => void = () => {};

  constructor(socket: StreamSocket) {
    this.socket = socket;
  }

  get text(): string {
    return this.received.toString();
  }

  get ended(): boolean {
    return this.log.includes('end');
  }

  write(text: string): void {
    const buffer = new SliceBuffer();
    buffer.add(text);
    this.socket.requestWritable();
    this.socket.write(buffer);
    assert.equal(buffer.length, 0, 'write takes all bytes');
  }

  onConnected(): void {
    this.log.push('connected');
    this.onConnectedHook();
  }

  onData(data: Buffer): void {
    this.pieces.push(data.length);
    this.onDataHook(data);
    this.received.move(data);
  }

  onEnd(): void {
    this.log.push('end');
    this.onEndHook();
  }

  onWritable(pendingBytes: number): void {
    assert.equal(pendingBytes, this.socket.pendingBytes);
    this.log.push(`writable ${pendingBytes}`);
    this.onWritableHook(pendingBytes);
  }

  onClose(error: SocketError): void {
    this.error = error;
    this.log.push(`close ${error.code}`);
  }
}

export const localhost = new IpAddress('127.0.0.1', 0);

/** A listener and what it has accepted, each started with a `Peer` unless `manual`. */
export interface Listening {
  readonly socket: ListenSocket;
  readonly address: Address;
  readonly accepted: Peer[];
  close(): void;
}

export function listen(
  subject: EngineSubject,
  options: BindOptions = { address: localhost },
  manual = false,
): Listening {
  const bound = successOf(subject.engine.bind(options));
  const accepted: Peer[] = [];
  const socket = successOf(
    subject.engine.listen(successOf(bound.transfer()), {
      onAccept(stream) {
        const peer = new Peer(stream);
        accepted.push(peer);
        if (!manual) stream.start(peer);
      },
      onAcceptError(error) {
        assert.fail(error.message);
      },
    }),
  );
  return {
    socket,
    address: bound.address,
    accepted,
    close() {
      socket.close();
      bound.close();
    },
  };
}

export function connect(subject: EngineSubject, address: Address): Peer {
  const peer = new Peer(subject.engine.connect({ address }));
  peer.socket.start(peer);
  return peer;
}

/** Two connected peers: the one that connected, and the one that accepted. */
export async function pair(subject: EngineSubject, listening?: Listening): Promise<[Peer, Peer, Listening]> {
  const at = listening ?? listen(subject);
  const count = at.accepted.length;
  const client = connect(subject, at.address);
  await subject.until(() => client.log.length > 0 && at.accepted.length > count, 'a connection');
  return [client, at.accepted[count] as Peer, at];
}

export function successOf<T>(result: T | SocketError): T {
  assert.ok(!(result instanceof SocketError), result instanceof SocketError ? result.message : '');
  return result;
}
