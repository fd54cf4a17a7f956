import type { RequestHeaderMap } from '../../../sdk/headers.ts';
import { HeaderNames } from '../../common/headers/names.ts';

const UNIT_MS: Readonly<Record<string, number>> = { H: 3_600_000, M: 60_000, S: 1000, m: 1, u: 1e-3, n: 1e-6 };

/** `grpc-timeout` (PROTOCOL-HTTP2.md: up to 8 digits and a unit), rounded up; undefined when absent or bad. */
export function grpcTimeoutMs(headers: RequestHeaderMap): number | undefined {
  const match = /^(\d{1,8})([HMSmun])$/.exec(headers.get(HeaderNames.GrpcTimeout) ?? '');
  return match === null ? undefined : Math.ceil(Number(match[1]) * (UNIT_MS[match[2] ?? ''] ?? 0));
}

/** The largest unit below 10^8 of it. */
export function formatGrpcTimeout(ms: number): string {
  const units: readonly (readonly [number, string])[] = [
    [1, 'm'],
    [1000, 'S'],
    [60_000, 'M'],
    [3_600_000, 'H'],
  ];
  for (const [unit, letter] of units) if (ms / unit < 1e8) return `${Math.floor(ms / unit)}${letter}`;
  return '99999999H';
}
