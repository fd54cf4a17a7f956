/** What we answer a client ourselves (Envoy's DownstreamFilterManager): filters see it as they see any response. */
import type { LocalReply } from '../../../sdk/http.ts';
import type { ActiveStream } from './active-stream.ts';
import { encodeData, encodeHeaders } from './encode-iteration.ts';
import { DECODING_CALLS, FilterCall } from './filter-chain.ts';
import type { FilterManager } from './filter-manager.ts';
import { type PreparedLocalReply, prepareLocalReply } from './local-reply.ts';

/** Answers through the filters, past them, or by a reset, by how far the response has come. */
export function sendLocalReply(stream: ActiveStream, reply: LocalReply): void {
  const { filters } = stream;
  filters.abortChains();
  stream.onLocalReply(reply.status);
  // Of the end that came along with the data the filters have not been told.
  if (
    reply.requestIncomplete === true &&
    (filters.callState & (FilterCall.decodeHeaders | FilterCall.decodeTrailers)) === 0
  ) {
    filters.remoteDecodeComplete = false;
    stream.streamInfo.lastDownstreamRxByteReceivedMs = undefined;
  }
  stream.streamInfo.responseCodeDetails = reply.details;
  if (filtersAskForReset(filters, reply)) {
    stream.resetStream('LocalReset', '');
    return;
  }
  if (filters.responseHeaders === undefined && filters.informationalHeaders === undefined) {
    stream.route();
    // Of an early reply, too, the filters see the response.
    if (!filters.chainCreated) stream.createFilterChainForEarlyReply();
    if (stream.preparedLocalReply !== undefined) return;
    const prepared = prepare(stream, reply);
    // Within a hook of the request's way it waits until that has returned.
    if ((filters.callState & DECODING_CALLS) !== 0) stream.preparedLocalReply = prepared;
    else encodeLocalReply(filters, prepared);
  } else if (!filters.responseHeadersEncoded) {
    encodeDirectly(filters, prepare(stream, reply));
  } else {
    stream.resetStream('LocalReset', '');
  }
}

export function executeLocalReplyIfPrepared(stream: ActiveStream): void {
  const prepared = stream.preparedLocalReply;
  if (prepared === undefined) return;
  stream.preparedLocalReply = undefined;
  encodeLocalReply(stream.filters, prepared);
}

function filtersAskForReset(filters: FilterManager, { status, details, grpcStatus }: LocalReply): boolean {
  let resetImminent = false;
  for (let filter = filters.firstDecoder; filter !== undefined; filter = filter.next) {
    const { handle } = filter;
    if (handle.onLocalReply === undefined) continue;
    try {
      const wish = handle.onLocalReply({ status, details, grpcStatus, resetImminent });
      if (wish === 'ContinueAndResetStream') resetImminent = true;
    } catch (error) {
      filters.callbacks.reportFilterFault(error);
    }
  }
  return resetImminent;
}

function prepare(stream: ActiveStream, reply: LocalReply): PreparedLocalReply {
  const { requestHeaders, isGrpcRequest, isHeadRequest } = stream.filters;
  const { streamInfo } = stream;
  const routeEntry = stream.route()?.routeEntry;
  const circumstances = { requestHeaders, streamInfo, routeEntry, isGrpcRequest, isHeadRequest };
  return prepareLocalReply(reply, circumstances, stream.config.localReply);
}

function encodeLocalReply(filters: FilterManager, { headers, body }: PreparedLocalReply): void {
  filters.responseHeaders = headers;
  encodeHeaders(filters, undefined, headers, body === undefined);
  if (body !== undefined && !filters.destroyed) encodeData(filters, undefined, body, true);
}

/** The chain has begun another response: not to upset its filters, ours goes past them. */
function encodeDirectly(filters: FilterManager, { headers, body }: PreparedLocalReply): void {
  filters.encoderFiltersStreaming = true;
  filters.responseHeaders = headers;
  filters.responseHeadersEncoded = true;
  filters.localComplete = true;
  filters.callbacks.encodeHeaders(headers, body === undefined);
  if (filters.sawDownstreamReset) return;
  filters.maybeEndEncode(body === undefined);
  if (body === undefined || filters.destroyed) return;
  filters.callbacks.encodeData(body, true);
  if (!filters.sawDownstreamReset) filters.maybeEndEncode(true);
}
