import type { Dispatcher, Timer } from '../../../sdk/event.ts';

/**
 * How a connection that is closing waits: for its last bytes to be sent, and with FlushWriteAndDelay for the peer to close
 * first, so that a RST does not destroy what is still on its way. Bounded by the delayed close timeout, which
 * starts anew whenever bytes go out.
 */
export class DelayedClose implements Disposable {
  readonly waitsForPeer: boolean;
  readonly #dispatcher: Dispatcher;
  readonly #timeoutMs: number;
  readonly #onTimeout: () => void;
  #timer: Timer | undefined = undefined;
  #bytesDropped = 0;

  /** @param timeoutMs 0 = wait for the flush without a bound, and never for the peer. */
  constructor(dispatcher: Dispatcher, timeoutMs: number, waitsForPeer: boolean, onTimeout: () => void) {
    this.waitsForPeer = waitsForPeer;
    this.#dispatcher = dispatcher;
    this.#timeoutMs = timeoutMs;
    this.#onTimeout = onTimeout;
  }

  /** It has to wait from now on: the kernel has left bytes, has just taken some, or the peer is to close. */
  wait(): void {
    if (this.#timeoutMs === 0) return;
    this.#timer ??= this.#dispatcher.createTimer(this.#onTimeout);
    this.#timer.enableTimer(this.#timeoutMs);
  }

  /** Of a peer that goes on sending; how many there were in all. */
  noteDropped(bytes: number): number {
    this.#bytesDropped += bytes;
    return this.#bytesDropped;
  }

  [Symbol.dispose](): void {
    this.#timer?.[Symbol.dispose]();
  }
}
