import type { Protocol } from '../../../sdk/codec.ts';
import type { ResponseHeaderMap } from '../../../sdk/headers.ts';
import { traitsOf } from '../headers/header-entries.ts';
import { hasToken } from '../headers/token-list.ts';
import { Trait } from '../headers/traits.ts';

/** Whether the upstream closes the connection after this response (Envoy's HeaderUtility::shouldCloseConnection). */
export function shouldCloseConnection(protocol: Protocol, headers: ResponseHeaderMap): boolean {
  const says = (traitsOf(headers) & (Trait.connection | Trait.proxyConnection)) !== 0;
  if (!says && protocol !== 'HTTP/1.0') return false;
  const connection = headers.get('connection');
  if (protocol === 'HTTP/1.0' && !hasToken(connection, 'keep-alive')) return true;
  if (protocol === 'HTTP/1.1' && hasToken(connection, 'close')) return true;
  return hasToken(headers.get('proxy-connection'), 'close');
}
