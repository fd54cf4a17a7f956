import type { Protocol } from '../../../sdk/codec.ts';
import type { ResponseHeaderMap } from '../../../sdk/headers.ts';
import { getKnown, traitsOf } from '../headers/header-entries.ts';
import { nameTable } from '../headers/name-table.ts';
import { HeaderNames } from '../headers/names.ts';
import { hasToken } from '../headers/token-list.ts';
import { Trait } from '../headers/traits.ts';

const connectionId = nameTable.idOf(HeaderNames.Connection);
const proxyConnectionId = nameTable.idOf(HeaderNames.ProxyConnection);

/** Whether the upstream closes the connection after this response (Envoy's HeaderUtility::shouldCloseConnection). */
export function shouldCloseConnection(protocol: Protocol, headers: ResponseHeaderMap): boolean {
  const traits = traitsOf(headers);
  if ((traits & (Trait.connection | Trait.proxyConnection)) === 0 && protocol !== 'HTTP/1.0') return false;
  const connection = getKnown(headers, connectionId);
  if (protocol === 'HTTP/1.0' && !hasToken(connection, 'keep-alive')) return true;
  if (protocol === 'HTTP/1.1' && hasToken(connection, 'close')) return true;
  return (traits & Trait.proxyConnection) !== 0 && hasToken(getKnown(headers, proxyConnectionId), 'close');
}
