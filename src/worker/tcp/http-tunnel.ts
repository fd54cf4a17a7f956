import type { Buffer } from '../../../sdk/buffer.ts';
import type { RequestEncoder, ResponseDecoder, StreamCallbacks } from '../../../sdk/codec.ts';
import type { HeaderMap, ResponseHeaderMap } from '../../../sdk/headers.ts';
import type { RequestIdGenerator } from '../../../sdk/http.ts';
import type { Connection, ConnectionInfo, ConnectionState } from '../../../sdk/network.ts';
import type { StreamInfo } from '../../../sdk/stream-info.ts';
import type {
  Cancellable,
  Host,
  HttpConnectionPool,
  HttpPoolCallbacks,
  PoolFailureReason,
  TcpUpstreamCallbacks,
} from '../../../sdk/upstream.ts';
import { SliceBuffer } from '../../common/buffer/slice-buffer.ts';
import { continueUpstreamBytes } from '../../common/stream-info/upstream-info.ts';
import type { TcpUpstream } from './tcp-upstream.ts';
import { TunnelAnswer, type Tunneling, tunnelRequest } from './tunneling.ts';

/** Who waits for a tunnel. */
export interface TunnelCallbacks {
  onTunnelReady(tunnel: TcpUpstream, host: Host, info: ConnectionInfo, streamInfo: StreamInfo): void;
  onPoolFailure(reason: PoolFailureReason, transportFailureReason: string, host: Host | undefined): void;
}

interface Opened {
  readonly host: Host;
  readonly info: ConnectionInfo;
  readonly streamInfo: StreamInfo;
}

const answerHeaders = 'envoy.tcp_proxy.propagate_response_headers';
const answerTrailers = 'envoy.tcp_proxy.propagate_response_trailers';

/**
 * A client's connection inside of an HTTP request, by CONNECT or POST (Envoy's HttpUpstream). It stands when the answer
 * begins; each side ends on its own.
 */
export class HttpTunnel implements TcpUpstream, HttpPoolCallbacks, ResponseDecoder, StreamCallbacks, Cancellable {
  readonly detectedCloseType = 'Normal';
  readonly #tunneling: Tunneling;
  readonly #requestIds: RequestIdGenerator | undefined;
  readonly #downstream: Connection;
  /** Undefined once they know whether there is a tunnel. */
  #waiting: TunnelCallbacks | undefined;
  #pending: Cancellable | undefined = undefined;
  #opened: Opened | undefined = undefined;
  #encoder: RequestEncoder | undefined = undefined;
  #callbacks: TcpUpstreamCallbacks | undefined = undefined;
  /** Why there is no tunnel, for the log. */
  #failureReason = '';
  #readEnded = false;
  #writeEnded = false;

  constructor(
    tunneling: Tunneling,
    requestIds: RequestIdGenerator | undefined,
    downstream: Connection,
    callbacks: TunnelCallbacks,
  ) {
    this.#tunneling = tunneling;
    this.#requestIds = requestIds;
    this.#downstream = downstream;
    this.#waiting = callbacks;
  }

  open(pool: HttpConnectionPool): void {
    const pending = pool.newStream(this, this);
    if (this.#opened === undefined && this.#waiting !== undefined) this.#pending = pending;
  }

  /** Nobody waits for it any more. */
  cancel(policy?: 'default' | 'closeExcess'): void {
    this.#waiting = undefined;
    this.#pending?.cancel(policy);
    this.#pending = undefined;
    this.#reset(undefined);
  }

  // HttpPoolCallbacks

  onPoolReady(encoder: RequestEncoder, host: Host, info: ConnectionInfo, streamInfo: StreamInfo): void {
    this.#pending = undefined;
    this.#opened = { host, info, streamInfo };
    this.#encoder = encoder;
    encoder.stream.addCallbacks(this);
    // The codec's counts go on under the proxy's: as in Envoy what passes counts with both.
    const { bytesMeter } = encoder.stream;
    if (bytesMeter !== undefined) continueUpstreamBytes(this.#downstream.streamInfo, bytesMeter);
    encoder.enableTcpTunneling();
    const fault = encoder.encodeHeaders(
      tunnelRequest(this.#tunneling, this.#downstream.streamInfo, this.#requestIds),
      false,
    );
    if (fault !== undefined) this.#reset('LocalClose');
  }

  onPoolFailure(reason: PoolFailureReason, transportFailureReason: string, host: Host | undefined): void {
    const waiting = this.#waiting;
    this.#waiting = undefined;
    this.#pending = undefined;
    waiting?.onPoolFailure(reason, transportFailureReason, host);
  }

  // ResponseDecoder

  decode1xxHeaders(): void {}

  decodeHeaders(headers: ResponseHeaderMap, endStream: boolean): void {
    if (this.#tunneling.propagateResponseHeaders) this.#keep(answerHeaders, headers);
    const { status } = headers;
    if (status < 200 || status >= 300 || endStream) {
      this.#failureReason = `tunnel_response:${status}`;
      this.#reset('LocalClose');
      return;
    }
    const waiting = this.#waiting;
    const opened = this.#opened;
    if (waiting === undefined || opened === undefined) return;
    this.#waiting = undefined;
    waiting.onTunnelReady(this, opened.host, opened.info, opened.streamInfo);
  }

  decodeData(data: Buffer, endStream: boolean): void {
    this.#callbacks?.onUpstreamData(data, endStream);
    if (endStream) this.#endRead();
  }

  decodeTrailers(trailers: HeaderMap): void {
    if (this.#tunneling.propagateResponseTrailers) this.#keep(answerTrailers, trailers);
    this.#callbacks?.onUpstreamData(new SliceBuffer(), true);
    this.#endRead();
  }

  #keep(name: string, headers: HeaderMap): void {
    this.#downstream.streamInfo.filterState.set(name, new TunnelAnswer(headers.entries()), false, 'Connection');
  }

  // StreamCallbacks

  onResetStream(): void {
    this.#readEnded = true;
    this.#writeEnded = true;
    this.#reset('RemoteClose');
  }

  onAboveWriteBufferHighWatermark(): void {
    this.#callbacks?.onAboveWriteBufferHighWatermark();
  }

  onBelowWriteBufferLowWatermark(): void {
    this.#callbacks?.onBelowWriteBufferLowWatermark();
  }

  // TcpUpstream

  get state(): ConnectionState {
    return this.#encoder === undefined ? 'Closed' : 'Open';
  }

  write(data: Buffer, endStream: boolean): void {
    this.#encoder?.encodeData(data, endStream);
    if (!endStream) return;
    this.#writeEnded = true;
    if (this.#readEnded) this.#reset('LocalClose');
  }

  readDisable(disable: boolean): void {
    this.#encoder?.stream.readDisable(disable);
  }

  addUpstreamCallbacks(callbacks: TcpUpstreamCallbacks): void {
    this.#callbacks = callbacks;
  }

  /** As in Envoy what the kernel takes does not keep a tunnel from being idle. */
  addBytesSentCallback(): void {}

  close(): void {
    this.#reset(undefined);
  }

  /** An HTTP/1 connection goes with the response: what the client still has to say is for nobody. */
  #endRead(): void {
    this.#readEnded = true;
    this.#reset(this.#writeEnded ? 'LocalClose' : 'RemoteClose');
  }

  /** @param event for whoever uses the tunnel, or waits for it; undefined = they know */
  #reset(event: 'LocalClose' | 'RemoteClose' | undefined): void {
    const encoder = this.#encoder;
    if (encoder === undefined) return;
    this.#encoder = undefined;
    encoder.stream.removeCallbacks(this);
    if (!this.#readEnded || !this.#writeEnded) encoder.stream.resetStream('LocalReset');
    const waiting = this.#waiting;
    this.#waiting = undefined;
    if (waiting !== undefined)
      waiting.onPoolFailure('RemoteConnectionFailure', this.#failureReason, this.#opened?.host);
    else if (event !== undefined) this.#callbacks?.onEvent(event);
  }
}
