import type { Random } from '../../../../sdk/event.ts';
import type { Address } from '../../../../sdk/network.ts';

/** What goes wrong with one connection; absent = nothing. */
export interface Faults {
  /** Milliseconds that each thing sent takes to arrive. */
  readonly latencyMs?: number;
  /** The connection is refused, or its first packet is lost for ever, or there is no way to the host. */
  readonly connect?: 'refuse' | 'ignore' | 'unreachable';
  /** Bytes arrive in pieces of at most this many, each by itself. */
  readonly segmentBytes?: number;
  /** Both sides see a reset when so many bytes have been sent, counting both directions. */
  readonly resetAfterBytes?: number;
  /** The side that accepts never gets to see a byte: a peer that does not read. */
  readonly neverRead?: boolean;
}

export type FaultPlan = (to: Address) => Faults;

export interface FaultChances {
  /** Each from 0 to 1, a connection. */
  readonly refuse?: number;
  readonly ignore?: number;
  readonly reset?: number;
  readonly neverRead?: number;
  readonly segment?: number;
  readonly maxLatencyMs?: number;
}

/** Faults by chance; the same for the same `random`. */
export function randomFaults(random: Random, chances: FaultChances): FaultPlan {
  const happens = (chance = 0): boolean => random.random() < chance * 2 ** 53;
  const below = (limit: number): number => random.random() % limit;
  return () => ({
    latencyMs: below((chances.maxLatencyMs ?? 0) + 1),
    ...(happens(chances.refuse) ? { connect: 'refuse' as const } : {}),
    ...(happens(chances.ignore) ? { connect: 'ignore' as const } : {}),
    ...(happens(chances.segment) ? { segmentBytes: 1 + below(100) } : {}),
    ...(happens(chances.reset) ? { resetAfterBytes: below(20_000) } : {}),
    ...(happens(chances.neverRead) ? { neverRead: true } : {}),
  });
}
