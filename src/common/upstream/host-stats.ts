/**
 * Statistics of hosts in shared memory: every host has a row a worker, which only that worker writes, and main adds the
 * rows up for /clusters.
 */
import type { HostStats } from '../../../sdk/upstream.ts';

const FIELDS = 9;

/** Where the rows of a host begin. Hosts that came together share a block; places are not used twice. */
export interface HostStatsPlace {
  readonly block: SharedArrayBuffer;
  /** Index of the first value. */
  readonly start: number;
}

/** Places for `hosts` hosts that come together. */
export function createHostStats(hosts: number, workers: number): HostStatsPlace[] {
  const block = new SharedArrayBuffer(hosts * workers * FIELDS * Float64Array.BYTES_PER_ELEMENT);
  return Array.from({ length: hosts }, (_, index) => ({ block, start: index * workers * FIELDS }));
}

/** A worker's row. */
export class SharedHostStats implements HostStats {
  readonly #values: Float64Array;
  readonly #at: number;

  constructor(place: HostStatsPlace, worker: number) {
    this.#values = new Float64Array(place.block);
    this.#at = place.start + worker * FIELDS;
  }

  /** What a worker that died left behind counts no more: its connections and requests are gone. */
  resetGauges(): void {
    this.cxActive = 0;
    this.rqActive = 0;
    this.rqPendingActive = 0;
  }

  get cxConnectFail(): number {
    return this.#values[this.#at] as number;
  }
  set cxConnectFail(value: number) {
    this.#values[this.#at] = value;
  }

  get cxTotal(): number {
    return this.#values[this.#at + 1] as number;
  }
  set cxTotal(value: number) {
    this.#values[this.#at + 1] = value;
  }

  get cxActive(): number {
    return this.#values[this.#at + 2] as number;
  }
  set cxActive(value: number) {
    this.#values[this.#at + 2] = value;
  }

  get rqError(): number {
    return this.#values[this.#at + 3] as number;
  }
  set rqError(value: number) {
    this.#values[this.#at + 3] = value;
  }

  get rqSuccess(): number {
    return this.#values[this.#at + 4] as number;
  }
  set rqSuccess(value: number) {
    this.#values[this.#at + 4] = value;
  }

  get rqTimeout(): number {
    return this.#values[this.#at + 5] as number;
  }
  set rqTimeout(value: number) {
    this.#values[this.#at + 5] = value;
  }

  get rqTotal(): number {
    return this.#values[this.#at + 6] as number;
  }
  set rqTotal(value: number) {
    this.#values[this.#at + 6] = value;
  }

  get rqActive(): number {
    return this.#values[this.#at + 7] as number;
  }
  set rqActive(value: number) {
    this.#values[this.#at + 7] = value;
  }

  get rqPendingActive(): number {
    return this.#values[this.#at + 8] as number;
  }
  set rqPendingActive(value: number) {
    this.#values[this.#at + 8] = value;
  }
}

/** All workers' rows of a host together. */
export function sumHostStats(place: HostStatsPlace, workers: number): HostStats {
  const values = new Float64Array(place.block);
  const sum = (field: number): number => {
    let total = 0;
    for (let worker = 0; worker < workers; worker++) total += values[place.start + worker * FIELDS + field] as number;
    return total;
  };
  return {
    cxConnectFail: sum(0),
    cxTotal: sum(1),
    cxActive: sum(2),
    rqError: sum(3),
    rqSuccess: sum(4),
    rqTimeout: sum(5),
    rqTotal: sum(6),
    rqActive: sum(7),
    rqPendingActive: sum(8),
  };
}
