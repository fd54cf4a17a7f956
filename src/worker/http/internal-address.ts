import type { Address } from '../../../sdk/network.ts';
import { IpAddress } from '../../common/network/address.ts';
import { type IpWords, unmapIpv4 } from '../../common/network/ip.ts';

/** Whether an address is one of ours. */
export type InternalAddressCheck = (address: Address) => boolean;

/** A prefix and its length in bits. */
export interface CidrRange {
  readonly words: IpWords;
  readonly bits: number;
}

/** internal_address_config: the ranges it names, and Unix sockets when it says so. */
export function internalAddressCheck(ranges: readonly CidrRange[], unixSockets: boolean): InternalAddressCheck {
  return (address) => {
    if (address.kind === 'pipe') return unixSockets;
    if (!(address instanceof IpAddress)) return false;
    const { words } = address;
    return ranges.some((range) => inRange(words, range));
  };
}

/** Without internal_address_config nobody is internal, as of Envoy 1.35. */
export function nobodyIsInternal(): boolean {
  return false;
}

export function inRange(words: IpWords, range: CidrRange): boolean {
  const compared = words.length === range.words.length ? words : (unmapIpv4(words) ?? words);
  if (compared.length !== range.words.length) return false;
  for (let index = 0, bits = range.bits; bits > 0; index++, bits -= 32) {
    const mask = bits >= 32 ? -1 : ~(0xffff_ffff >>> bits);
    if (((compared[index] ?? 0) ^ (range.words[index] ?? 0)) & mask) return false;
  }
  return true;
}
