import type { Buffer } from '../../../sdk/buffer.ts';
import { hexDigit } from './chars.ts';
import { type Fault, Faults } from './details.ts';
import { isBlank } from './field-bytes.ts';

const lf = 0x0a;
const cr = 0x0d;
const semicolon = 0x3b;
/** A size is below 2^64, as in Envoy; beyond 2^53 it is no longer exact, but nobody sends that many bytes. */
const maxSizeDigits = 16;

type State = 'size' | 'space' | 'extension' | 'line_feed' | 'data' | 'data_end' | 'data_line_feed' | 'last';

/** Undoes chunked coding (RFC 9112 section 7.1) up to the last chunk's line; trailers are not its business. */
export class ChunkReader {
  readonly #relaxed: boolean;
  #state: State = 'size';
  #digits = 0;
  #hasDigit = false;
  #left = 0;
  fault: Fault | undefined = undefined;

  constructor(relaxed: boolean) {
    this.#relaxed = relaxed;
  }

  /** Whether the fault lies in the line of the last chunk, behind its size: the body has come whole. */
  get failedInLastLine(): boolean {
    return this.fault !== undefined && this.fault !== Faults.BadChunkSize && this.#hasDigit && this.#left === 0;
  }

  /** Whether the line of the last chunk, the one of size 0, has been read. */
  get isAtLast(): boolean {
    return this.#state === 'last';
  }

  reset(): void {
    this.#state = 'size';
    this.#beginSize();
  }

  /** Moves content from `data` to `body` and drains the framing, until `data` is empty, the last chunk or a fault. */
  read(data: Buffer, body: Buffer): void {
    while (data.length > 0 && this.#state !== 'last' && this.fault === undefined) {
      if (this.#state === 'data') this.#moveContent(data, body);
      else data.drain(this.#framing(data.sliceAt(0)));
    }
  }

  #moveContent(data: Buffer, body: Buffer): void {
    const bytes = Math.min(this.#left, data.length);
    body.move(data, bytes);
    this.#left -= bytes;
    if (this.#left === 0) this.#state = 'data_end';
  }

  /** Reads framing up to content, the last chunk, a fault or the end of the slice; how many bytes that were. */
  #framing(slice: Uint8Array): number {
    let at = 0;
    while (at < slice.length && this.#state !== 'data' && this.#state !== 'last') {
      this.fault = this.#byte(slice[at++] as number);
      if (this.fault !== undefined) break;
    }
    return at;
  }

  #byte(byte: number): Fault | undefined {
    switch (this.#state) {
      case 'size':
        return this.#size(byte);
      case 'space':
        return this.#space(byte);
      case 'extension':
        return this.#extension(byte);
      case 'line_feed':
        return this.#lineEnd(byte);
      case 'data_end':
        return this.#dataEnd(byte);
      default:
        return this.#dataLineFeed(byte);
    }
  }

  #size(byte: number): Fault | undefined {
    const digit = hexDigit[byte] as number;
    if (digit < 0) return this.#sizeEnd(byte);
    this.#hasDigit = true;
    if (digit === 0 && this.#digits === 0) return undefined;
    if (++this.#digits > maxSizeDigits) return Faults.ChunkTooLong;
    this.#left = this.#left * 16 + digit;
    return undefined;
  }

  #sizeEnd(byte: number): Fault | undefined {
    if (!this.#hasDigit) return Faults.BadChunkSize;
    if (byte === cr) this.#state = 'line_feed';
    else if (byte === semicolon) this.#state = 'extension';
    else if (isBlank(byte)) this.#state = 'space';
    else return byte === lf ? Faults.BadChunkExtension : Faults.BadChunkSize;
    return undefined;
  }

  /** Space may stand before an extension, and, as some servers pad their sizes, before the line's end. */
  #space(byte: number): Fault | undefined {
    if (isBlank(byte)) return undefined;
    if (byte === cr) this.#state = 'line_feed';
    else if (byte === semicolon || this.#relaxed) this.#state = 'extension';
    else return Faults.BadChunkExtension;
    return undefined;
  }

  #extension(byte: number): Fault | undefined {
    if (byte === lf) return Faults.BadChunkExtension;
    if (byte === cr) this.#state = 'line_feed';
    return undefined;
  }

  #lineEnd(byte: number): Fault | undefined {
    if (byte !== lf) return Faults.BadChunkExtension;
    this.#state = this.#left > 0 ? 'data' : 'last';
    this.#digits = 0;
    this.#hasDigit = false;
    return undefined;
  }

  #dataEnd(byte: number): Fault | undefined {
    if (byte === cr) this.#state = 'data_line_feed';
    else if (!this.#relaxed) return Faults.BadChunkEnd;
    else if (byte === lf) this.#state = 'size';
    return undefined;
  }

  #dataLineFeed(byte: number): Fault | undefined {
    if (byte === lf) {
      this.#state = 'size';
      this.#beginSize();
    } else if (!this.#relaxed) {
      return Faults.BadChunkEnd;
    }
    return undefined;
  }

  #beginSize(): void {
    this.#digits = 0;
    this.#hasDigit = false;
    this.#left = 0;
    this.fault = undefined;
  }
}
