import type { ConnectionCallbacks, ConnectionEvent } from '../../../sdk/network.ts';

/** Those who watch a connection, in the order in which they came. Joining and leaving while one is told is allowed. */
export class ConnectionCallbackList {
  readonly #onFault: (error: unknown) => void;
  #entries: (ConnectionCallbacks | undefined)[] = [];
  #iterating = 0;
  #holes = false;

  /** @param onFault is told what one of them throws: the others hear all the same */
  constructor(onFault: (error: unknown) => void) {
    this.#onFault = onFault;
  }

  add(callbacks: ConnectionCallbacks): void {
    this.#entries.push(callbacks);
  }

  remove(callbacks: ConnectionCallbacks): void {
    const at = this.#entries.indexOf(callbacks);
    if (at === -1) return;
    if (this.#iterating === 0) {
      this.#entries.splice(at, 1);
    } else {
      this.#entries[at] = undefined;
      this.#holes = true;
    }
  }

  onEvent(event: ConnectionEvent): void {
    this.#iterating++;
    for (let i = 0; i < this.#entries.length; i++) {
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
    for (let i = 0; i < this.#entries.length; i++) {
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
    for (let i = 0; i < this.#entries.length; i++) {
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
    if (this.#iterating > 0 || !this.#holes) return;
    this.#holes = false;
    this.#entries = this.#entries.filter((entry) => entry !== undefined);
  }
}
