/** `local` is the zone of the process. */
export type TimeZone = 'UTC' | 'local';

const dayMs = 86_400_000;

/** A second of the calendar, in a zone. */
export class CivilTime {
  readonly unixSeconds: number;
  readonly year: number;
  /** 1…12 */
  readonly month: number;
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
  /** 0 = Sunday */
  readonly weekday: number;
  /** 1…366 */
  readonly yearDay: number;
  /** East of Greenwich. */
  readonly offsetMinutes: number;
  readonly zoneName: string;

  constructor(unixSeconds: number, zone: TimeZone) {
    const instant = new Date(unixSeconds * 1000);
    this.unixSeconds = unixSeconds;
    this.offsetMinutes = zone === 'UTC' ? 0 : -instant.getTimezoneOffset();
    this.zoneName = zone === 'UTC' ? 'UTC' : localZoneName(instant);
    const shifted = new Date(unixSeconds * 1000 + this.offsetMinutes * 60_000);
    this.year = shifted.getUTCFullYear();
    this.month = shifted.getUTCMonth() + 1;
    this.day = shifted.getUTCDate();
    this.hour = shifted.getUTCHours();
    this.minute = shifted.getUTCMinutes();
    this.second = shifted.getUTCSeconds();
    this.weekday = shifted.getUTCDay();
    this.yearDay = Math.floor((shifted.getTime() - Date.UTC(this.year, 0, 1)) / dayMs) + 1;
  }

  /** Week of the year, weeks beginning on that weekday; the days before the first are week 0. */
  weekOfYear(firstWeekday: 0 | 1): number {
    const since = (this.weekday - firstWeekday + 7) % 7;
    return Math.floor((this.yearDay - 1 + 7 - since) / 7);
  }

  /** ISO 8601's year and week: the week belongs to the year of its Thursday. */
  isoWeek(): { readonly year: number; readonly week: number } {
    const sinceMonday = (this.weekday + 6) % 7;
    const thursday = new Date(Date.UTC(this.year, this.month - 1, this.day - sinceMonday + 3));
    const year = thursday.getUTCFullYear();
    return { year, week: Math.floor((thursday.getTime() - Date.UTC(year, 0, 1)) / dayMs / 7) + 1 };
  }
}

/** `EST` where the platform has a short name, else like `GMT+2`. */
function localZoneName(instant: Date): string {
  const parts = new Intl.DateTimeFormat('en-US', { timeZoneName: 'short' }).formatToParts(instant);
  return parts.find((part) => part.type === 'timeZoneName')?.value ?? '';
}
