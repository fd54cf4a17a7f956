import type { ConnectionCallbacks, ConnectionEvent } from '../../../sdk/network.ts';

/** Those who watch a connection, in the order in which they came. Joining and leaving while one is told is allowed. */
export class ConnectionCallbackList {
  #entries: (ConnectionCallbacks | undefined)[] = [];
  #iterating = 0;
  #holes = false;

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
    for (let i = 0; i < this.#entries.length; i++) this.#entries[i]?.onEvent(event);
    this.#endIteration();
  }

  onAboveWriteBufferHighWatermark(): void {
    this.#iterating++;
    for (let i = 0; i < this.#entries.length; i++) this.#entries[i]?.onAboveWriteBufferHighWatermark();
    this.#endIteration();
  }

  onBelowWriteBufferLowWatermark(): void {
    this.#iterating++;
    for (let i = 0; i < this.#entries.length; i++) this.#entries[i]?.onBelowWriteBufferLowWatermark();
    this.#endIteration();
  }

  #endIteration(): void {
    this.#iterating--;
    if (this.#iterating > 0 || !this.#holes) return;
    this.#holes = false;
    this.#entries = this.#entries.filter((entry) => entry !== undefined);
  }
}
