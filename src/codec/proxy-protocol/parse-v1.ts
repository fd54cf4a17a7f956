import { type IpAddress, parseIpAndPort } from '../../common/network/address.ts';
import type { ProxyHeaderResult } from './proxy-header.ts';
import { isUnicast } from './unicast.ts';

const malformed: ProxyHeaderResult = { kind: 'malformed', version: 'v1', tlvs: [] };

/** A line with its end: `PROXY TCP4|TCP6|UNKNOWN source destination source-port destination-port`. */
export function parseV1Line(line: Uint8Array): ProxyHeaderResult {
  const text = String.fromCharCode(...line).trimEnd();
  const [magic, family, source, destination, sourcePort, destinationPort, ...rest] = text.split(' ');
  if (magic !== 'PROXY' || family === undefined) return malformed;
  if (family === 'UNKNOWN')
    return { kind: 'header', header: { version: 'v1', length: line.length, addresses: undefined, tlvs: [] } };
  const ipVersion = ipVersionOf(family);
  if (ipVersion === undefined || destinationPort === undefined || rest.length > 0) return malformed;
  const from = parseAddress(source, sourcePort, ipVersion);
  const to = parseAddress(destination, destinationPort, ipVersion);
  if (from === undefined || to === undefined) return malformed;
  const addresses = { source: from, destination: to };
  return { kind: 'header', header: { version: 'v1', length: line.length, addresses, tlvs: [] } };
}

function ipVersionOf(family: string): 4 | 6 | undefined {
  if (family === 'TCP4') return 4;
  return family === 'TCP6' ? 6 : undefined;
}

function parseAddress(ip: string | undefined, port: string | undefined, ipVersion: 4 | 6): IpAddress | undefined {
  const address = parseIpAndPort(ipVersion === 6 ? `[${ip}]:${port}` : `${ip}:${port}`);
  return address?.ipVersion === ipVersion && isUnicast(address) ? address : undefined;
}
