import type { HeaderMap } from '../../../sdk/headers.ts';
import { traitsOf } from '../../common/headers/header-entries.ts';
import { hasToken } from '../../common/headers/token-list.ts';
import { Trait } from '../../common/headers/traits.ts';

const maxNominatedHeaders = 10;
const maxTeBytes = 256;
/** Tokens of Connection that name no header. */
const connectionOptions: ReadonlySet<string> = new Set(['close', 'http2-settings', 'keep-alive', 'upgrade']);
/** Taking these away could hide where a request comes from. */
const neverNominated: ReadonlySet<string> = new Set(['x-forwarded-for', 'x-forwarded-host', 'x-forwarded-proto']);

function tokensOf(value: string): string[] {
  return value.split(',').filter((token) => token !== '');
}

/** Connection names Upgrade, and there is an Upgrade (Envoy's Utility::isUpgrade). */
export function isUpgrade(headers: HeaderMap): boolean {
  if ((traitsOf(headers) & Trait.upgrade) === 0) return false;
  const connection = headers.get('connection');
  return connection !== undefined && headers.has('upgrade') && hasToken(connection, 'upgrade');
}

function removeConnectionTokens(headers: HeaderMap, remove: ReadonlySet<string>): void {
  const kept = tokensOf(headers.get('connection') ?? '')
    .map((token) => token.trim())
    .filter((token) => token !== '' && !remove.has(token.toLowerCase()));
  if (kept.length === 0) headers.remove('connection');
  else headers.set('connection', kept.join(','));
}

/** Takes away an offer of h2c, which is not supported. */
export function removeH2cUpgrade(headers: HeaderMap): void {
  headers.remove('upgrade');
  headers.remove('http2-settings');
  removeConnectionTokens(headers, new Set(['upgrade', 'http2-settings']));
}

/** Takes away the offered protocols that are to be ignored (`ignore_http_11_upgrade`). */
export function removeIgnoredUpgrades(headers: HeaderMap, isIgnored: (protocol: string) => boolean): void {
  const offered = tokensOf(headers.get('upgrade') ?? '').map((token) => token.trim());
  const kept = offered.filter((protocol) => !isIgnored(protocol));
  if (kept.length === offered.length) return;
  if (kept.length > 0) {
    headers.set('upgrade', kept.join(','));
    return;
  }
  headers.remove('upgrade');
  removeConnectionTokens(headers, new Set(['upgrade']));
}

/** TE is kept when it speaks of trailers, which is then all that it says. */
function keepsTe(headers: HeaderMap, te: string): boolean {
  const trailers = hasToken(te, 'trailers');
  if (trailers) headers.set('te', 'trailers');
  return trailers;
}

/**
 * Removes the headers that Connection nominates and their names in it (Envoy's Utility::sanitizeConnectionHeader).
 * False when the header is not acceptable: ten names or more, a pseudo or X-Forwarded header, an overlong TE.
 */
export function sanitizeConnectionHeader(headers: HeaderMap, connection: string): boolean {
  const tokens = tokensOf(connection);
  if (tokens.length >= maxNominatedHeaders) return false;
  const removed = new Set<string>();
  for (const token of tokens) {
    const name = token.trim().toLowerCase();
    if (connectionOptions.has(name)) continue;
    if (neverNominated.has(name) || name.startsWith(':')) return false;
    if (name === 'te') {
      const te = headers.get('te') ?? '';
      if (te.length >= maxTeBytes) return false;
      if (keepsTe(headers, te)) continue;
    }
    removed.add(name);
    if (name === 'host') headers.remove(':authority');
    else if (name !== 'connection') headers.remove(name);
  }
  if (removed.size > 0) removeConnectionTokens(headers, removed);
  return true;
}
