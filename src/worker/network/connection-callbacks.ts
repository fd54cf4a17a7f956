import type { ConnectionCallbacks, ConnectionEvent } from '../../../sdk/network.ts';

/** Those who watch a connection, in the order in which they came. Joining and leaving while one is told is allowed. */
export class ConnectionCallbackList {
  readonly #onFault: (error: unknown) => void;
  /** As many places as most connections have watchers; those behind the first `#count` are empty. */
  readonly #entries: (ConnectionCallbacks | undefined)[] = [undefined, undefined, undefined, undefined];
  #count = 0;
  #iterating = 0;
  #holes = false;

  /** @param onFault is told what one of them throws: the others hear all the same */
  constructor(onFault: (error: unknown) => void) {
    this.#onFault = onFault;
  }

  add(callbacks: ConnectionCallbacks): void {
    this.#entries[this.#count++] = callbacks;
  }

  remove(callbacks: ConnectionCallbacks): void {
    const at = this.#entries.indexOf(callbacks);
    if (at === -1) return;
    this.#entries[at] = undefined;
    this.#holes = true;
    if (this.#iterating === 0) this.#closeHoles();
  }

  onEvent(event: ConnectionEvent): void {
    this.#iterating++;
    for (let i = 0; i < this.#count; i++) {
      try {
        this.#entries[i]?.onEvent(event);
      } catch (error) {
        this.#onFault(error);
      }
    }
    this.#endIteration();
  }

  onAboveWriteBufferHighWatermark(): void {
    this.#iterating++;
    for (let i = 0; i < this.#count; i++) {
      try {
        this.#entries[i]?.onAboveWriteBufferHighWatermark();
      } catch (error) {
        this.#onFault(error);
      }
    }
    this.#endIteration();
  }

  onBelowWriteBufferLowWatermark(): void {
    this.#iterating++;
    for (let i = 0; i < this.#count; i++) {
      try {
        this.#entries[i]?.onBelowWriteBufferLowWatermark();
      } catch (error) {
        this.#onFault(error);
      }
    }
    this.#endIteration();
  }

  #endIteration(): void {
    this.#iterating--;
    if (this.#iterating === 0 && this.#holes) this.#closeHoles();
  }

  #closeHoles(): void {
    const entries = this.#entries;
    const before = this.#count;
    this.#holes = false;
    this.#count = 0;
    for (let i = 0; i < before; i++) {
      const entry = entries[i];
      entries[i] = undefined;
      if (entry !== undefined) entries[this.#count++] = entry;
    }
  }
}
