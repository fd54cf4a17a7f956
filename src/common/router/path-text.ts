/** Parts of request targets, as Envoy cuts them. */

/** `:path` up to `?` or `#`. */
export function withoutQuery(path: string): string {
  const end = queryStart(path);
  return end === path.length ? path : path.slice(0, end);
}

/**
 * What paths are matched by: no query, nor the parameters of segments (RFC 3986, section 3.3) where these are ignored
 * (`ignore_path_parameters_in_path_matching`).
 */
export function matchedPath(path: string, ignoresParameters: boolean): string {
  const plain = withoutQuery(path);
  return ignoresParameters && plain.includes(';') ? plain.replaceAll(/;[^/]*/g, '') : plain;
}

/** In paths up to that length a loop finds a character before a call of indexOf would have begun to look. */
const SHORT_PATH = 16;
const QUESTION = 0x3f;
const HASH = 0x23;

/** Where the query or the fragment begins; the length when there is neither. */
export function queryStart(path: string): number {
  return path.length <= SHORT_PATH ? queryStartOfShort(path) : queryStartOfLong(path);
}

function queryStartOfShort(path: string): number {
  let at = 0;
  for (; at < path.length; at++) {
    const char = path.charCodeAt(at);
    if (char === QUESTION || char === HASH) break;
  }
  return at;
}

function queryStartOfLong(path: string): number {
  const question = path.indexOf('?');
  const hash = path.indexOf('#');
  if (question < 0) return hash < 0 ? path.length : hash;
  return hash < 0 ? question : Math.min(question, hash);
}

/** Where the fragment begins; -1 without one. */
export function fragmentStart(path: string): number {
  if (path.length > SHORT_PATH) return path.indexOf('#');
  for (let i = 0; i < path.length; i++) if (path.charCodeAt(i) === HASH) return i;
  return -1;
}

/**
 * Index of the `:` before the port of a host, -1 without one. What stands behind it is not looked at; IPv6 addresses are
 * in no URI without their brackets.
 */
export function portStart(host: string): number {
  const colon = host.lastIndexOf(':');
  return host.lastIndexOf(']') > colon ? -1 : colon;
}
