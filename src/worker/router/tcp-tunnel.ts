import type { Buffer } from '../../../sdk/buffer.ts';
import type { RequestEncoder, ResponseDecoder, Stream, StreamCallbacks } from '../../../sdk/codec.ts';
import type {
  Cancellable,
  Host,
  HttpConnectionPool,
  HttpPoolCallbacks,
  PoolFailureReason,
  TcpConnectionData,
  TcpConnectionPool,
  TcpPoolCallbacks,
  TcpUpstreamCallbacks,
} from '../../../sdk/upstream.ts';
import { SliceBuffer } from '../../common/buffer/slice-buffer.ts';
import { ResponseHeaders } from '../../common/headers/header-map.ts';
import { ByteCounts } from '../../common/stream-info/upstream-info.ts';

/** Where CONNECT ends: a TCP connection to the upstream that looks like an HTTP stream (Envoy's TcpConnPool, TcpUpstream). */
export class TcpTunnelPool implements HttpConnectionPool {
  readonly #pool: TcpConnectionPool;
  readonly #preface: Buffer | undefined;

  /** @param preface what goes to the upstream before the tunnel's own bytes */
  constructor(pool: TcpConnectionPool, preface?: Buffer) {
    this.#pool = pool;
    this.#preface = preface;
  }

  get host(): Host {
    return this.#pool.host;
  }

  get hasActiveConnections(): boolean {
    return false;
  }

  newStream(decoder: ResponseDecoder, callbacks: HttpPoolCallbacks): Cancellable | undefined {
    return this.#pool.newConnection(new TunnelPoolCallbacks(decoder, callbacks, this.#preface));
  }
}

class TunnelPoolCallbacks implements TcpPoolCallbacks {
  readonly #decoder: ResponseDecoder;
  readonly #callbacks: HttpPoolCallbacks;
  readonly #preface: Buffer | undefined;

  constructor(decoder: ResponseDecoder, callbacks: HttpPoolCallbacks, preface: Buffer | undefined) {
    this.#decoder = decoder;
    this.#callbacks = callbacks;
    this.#preface = preface;
  }

  onPoolReady(data: TcpConnectionData, host: Host): void {
    const tunnel = new TcpTunnel(data, this.#decoder, this.#preface);
    const { connection } = data;
    this.#callbacks.onPoolReady(tunnel, host, connection.info, connection.streamInfo, undefined);
  }

  onPoolFailure(reason: PoolFailureReason, transportFailureReason: string, host: Host | undefined): void {
    this.#callbacks.onPoolFailure(reason, transportFailureReason, host);
  }
}

class TcpTunnel implements RequestEncoder, Stream, TcpUpstreamCallbacks {
  readonly #data: TcpConnectionData;
  readonly #decoder: ResponseDecoder;
  readonly #preface: Buffer | undefined;
  readonly bytesMeter = new ByteCounts();
  #callbacks: StreamCallbacks | undefined = undefined;
  #ended = false;

  constructor(data: TcpConnectionData, decoder: ResponseDecoder, preface: Buffer | undefined) {
    this.#data = data;
    this.#decoder = decoder;
    this.#preface = preface;
    data.connection.enableHalfClose(true);
    data.addUpstreamCallbacks(this);
  }

  // RequestEncoder

  get stream(): Stream {
    return this;
  }

  /** The tunnel stands: nothing of the request itself goes to the upstream. */
  encodeHeaders(_headers: unknown, endStream: boolean): undefined {
    if (endStream || this.#preface !== undefined) {
      this.#data.connection.write(this.#preface ?? new SliceBuffer(), endStream);
    }
    this.#decoder.decodeHeaders(ResponseHeaders.withStatus(200), false);
  }

  encodeData(data: Buffer, endStream: boolean): void {
    this.bytesMeter.wireBytesSent += data.length;
    this.#data.connection.write(data, endStream);
  }

  encodeTrailers(): void {
    this.#data.connection.write(new SliceBuffer(), true);
  }

  enableTcpTunneling(): void {}

  // Stream

  addCallbacks(callbacks: StreamCallbacks): void {
    this.#callbacks = callbacks;
  }

  removeCallbacks(): void {
    this.#callbacks = undefined;
  }

  resetStream(): void {
    this.#ended = true;
    this.#data.connection.close('NoFlush', 'router_reset_tunnel');
  }

  readDisable(disable: boolean): void {
    if (this.#data.connection.state === 'Open') this.#data.connection.readDisable(disable);
  }

  get bufferLimitBytes(): number {
    return this.#data.connection.bufferLimitBytes;
  }

  get responseDetails(): string {
    return '';
  }

  // TcpUpstreamCallbacks

  onUpstreamData(data: Buffer, endStream: boolean): void {
    if (this.#ended) return;
    this.bytesMeter.wireBytesReceived += data.length;
    this.#decoder.decodeData(data, endStream);
  }

  onEvent(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#callbacks?.onResetStream('ConnectionTermination', '');
  }

  onAboveWriteBufferHighWatermark(): void {
    this.#callbacks?.onAboveWriteBufferHighWatermark();
  }

  onBelowWriteBufferLowWatermark(): void {
    this.#callbacks?.onBelowWriteBufferLowWatermark();
  }
}
