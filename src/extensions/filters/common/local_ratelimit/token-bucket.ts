import type { TimeSource } from '../../../../../sdk/event.ts';
import type { SharedNumber } from '../../../../../sdk/extension.ts';

export interface TokenBucketConfig {
  readonly maxTokens: number;
  readonly tokensPerFill: number;
  readonly fillIntervalMs: number;
}

/**
 * A bucket that fills evenly, of all threads (Envoy's AtomicTokenBucketImpl). Its one number is the time, in seconds, at
 * which it would have been empty: 0 is a full one. That is the wall clock's, which all threads have in common.
 */
export class TokenBucket {
  readonly maxTokens: number;
  /** Tokens a second. */
  readonly fillRate: number;
  readonly #emptyAt: SharedNumber;
  readonly #time: TimeSource;

  constructor(
    { maxTokens, tokensPerFill, fillIntervalMs }: TokenBucketConfig,
    emptyAt: SharedNumber,
    time: TimeSource,
  ) {
    this.maxTokens = maxTokens;
    this.fillRate = (tokensPerFill * 1000) / fillIntervalMs;
    this.#emptyAt = emptyAt;
    this.#time = time;
  }

  /** False, and nothing is taken, when there are not so many. */
  consume(tokens: number): boolean {
    const now = this.#now();
    for (;;) {
      const known = this.#emptyAt.value;
      // A clock that was set back finds the bucket empty, not for the time until it has caught up.
      const emptyAt = Math.min(known, now);
      const held = Math.min(this.maxTokens, (now - emptyAt) * this.fillRate);
      if (held < tokens || tokens === 0) {
        if (known > now) this.#emptyAt.replace(known, now);
        return false;
      }
      if (this.#emptyAt.replace(known, now - (held - tokens) / this.fillRate)) return true;
    }
  }

  /** Whole ones. */
  get remainingTokens(): number {
    return Math.floor(this.#held());
  }

  /** Until there is one; 0 when there is. */
  get resetSeconds(): number {
    const held = this.#held();
    return held >= 1 ? 0 : Math.ceil((1 - held) / this.fillRate);
  }

  #held(): number {
    return Math.min(this.maxTokens, Math.max(0, this.#now() - this.#emptyAt.value) * this.fillRate);
  }

  #now(): number {
    return this.#time.systemTimeMs() / 1000;
  }
}

/** A number of one thread alone. */
export class OwnNumber implements SharedNumber {
  value = 0;

  replace(expected: number, value: number): boolean {
    if (this.value !== expected) return false;
    this.value = value;
    return true;
  }

  [Symbol.dispose](): void {}
}
