/** Parts of request targets, as Envoy cuts them. */

/** `:path` up to `?` or `#`. */
export function withoutQuery(path: string): string {
  const end = queryStart(path);
  return end === path.length ? path : path.slice(0, end);
}

/** A path without query and without the parameters of its segments (RFC 3986, section 3.3). */
export function withoutParameters(path: string): string {
  return path.includes(';') ? path.replaceAll(/;[^/]*/g, '') : path;
}

/** Where the query or the fragment begins; the length when there is neither. */
export function queryStart(path: string): number {
  const question = path.indexOf('?');
  const hash = path.indexOf('#');
  if (question < 0) return hash < 0 ? path.length : hash;
  return hash < 0 ? question : Math.min(question, hash);
}

/**
 * Index of the `:` before the port of a host, -1 without one. What stands behind it is not looked at; IPv6 addresses are
 * in no URI without their brackets.
 */
export function portStart(host: string): number {
  const colon = host.lastIndexOf(':');
  return host.lastIndexOf(']') > colon ? -1 : colon;
}
