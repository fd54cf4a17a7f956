import type { RequestHeaderMap } from '../../../sdk/headers.ts';
import type { TransportSocketOptions } from '../../../sdk/network.ts';
import type { UpstreamHttpProtocolOptions } from '../../../sdk/upstream.ts';
import { parseIp } from '../../common/network/ip.ts';
import { portStart } from '../../common/router/path-text.ts';

/** What a request for `host` asks of the TLS to its upstream; an address is no name to ask for, but one to be checked. */
export function transportSocketOptions(
  { autoSni, autoSanValidation, overrideAutoSniHeader }: UpstreamHttpProtocolOptions,
  host: string,
  headers: RequestHeaderMap,
): TransportSocketOptions | undefined {
  const override = overrideAutoSniHeader === '' ? '' : (headers.getAll(overrideAutoSniHeader)[0] ?? '');
  const name = withoutPort(override || host);
  const isAddress = parseIp(name) !== undefined;
  if (!autoSanValidation && isAddress) return undefined;
  return {
    ...(autoSni && !isAddress && { serverNameOverride: name }),
    ...(autoSanValidation && { verifySubjectAltNames: [name] }),
  };
}

function withoutPort(authority: string): string {
  const start = portStart(authority);
  const host = start >= 0 && isPort(authority.slice(start + 1)) ? authority.slice(0, start) : authority;
  return host.startsWith('[') && host.endsWith(']') ? host.slice(1, -1) : host;
}

function isPort(text: string): boolean {
  return /^\d+$/.test(text) && Number(text) <= 0xffff;
}
