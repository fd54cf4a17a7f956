import { type Fault, Faults } from './details.ts';

const lf = 0x0a;
const cr = 0x0d;

/**
 * Looks for the end of a block of lines, the empty line, in bytes that come in any pieces, and refuses line ends other
 * than CRLF as soon as they are seen. Remembers where it stopped, so that every byte is looked at once.
 */
export class BlockScanner {
  readonly #relaxed: boolean;
  #lineBytes = 0;
  #afterCr = false;
  #stopAtFirstLine: boolean;
  /** What the last `scan` came to. */
  result: 'more' | 'first_line' | 'end' | 'fault' = 'more';
  fault: Fault = Faults.BareLineFeed;

  /** @param hasFirstLine stop once behind the first line too. */
  constructor(relaxed: boolean, hasFirstLine: boolean) {
    this.#relaxed = relaxed;
    this.#stopAtFirstLine = hasFirstLine;
  }

  /** Looks at `bytes[from, to)`; index behind the last byte looked at. */
  scan(bytes: Uint8Array, from: number, to: number): number {
    this.result = 'more';
    for (let i = from; i < to; i++) {
      const byte = bytes[i] as number;
      if (byte === lf) this.#lineFeed();
      else if (this.#afterCr && !this.#relaxed) this.#refuse(Faults.BareCarriageReturn);
      else if (byte === cr) this.#afterCr = true;
      else {
        this.#afterCr = false;
        this.#lineBytes++;
      }
      if (this.result !== 'more') return i + 1;
    }
    return to;
  }

  #lineFeed(): void {
    if (!this.#afterCr && !this.#relaxed) {
      this.#refuse(Faults.BareLineFeed);
    } else if (this.#lineBytes === 0) {
      this.result = 'end';
    } else if (this.#stopAtFirstLine) {
      this.#stopAtFirstLine = false;
      this.result = 'first_line';
    }
    this.#lineBytes = 0;
    this.#afterCr = false;
  }

  #refuse(fault: Fault): void {
    this.result = 'fault';
    this.fault = fault;
  }
}

const smallestStore = 256;

/** Keeps a block of lines that did not arrive in one piece, up to its limit. One a block. */
export class BlockCollector {
  readonly #scanner: BlockScanner;
  readonly #maxBytes: number;
  #store = new Uint8Array(smallestStore);
  #length = 0;

  constructor(maxBytes: number, relaxed: boolean, hasFirstLine: boolean) {
    this.#scanner = new BlockScanner(relaxed, hasFirstLine);
    this.#maxBytes = maxBytes;
  }

  get length(): number {
    return this.#length;
  }

  get fault(): Fault {
    return this.#scanner.fault;
  }

  /** What was collected so far. */
  get bytes(): Uint8Array {
    return this.#store.subarray(0, this.#length);
  }

  /** Takes a part of a block; index in `bytes` behind what was taken. */
  take(bytes: Uint8Array): number {
    const room = this.#maxBytes - this.#length;
    const taken = this.#scanner.scan(bytes, 0, Math.min(bytes.length, room));
    this.#reserve(taken);
    this.#store.set(taken === bytes.length ? bytes : bytes.subarray(0, taken), this.#length);
    this.#length += taken;
    return taken;
  }

  /** What the last `take` came to; `full` when the limit was reached without an end. */
  get result(): 'more' | 'first_line' | 'end' | 'fault' | 'full' {
    const { result } = this.#scanner;
    return result === 'more' && this.#length >= this.#maxBytes ? 'full' : result;
  }

  #reserve(bytes: number): void {
    if (this.#length + bytes <= this.#store.length) return;
    const larger = new Uint8Array(Math.max(this.#length + bytes, this.#store.length * 2));
    larger.set(this.#store.subarray(0, this.#length));
    this.#store = larger;
  }
}

/**
 * Rewrites a block of lines so that the strict parser takes it, to Envoy's reading: LF ends a line as CRLF does, a
 * folded line continues the one before it without its line end, another CR vanishes.
 */
export function strictLines(block: Uint8Array): Uint8Array {
  const out = new Uint8Array(block.length * 2);
  let at = 0;
  let lineStart = 0;
  for (let i = 0; i < block.length; i++) {
    const byte = block[i] as number;
    if (byte === cr) continue;
    if (byte !== lf) {
      out[at++] = byte;
      continue;
    }
    const next = block[i + 1];
    if (at > lineStart && (next === 0x20 || next === 0x09)) continue;
    out[at++] = cr;
    out[at++] = lf;
    lineStart = at;
  }
  return out.subarray(0, at);
}
