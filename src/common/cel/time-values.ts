import type { Duration, Timestamp } from '@bufbuild/protobuf/wkt';

const nanosPerSecond = 1_000_000_000n;

function split(ms: number, nanosPerStep: number): { readonly seconds: bigint; readonly nanos: number } {
  const whole = Math.trunc(ms);
  const rest = Math.round(((ms - whole) * 1_000_000) / nanosPerStep) * nanosPerStep;
  const total = BigInt(whole) * 1_000_000n + BigInt(rest);
  return { seconds: total / nanosPerSecond, nanos: Number(total % nanosPerSecond) };
}

/** Of milliseconds, fractions kept. */
export function durationOf(ms: number): Duration {
  return { $typeName: 'google.protobuf.Duration', ...split(ms, 1) };
}

/** Of Unix milliseconds, to the microsecond: a double holds no more. */
export function timestampOf(ms: number): Timestamp {
  return { $typeName: 'google.protobuf.Timestamp', ...split(ms, 1000) };
}
