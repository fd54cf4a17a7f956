import type { Address } from '../../../sdk/network.ts';
import { IpAddress } from './address.ts';
import { formatIp, type IpWords, parseIp } from './ip.ts';

/** The part of a word that a prefix of `bits` (counted from the word's first bit) covers. */
function maskOf(bits: number): number {
  if (bits >= 32) return 0xffff_ffff;
  return bits <= 0 ? 0 : (0xffff_ffff << (32 - bits)) >>> 0;
}

/** An address prefix: `10.0.0.0/8`, `2001:db8::/32` (envoy.config.core.v3.CidrRange). */
export class CidrRange {
  /** With the bits behind the prefix cleared. */
  readonly words: IpWords;
  readonly bits: number;

  constructor(words: IpWords, bits: number) {
    this.bits = bits;
    this.words = words.map((word, i) => (word & maskOf(bits - 32 * i)) >>> 0) as unknown as IpWords;
  }

  /** Bits beyond the address's are cut to its width, as Envoy does. Undefined when `ip` is no address. */
  static of(ip: string, bits: number): CidrRange | undefined {
    const words = parseIp(ip);
    if (words === undefined || bits < 0 || !Number.isInteger(bits)) return undefined;
    return new CidrRange(words, Math.min(bits, 32 * words.length));
  }

  /** From `address/bits`. */
  static parse(text: string): CidrRange | undefined {
    const match = /^([^/]+)\/(\d{1,3})$/.exec(text);
    return match === null ? undefined : CidrRange.of(match[1] as string, Number(match[2]));
  }

  get ipVersion(): 4 | 6 {
    return this.words.length === 1 ? 4 : 6;
  }

  get asString(): string {
    return `${formatIp(this.words)}/${this.bits}`;
  }

  contains(words: IpWords): boolean {
    if (words.length !== this.words.length) return false;
    for (let i = 0, bits = this.bits; bits > 0; i++, bits -= 32) {
      if ((((words[i] as number) ^ (this.words[i] as number)) & maskOf(bits)) >>> 0 !== 0) return false;
    }
    return true;
  }

  /** Addresses that are not IP are in no range. */
  containsAddress(address: Address): boolean {
    return address instanceof IpAddress && this.contains(address.words);
  }
}
