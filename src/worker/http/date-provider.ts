import type { TimeSource } from '../../../sdk/event.ts';

/** `Date` header values; the text is made once a second. One a thread. */
export class DateProvider {
  readonly #timeSource: TimeSource;
  #second = -1;
  #text = '';

  constructor(timeSource: TimeSource) {
    this.#timeSource = timeSource;
  }

  /** IMF-fixdate (RFC 9110 section 5.6.7). */
  get date(): string {
    const second = Math.floor(this.#timeSource.systemTimeMs() / 1000);
    if (second !== this.#second) {
      this.#second = second;
      this.#text = new Date(second * 1000).toUTCString();
    }
    return this.#text;
  }
}
