import type { Buffer } from '../../../sdk/buffer.ts';
import type { ProxyProtocolTlv } from '../../../sdk/network.ts';
import { IpAddress } from '../../common/network/address.ts';
import { formatIp } from '../../common/network/ip.ts';
import type { ProxyHeaderResult } from './proxy-header.ts';
import { isUnicast } from './unicast.ts';

/** The signature, version and command, family and transport, length. */
const headerBytes = 16;
const versionAt = 12;
const familyAt = 13;
const lengthAt = 14;

const malformed = { kind: 'malformed', version: 'v2', tlvs: [] } as const;

/** What begins with the signature and has the fixed part whole. */
export function parseV2(data: Buffer): ProxyHeaderResult {
  const versionAndCommand = data.byteAt(versionAt);
  const family = data.byteAt(familyAt) >>> 4;
  const transport = data.byteAt(familyAt) & 0xf;
  const length = headerBytes + data.byteAt(lengthAt) * 256 + data.byteAt(lengthAt + 1);
  if (versionAndCommand >>> 4 !== 2) return malformed;
  const command = versionAndCommand & 0xf;
  if (command === 0) return data.length < length ? { kind: 'incomplete', length } : local(length);
  const ipBytes = ipBytesOf(family);
  if (ipBytes === undefined) return malformed;
  const addressBytes = 2 * ipBytes + 4;
  if (length < headerBytes + addressBytes) return malformed;
  if (data.length < headerBytes + addressBytes) return { kind: 'incomplete', length };
  if (command !== 1 || (transport !== 1 && transport !== 2)) return malformed;
  if (data.length < length) return { kind: 'incomplete', length };
  return parseProxied(data.linearize(length), ipBytes);
}

/** By address family: AF_INET, AF_INET6. */
function ipBytesOf(family: number): 4 | 16 | undefined {
  if (family === 1) return 4;
  return family === 2 ? 16 : undefined;
}

function local(length: number): ProxyHeaderResult {
  return { kind: 'header', header: { version: 'v2', length, addresses: undefined, tlvs: [] } };
}

function parseProxied(header: Uint8Array, ipBytes: 4 | 16): ProxyHeaderResult {
  const view = new DataView(header.buffer, header.byteOffset, header.length);
  const portsAt = headerBytes + 2 * ipBytes;
  const source = readAddress(view, headerBytes, ipBytes, portsAt);
  const destination = readAddress(view, headerBytes + ipBytes, ipBytes, portsAt + 2);
  const tlvs: ProxyProtocolTlv[] = [];
  const isWhole = parseTlvs(header.subarray(portsAt + 4), tlvs);
  if (!isWhole || !isUnicast(source) || !isUnicast(destination)) return { ...malformed, tlvs };
  return { kind: 'header', header: { version: 'v2', length: header.length, addresses: { source, destination }, tlvs } };
}

function readAddress(view: DataView, at: number, ipBytes: 4 | 16, portAt: number): IpAddress {
  const word = (index: number): number => view.getUint32(at + 4 * index);
  const ip = ipBytes === 4 ? formatIp([word(0)]) : formatIp([word(0), word(1), word(2), word(3)]);
  return new IpAddress(ip, view.getUint16(portAt));
}

/** Type, length in two bytes, value; copies, since the bytes are the socket's. False when one is cut off. */
function parseTlvs(bytes: Uint8Array, tlvs: ProxyProtocolTlv[]): boolean {
  for (let at = 0; at < bytes.length; ) {
    if (at + 3 > bytes.length) return false;
    const end = at + 3 + (bytes[at + 1] as number) * 256 + (bytes[at + 2] as number);
    if (end > bytes.length) return false;
    tlvs.push({ type: bytes[at] as number, value: bytes.slice(at + 3, end) });
    at = end;
  }
  return true;
}
