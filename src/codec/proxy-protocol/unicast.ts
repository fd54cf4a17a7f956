import type { IpAddress } from '../../common/network/address.ts';

/** Whether a TCP connection can have it at an end: no wildcard, broadcast or multicast address. */
export function isUnicast(address: IpAddress): boolean {
  const [first] = address.words;
  if (address.isAny) return false;
  if (address.ipVersion === 6) return first >>> 24 !== 0xff;
  return first >>> 28 !== 0xe && first !== 0xffff_ffff;
}
