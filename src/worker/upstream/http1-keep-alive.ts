import type { Protocol } from '../../../sdk/codec.ts';
import type { ResponseHeaderMap } from '../../../sdk/headers.ts';
import { hasToken } from '../../common/headers/token-list.ts';

/** Whether the upstream closes the connection after this response (Envoy's HeaderUtility::shouldCloseConnection). */
export function shouldCloseConnection(protocol: Protocol, headers: ResponseHeaderMap): boolean {
  const connection = headers.get('connection');
  if (protocol === 'HTTP/1.0' && !hasToken(connection, 'keep-alive')) return true;
  if (protocol === 'HTTP/1.1' && hasToken(connection, 'close')) return true;
  return hasToken(headers.get('proxy-connection'), 'close');
}
