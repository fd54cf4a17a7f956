import type { ConfigContext } from '../../../sdk/config.ts';
import { CivilTime, type TimeZone } from './civil-time.ts';
import { parseDateFormat, type SubsecondPart } from './date-pattern.ts';

export type { TimeZone } from './civil-time.ts';

/**
 * A time as text by a pattern of strftime, with Envoy's `%f`, `%3f` and absl's `%E3S`, `%Ez` and kin. All but fractions
 * of a second is worked out once a second.
 */
export class DateFormat {
  readonly #parts: readonly (SubsecondPart | ((time: CivilTime) => string))[];
  readonly #zone: TimeZone;
  #second = Number.NaN;
  /** What stands before, between and after the fractions, in the current second. */
  #texts: readonly string[] = [];
  readonly #fractions: readonly SubsecondPart[];

  /** Faults of the pattern are gathered in `ctx`. */
  constructor(pattern: string, zone: TimeZone, ctx: ConfigContext) {
    if (/%[-_0^#]*[1-9]*[EO]?n/.test(pattern))
      ctx.error('Invalid header configuration. Format string contains newline.');
    this.#zone = zone;
    this.#parts = parseDateFormat(pattern);
    this.#fractions = this.#parts.filter((part) => typeof part !== 'function');
  }

  /** @param unixMs milliseconds since the epoch; their fraction counts down to the microsecond */
  format(unixMs: number): string {
    const micros = Math.floor(unixMs * 1000 + 0.5);
    const second = Math.floor(micros / 1_000_000);
    if (second !== this.#second) this.#enterSecond(second);
    let text = this.#texts[0] as string;
    for (let i = 0; i < this.#fractions.length; i++) {
      text += (this.#fractions[i] as SubsecondPart).format(micros - second * 1_000_000) + this.#texts[i + 1];
    }
    return text;
  }

  #enterSecond(second: number): void {
    const time = new CivilTime(second, this.#zone);
    const texts = [''];
    for (const part of this.#parts) {
      if (typeof part === 'function') texts[texts.length - 1] += part(time);
      else texts.push('');
    }
    this.#second = second;
    this.#texts = texts;
  }
}
