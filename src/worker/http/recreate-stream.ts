import { ActiveStream } from './active-stream.ts';
import type { HttpConnectionManager } from './connection-manager.ts';

/**
 * Begins a request anew (internal redirects): a new stream with new filters answers the client in place of the old one,
 * which ends without the client noticing.
 */
export function recreateStream(
  manager: HttpConnectionManager,
  old: ActiveStream,
  add: (stream: ActiveStream) => void,
): void {
  const { encoder, filters } = old;
  const { requestHeaders, bufferedRequestData } = filters;
  if (encoder === undefined || requestHeaders === undefined) return;
  encoder.stream.removeCallbacks(old);
  old.encoder = undefined;
  filters.bufferedRequestData = undefined;
  const { drainConnection, streamInfo } = old;
  manager.doEndStream(old, false);

  const fresh = new ActiveStream(manager, encoder, filters.bufferLimitBytes);
  fresh.internallyCreated = true;
  fresh.drainConnection = drainConnection;
  fresh.streamInfo.inheritFilterState(streamInfo.filterState);
  fresh.streamInfo.downstreamConnection = streamInfo.downstreamConnection;
  fresh.streamInfo.bytesReceived = streamInfo.bytesReceived;
  // The client has sent all of it, whatever answers before the filters have seen the end.
  fresh.filters.remoteDecodeComplete = true;
  fresh.streamInfo.downstreamTiming.lastDownstreamRxByteReceivedMs = fresh.streamInfo.startTimeMonotonicMs;
  encoder.stream.addCallbacks(fresh);
  add(fresh);
  const hasBody = bufferedRequestData !== undefined && bufferedRequestData.length > 0;
  fresh.decodeHeaders(requestHeaders, !hasBody);
  if (hasBody) fresh.decodeData(bufferedRequestData, true);
}
