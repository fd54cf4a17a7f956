/** How a response goes through the filters (Envoy's FilterManager::encodeHeaders, encodeData, encodeTrailers). */
import type { Buffer } from '../../../sdk/buffer.ts';
import type { HeaderMap, ResponseHeaderMap } from '../../../sdk/headers.ts';
import type { FilterDataStatus, FilterHeadersStatus, FilterTrailersStatus } from '../../../sdk/http.ts';
import type { EncoderFilter } from './encoder-filter.ts';
import { FilterCall } from './filter-chain.ts';
import type { FilterManager } from './filter-manager.ts';

/** As in decoding. A response that begins (no `from`) notes its end in the manager first. */
function firstFilter(
  manager: FilterManager,
  from: EncoderFilter | undefined,
  endStream: boolean,
  alwaysNext: boolean,
): EncoderFilter | undefined {
  if (from === undefined) {
    manager.localComplete = endStream;
    return manager.firstEncoder;
  }
  return !alwaysNext && from.iterateFromCurrent ? from : from.next;
}

export function encode1xxHeaders(
  manager: FilterManager,
  from: EncoderFilter | undefined,
  headers: ResponseHeaderMap,
): void {
  manager.callbacks.resetIdleTimer();
  manager.has1xxHeaders = true;
  for (let filter = firstFilter(manager, from, false, true); filter !== undefined; filter = filter.next) {
    const { handle } = filter;
    manager.callState |= FilterCall.encode1xxHeaders;
    const status = handle.encode1xxHeaders === undefined ? 'Continue' : handle.encode1xxHeaders(headers);
    manager.callState &= ~FilterCall.encode1xxHeaders;
    if (manager.encoderChainAborted) return;
    if (!filter.after1xxHeaders(status)) return;
  }
  manager.callbacks.encode1xxHeaders(headers);
}

export function encodeHeaders(
  manager: FilterManager,
  from: EncoderFilter | undefined,
  headers: ResponseHeaderMap,
  endStream: boolean,
): void {
  manager.callbacks.resetIdleTimer();
  manager.callbacks.disarmRequestTimeout();
  let atEnd = endStream;
  let addedData: EncoderFilter | undefined;
  for (let filter = firstFilter(manager, from, endStream, true); filter !== undefined; filter = filter.next) {
    filter.endStream = atEnd && addedData === undefined;
    const goOn = callEncodeHeaders(manager, filter, headers);
    if (goOn === 'without end') atEnd = false;
    if (goOn === 'stop') {
      if (!filter.endStream) addedData?.continueWithAddedData();
      return;
    }
    if (atEnd && manager.bufferedResponseData !== undefined && addedData === undefined) addedData = filter;
  }
  if (!checkRequiredHeaders(manager, headers)) return;
  const ends = atEnd && addedData === undefined;
  manager.responseHeadersEncoded = true;
  manager.callbacks.encodeHeaders(headers, ends);
  if (manager.sawDownstreamReset) return;
  manager.maybeEndEncode(ends);
  if (!ends) addedData?.continueWithAddedData();
}

function callEncodeHeaders(manager: FilterManager, filter: EncoderFilter, headers: ResponseHeaderMap) {
  const { handle, endStream } = filter;
  const call = endStream ? FilterCall.encodeHeaders | FilterCall.endOfStream : FilterCall.encodeHeaders;
  manager.callState |= call;
  let status: FilterHeadersStatus = 'Continue';
  try {
    if (handle.encodeHeaders !== undefined) status = handle.encodeHeaders(headers, endStream);
  } catch (error) {
    manager.onFilterThrew(error);
    status = 'StopIteration';
  }
  if (manager.encoderChainAborted) status = 'StopIteration';
  manager.callState &= ~call;
  const goOn = filter.afterHeaders(status);
  if (endStream && handle.encodeComplete !== undefined) handle.encodeComplete();
  if (!goOn) return 'stop';
  return status === 'ContinueAndDontEndStream' ? 'without end' : 'continue';
}

/** A filter may have removed the status, or set one that is no number. */
function checkRequiredHeaders(manager: FilterManager, headers: ResponseHeaderMap): boolean {
  if (manager.firstEncoder === undefined) return true;
  const value = headers.get(':status');
  if (value !== undefined && headers.status > 0) return true;
  const body = value === undefined ? 'missing required header: :status' : `invalid header: :status`;
  const details = `filter_removed_required_response_headers{${body.replaceAll(' ', '_')}}`;
  manager.callbacks.sendLocalReplyWith({ status: 502, body, details });
  return false;
}

export function encodeData(
  manager: FilterManager,
  from: EncoderFilter | undefined,
  data: Buffer,
  endStream: boolean,
  alwaysNext = false,
): void {
  manager.callbacks.resetIdleTimer();
  const first = firstFilter(manager, from, endStream, alwaysNext);
  const hadTrailers = manager.responseTrailers !== undefined;
  let addedTrailers: EncoderFilter | undefined;
  for (let filter = first; filter !== undefined; filter = filter.next) {
    if (filter.holdDataIfStoppedAll(data)) return;
    if (filter.endStream) return;
    const status = callEncodeData(manager, filter, data, endStream);
    if (!hadTrailers && addedTrailers === undefined && manager.responseTrailers !== undefined) addedTrailers = filter;
    if (!filter.afterData(status, data)) return;
  }
  const ends = endStream && addedTrailers === undefined;
  manager.callbacks.encodeData(data, ends);
  if (manager.sawDownstreamReset) return;
  manager.maybeEndEncode(ends);
  if (addedTrailers !== undefined && manager.responseTrailers !== undefined) {
    encodeTrailers(manager, addedTrailers, manager.responseTrailers);
  }
}

function callEncodeData(manager: FilterManager, filter: EncoderFilter, data: Buffer, endStream: boolean) {
  const { handle } = filter;
  const call = endStream ? FilterCall.encodeData | FilterCall.endOfStream : FilterCall.encodeData;
  manager.callState |= call;
  filter.endStream = endStream && manager.responseTrailers === undefined;
  let status: FilterDataStatus = 'Continue';
  try {
    if (handle.encodeData !== undefined) status = handle.encodeData(data, filter.endStream);
  } catch (error) {
    manager.onFilterThrew(error);
    status = 'StopIterationNoBuffer';
  }
  if (manager.encoderChainAborted) status = 'StopIterationNoBuffer';
  if (filter.endStream && handle.encodeComplete !== undefined) handle.encodeComplete();
  manager.callState &= ~call;
  return status;
}

export function encodeTrailers(manager: FilterManager, from: EncoderFilter | undefined, trailers: HeaderMap): void {
  manager.callbacks.resetIdleTimer();
  for (let filter = firstFilter(manager, from, true, false); filter !== undefined; filter = filter.next) {
    if (filter.stoppedAll) return;
    const { handle } = filter;
    manager.callState |= FilterCall.encodeTrailers;
    let status: FilterTrailersStatus = 'Continue';
    try {
      if (handle.encodeTrailers !== undefined) status = handle.encodeTrailers(trailers);
    } catch (error) {
      manager.onFilterThrew(error);
      status = 'StopIteration';
    }
    if (handle.encodeComplete !== undefined) handle.encodeComplete();
    filter.endStream = true;
    manager.callState &= ~FilterCall.encodeTrailers;
    if (!filter.afterTrailers(status)) return;
  }
  manager.callbacks.encodeTrailers(trailers);
  if (manager.sawDownstreamReset) return;
  manager.maybeEndEncode(true);
}
