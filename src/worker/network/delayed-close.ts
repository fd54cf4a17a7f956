import type { Dispatcher, Timer } from '../../../sdk/event.ts';

/**
 * How a connection that is closing waits: for its last bytes to be sent, and with FlushWriteAndDelay for the peer to close
 * first, so that a RST does not destroy what is still on its way. Bounded by the delayed close timeout, which
 * starts anew whenever bytes go out.
 */
export class DelayedClose implements Disposable {
  /** 0 = wait for the flush without a bound, and never for the peer. */
  timeoutMs = 0;
  #waitsForPeer = false;
  #timer: Timer | undefined = undefined;
  readonly #dispatcher: Dispatcher;
  readonly #onTimeout: () => void;

  constructor(dispatcher: Dispatcher, onTimeout: () => void) {
    this.#dispatcher = dispatcher;
    this.#onTimeout = onTimeout;
  }

  get waitsForPeer(): boolean {
    return this.#waitsForPeer;
  }

  begin(waitsForPeer: boolean): void {
    this.#waitsForPeer = waitsForPeer;
    if (this.timeoutMs === 0) return;
    this.#timer = this.#dispatcher.createTimer(this.#onTimeout);
    this.#timer.enableTimer(this.timeoutMs);
  }

  onProgress(): void {
    this.#timer?.enableTimer(this.timeoutMs);
  }

  [Symbol.dispose](): void {
    this.#timer?.[Symbol.dispose]();
    this.#timer = undefined;
  }
}
