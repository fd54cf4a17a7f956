import type { Random } from '../../../sdk/event.ts';
import type { DrainWindow } from '../../../sdk/network.ts';

/**
 * When a connection of a draining listener begins to drain by itself, whether it answers something or not: by chance in
 * the last third of the drain time, so early that its own drain timeout still fits in. Ms from `nowMs` on; undefined =
 * never, since that third is too short for the timeout.
 */
export function proactiveDrainDelayMs(
  { startedMs, drainTimeMs }: DrainWindow,
  drainTimeoutMs: number,
  nowMs: number,
  random: Random,
): number | undefined {
  const earliestMs = startedMs + (drainTimeMs * 2) / 3;
  const latestMs = startedMs + drainTimeMs - drainTimeoutMs;
  if (latestMs <= earliestMs) return undefined;
  const fromMs = Math.max(earliestMs, nowMs);
  const spanMs = Math.floor(latestMs - fromMs);
  return spanMs <= 0 ? 0 : Math.ceil(fromMs - nowMs) + (random.random() % spanMs);
}
