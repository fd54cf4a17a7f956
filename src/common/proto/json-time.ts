/** Durations, timestamps and field masks in protobuf's JSON mapping. */

export interface TimeParts {
  readonly seconds: bigint;
  readonly nanos: number;
}

const MAX_DURATION_SECONDS = 3652500n * 86400n;

/** `1.5s`, up to nine digits after the point; undefined when the text is no duration or out of range. */
export function parseDurationText(text: string): TimeParts | undefined {
  const match = /^(-?)(\d+)(?:\.(\d{1,9}))?s$/.exec(text);
  if (match === null) return undefined;
  const sign = match[1] === '-' ? -1 : 1;
  const seconds = BigInt(match[2] ?? 0) * BigInt(sign);
  if (seconds > MAX_DURATION_SECONDS || seconds < -MAX_DURATION_SECONDS) return undefined;
  return { seconds, nanos: fraction(match[3]) * sign };
}

/** RFC 3339 with an offset; undefined when it is none. */
export function parseTimestampText(text: string): TimeParts | undefined {
  const match = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(Z|[+-]\d\d:\d\d)$/.exec(text);
  if (match === null) return undefined;
  const ms = Date.parse(`${match[1]}${match[3]}`);
  if (Number.isNaN(ms)) return undefined;
  return { seconds: BigInt(ms / 1000), nanos: fraction(match[2]) };
}

/** `0`, `3`, `6` or `9` digits after the point, as protobuf prints them. */
export function printDuration(parts: TimeParts): string {
  const negative = parts.seconds < 0n || parts.nanos < 0;
  const seconds = parts.seconds < 0n ? -parts.seconds : parts.seconds;
  return `${negative ? '-' : ''}${seconds}${printFraction(Math.abs(parts.nanos))}s`;
}

export function printTimestamp(parts: TimeParts): string {
  const date = new Date(Number(parts.seconds) * 1000).toISOString();
  return `${date.slice(0, date.indexOf('.'))}${printFraction(parts.nanos)}Z`;
}

/** `fooBar,baz` to `foo_bar`, `baz`. */
export function parseFieldMaskText(text: string): string[] {
  if (text === '') return [];
  return text.split(',').map((path) => path.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`));
}

export function printFieldMask(paths: readonly string[]): string {
  return paths.map((path) => path.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase())).join(',');
}

function fraction(digits: string | undefined): number {
  return digits === undefined ? 0 : Number(digits.padEnd(9, '0'));
}

function printFraction(nanos: number): string {
  if (nanos === 0) return '';
  const digits = String(nanos).padStart(9, '0');
  if (digits.endsWith('000000')) return `.${digits.slice(0, 3)}`;
  return digits.endsWith('000') ? `.${digits.slice(0, 6)}` : `.${digits}`;
}
