import type { OverloadState } from '../../../sdk/extension.ts';
import type { ResponseHeaderMap } from '../../../sdk/headers.ts';
import type { ActiveStream } from './active-stream.ts';
import type { HttpConnectionManager } from './connection-manager.ts';

const STOP_REQUESTS = 'envoy.overload_actions.stop_accepting_requests';
const SHED_REQUESTS = 'envoy.load_shed_points.http_connection_manager_decode_headers';
const SHED_CODEC = 'envoy.load_shed_points.hcm_ondata_creating_codec';
const NO_KEEP_ALIVE = 'envoy.overload_actions.disable_http_keepalive';

/** Closes a connection that has just said something, rather than look at it. */
export function shedConnection(manager: HttpConnectionManager): boolean {
  const { overload, stats } = manager.config;
  if (overload?.isDrawn(SHED_CODEC) !== true) return false;
  stats.downstreamRqOverloadClose.inc();
  return true;
}

/** Answers a request that the overload manager has us not serve; no filter is made for it. */
export function shedRequest(stream: ActiveStream, overload: OverloadState): boolean {
  if (!overload.isDrawn(SHED_REQUESTS) && !overload.isDrawn(STOP_REQUESTS)) return false;
  const { config } = stream;
  stream.filters.chainCreated = true;
  config.stats.downstreamRqOverloadClose.inc();
  const reply = { status: 503, body: 'envoy overloaded', details: 'overload' };
  stream.sendLocalReplyWith(config.appendLocalOverload ? { ...reply, modifyHeaders: markOverload } : reply);
  return true;
}

function markOverload(headers: ResponseHeaderMap): void {
  headers.add('x-envoy-local-overloaded', 'true');
}

/** Whether a response tells the client to close; as in Envoy, it is the client that does so then. */
export function endsKeepAlive(manager: HttpConnectionManager, overload: OverloadState): boolean {
  if (manager.drainState !== 'NotDraining' || !overload.isDrawn(NO_KEEP_ALIVE)) return false;
  manager.config.stats.downstreamCxOverloadDisableKeepalive.inc();
  return true;
}
