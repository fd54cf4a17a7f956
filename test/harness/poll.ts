/** Waiting for what another process does, when it sends no event that could be waited for. */
import { setTimeout as pause } from 'node:timers/promises';

export interface PollOptions {
  readonly timeoutMs: number;
  readonly everyMs?: number;
}

/** Calls `probe` until it answers something other than undefined; undefined when the time is over. */
export async function poll<T>(probe: () => Promise<T | undefined>, options: PollOptions): Promise<T | undefined> {
  const deadline = performance.now() + options.timeoutMs;
  for (;;) {
    const value = await probe();
    if (value !== undefined) return value;
    if (performance.now() >= deadline) return undefined;
    await pause(options.everyMs ?? 5);
  }
}
