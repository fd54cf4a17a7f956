import type { Random } from '../../sdk/event.ts';

/** `ms` and up to `share` of it more. */
export function jitteredMs(ms: number, share: number, random: Random): number {
  const spread = Math.floor(ms * share);
  return spread === 0 ? ms : ms + (random.random() % spread);
}
