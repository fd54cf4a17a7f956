import type { Buffer } from '../../../sdk/buffer.ts';
import type { SimulatedConnection } from '../../../sdk/testing/simulated-proxy.ts';
import { SliceBuffer } from '../../common/buffer/slice-buffer.ts';
import type { SocketError, StreamSocket, StreamSocketHandler } from '../../network/engine/engine.ts';

/** A test's end of a connection. */
export class MemoryConnection implements SimulatedConnection, StreamSocketHandler {
  state: SimulatedConnection['state'];
  error: string | undefined = undefined;
  received = '';
  readonly #socket: StreamSocket;
  readonly #onBytes: (connection: MemoryConnection, bytes: string) => void;

  constructor(
    socket: StreamSocket,
    state: 'connecting' | 'open',
    onBytes: (connection: MemoryConnection, bytes: string) => void = () => {},
  ) {
    this.#socket = socket;
    this.state = state;
    this.#onBytes = onBytes;
    socket.start(this);
  }

  send(text: string): void {
    const bytes = new SliceBuffer();
    bytes.add(text);
    this.#socket.write(bytes);
  }

  halfClose(): void {
    this.#socket.shutdownWrite();
  }

  close(): void {
    this.#leave();
    this.#socket.close();
  }

  abort(): void {
    this.#leave();
    this.#socket.abort();
  }

  readDisable(disable: boolean): void {
    this.#socket.readDisable(disable);
  }

  onConnected(): void {
    this.state = 'open';
  }

  onData(buffer: Buffer): void {
    const bytes = buffer.toString('latin1');
    buffer.drain(buffer.length);
    this.received += bytes;
    this.#onBytes(this, bytes);
  }

  onEnd(): void {
    if (this.state === 'open') this.state = 'ended';
    this.#onBytes(this, '');
  }

  onWritable(): void {}

  onClose(error: SocketError): void {
    this.state = 'failed';
    this.error = error.code;
  }

  #leave(): void {
    if (this.state !== 'failed') this.state = 'closed';
  }
}
