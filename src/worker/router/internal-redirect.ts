import type { RequestHeaderMap, ResponseHeaderMap } from '../../../sdk/headers.ts';
import type { InternalRedirectPolicy } from '../../../sdk/router.ts';
import type { FilterState, FilterStateObject } from '../../../sdk/stream-info.ts';
import { type AbsoluteTarget, isPrintable, parseAbsoluteTarget } from '../../codec/http1/request-target.ts';
import { HeaderNames } from '../../common/headers/names.ts';
import type { RouterStream } from './router-stream.ts';

const COUNT_STATE = 'num_internal_redirects';

/** How often a request has been sent on. */
class RedirectCount implements FilterStateObject {
  value = 0;

  serializeAsString(): string {
    return String(this.value);
  }
}

/**
 * Sends the request to where the upstream redirects to, in place of the client. False when that may not be: the client
 * gets the redirect then, and the request's headers are as they were.
 */
export function setupInternalRedirect(
  stream: RouterStream,
  policy: InternalRedirectPolicy,
  response: ResponseHeaderMap,
): boolean {
  const { callbacks, requestHeaders } = stream;
  if (!stream.downstreamEndStream || stream.bufferOverflowed) return false;
  const location = response.get(HeaderNames.Location);
  if (location === undefined || requestHeaders.path === '') return false;
  const target = parseTarget(location);
  const { stats } = stream.config;
  if (target === undefined) {
    stats.passthroughInternalRedirectBadLocation.inc();
    return false;
  }
  const isHttps = requestHeaders.scheme === 'https' && callbacks.connection?.info.ssl !== undefined;
  if (!policy.allowCrossSchemeRedirect && isHttps !== (target.scheme !== 'http')) {
    stats.passthroughInternalRedirectUnsafeScheme.inc();
    return false;
  }
  const count = redirectCount(callbacks.streamInfo.filterState);
  if (count.value >= policy.maxInternalRedirects) {
    stats.passthroughInternalRedirectTooManyRedirects.inc();
    return false;
  }
  return redirect(stream, policy, response, target, isHttps, count);
}

function redirect(
  stream: RouterStream,
  policy: InternalRedirectPolicy,
  response: ResponseHeaderMap,
  target: AbsoluteTarget,
  isHttps: boolean,
  count: RedirectCount,
): boolean {
  const { callbacks, requestHeaders: headers } = stream;
  const saved = [...headers.entries()];
  const originalUrl = `${isHttps ? 'https' : 'http'}://${headers.host}${headers.path}`;
  copyHeaders(policy.responseHeadersToCopy, response, headers);
  headers.scheme = target.scheme;
  headers.host = target.host;
  headers.path = target.path;
  const currentRouteName = callbacks.route()?.routeName ?? '';
  if (!acceptsRoute(stream, policy, currentRouteName, isHttps, target)) {
    restore(headers, saved);
    return false;
  }
  if (response.status === 303 && headers.method !== 'GET' && headers.method !== 'HEAD') {
    headers.method = 'GET';
    headers.remove(HeaderNames.ContentLength);
    callbacks.modifyDecodingBuffer((buffer) => buffer.drain(buffer.length));
  }
  count.value++;
  headers.set(HeaderNames.EnvoyOriginalUrl, originalUrl);
  return callbacks.recreateStream(response);
}

/** The new route must exist, and the policy's predicates must like it. */
function acceptsRoute(
  { callbacks, config }: RouterStream,
  policy: InternalRedirectPolicy,
  currentRouteName: string,
  downstreamIsHttps: boolean,
  target: AbsoluteTarget,
): boolean {
  callbacks.clearRouteCache();
  const route = callbacks.route();
  if (route === undefined) {
    config.stats.passthroughInternalRedirectNoRoute.inc();
    return false;
  }
  const accepted = policy.predicates.every((predicate) =>
    predicate.acceptTargetRoute({
      filterState: callbacks.streamInfo.filterState,
      currentRouteName,
      targetRouteName: route.routeName,
      downstreamIsHttps,
      targetIsHttps: target.scheme !== 'http',
    }),
  );
  if (!accepted) config.stats.passthroughInternalRedirectPredicate.inc();
  return accepted;
}

/** Absolute URLs only, as Envoy; the path without fragment. */
function parseTarget(location: string): AbsoluteTarget | undefined {
  const target = isPrintable(location) ? parseAbsoluteTarget(location) : undefined;
  if (target === undefined) return undefined;
  const fragment = target.path.indexOf('#');
  return fragment < 0 ? target : { ...target, path: target.path.slice(0, fragment) };
}

function redirectCount(filterState: FilterState): RedirectCount {
  const known = filterState.get(COUNT_STATE);
  if (known instanceof RedirectCount) return known;
  const count = new RedirectCount();
  filterState.set(COUNT_STATE, count, false, 'Request');
  return count;
}

function copyHeaders(names: readonly string[], response: ResponseHeaderMap, headers: RequestHeaderMap): void {
  for (const name of names) {
    headers.remove(name);
    for (const value of response.getAll(name)) headers.add(name, value);
  }
}

function restore(headers: RequestHeaderMap, saved: readonly (readonly [string, string])[]): void {
  headers.removeIf(() => true);
  for (const [name, value] of saved) headers.add(name, value);
}
