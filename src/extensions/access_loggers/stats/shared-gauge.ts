import type { SharedNumber } from '../../../../sdk/extension.ts';
import type { Gauge } from '../../../../sdk/stats.ts';

/**
 * A gauge that any thread may set, the last one counting: threads' gauges are summed, so each adds what its setting
 * changes of the number that all know.
 */
export class SharedGauge {
  readonly #gauge: Gauge;
  readonly #number: SharedNumber;

  constructor(gauge: Gauge, number: SharedNumber) {
    this.#gauge = gauge;
    this.#number = number;
  }

  set(value: number): void {
    let known = this.#number.value;
    while (!this.#number.replace(known, value)) known = this.#number.value;
    this.#gauge.add(value - known);
  }
}
