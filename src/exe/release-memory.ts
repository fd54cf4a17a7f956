import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** A heap that never was larger is not worth the pause. */
const largeHeapBytes = 64 * 1024 * 1024;

/**
 * Gives back to the system what reading a large configuration took and nobody holds any more; V8 by itself would keep it
 * for what is to come, which on main is little. Costs about 100 ms of this thread where there is something to give.
 */
export function releaseMemory(): void {
  if (process.memoryUsage().heapTotal < largeHeapBytes) return;
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as (options: { type: 'major'; flavor: 'last-resort' }) => void;
  setFlagsFromString('--no-expose-gc');
  collect({ type: 'major', flavor: 'last-resort' });
}
