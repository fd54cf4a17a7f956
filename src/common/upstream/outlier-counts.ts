/**
 * What all threads count of a host's answers together, in shared memory: failures in a row, and requests since ever. All of
 * it is one row of Int32 that are changed atomically, for the third failure is the third whoever saw the two before.
 */

/** Failures in a row, by what they were. */
export const CONSECUTIVE = ['5xx', 'gateway', 'localOrigin'] as const;
export type ConsecutiveFailure = (typeof CONSECUTIVE)[number];
/** Where a request's outcome comes from: the host's answer, or how it could be reached. */
export type Origin = 'external' | 'local';

const ORIGINS: readonly Origin[] = ['external', 'local'];
/** Of each origin all requests and the good ones. */
const FIELDS = CONSECUTIVE.length + ORIGINS.length * 2;

export interface OutlierCountsPlace {
  readonly block: SharedArrayBuffer;
  /** Index of the first value. */
  readonly start: number;
}

export function createOutlierCounts(): OutlierCountsPlace {
  return { block: new SharedArrayBuffer(FIELDS * Int32Array.BYTES_PER_ELEMENT), start: 0 };
}

export class OutlierCounts {
  readonly #values: Int32Array;
  readonly #at: number;

  constructor({ block, start }: OutlierCountsPlace) {
    this.#values = new Int32Array(block);
    this.#at = start;
  }

  /** The number of failures in a row with this one. */
  addFailure(kind: ConsecutiveFailure): number {
    return Atomics.add(this.#values, this.#at + CONSECUTIVE.indexOf(kind), 1) + 1;
  }

  endFailures(kind: ConsecutiveFailure): void {
    const at = this.#at + CONSECUTIVE.indexOf(kind);
    // Most hosts never fail: what is 0 need not be written.
    if (this.#values[at] !== 0) Atomics.store(this.#values, at, 0);
  }

  addRequest(origin: Origin, isGood: boolean): void {
    const at = this.#at + CONSECUTIVE.length + ORIGINS.indexOf(origin) * 2;
    Atomics.add(this.#values, at, 1);
    if (isGood) Atomics.add(this.#values, at + 1, 1);
  }

  /** All requests, and the good ones; both wrap round as Int32 do. */
  requests(origin: Origin): { readonly total: number; readonly good: number } {
    const at = this.#at + CONSECUTIVE.length + ORIGINS.indexOf(origin) * 2;
    return { total: Atomics.load(this.#values, at), good: Atomics.load(this.#values, at + 1) };
  }
}
