import { isDigits, isScheme, isUrlHost, isUrlIpv6, isUrlUserinfo } from './chars.ts';

/** The first look that Envoy's parser takes at a target: its characters and rough form (RFC 9112 section 3.2). */
export function isTargetValid(target: string, isConnect: boolean): boolean {
  if (target === '' || !isPrintable(target)) return false;
  const first = target.charCodeAt(0);
  if (first === 0x2f || first === 0x2a || isConnect) return true;
  const { scheme, rest } = splitScheme(target);
  return scheme !== undefined && isScheme(scheme) && !/[^A-Za-z0-9!$%&'()*+,\-.:;=@[\]_~]|@@/.test(authorityOf(rest));
}

/** Visible ASCII, which is all that a URI may be made of. */
export function isPrintable(target: string): boolean {
  for (let i = 0; i < target.length; i++) {
    const char = target.charCodeAt(i);
    if (char < 0x21 || char > 0x7e) return false;
  }
  return true;
}

function splitScheme(target: string): { scheme: string | undefined; rest: string } {
  const at = target.indexOf('://');
  return at < 0 ? { scheme: undefined, rest: target } : { scheme: target.slice(0, at), rest: target.slice(at + 3) };
}

function authorityOf(rest: string): string {
  const end = rest.search(/[/?]/);
  return end < 0 ? rest : rest.slice(0, end);
}

export interface AbsoluteTarget {
  /** In lower case. */
  readonly scheme: string;
  /** Host and port, without userinfo. */
  readonly host: string;
  /** Path, query and fragment; `/` when there is none. */
  readonly path: string;
}

/** Host and port with userinfo cut off, or undefined when it is none (http_parser's rules, which Envoy kept). */
function hostAndPort(authority: string, allowUserinfo: boolean): { host: string; hasPort: boolean } | undefined {
  const at = authority.lastIndexOf('@');
  if (at >= 0 && (!allowUserinfo || !isUrlUserinfo(authority.slice(0, at)))) return undefined;
  const host = authority.slice(at + 1);
  const portAt = host.startsWith('[') ? host.indexOf(']') + 1 : host.indexOf(':');
  const name = portAt < 0 ? host : host.slice(0, portAt);
  const isHost = name.startsWith('[') ? name.endsWith(']') && isUrlIpv6(name.slice(1, -1)) : isUrlHost(name);
  if (!isHost) return undefined;
  if (portAt < 0 || portAt === host.length) return { host, hasPort: false };
  const port = host.slice(portAt + 1);
  return host[portAt] === ':' && isDigits(port) && Number(port) <= 0xffff ? { host, hasPort: true } : undefined;
}

/** Takes `http://host:port/path?query#fragment` apart; undefined when it is no such thing. */
export function parseAbsoluteTarget(target: string): AbsoluteTarget | undefined {
  const { scheme, rest } = splitScheme(target);
  if (scheme === undefined || !isScheme(scheme)) return undefined;
  const authority = authorityOf(rest);
  const found = hostAndPort(authority, true);
  if (found === undefined) return undefined;
  return { scheme: scheme.toLowerCase(), host: found.host, path: rest.slice(authority.length) || '/' };
}

/** Whether it is `host:port`, the target of CONNECT. */
export function isConnectTarget(target: string): boolean {
  return hostAndPort(target, false)?.hasPort === true;
}
