import type { RequestHeaderMap } from '../../../sdk/headers.ts';
import type { EarlyHeaderMutation } from '../../../sdk/http.ts';
import { isGrpcRequest } from '../../common/headers/grpc.ts';
import { hasKnown, traitsOf } from '../../common/headers/header-entries.ts';
import { ResponseHeaders } from '../../common/headers/header-map.ts';
import { nameTable } from '../../common/headers/name-table.ts';
import { HeaderNames } from '../../common/headers/names.ts';
import { hasToken } from '../../common/headers/token-list.ts';
import { Trait } from '../../common/headers/traits.ts';
import type { ActiveStream } from './active-stream.ts';
import { normalizeHost } from './host-normalization.ts';
import { shedRequest } from './overload.ts';
import { normalizePath } from './path-normalization.ts';
import { RequestConnectionInfo } from './request-connection-info.ts';
import { mutateRequestHeaders } from './request-headers.ts';

const authorityId = nameTable.idOf(HeaderNames.Authority);

/**
 * All that happens to a request's headers before a route is chosen and filters see them, in Envoy's order
 * (ActiveStream::decodeHeaders). False when the request has been answered.
 */
export function prepareRequest(stream: ActiveStream, headers: RequestHeaderMap, method: string): boolean {
  const { filters, config } = stream;
  const traits = traitsOf(headers);
  if ((traits & Trait.contentType) !== 0) filters.isGrpcRequest = isGrpcRequest(headers);
  if (config.overload !== undefined && shedRequest(stream, config.overload)) return false;
  if (shouldClose(stream, headers, traits)) stream.drainConnection = true;
  if ((traits & Trait.expect) !== 0 && !config.proxy100Continue) answerExpectation(stream, headers);
  stream.manager.noteUserAgent(headers);
  return (
    checkProtocol(stream, headers) &&
    checkHost(stream, headers) &&
    checkPath(stream, headers) &&
    (method !== 'QUERY' || checkQuery(stream, headers)) &&
    sanitise(stream, headers)
  );
}

/** HTTP/1.0 closes unless asked not to, HTTP/1.1 the other way around. */
function shouldClose(stream: ActiveStream, headers: RequestHeaderMap, traits: number): boolean {
  if (!stream.manager.isHttp1) return false;
  const says = (traits & (Trait.connection | Trait.proxyConnection)) !== 0;
  if (!says && stream.manager.protocol !== 'HTTP/1.0') return false;
  const connection = headers.get(HeaderNames.Connection);
  if (stream.manager.protocol === 'HTTP/1.0' && !hasToken(connection, 'keep-alive')) return true;
  if (connection !== undefined && hasToken(connection, 'close')) return true;
  return hasToken(headers.get(HeaderNames.ProxyConnection), 'close');
}

/** Past the filters: a filter that sees `Expect` would have to answer it too. */
function answerExpectation(stream: ActiveStream, headers: RequestHeaderMap): void {
  const expect = headers.get(HeaderNames.Expect);
  if (expect === undefined || expect.toLowerCase() !== '100-continue') return;
  const answer = ResponseHeaders.withStatus(100);
  stream.chargeStats(answer);
  stream.encoder?.encode1xxHeaders(answer);
  stream.manager.flushSoon();
  headers.remove(HeaderNames.Expect);
}

function checkProtocol(stream: ActiveStream, headers: RequestHeaderMap): boolean {
  if (stream.manager.protocol !== 'HTTP/1.0') return true;
  if (!stream.config.acceptHttp10) {
    stream.sendLocalReply(426, '', 'low_version');
    return false;
  }
  const { defaultHostForHttp10 } = stream.config;
  if (defaultHostForHttp10 !== '' && !headers.has(HeaderNames.Authority)) headers.host = defaultHostForHttp10;
  return true;
}

function checkHost(stream: ActiveStream, headers: RequestHeaderMap): boolean {
  if (hasKnown(headers, authorityId)) return true;
  stream.sendLocalReply(400, '', 'missing_host_header');
  return false;
}

/** What asks by its body has to say what that is. */
function checkQuery(stream: ActiveStream, headers: RequestHeaderMap): boolean {
  if (headers.has(HeaderNames.ContentType)) return true;
  stream.sendLocalReply(400, '', 'query_missing_content_type');
  return false;
}

function checkPath(stream: ActiveStream, headers: RequestHeaderMap): boolean {
  const { path } = headers;
  if (path === '') {
    if (headers.method === 'CONNECT' && !headers.has(HeaderNames.Path)) return true;
    stream.sendLocalReply(404, '', 'missing_path_rejected');
    return false;
  }
  if (path.charCodeAt(0) !== 0x2f) {
    stream.config.stats.downstreamRqNonRelativePath.inc();
    stream.sendLocalReply(404, '', 'absolute_path_rejected');
    return false;
  }
  return checkNormalizedPath(stream, headers, path);
}

function checkNormalizedPath(stream: ActiveStream, headers: RequestHeaderMap, received: string): boolean {
  const { stats, path, runtime } = stream.config;
  const action = normalizePath(headers, received, path, runtime);
  if (action === 'Continue') return true;
  const details = 'path_normalization_failed';
  // gRPC clients follow no redirects.
  if (action === 'Reject' || stream.filters.isGrpcRequest) {
    stats.downstreamRqFailedPathNormalization.inc();
    stream.sendLocalReply(400, '', details);
    return false;
  }
  stats.downstreamRqRedirectedWithNormalizedPath.inc();
  const location = headers.path;
  stream.sendLocalReplyWith({
    status: 307,
    details,
    modifyHeaders: (response) => response.add(HeaderNames.Location, location),
  });
  return false;
}

function sanitise(stream: ActiveStream, headers: RequestHeaderMap): boolean {
  const { config, manager, streamInfo } = stream;
  const { connection } = manager;
  if (config.host !== undefined) {
    const port = normalizeHost(headers, config.host, connection.info.localAddress.port);
    // The upstream of a CONNECT needs it: the route puts it back.
    if (port !== undefined && headers.method === 'CONNECT') {
      streamInfo.filterState.set(
        'envoy.router.original_connect_port',
        { serializeAsString: () => String(port) },
        true,
        'Request',
      );
    }
  }
  // An internal redirect has had this done to it.
  if (stream.internallyCreated) return true;
  const mutations = config.earlyHeaderMutations;
  for (let i = 0; i < mutations.length; i++) {
    if (!(mutations[i] as EarlyHeaderMutation).mutate(headers, streamInfo)) break;
  }
  const internalOnly = stream.routeTable?.internalOnlyHeaders ?? NO_HEADERS;
  const { address, reject } = mutateRequestHeaders(headers, connection, config.requestHeaders, internalOnly);
  if (address !== undefined && address !== connection.info.remoteAddress) {
    streamInfo.downstreamConnection = new RequestConnectionInfo(connection.info, address);
  }
  if (reject === undefined) return true;
  config.stats.downstreamRqRejectedViaIpDetection.inc();
  stream.sendLocalReplyWith(reject);
  return false;
}

const NO_HEADERS: readonly string[] = [];
