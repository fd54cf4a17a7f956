/** A piece of machine code, as V8's `--perf-basic-prof` names it. */
interface Code {
  readonly start: number;
  readonly end: number;
  readonly name: string;
  /** V8 uses memory again: what was written there last counts. */
  readonly order: number;
}

/** How far back a piece of code may begin: pieces that were freed lie between. */
const LOOK_BACK = 64;

/** Which function an address of machine code belongs to, by the text of a `perf-<pid>.map`: hexadecimal start, size, and a name a line. */
export class CodeMap {
  readonly #codes: readonly Code[];

  constructor(text: string) {
    const codes = text.split('\n').flatMap((line, order): Code[] => {
      const [, start, size, name] = /^(?:0x)?([\da-f]+) ([\da-f]+) (.+)$/.exec(line) ?? [];
      if (start === undefined || size === undefined || name === undefined) return [];
      const from = Number.parseInt(start, 16);
      return [{ start: from, end: from + Number.parseInt(size, 16), name, order }];
    });
    this.#codes = codes.sort((one, other) => one.start - other.start);
  }

  /** Undefined for code that V8 did not make. */
  nameAt(address: number): string | undefined {
    let found: Code | undefined;
    const last = this.#lastUpTo(address);
    for (let i = last; i >= 0 && i > last - LOOK_BACK; i--) {
      const code = this.#codes[i] as Code;
      if (address < code.end && (found === undefined || code.order > found.order)) found = code;
    }
    return found?.name;
  }

  #lastUpTo(address: number): number {
    let low = 0;
    let high = this.#codes.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#codes[middle] as Code).start <= address) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }
}

/** Columns of the lines that plugin.c writes, behind the address of a block of code. */
export const columns = { instructions: 1, code: 2, data: 3 } as const;

/** One column's sums by function, most first, of lines `address instructions codeMisses dataMisses`. */
export function byFunction(
  blocks: string,
  map: CodeMap,
  column: number = columns.instructions,
): [name: string, sum: number][] {
  const sums = new Map<string, number>();
  for (const line of blocks.split('\n')) {
    const [address = '', ...counts] = line.split(' ');
    const count = Number(counts[column - 1]);
    if (Number.isNaN(count)) continue;
    const name = map.nameAt(Number.parseInt(address, 16)) ?? 'native code';
    sums.set(name, (sums.get(name) ?? 0) + count);
  }
  return [...sums].sort(([, one], [, other]) => other - one);
}
