import { SliceBuffer } from '../../common/buffer/slice-buffer.ts';

function ignore(): void {}

/**
 * What a connection has received and its filters have not taken. Most connections never have one: what comes while nothing is
 * left from before the filters see where it lies, and they take all of it.
 */
export class ReadBuffer {
  readonly bytes = new SliceBuffer();
  /** More was left than the limit allows, and it waits for filters to take of it. */
  isFull = false;

  isAbove(limitBytes: number): boolean {
    return limitBytes > 0 && this.bytes.length > limitBytes;
  }

  /** It is full until filters have emptied it to half of the limit, whenever that is. */
  waitForLow(limitBytes: number, onLow: () => void): void {
    this.isFull = true;
    this.bytes.setWatermarks(limitBytes, ignore, () => {
      this.isFull = false;
      this.bytes.setWatermarks(0, ignore, ignore);
      onLow();
    });
  }
}
