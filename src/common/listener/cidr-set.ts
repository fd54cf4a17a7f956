import { type IpWords, parseIp } from '../network/ip.ts';

/** Ranges of addresses, each with a value: finds the value of the most specific range in one look-up a prefix length. */
export class CidrSet<T> {
  /** By length, longest first: masked address → value. One set for each IP version. */
  readonly #v4: readonly (readonly [length: number, values: ReadonlyMap<string, T>])[];
  readonly #v6: readonly (readonly [length: number, values: ReadonlyMap<string, T>])[];

  /** @param ranges canonical `address/length` texts */
  constructor(ranges: readonly (readonly [range: string, value: T])[]) {
    this.#v4 = group(ranges.filter(([range]) => !range.includes(':')));
    this.#v6 = group(ranges.filter(([range]) => range.includes(':')));
  }

  mostSpecific(ip: string): T | undefined {
    const groups = ip.includes(':') ? this.#v6 : this.#v4;
    if (groups.length === 0) return undefined;
    const words = parseIp(ip);
    if (words === undefined) return undefined;
    for (const [length, values] of groups) {
      const value = values.get(masked(words, length));
      if (value !== undefined) return value;
    }
    return undefined;
  }
}

function group<T>(ranges: readonly (readonly [string, T])[]): [number, Map<string, T>][] {
  const byLength = new Map<number, Map<string, T>>();
  for (const [range, value] of ranges) {
    const slash = range.lastIndexOf('/');
    const words = parseIp(range.slice(0, slash));
    if (words === undefined) throw new Error(`${range} was not checked`);
    const length = Number(range.slice(slash + 1));
    const values = byLength.get(length) ?? new Map<string, T>();
    byLength.set(length, values.set(masked(words, length), value));
  }
  return [...byLength].sort(([a], [b]) => b - a);
}

/** The first `length` bits, the others zero, as a key. */
function masked(words: IpWords, length: number): string {
  return words.map((word, i) => maskWord(word, length - 32 * i)).join(',');
}

function maskWord(word: number, bits: number): number {
  if (bits >= 32) return word;
  return bits <= 0 ? 0 : (word & (0xffff_ffff << (32 - bits))) >>> 0;
}
