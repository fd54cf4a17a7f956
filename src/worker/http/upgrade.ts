import type { HeaderMap, RequestHeaderMap } from '../../../sdk/headers.ts';
import type { HttpFilterChain } from '../../../sdk/http.ts';
import type { RouteEntry } from '../../../sdk/router.ts';
import { traitsOf } from '../../common/headers/header-entries.ts';
import { hasToken } from '../../common/headers/token-list.ts';
import { Trait } from '../../common/headers/traits.ts';
import type { ConnectionManagerConfig } from './connection-manager-config.ts';

/** `Upgrade` with `Connection: upgrade` (RFC 9110 section 7.8), in requests and responses alike. */
export function isUpgrade(headers: HeaderMap): boolean {
  return (
    (traitsOf(headers) & Trait.upgrade) !== 0 &&
    headers.has('upgrade') &&
    hasToken(headers.get('connection'), 'upgrade')
  );
}

/** What the request asks to be upgraded to, in lower case; CONNECT counts as one. Undefined for any other request. */
export function upgradeTypeOf(headers: RequestHeaderMap | undefined, method: string): string | undefined {
  if (headers === undefined) return undefined;
  // Only upgrades still have the header here: request-headers.ts has taken it from the others.
  const upgrade = (traitsOf(headers) & Trait.upgrade) === 0 ? undefined : headers.get('upgrade');
  if (upgrade !== undefined) return upgrade.toLowerCase();
  return method === 'CONNECT' ? 'connect' : undefined;
}

/** The filters of an upgrade; undefined when neither the route nor the connection manager allows it. */
export function selectFilterChain(
  { upgrades, filterChain }: ConnectionManagerConfig,
  upgradeType: string,
  route: RouteEntry | undefined,
): HttpFilterChain | undefined {
  const onRoute = route?.upgradeEnabled(upgradeType);
  if (onRoute === false) return undefined;
  const configured = upgrades?.get(upgradeType);
  if (configured?.enabled !== true && onRoute !== true) return undefined;
  return configured?.filters ?? filterChain;
}
