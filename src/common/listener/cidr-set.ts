import { CidrRange } from '../network/cidr.ts';
import { parseIp } from '../network/ip.ts';
import { PrefixTable } from '../network/prefix-table.ts';

/** Ranges of addresses, each with a value: finds the value of the most specific range. */
export class CidrSet<T> {
  readonly #table: PrefixTable<T>;

  /** @param ranges canonical `address/length` texts */
  constructor(ranges: readonly (readonly [range: string, value: T])[]) {
    this.#table = new PrefixTable(
      ranges.map(([text, value]) => {
        const range = CidrRange.parse(text);
        if (range === undefined) throw new Error(`${text} was not checked`);
        return [range, value] as const;
      }),
    );
  }

  mostSpecific(ip: string): T | undefined {
    const words = parseIp(ip);
    return words === undefined ? undefined : this.#table.longest(words);
  }
}
