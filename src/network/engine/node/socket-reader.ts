import type { SliceBuffer } from '../../../common/buffer/slice-buffer.ts';
import type { StreamHandle } from './handles.ts';
import { type BusyReader, fillingReadBytes, type ReadBlock, type ReadMemory } from './read-memory.ts';

/** Below this a socket is busy no more. */
const calmReadBytes = 4_096;

/** Says where one socket reads into. */
export class SocketReader implements BusyReader {
  lastReadMs = 0;
  readonly #memory: ReadMemory;
  readonly #handle: () => StreamHandle | undefined;
  #block: ReadBlock | undefined = undefined;
  /** To be told to node:net when it asks next. */
  #change: Uint8Array | undefined;

  /** @param handle of the socket, for as long as it is open. */
  constructor(memory: ReadMemory, handle: () => StreamHandle | undefined) {
    this.#memory = memory;
    this.#handle = handle;
    this.#change = memory.shared;
  }

  get busy(): boolean {
    return this.#block !== undefined;
  }

  /** node:net asks at the start and after each read; undefined = go on as before. */
  nextMemory(): Uint8Array | undefined {
    const change = this.#change;
    this.#change = undefined;
    return change;
  }

  take(bytes: number): SliceBuffer {
    return this.#memory.take(bytes, this.#block);
  }

  /** To be called when the bytes of `take` have been handled. */
  afterRead(bytes: number, nowMs: number): void {
    const block = this.#block;
    const passedOn = this.#memory.wasPassedOn(block !== undefined);
    this.lastReadMs = nowMs;
    if (block === undefined) {
      if (!passedOn && bytes < fillingReadBytes) return;
      this.#block = this.#memory.enterBusy(this, nowMs);
      this.#change = this.#block?.bytes;
    } else if (!passedOn && bytes >= fillingReadBytes) {
      this.#block = this.#memory.exchange(block);
      this.#change = this.#block.bytes;
    } else if (!passedOn || bytes < calmReadBytes) {
      this.#memory.leaveBusy(this, block);
      this.#block = undefined;
      this.#change = this.#memory.shared;
    }
  }

  /** At any other time than a read, the handle itself has to be told. */
  leaveBusy(): void {
    if (this.#block === undefined) return;
    this.#memory.leaveBusy(this, this.#block);
    this.#block = undefined;
    this.#change = undefined;
    this.#handle()?.useUserBuffer(this.#memory.shared);
  }
}
