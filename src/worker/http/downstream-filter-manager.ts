import type { ResponseHeaderMap } from '../../../sdk/headers.ts';
import type { LocalReply } from '../../../sdk/http.ts';
import { encodeData, encodeHeaders } from './encode-iteration.ts';
import { DECODING_CALLS, type DownstreamFilterManagerCallbacks, FilterCall } from './filter-chain.ts';
import { type FilteredStream, FilterManager } from './filter-manager.ts';
import { type LocalReplyRewriter, type PreparedLocalReply, prepareLocalReply } from './local-reply.ts';

/** The filters between a client and the router (Envoy's DownstreamFilterManager): what answers there goes through them. */
export class DownstreamFilterManager extends FilterManager<DownstreamFilterManagerCallbacks> {
  readonly #localReply: LocalReplyRewriter | undefined;
  #preparedLocalReply: PreparedLocalReply | undefined = undefined;

  /** @param localReply undefined when nothing rewrites local replies */
  constructor(
    callbacks: DownstreamFilterManagerCallbacks,
    stream: FilteredStream,
    localReply: LocalReplyRewriter | undefined,
  ) {
    super(callbacks, stream);
    this.#localReply = localReply;
  }

  /** For streams that are answered without their filters. */
  skipFilterChainCreation(): void {
    this.isChainCreated = true;
  }

  /** Answers the request ourselves: through the filters, past them, or by a reset, by how far the response has come. */
  sendLocalReply(reply: LocalReply): void {
    this.abortChains();
    this.callbacks.onLocalReply(reply.status);
    // Of the end that came along with the data the filters have not been told.
    if (
      reply.requestIncomplete === true &&
      (this.callState & (FilterCall.decodeHeaders | FilterCall.decodeTrailers)) === 0
    ) {
      this.remoteDecodeComplete = false;
      this.streamInfo.downstreamTiming.lastDownstreamRxByteReceivedMs = undefined;
    }
    this.streamInfo.responseCodeDetails = reply.details;
    if (this.#filtersAskForReset(reply)) {
      this.callbacks.resetStream('LocalReset', '');
      return;
    }
    if (this.responseHeaders === undefined && this.informationalHeaders === undefined) {
      this.callbacks.route();
      // Of an early reply, too, the filters see the response.
      if (!this.isChainCreated) this.callbacks.createFilterChainForEarlyReply();
      if (this.#preparedLocalReply !== undefined) return;
      const prepared = this.#prepare(reply);
      // Within a hook of the request's way it waits until that has returned.
      if ((this.callState & DECODING_CALLS) !== 0) this.#preparedLocalReply = prepared;
      else this.#encodeLocalReply(prepared);
    } else if (!this.responseHeadersEncoded) {
      this.#encodeDirectly(this.#prepare(reply));
    } else {
      this.callbacks.resetStream('LocalReset', '');
    }
  }

  executeLocalReplyIfPrepared(): void {
    const prepared = this.#preparedLocalReply;
    if (prepared === undefined) return;
    this.#preparedLocalReply = undefined;
    this.#encodeLocalReply(prepared);
  }

  #filtersAskForReset({ status, details, grpcStatus }: LocalReply): boolean {
    let resetImminent = false;
    for (let filter = this.firstDecoder; filter !== undefined; filter = filter.next) {
      const { handle } = filter;
      if (handle.onLocalReply === undefined) continue;
      try {
        const wish = handle.onLocalReply({ status, details, grpcStatus, resetImminent });
        if (wish === 'ContinueAndResetStream') resetImminent = true;
      } catch (error) {
        this.callbacks.reportFilterFault(error);
      }
    }
    return resetImminent;
  }

  #prepare(reply: LocalReply): PreparedLocalReply {
    const route = this.callbacks.route();
    return prepareLocalReply(
      reply,
      {
        requestHeaders: this.requestHeaders,
        streamInfo: this.streamInfo,
        routeEntry: route?.routeEntry,
        isGrpcRequest: this.isGrpcRequest,
        isHeadRequest: this.isHeadRequest,
      },
      this.#localReply,
    );
  }

  #encodeLocalReply({ headers, body }: PreparedLocalReply): void {
    this.responseHeaders = headers;
    encodeHeaders(this, undefined, headers, body === undefined);
    if (body !== undefined && !this.destroyed) encodeData(this, undefined, body, true);
  }

  /** The chain has begun another response: not to upset its filters, ours goes past them. */
  #encodeDirectly({ headers, body }: PreparedLocalReply): void {
    this.encoderFiltersStreaming = true;
    this.responseHeaders = headers;
    this.responseHeadersEncoded = true;
    this.localComplete = true;
    this.callbacks.encodeHeaders(headers, body === undefined);
    if (this.sawDownstreamReset) return;
    this.maybeEndEncode(body === undefined);
    if (body === undefined || this.destroyed) return;
    this.callbacks.encodeData(body, true);
    if (!this.sawDownstreamReset) this.maybeEndEncode(true);
  }

  recreateStream(originalResponseHeaders: ResponseHeaderMap | undefined): boolean {
    if (!this.remoteDecodeComplete) return false;
    this.streamInfo.responseCodeDetails = 'internal_redirect';
    if (originalResponseHeaders !== undefined) {
      this.responseHeaders = originalResponseHeaders;
      this.callbacks.chargeStats(originalResponseHeaders);
    }
    this.callbacks.recreateStream(originalResponseHeaders);
    return true;
  }
}
