import type { LogContext, Logger, ServerFactoryContext } from '../../../../sdk/extension.ts';
import type { StreamInfo } from '../../../../sdk/stream-info.ts';
import { parseNumber } from '../../../common/proto/parse-number.ts';
import type { ValueConfig } from './config.ts';

/** Percentages are counted as integers of this scale (Envoy's Histogram::PercentScale). */
export const PERCENT_SCALE = 1_000_000;
const COMPLAINT_INTERVAL_MS = 10_000;

/** Tells of each kind of trouble, but not of each line. */
export class Complaints {
  readonly #logger: Logger;
  readonly #context: ServerFactoryContext;
  readonly #lastMs = new Map<string, number>();

  constructor(context: ServerFactoryContext) {
    this.#logger = context.logger('misc');
    this.#context = context;
  }

  tell(trouble: string, what: string): void {
    const nowMs = this.#context.timeSource.monotonicTimeMs();
    if (nowMs - (this.#lastMs.get(trouble) ?? -COMPLAINT_INTERVAL_MS) < COMPLAINT_INTERVAL_MS) return;
    this.#lastMs.set(trouble, nowMs);
    this.#logger.error(`${trouble}: ${what}`);
  }
}

/** A whole number; undefined where a line has none. */
export function readValue(
  config: ValueConfig,
  scale: number,
  context: LogContext,
  streamInfo: StreamInfo,
  complaints: Complaints,
): number | undefined {
  if (typeof config === 'number') return config;
  const text = config.text(context, streamInfo);
  if (text === undefined) {
    complaints.tell('Stats access logger computed non-number value', 'null_value: NULL_VALUE');
    return undefined;
  }
  const number = parseNumber(text);
  // Envoy adds what the processor makes of an infinity as an integer, which C++ leaves undefined.
  if (number === undefined || !Number.isFinite(number)) {
    complaints.tell("Stats access logger formatted a string that isn't a number", text);
    return undefined;
  }
  return Math.trunc(number * scale);
}
