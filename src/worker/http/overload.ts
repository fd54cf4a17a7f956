import type { OverloadState } from '../../../sdk/extension.ts';
import type { ResponseHeaderMap } from '../../../sdk/headers.ts';
import type { ActiveStream } from './active-stream.ts';
import type { HttpConnectionManager } from './connection-manager.ts';

const STOP_REQUESTS = 'envoy.overload_actions.stop_accepting_requests';
const SHED_REQUESTS = 'envoy.load_shed_points.http_connection_manager_decode_headers';
const NO_KEEP_ALIVE = 'envoy.overload_actions.disable_http_keepalive';

/** Answers a request that the overload manager has us not serve; no filter is made for it. */
export function shedRequest(stream: ActiveStream, overload: OverloadState): boolean {
  if (!overload.isDrawn(SHED_REQUESTS) && !overload.isDrawn(STOP_REQUESTS)) return false;
  const { config } = stream;
  config.stats.downstreamRqOverloadClose.inc();
  const reply = { status: 503, body: 'envoy overloaded', details: 'overload' };
  stream.sendLocalReplyWith(config.appendLocalOverload ? { ...reply, modifyHeaders: markOverload } : reply);
  return true;
}

function markOverload(headers: ResponseHeaderMap): void {
  headers.add('x-envoy-local-overloaded', 'true');
}

/** The connection ends with this response when the overload manager says so. */
export function endKeepAlive(manager: HttpConnectionManager, overload: OverloadState): void {
  if (manager.drainState !== 'NotDraining' || !overload.isDrawn(NO_KEEP_ALIVE)) return;
  manager.closeAfterStreams();
  manager.config.stats.downstreamCxOverloadDisableKeepalive.inc();
}
