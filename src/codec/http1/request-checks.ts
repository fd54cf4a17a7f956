import type { RequestHeaders } from '../../common/headers/header-map.ts';
import { isAuthority } from './chars.ts';
import type { Http1Shared } from './connection.ts';
import { isUpgrade, removeH2cUpgrade, removeIgnoredUpgrades, sanitizeConnectionHeader } from './connection-header.ts';
import { type Fault, Faults } from './details.ts';
import { http11 } from './first-line.ts';
import type { Http1ServerOptions } from './options.ts';
import { isConnectTarget, parseAbsoluteTarget } from './request-target.ts';

type Shared = Http1Shared<Http1ServerOptions>;

/**
 * Checks how a request is framed whose head has been read, and brings its headers into the form that filters see, in
 * Envoy's order. 'tunnel' when what follows the head is no HTTP.
 */
export function checkFraming(headers: RequestHeaders, shared: Shared): Fault | 'tunnel' | 'message' {
  const { framing, line, options } = shared;
  const { connectionLine, upgradeLine } = shared.fields.lines;
  const isConnect = line.first === 'CONNECT';
  let isTunnel = isConnect;
  if (upgradeLine >= 0 && connectionLine >= 0 && entersUpgrade(headers, options)) isTunnel = true;
  if (isConnect && framing.hasContentLength) {
    if (headers.get('content-length') !== '0') return Faults.ConnectWithBody;
    headers.remove('content-length');
  }
  if (framing.hasTransferEncoding) {
    const fault = checkEncoding(headers, shared, isConnect);
    if (fault !== undefined) return fault;
  }
  if (!isTunnel && connectionLine >= 0) {
    const connection = headers.get('connection');
    if (connection !== undefined && !isPlain(connection) && !sanitizeConnectionHeader(headers, connection)) {
      return Faults.BadConnectionHeader;
    }
  }
  return isTunnel ? 'tunnel' : 'message';
}

/** The rest: what the request is for. */
export function checkPurpose(headers: RequestHeaders, shared: Shared, isSecure: boolean): Fault | undefined {
  const fault = checkTarget(headers, shared, isSecure) ?? checkVersion(headers, shared);
  if (fault !== undefined) return fault;
  if (shared.line.isPlain && shared.fields.hostWasGood) return undefined;
  const host = headers.get(':authority');
  if (host === undefined) return undefined;
  if (!isAuthority(host)) return Faults.BadAuthority;
  if (shared.line.isPlain) shared.fields.noteGoodHost();
  return undefined;
}

/** The values that nearly all clients send: nothing to remove. */
function isPlain(connection: string): boolean {
  return connection === 'keep-alive' || connection === 'close';
}

/** Whether the request switches to another protocol; offers that do not count are removed. */
function entersUpgrade(headers: RequestHeaders, options: Http1ServerOptions): boolean {
  if (!isUpgrade(headers)) return false;
  if (options.ignoreUpgrade !== undefined) {
    removeIgnoredUpgrades(headers, options.ignoreUpgrade);
    if (!isUpgrade(headers)) return false;
  }
  if (headers.get('upgrade')?.toLowerCase() !== 'h2c') return true;
  removeH2cUpgrade(headers);
  return false;
}

function checkEncoding(headers: RequestHeaders, shared: Shared, isConnect: boolean): Fault | undefined {
  const { fields, framing, options } = shared;
  const fault = framing.check(fields, options.allowChunkedLength);
  if (fault !== undefined) return fault;
  if (isConnect) return Faults.UnknownEncoding;
  headers.remove('content-length');
  return undefined;
}

/** Sets `:authority` and `:scheme` from targets that state them (RFC 9112 section 3.2.2). */
function checkTarget(headers: RequestHeaders, shared: Shared, isSecure: boolean): Fault | undefined {
  const { line, options } = shared;
  if (line.isPlain) return undefined;
  const target = line.second;
  if (line.first === 'CONNECT') {
    if (!isConnectTarget(target)) return Faults.BadTarget;
    headers.host = target;
    return undefined;
  }
  const first = target.charCodeAt(0);
  if (first === 0x2f || (first === 0x2a && line.first === 'OPTIONS') || !options.allowAbsoluteUrl) return undefined;
  const absolute = parseAbsoluteTarget(target);
  if (absolute === undefined) return Faults.BadTarget;
  headers.host = absolute.host;
  headers.path = absolute.path;
  headers.scheme = absolute.scheme;
  if (absolute.scheme !== 'http' && absolute.scheme !== 'https') return Faults.BadScheme;
  return absolute.scheme === 'https' && options.validateScheme && !isSecure ? Faults.HttpsInPlaintext : undefined;
}

function checkVersion(headers: RequestHeaders, shared: Shared): Fault | undefined {
  const { line, options } = shared;
  if (line.third === http11) return undefined;
  if (!options.acceptHttp10) return Faults.LowVersion;
  if (options.defaultHostForHttp10 !== '' && !headers.has(':authority')) headers.host = options.defaultHostForHttp10;
  return undefined;
}
