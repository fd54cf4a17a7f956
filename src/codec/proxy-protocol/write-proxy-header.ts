import type { Address, ProxyProtocolTlv } from '../../../sdk/network.ts';
import { IpAddress } from '../../common/network/address.ts';

const signature = Uint8Array.from('\r\n\r\n\0\r\nQUIT\n', (char) => char.charCodeAt(0));
/** Version 2 with the command PROXY, and with LOCAL. */
const proxied = 0x21;
const local = 0x20;
/** Stream sockets over IPv4, over IPv6. */
const tcp4 = 0x11;
const tcp6 = 0x21;
const fixedBytes = 16;
const tlvHeadBytes = 3;
/** What follows the fixed part has its length in two bytes. */
const maxBodyBytes = 0xffff;

/** The line of version 1. The family is the source's, as in Envoy; what is no address of IP is UNKNOWN. */
export function writeV1(source: Address, destination: Address): Uint8Array {
  const isIp = source.kind === 'ip' && destination.kind === 'ip';
  const line = isIp
    ? `PROXY TCP${source.ipVersion} ${source.ip} ${destination.ip} ${source.port} ${destination.port}\r\n`
    : 'PROXY UNKNOWN\r\n';
  return Uint8Array.from(line, (char) => char.charCodeAt(0));
}

/** Version 2 of a connection of the proxy's own. */
export function writeV2Local(): Uint8Array {
  const header = new Uint8Array(fixedBytes);
  header.set(signature);
  header[signature.length] = local;
  return header;
}

/** Version 2. `isWhole` is false when TLVs were left out since they would have made it too long. */
export function writeV2(
  source: Address,
  destination: Address,
  tlvs: readonly ProxyProtocolTlv[],
): { readonly header: Uint8Array; readonly isWhole: boolean } {
  if (!(source instanceof IpAddress && destination instanceof IpAddress)) {
    return { header: writeV2Local(), isWhole: true };
  }
  const isV6 = source.ipVersion === 6 || destination.ipVersion === 6;
  const addressBytes = isV6 ? 36 : 12;
  const fitting = thatFit(tlvs, maxBodyBytes - addressBytes);
  const length = addressBytes + lengthOf(fitting);
  const header = new Uint8Array(fixedBytes + length);
  const view = new DataView(header.buffer);
  header.set(signature);
  header.set([proxied, isV6 ? tcp6 : tcp4, length >> 8, length & 0xff], signature.length);
  writeAddresses(view, [source, destination], isV6);
  writeTlvs(header, fixedBytes + addressBytes, fitting);
  return { header, isWhole: fitting.length === tlvs.length };
}

function thatFit(tlvs: readonly ProxyProtocolTlv[], maxBytes: number): readonly ProxyProtocolTlv[] {
  let left = maxBytes;
  return tlvs.filter(({ value }) => {
    const bytes = tlvHeadBytes + value.length;
    if (bytes > left) return false;
    left -= bytes;
    return true;
  });
}

function lengthOf(tlvs: readonly ProxyProtocolTlv[]): number {
  return tlvs.reduce((sum, { value }) => sum + tlvHeadBytes + value.length, 0);
}

/** Both, then their ports. Where one is of IPv6 the other goes as IPv4-mapped. */
function writeAddresses(view: DataView, addresses: readonly IpAddress[], isV6: boolean): void {
  let at = fixedBytes;
  for (const { words } of addresses) {
    if (isV6 && words.length === 1) view.setUint32(at + 8, 0xffff);
    const wordsAt = isV6 && words.length === 1 ? at + 12 : at;
    for (const [i, word] of words.entries()) view.setUint32(wordsAt + 4 * i, word);
    at += isV6 ? 16 : 4;
  }
  for (const [i, { port }] of addresses.entries()) view.setUint16(at + 2 * i, port);
}

function writeTlvs(header: Uint8Array, start: number, tlvs: readonly ProxyProtocolTlv[]): void {
  let at = start;
  for (const { type, value } of tlvs) {
    header.set([type, value.length >> 8, value.length & 0xff], at);
    header.set(value, at + tlvHeadBytes);
    at += tlvHeadBytes + value.length;
  }
}
