import { performance } from 'node:perf_hooks';
import type { TimeSource } from '../../sdk/event.ts';

/** The clocks of this process. */
export class RealTimeSource implements TimeSource {
  #wallOffsetMs = Date.now() - performance.now();

  /** The wall clock's milliseconds, with the fraction of the monotonic one; follows steps of the wall clock. */
  systemTimeMs(): number {
    const now = performance.now();
    const wallMs = Date.now();
    const fine = now + this.#wallOffsetMs;
    if (fine >= wallMs && fine < wallMs + 1) return fine;
    this.#wallOffsetMs = wallMs - now;
    return wallMs;
  }

  monotonicTimeMs(): number {
    return performance.now();
  }
}
