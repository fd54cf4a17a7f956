import type { SliceBuffer } from '../../../common/buffer/slice-buffer.ts';
import type { StreamHandle } from './handles.ts';
import type { BusyReader, ReadBlock, ReadMemory } from './read-memory.ts';

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
    if (block !== undefined) {
      this.lastReadMs = nowMs;
      if (bytes >= calmReadBytes && this.#memory.wasPassedOn(true)) return;
      this.#memory.leaveBusy(this, block);
      this.#block = undefined;
      this.#change = this.#memory.shared;
    } else if (this.#memory.wasPassedOn(false)) {
      this.#block = this.#memory.enterBusy(this, nowMs);
      this.lastReadMs = nowMs;
      this.#change = this.#block?.bytes;
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
