import type { Buffer } from '../../../sdk/buffer.ts';
import type { Dispatcher } from '../../../sdk/event.ts';
import type { HeaderMap, RequestHeaderMap, ResponseHeaderMap } from '../../../sdk/headers.ts';
import type {
  DecoderFilterCallbacks,
  DownstreamWatermarkCallbacks,
  HttpFilter,
  LocalReply,
} from '../../../sdk/http.ts';
import type { Connection, ConnectionInfo } from '../../../sdk/network.ts';
import type { Route } from '../../../sdk/router.ts';
import type { ClusterInfo } from '../../../sdk/upstream.ts';
import { ResponseHeaders, Trailers } from '../../common/headers/header-map.ts';
import { StreamRecord } from '../../common/stream-info/stream-record.ts';

/** Who waits for the response of a request of our own. */
export interface AsyncStreamCallbacks {
  /** Over, whether with a response or without. Called once. */
  onComplete(): void;
  onAboveWriteBufferHighWatermark(): void;
  onBelowWriteBufferLowWatermark(): void;
}

export interface AsyncStreamOptions {
  readonly dispatcher: Dispatcher;
  readonly route: Route;
  /** Of the connection for which the request is made. */
  readonly connectionInfo: ConnectionInfo;
  readonly clusterInfo: ClusterInfo | undefined;
  /** 0 = none. */
  readonly bufferLimitBytes: number;
  readonly streamId: number;
}

/**
 * A request that no client sent: a router alone makes its filter chain (Envoy's Http::AsyncStreamImpl). The response is
 * read to its end and dropped.
 */
export class AsyncStream implements DecoderFilterCallbacks {
  readonly dispatcher: Dispatcher;
  readonly streamInfo: StreamRecord;
  readonly streamId: number;
  readonly filterConfigName = 'envoy.filters.http.router';
  readonly decoderBufferLimitBytes: number;
  readonly connection: Connection | undefined = undefined;
  readonly upstreamCallbacks = undefined;
  requestHeaders: RequestHeaderMap | undefined = undefined;
  requestTrailers: HeaderMap | undefined = undefined;
  responseHeaders: ResponseHeaderMap | undefined = undefined;
  responseTrailers: HeaderMap | undefined = undefined;
  readonly informationalHeaders: ResponseHeaderMap | undefined = undefined;
  readonly decodingBuffer: Buffer | undefined = undefined;
  readonly #options: AsyncStreamOptions;
  readonly #router: HttpFilter;
  readonly #callbacks: AsyncStreamCallbacks;
  #localClosed = false;
  #remoteClosed = false;
  #closed = false;

  constructor(router: HttpFilter, options: AsyncStreamOptions, callbacks: AsyncStreamCallbacks) {
    this.#router = router;
    this.#options = options;
    this.#callbacks = callbacks;
    this.dispatcher = options.dispatcher;
    this.streamId = options.streamId;
    this.decoderBufferLimitBytes = options.bufferLimitBytes;
    this.streamInfo = new StreamRecord(options.dispatcher.timeSource, options.connectionInfo);
    this.streamInfo.upstreamClusterInfo = options.clusterInfo;
    router.setDecoderFilterCallbacks?.(this);
  }

  // The request

  sendHeaders(headers: RequestHeaderMap, endStream: boolean): void {
    this.requestHeaders = headers;
    this.#localClosed = endStream;
    this.#router.decodeHeaders?.(headers, endStream);
    this.#closeIfDone();
  }

  sendData(data: Buffer, endStream: boolean): void {
    if (this.#closed) return;
    this.#localClosed = endStream;
    this.#router.decodeData?.(data, endStream);
    this.#closeIfDone();
  }

  sendTrailers(trailers: HeaderMap): void {
    if (this.#closed) return;
    this.requestTrailers = trailers;
    this.#localClosed = true;
    this.#router.decodeTrailers?.(trailers);
    this.#closeIfDone();
  }

  /** Gives up; nobody is told. */
  cancel(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#router.onDestroy?.();
  }

  #closeIfDone(): void {
    if (this.#localClosed && this.#remoteClosed) this.#close();
  }

  #close(): void {
    if (this.#closed) return;
    this.cancel();
    this.#callbacks.onComplete();
  }

  /** The rest of the request is for nobody. */
  #onRemoteComplete(): void {
    this.#remoteClosed = true;
    // The router is still at it: what it holds is taken down when it has returned.
    this.dispatcher.deferredDelete({ [Symbol.dispose]: () => this.#close() });
  }

  // The response

  encode1xxHeaders(): void {}

  encodeHeaders(headers: ResponseHeaderMap, endStream: boolean): void {
    this.responseHeaders = headers;
    if (endStream) this.#onRemoteComplete();
  }

  encodeData(data: Buffer, endStream: boolean): void {
    data.drain(data.length);
    if (endStream) this.#onRemoteComplete();
  }

  encodeTrailers(trailers: HeaderMap): void {
    this.responseTrailers = trailers;
    this.#onRemoteComplete();
  }

  sendLocalReply(reply: LocalReply): void {
    const headers = ResponseHeaders.withStatus(reply.status);
    reply.modifyHeaders?.(headers);
    this.streamInfo.responseCodeDetails = reply.details;
    this.encodeHeaders(headers, true);
  }

  resetStream(): void {
    this.#onRemoteComplete();
  }

  // StreamFilterCallbacks

  route(): Route {
    return this.#options.route;
  }

  clusterInfo(): ClusterInfo | undefined {
    return this.#options.clusterInfo;
  }

  setRoute(): void {}
  clearRouteCache(): void {}

  perRouteConfig<C>(): C | undefined {
    return undefined;
  }

  perRouteConfigs<C>(): readonly C[] {
    return [];
  }

  continueDecoding(): void {}
  modifyDecodingBuffer(): void {}

  /** Nothing is retried, so nothing is kept. */
  addDecodedData(data: Buffer): void {
    data.drain(data.length);
  }

  injectDecodedDataToFilterChain(): void {}

  addDecodedTrailers(): HeaderMap {
    this.requestTrailers ??= new Trailers();
    return this.requestTrailers;
  }

  onDecoderFilterAboveWriteBufferHighWatermark(): void {
    this.#callbacks.onAboveWriteBufferHighWatermark();
  }

  onDecoderFilterBelowWriteBufferLowWatermark(): void {
    this.#callbacks.onBelowWriteBufferLowWatermark();
  }

  addDownstreamWatermarkCallbacks(_callbacks: DownstreamWatermarkCallbacks): void {}
  removeDownstreamWatermarkCallbacks(_callbacks: DownstreamWatermarkCallbacks): void {}
  setDecoderBufferLimitBytes(): void {}

  recreateStream(): boolean {
    return false;
  }
}
