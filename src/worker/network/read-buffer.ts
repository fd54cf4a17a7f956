import type { Buffer } from '../../../sdk/buffer.ts';
import { SliceBuffer } from '../../common/buffer/slice-buffer.ts';

function ignore(): void {}

/**
 * What a connection has received and its filters have not taken. What comes while nothing is left from before they see where it
 * lies: only what they leave is moved here.
 */
export class ReadBuffer {
  /** Made when something is left for the first time. */
  #left: Buffer | undefined = undefined;
  #shown: Buffer | undefined = undefined;
  /** More was left than the limit allows, and it waits for filters to take of it. */
  isFull = false;

  get bytes(): Buffer {
    return this.#shown ?? this.#made();
  }

  get isEmpty(): boolean {
    const bytes = this.#shown ?? this.#left;
    return bytes === undefined || bytes.length === 0;
  }

  add(data: Buffer): void {
    this.#made().move(data);
  }

  /** `data` stands for all that is there until `endShow`. Nothing may be left, and `data` not change but by those who are shown it. */
  beginShow(data: Buffer): void {
    this.#shown = data;
  }

  endShow(): void {
    const shown = this.#shown;
    this.#shown = undefined;
    if (shown !== undefined && shown.length > 0) this.#made().move(shown);
  }

  /** Whether more is left than a limit allows, if there is one; what is being shown does not count: it may merely pass. */
  isAbove(limitBytes: number): boolean {
    return limitBytes > 0 && this.#left !== undefined && this.#left.length > limitBytes;
  }

  /** It is full until filters have emptied it to half of the limit, whenever that is. */
  waitForLow(limitBytes: number, onLow: () => void): void {
    this.isFull = true;
    const left = this.#made();
    left.setWatermarks(limitBytes, ignore, () => {
      this.isFull = false;
      left.setWatermarks(0, ignore, ignore);
      onLow();
    });
  }

  drain(): void {
    const bytes = this.#shown ?? this.#left;
    if (bytes !== undefined) bytes.drain(bytes.length);
  }

  #made(): Buffer {
    this.#left ??= new SliceBuffer();
    return this.#left;
  }
}
