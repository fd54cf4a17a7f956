import type { HeaderMap, ResponseHeaderMap } from '../../../sdk/headers.ts';
import { hasKnown, removeTraits, setKnown, traitsOf } from '../../common/headers/header-entries.ts';
import { nameTable } from '../../common/headers/name-table.ts';
import { HeaderNames as H } from '../../common/headers/names.ts';
import { Trait } from '../../common/headers/traits.ts';
import { isGuardEnabled } from '../../common/runtime/runtime-guards.ts';
import type { ActiveStream } from './active-stream.ts';
import type { ConnectionManagerConfig } from './connection-manager-config.ts';
import { endsKeepAlive } from './overload.ts';
import { addProxyStatus } from './proxy-status.ts';
import { tellOperation } from './tracing.ts';
import { isUpgrade } from './upgrade.ts';

const dateId = nameTable.idOf(H.Date);
const serverId = nameTable.idOf(H.Server);

/** All that happens to a response's headers behind the filters, in Envoy's order (ActiveStream::encodeHeaders). */
export function prepareResponse(stream: ActiveStream, headers: ResponseHeaderMap): void {
  const { config } = stream;
  if ((traitsOf(headers) & Trait.date) === 0 || !hasKnown(headers, dateId))
    setKnown(headers, dateId, config.dates.date);
  const { serverHeaderTransformation: server } = config;
  if (server === 'Overwrite' || (server === 'AppendIfAbsent' && !headers.has(H.Server))) {
    setKnown(headers, serverId, config.serverName);
  }
  const upgraded = mutateResponseHeaders(stream, headers);
  if (config.via !== '') headers.append(H.Via, config.via, ', ');
  if (config.proxyStatus !== undefined) addProxyStatus(headers, stream.streamInfo, config.proxyStatus);
  closeOrDrain(stream, headers, upgraded);
  if (stream.config.tracing !== undefined) tellOperation(stream, stream.config.tracing, headers);
}

/** Informational responses are neither dated nor signed, nor is `via` in them. */
export function prepareInformational(stream: ActiveStream, headers: ResponseHeaderMap): void {
  mutateResponseHeaders(stream, headers);
}

/** Envoy's ConnectionManagerUtility::mutateResponseHeaders; whether the response accepts an upgrade. */
function mutateResponseHeaders({ filters, config }: ActiveStream, headers: ResponseHeaderMap): boolean {
  const { requestHeaders } = filters;
  const asked = requestHeaders === undefined ? 0 : traitsOf(requestHeaders);
  const upgraded =
    (asked & Trait.upgrade) !== 0 &&
    isUpgrade(requestHeaders as HeaderMap) &&
    isUpgrade(headers) &&
    !losesUpgrade(requestHeaders as HeaderMap, headers, config);
  if (upgraded) {
    const hasBody = headers.has(H.TransferEncoding) || headers.has(H.ContentLength);
    if (!hasBody && headers.status >= 200) headers.set(H.ContentLength, '0');
  }
  removeTraits(headers, upgraded ? Trait.hopByHop : Trait.hopByHop | Trait.connection | Trait.upgrade);
  if (requestHeaders !== undefined) {
    const traced = (asked & Trait.forceTrace) !== 0 && requestHeaders.has(H.EnvoyForceTrace);
    if (config.alwaysSetRequestIdInResponse || traced) config.requestId.setInResponse(headers, requestHeaders);
  }
  return upgraded;
}

/** Of an answer that refuses a WebSocket, where runtime says so. */
function losesUpgrade(asked: HeaderMap, { status }: ResponseHeaderMap, { runtime }: ConnectionManagerConfig): boolean {
  const guard = 'envoy.reloadable_features.strip_upgrade_header_on_failed_websocket_upgrades';
  return status >= 400 && asked.get('upgrade')?.toLowerCase() === 'websocket' && isGuardEnabled(runtime, guard);
}

/** Decides whether the connection outlives this response, and tells an HTTP/1 client if not. */
function closeOrDrain(stream: ActiveStream, headers: ResponseHeaderMap, upgraded: boolean): void {
  const { manager, filters, config } = stream;
  manager.maybeStartDraining();
  const toldToClose = config.overload !== undefined && endsKeepAlive(manager, config.overload);
  if (manager.protocol === 'HTTP/1.0') {
    // Without chunked encoding, what has no length ends with the connection.
    if (!headers.has(H.ContentLength)) stream.drainConnection = true;
    if (!stream.drainConnection) headers.set(H.Connection, 'keep-alive');
  }
  if (stream.drainConnection) manager.closeAfterStreams();
  if (!filters.remoteDecodeComplete) {
    // Nobody waits for the rest of the request; on HTTP/1 it would be taken for the next one.
    if (manager.isHttp1) manager.closeNow();
    config.stats.downstreamRqResponseBeforeRqComplete.inc();
  }
  const stays = manager.drainState === 'NotDraining' && !toldToClose;
  if (!manager.isHttp1 || stays || upgraded || isUpgrade(headers)) return;
  const tunnel = filters.requestHeaders?.method === 'CONNECT' && headers.status === 200;
  if (!tunnel) headers.set(H.Connection, 'close');
}
