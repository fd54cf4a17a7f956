import { Buffer as Bytes } from 'node:buffer';
import type { Address } from '../../../../sdk/network.ts';
import { IpAddress, PipeAddress } from '../../../common/network/address.ts';
import { formatIp, parseIp } from '../../../common/network/ip.ts';
import type { Libc } from '../../../native/libc.ts';

/** Address families (socket(2)). */
export const families = { unix: 1, ipv4: 2, ipv6: 10 } as const;

const ipv4Bytes = 16;
const ipv6Bytes = 28;
const pathStart = 2;
/** What sun_path holds, the zero at the end included. */
const pathBytes = 108;

export function familyOf(address: Address): number {
  if (address.kind === 'pipe') return families.unix;
  return address.ip.includes(':') ? families.ipv6 : families.ipv4;
}

/**
 * As sockaddr_in, sockaddr_in6 or sockaddr_un (ip(7), ipv6(7), unix(7)); the errno's name when there is none for it.
 * @param interfaceIndex of an IPv6 address's scope that is a name
 */
export function encodeSocketAddress(address: Address, interfaceIndex: (name: string) => number): Uint8Array | string {
  if (address.kind === 'internal') return 'EAFNOSUPPORT';
  if (address.kind === 'pipe') return encodePath(address.asString);
  const scopeAt = address.ip.indexOf('%');
  const words = parseIp(scopeAt < 0 ? address.ip : address.ip.slice(0, scopeAt));
  if (words === undefined) return 'EINVAL';
  const isIpv4 = words.length === 1;
  const bytes = Bytes.alloc(isIpv4 ? ipv4Bytes : ipv6Bytes);
  bytes.writeUInt16LE(isIpv4 ? families.ipv4 : families.ipv6, 0);
  bytes.writeUInt16BE(address.port, 2);
  for (const [i, word] of words.entries()) bytes.writeInt32BE(word | 0, (isIpv4 ? 4 : 8) + 4 * i);
  if (scopeAt >= 0) {
    const scope = address.ip.slice(scopeAt + 1);
    bytes.writeUInt32LE(/^\d+$/.test(scope) ? Number(scope) >>> 0 : interfaceIndex(scope), 24);
  }
  return bytes;
}

/** Names in the abstract namespace begin with a zero byte and have no end but the address's. */
function encodePath(path: string): Uint8Array | string {
  const isAbstract = path.startsWith('@');
  const text = Bytes.from(isAbstract ? `\0${path.slice(1)}` : `${path}\0`);
  if (text.length > pathBytes) return 'ENAMETOOLONG';
  const bytes = Bytes.alloc(pathStart + text.length);
  bytes.writeUInt16LE(families.unix, 0);
  text.copy(bytes, pathStart);
  return bytes;
}

/** Undefined for other families, and for a Unix socket without a name. @param length of the address at the front of `raw` */
export function decodeSocketAddress(raw: Uint8Array, length: number = raw.length): Address | undefined {
  if (length < pathStart) return undefined;
  switch (familyIn(raw)) {
    case families.ipv4:
      return new IpAddress(ipv4Text(raw), portOf(raw));
    case families.ipv6:
      return decodeIpv6(Bytes.from(raw.buffer, raw.byteOffset, length));
    case families.unix:
      return decodePath(Bytes.from(raw.buffer, raw.byteOffset, length));
    default:
      return undefined;
  }
}

/** A socket's own address; undefined when it has none. */
export function localAddressOf(libc: Pick<Libc, 'name' | 'socketName'>, fd: number): Address | undefined {
  const length = libc.socketName(fd);
  return decodeSocketAddress(libc.name, length);
}

/** Of a sockaddr. */
export function familyIn(bytes: Uint8Array): number {
  return (bytes[0] as number) | ((bytes[1] as number) << 8);
}

/** Of an IP address's sockaddr. */
export function portOf(bytes: Uint8Array): number {
  return ((bytes[2] as number) << 8) | (bytes[3] as number);
}

/** Of an IPv4 address's sockaddr. */
export function ipv4Text(bytes: Uint8Array): string {
  return `${bytes[4]}.${bytes[5]}.${bytes[6]}.${bytes[7]}`;
}

function decodeIpv6(bytes: Bytes): Address {
  const word = (index: number): number => bytes.readUInt32BE(8 + 4 * index);
  const scope = bytes.readUInt32LE(24);
  const ip = formatIp([word(0), word(1), word(2), word(3)]);
  return IpAddress.ofSocket(scope === 0 ? ip : `${ip}%${scope}`, bytes.readUInt16BE(2));
}

function decodePath(bytes: Bytes): Address | undefined {
  const name = bytes.subarray(pathStart);
  if (name.length === 0) return undefined;
  if (name[0] === 0) return new PipeAddress(`@${name.toString('utf8', 1)}`);
  const end = name.indexOf(0);
  return new PipeAddress(name.toString('utf8', 0, end < 0 ? name.length : end));
}
