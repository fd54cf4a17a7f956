import type { RequestHeaderMap } from '../../../sdk/headers.ts';

/** A checked RedirectAction, but for path rewrites that work on `:path` itself. '' = unchanged. */
export interface RedirectTarget {
  readonly scheme: string;
  readonly host: string;
  /** 0 = unchanged. */
  readonly port: number;
  readonly path: string;
  readonly stripQuery: boolean;
}

/** What the request asked for, as an absolute URI. */
export const UNCHANGED: RedirectTarget = { scheme: '', host: '', port: 0, path: '', stripQuery: false };

/** Envoy's Http::Utility::newUri. `path` stands in place of the request's, '' = unchanged. */
export function redirectUri(target: RedirectTarget, headers: RequestHeaderMap, path = target.path): string {
  const scheme = target.scheme === '' ? headers.scheme : target.scheme;
  const port = target.port === 0 ? '' : `:${target.port}`;
  const host = target.host === '' ? requestHost(headers, scheme, port) : target.host;
  const newPath = redirectPath(path, target.stripQuery, headers.path);
  return `${scheme}://${host}${port}${newPath.startsWith('/') ? '' : '/'}${newPath}`;
}

function redirectPath(path: string, stripQuery: boolean, requestPath: string): string {
  const query = requestPath.indexOf('?');
  if (path === '') return stripQuery && query >= 0 ? requestPath.slice(0, query) : requestPath;
  // A query of the redirect's own stands in place of the request's.
  if (path.includes('?') || stripQuery || query < 0) return path;
  return path + requestPath.slice(query);
}

/** Without its port when the redirect has another, or when the port was the old scheme's default. */
function requestHost(headers: RequestHeaderMap, newScheme: string, newPort: string): string {
  const { host, scheme } = headers;
  // Behind the last colon, whatever stands there.
  const bracket = host.startsWith('[');
  const found = host.lastIndexOf(bracket ? ']:' : ':');
  if (found < 0) return host;
  const start = bracket ? found + 1 : found;
  const port = host.slice(start);
  const isDefault = (scheme === 'https' && port === ':443') || (scheme === 'http' && port === ':80');
  return newPort !== '' || (newScheme !== scheme && isDefault) ? host.slice(0, start) : host;
}
