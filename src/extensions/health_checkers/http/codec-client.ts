import type { Buffer } from '../../../../sdk/buffer.ts';
import type { ClientCodec, RequestEncoder, ResponseDecoder, StreamResetReason } from '../../../../sdk/codec.ts';
import type {
  ClientConnection,
  ConnectionCallbacks,
  ConnectionEvent,
  FilterStatus,
  NetworkFilter,
} from '../../../../sdk/network.ts';

export interface CodecClientCallbacks extends ResponseDecoder {
  /** The request under way comes to nothing. */
  onReset(reason: StreamResetReason): void;
  onClosed(): void;
}

/** A connection with its codec, for one request at a time (Envoy's CodecClient). */
export class CodecClient implements NetworkFilter, ConnectionCallbacks {
  readonly connection: ClientConnection;
  readonly codec: ClientCodec;
  readonly #callbacks: CodecClientCallbacks;
  readonly #onProtocolError: () => void;
  #isAwaiting = false;

  constructor(
    connection: ClientConnection,
    codec: ClientCodec,
    callbacks: CodecClientCallbacks,
    onProtocolError: () => void,
  ) {
    this.connection = connection;
    this.codec = codec;
    this.#callbacks = callbacks;
    this.#onProtocolError = onProtocolError;
    connection.addFilter(this);
    connection.addConnectionCallbacks(this);
    connection.connect();
  }

  newStream(): RequestEncoder {
    this.#isAwaiting = true;
    return this.codec.newStream(this.#callbacks);
  }

  /** The response is complete. */
  endStream(): void {
    this.#isAwaiting = false;
  }

  /** Sends what the codec has written. */
  flush(): void {
    const { output } = this.codec;
    if (output.length > 0) this.connection.write(output, false);
  }

  onData(data: Buffer, _endStream: boolean): FilterStatus {
    const error = this.codec.dispatch(data);
    if (error === undefined) {
      this.flush();
      return 'StopIteration';
    }
    // 408 is how servers close idle connections.
    const isHarmless = error.kind === 'premature_response' && !this.#isAwaiting && error.responseStatus === 408;
    if (!isHarmless) this.#onProtocolError();
    this.connection.close('NoFlush');
    return 'StopIteration';
  }

  onEvent(event: ConnectionEvent): void {
    if (event === 'Connected') return;
    // A response that ends with the connection is complete now.
    if (event === 'RemoteClose' && this.#isAwaiting && this.codec.onPeerClosed() !== undefined) this.#onProtocolError();
    if (this.#isAwaiting) {
      this.#isAwaiting = false;
      this.#callbacks.onReset('ConnectionTermination');
    }
    this.#callbacks.onClosed();
  }

  onAboveWriteBufferHighWatermark(): void {}

  onBelowWriteBufferLowWatermark(): void {}
}
