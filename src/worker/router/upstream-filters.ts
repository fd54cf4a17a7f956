import type { Buffer } from '../../../sdk/buffer.ts';
import type { StreamResetReason } from '../../../sdk/codec.ts';
import type { Dispatcher } from '../../../sdk/event.ts';
import type { HeaderMap, RequestHeaderMap, ResponseHeaderMap } from '../../../sdk/headers.ts';
import type {
  DecoderFilterCallbacks,
  HttpFilterChain,
  HttpFilterChainEntry,
  LocalReply,
  UpstreamCallbacks,
  UpstreamStreamFilterCallbacks,
} from '../../../sdk/http.ts';
import type { Connection } from '../../../sdk/network.ts';
import type { Route } from '../../../sdk/router.ts';
import type { UpstreamInfo } from '../../../sdk/stream-info.ts';
import type { ClusterInfo, Host } from '../../../sdk/upstream.ts';
import { decodeData, decodeHeaders, decodeTrailers } from '../http/decode-iteration.ts';
import type { FilterManagerCallbacks } from '../http/filter-chain.ts';
import { FilterManager } from '../http/filter-manager.ts';
import { UpstreamCodecFilter, type UpstreamStream } from './upstream-codec-filter.ts';

/** An attempt, as its filters see it. */
export interface FilteredAttempt extends UpstreamStream {
  readonly record: UpstreamInfo;
  /** The response has come through the filters. */
  deliver1xxHeaders(headers: ResponseHeaderMap): void;
  deliverHeaders(headers: ResponseHeaderMap, endStream: boolean): void;
  deliverData(data: Buffer, endStream: boolean): void;
  deliverTrailers(trailers: HeaderMap): void;
  onResetStream(reason: StreamResetReason, details: string): void;
  onAboveWriteBufferHighWatermark(): void;
  onBelowWriteBufferLowWatermark(): void;
  reportFilterFault(error: unknown): void;
}

/** The codec's place in the chain. No configuration is looked up for it. */
const CODEC: HttpFilterChainEntry = {
  configName: 'envoy.filters.http.upstream_codec',
  filterName: 'envoy.filters.http.upstream_codec',
  createFilter: () => ({}),
  disabled: false,
};

/**
 * The filters between the router and one attempt at the upstream. What they answer goes out on the client's side of the
 * router, past the others here (Envoy's UpstreamFilterManager).
 */
export class UpstreamFilters implements FilterManagerCallbacks, UpstreamStreamFilterCallbacks {
  readonly #attempt: FilteredAttempt;
  readonly #router: DecoderFilterCallbacks;
  readonly #manager: FilterManager;
  readonly #codec: UpstreamCodecFilter;
  #listeners: readonly UpstreamCallbacks[] = NO_LISTENERS;

  /** @param router the callbacks of the router, on the client's side */
  constructor(
    attempt: FilteredAttempt,
    router: DecoderFilterCallbacks,
    headers: RequestHeaderMap,
    chain: HttpFilterChain,
  ) {
    this.#attempt = attempt;
    this.#router = router;
    this.#manager = new FilterManager(this, router.streamInfo, router.decoderBufferLimitBytes);
    this.#manager.requestHeaders = headers;
    this.#manager.createFilterChain(chain);
    this.#codec = new UpstreamCodecFilter(attempt);
    this.#manager.addFilter(this.#codec, CODEC);
  }

  // The request, from the router

  /** False when a filter has answered: there is nothing to connect for. */
  hostSelected(host: Host): boolean {
    for (const listener of this.#listeners) {
      if (this.#manager.decoderChainAborted) return false;
      try {
        listener.onHostSelected?.(host);
      } catch (error) {
        this.#manager.onFilterThrew(error);
      }
    }
    return !this.#manager.decoderChainAborted;
  }

  acceptHeaders(headers: RequestHeaderMap, endStream: boolean): void {
    const manager = this.#manager;
    manager.remoteDecodeComplete = endStream;
    decodeHeaders(manager, undefined, headers, endStream);
  }

  acceptData(data: Buffer, endStream: boolean): void {
    this.#manager.remoteDecodeComplete = endStream;
    decodeData(this.#manager, undefined, data, endStream);
  }

  acceptTrailers(trailers: HeaderMap): void {
    this.#manager.requestTrailers = trailers;
    this.#manager.remoteDecodeComplete = true;
    decodeTrailers(this.#manager, undefined, trailers);
  }

  connected(): void {
    for (const listener of this.#listeners) {
      try {
        listener.onUpstreamConnectionEstablished?.();
      } catch (error) {
        this.#manager.onFilterThrew(error);
      }
      if (this.#manager.decoderChainAborted) return;
    }
    this.#codec.onConnected();
  }

  /** What waited for a tunnel to be accepted may go. */
  resume(): void {
    this.#codec.callbacks.continueDecoding();
  }

  /** The attempt is over: what is under way in the filters goes no further. */
  destroy(): void {
    this.#end();
    this.#manager.sawDownstreamReset = true;
    this.#manager.destroyFilters();
  }

  #end(): void {
    const manager = this.#manager;
    manager.decoderChainAborted = true;
    manager.encoderChainAborted = true;
    manager.localComplete = true;
    manager.remoteEncodeComplete = true;
  }

  // The response, from the codec. Once the attempt has been answered otherwise, nobody is told of it.

  respond1xxHeaders(headers: ResponseHeaderMap): void {
    if (!this.#manager.encoderChainAborted) this.#codec.callbacks.encode1xxHeaders(headers);
  }

  respondHeaders(headers: ResponseHeaderMap, endStream: boolean): void {
    if (!this.#manager.encoderChainAborted) this.#codec.callbacks.encodeHeaders(headers, endStream, 'via_upstream');
  }

  respondData(data: Buffer, endStream: boolean): void {
    if (!this.#manager.encoderChainAborted) this.#codec.callbacks.encodeData(data, endStream);
  }

  respondTrailers(trailers: HeaderMap): void {
    if (!this.#manager.encoderChainAborted) this.#codec.callbacks.encodeTrailers(trailers);
  }

  // UpstreamStreamFilterCallbacks

  get upstreamInfo(): UpstreamInfo {
    return this.#attempt.record;
  }

  addUpstreamCallbacks(callbacks: UpstreamCallbacks): void {
    this.#listeners = [...this.#listeners, callbacks];
  }

  // FilterManagerCallbacks

  get connection(): Connection | undefined {
    return this.#router.connection;
  }

  get dispatcher(): Dispatcher {
    return this.#router.dispatcher;
  }

  get streamId(): number {
    return this.#router.streamId;
  }

  get proxy100Continue(): boolean {
    return true;
  }

  sendLocalReplyWith(reply: LocalReply): void {
    this.#end();
    this.#router.sendLocalReply(reply);
  }

  executeLocalReplyIfPrepared(): void {}

  recreateStream(): boolean {
    return false;
  }

  get upstreamCallbacks(): UpstreamStreamFilterCallbacks {
    return this;
  }

  encode1xxHeaders(headers: ResponseHeaderMap): void {
    if (!this.#manager.destroyed) this.#attempt.deliver1xxHeaders(headers);
  }

  encodeHeaders(headers: ResponseHeaderMap, endStream: boolean): void {
    if (!this.#manager.destroyed) this.#attempt.deliverHeaders(headers, endStream);
  }

  encodeData(data: Buffer, endStream: boolean): void {
    const manager = this.#manager;
    if (manager.destroyed) return;
    const wasHeld = data === manager.bufferedResponseData;
    // With the last of the response the router ends the attempt, and us with it, before it takes the data.
    if (wasHeld) manager.bufferedResponseData = undefined;
    this.#attempt.deliverData(data, endStream);
    if (wasHeld) data.drain(data.length);
  }

  encodeTrailers(trailers: HeaderMap): void {
    if (!this.#manager.destroyed) this.#attempt.deliverTrailers(trailers);
  }

  /** A filter that gives up takes the client's request along; what it says of the upstream is the router's to judge. */
  resetStream(reason: StreamResetReason, details: string): void {
    if (reason === 'LocalReset') this.#router.resetStream();
    else this.#attempt.onResetStream(reason, details);
  }

  onDecoderFilterAboveWriteBufferHighWatermark(): void {
    this.#attempt.onAboveWriteBufferHighWatermark();
  }

  onDecoderFilterBelowWriteBufferLowWatermark(): void {
    this.#attempt.onBelowWriteBufferLowWatermark();
  }

  reportFilterFault(error: unknown): void {
    this.#attempt.reportFilterFault(error);
  }

  route(): Route | undefined {
    return this.#router.route();
  }

  clusterInfo(): ClusterInfo | undefined {
    return this.#router.clusterInfo();
  }

  // The route has been taken, and the client's side keeps its own times and statistics.

  setRoute(): void {}
  clearRouteCache(): void {}
  endStream(): void {}
  resetIdleTimer(): void {}
  disarmRequestTimeout(): void {}
  onRequestDataTooLarge(): void {}
  onResponseDataTooLarge(): void {}
}

const NO_LISTENERS: readonly UpstreamCallbacks[] = [];
