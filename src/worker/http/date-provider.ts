import type { Dispatcher } from '../../../sdk/event.ts';

/** How old the time may be, as in Envoy's TlsCachingDateProviderImpl. */
const REFRESH_MS = 500;

/** `Date` header values, made from time to time. One a thread. */
export class DateProvider {
  readonly #dispatcher: Dispatcher;
  #madeAtMs = Number.NEGATIVE_INFINITY;
  #text = '';

  constructor(dispatcher: Dispatcher) {
    this.#dispatcher = dispatcher;
  }

  /** IMF-fixdate (RFC 9110 section 5.6.7). */
  get date(): string {
    const nowMs = this.#dispatcher.approximateMonotonicTimeMs();
    if (nowMs - this.#madeAtMs >= REFRESH_MS) {
      this.#madeAtMs = nowMs;
      this.#text = new Date(this.#dispatcher.timeSource.systemTimeMs()).toUTCString();
    }
    return this.#text;
  }
}
