/** How a request goes through the filters (Envoy's FilterManager::decodeHeaders, decodeData, decodeTrailers). */
import type { Buffer } from '../../../sdk/buffer.ts';
import type { HeaderMap, RequestHeaderMap } from '../../../sdk/headers.ts';
import type { FilterDataStatus, FilterHeadersStatus, FilterTrailersStatus } from '../../../sdk/http.ts';
import type { DecoderFilter } from './decoder-filter.ts';
import { FilterCall } from './filter-chain.ts';
import type { FilterManager } from './filter-manager.ts';

/** The filter to begin with: the first one, the one after `from`, or `from` itself when it had stopped everything. */
function firstFilter(manager: FilterManager, from: DecoderFilter | undefined, alwaysNext: boolean) {
  if (from === undefined) return manager.firstDecoder;
  return !alwaysNext && from.iterateFromCurrent ? from : from.next;
}

export function decodeHeaders(
  manager: FilterManager,
  from: DecoderFilter | undefined,
  headers: RequestHeaderMap,
  endStream: boolean,
): void {
  let atEnd = endStream;
  /** The filter that added a body to a request without one: the body goes on from there when the headers are through. */
  let addedData: DecoderFilter | undefined;
  for (let filter = firstFilter(manager, from, true); filter !== undefined; filter = filter.next) {
    filter.endStream = atEnd && addedData === undefined;
    const goOn = callDecodeHeaders(manager, filter, headers);
    // ContinueAndDontEndStream: a body or trailers will follow.
    if (goOn === 'without end') atEnd = false;
    if (manager.localComplete && filter.next !== undefined) break;
    // The last filter may buffer while an earlier one has added a body: only the others stop here.
    if (goOn === 'stop' && filter.next !== undefined) {
      addedData?.continueWithAddedData();
      return;
    }
    if (atEnd && manager.bufferedRequestData !== undefined && addedData === undefined) addedData = filter;
  }
  addedData?.continueWithAddedData();
  if (atEnd) manager.callbacks.disarmRequestTimeout();
}

function callDecodeHeaders(manager: FilterManager, filter: DecoderFilter, headers: RequestHeaderMap) {
  const { handle, endStream } = filter;
  const call = endStream ? FilterCall.decodeHeaders | FilterCall.endOfStream : FilterCall.decodeHeaders;
  manager.callState |= call;
  let status: FilterHeadersStatus = 'Continue';
  try {
    if (handle.decodeHeaders !== undefined) status = handle.decodeHeaders(headers, endStream);
  } catch (error) {
    manager.onFilterThrew(error);
  }
  manager.callState &= ~call;
  if (manager.decoderChainAborted) {
    manager.callbacks.executeLocalReplyIfPrepared();
    status = 'StopIteration';
  }
  const goOn = filter.afterHeaders(status);
  if (endStream && handle.decodeComplete !== undefined) handle.decodeComplete();
  if (!goOn) return 'stop';
  return status === 'ContinueAndDontEndStream' ? 'without end' : 'continue';
}

export function decodeData(
  manager: FilterManager,
  from: DecoderFilter | undefined,
  data: Buffer,
  endStream: boolean,
  alwaysNext = false,
): void {
  manager.callbacks.resetIdleTimer();
  // The response is complete or the stream reset: nobody cares for the rest of the body.
  if (manager.localComplete) return;
  const hadTrailers = manager.requestTrailers !== undefined;
  let atEnd = endStream;
  let addedTrailers: DecoderFilter | undefined;
  for (let filter = firstFilter(manager, from, alwaysNext); filter !== undefined; filter = filter.next) {
    if (filter.holdDataIfStoppedAll(data)) return;
    // Data that came while this filter's end was under way (a body added further up the chain) is not for it.
    if (filter.endStream) return;
    const status = callDecodeData(manager, filter, data, atEnd);
    if (status === undefined) return;
    if (!hadTrailers && addedTrailers === undefined && manager.requestTrailers !== undefined) {
      atEnd = false;
      addedTrailers = filter;
    }
    if (!filter.afterData(status, data) && filter.next !== undefined) break;
  }
  if (addedTrailers !== undefined && manager.requestTrailers !== undefined) {
    decodeTrailers(manager, addedTrailers, manager.requestTrailers);
  }
  if (atEnd) manager.callbacks.disarmRequestTimeout();
}

/** Undefined when the filter answered the request itself. */
function callDecodeData(manager: FilterManager, filter: DecoderFilter, data: Buffer, endStream: boolean) {
  const { handle } = filter;
  const call = endStream ? FilterCall.decodeData | FilterCall.endOfStream : FilterCall.decodeData;
  manager.callState |= call;
  filter.endStream = endStream && manager.requestTrailers === undefined;
  let status: FilterDataStatus = 'Continue';
  try {
    if (handle.decodeData !== undefined) status = handle.decodeData(data, filter.endStream);
  } catch (error) {
    manager.onFilterThrew(error);
  }
  if (filter.endStream && handle.decodeComplete !== undefined) handle.decodeComplete();
  manager.callState &= ~call;
  if (!manager.decoderChainAborted) return status;
  manager.callbacks.executeLocalReplyIfPrepared();
  return undefined;
}

export function decodeTrailers(manager: FilterManager, from: DecoderFilter | undefined, trailers: HeaderMap): void {
  if (manager.localComplete) return;
  for (let filter = firstFilter(manager, from, false); filter !== undefined; filter = filter.next) {
    if (filter.stoppedAll) return;
    const { handle } = filter;
    manager.callState |= FilterCall.decodeTrailers;
    let status: FilterTrailersStatus = 'Continue';
    try {
      if (handle.decodeTrailers !== undefined) status = handle.decodeTrailers(trailers);
    } catch (error) {
      manager.onFilterThrew(error);
    }
    if (handle.decodeComplete !== undefined) handle.decodeComplete();
    filter.endStream = true;
    manager.callState &= ~FilterCall.decodeTrailers;
    if (manager.decoderChainAborted) {
      manager.callbacks.executeLocalReplyIfPrepared();
      status = 'StopIteration';
    }
    if (!filter.afterTrailers(status)) return;
  }
  manager.callbacks.disarmRequestTimeout();
}
