/**
 * Memory in which threads count accepted connections for limits that they share: an Int32 a worker, and one for main; then
 * as many that say by 1 that the thread takes connections from others. A
 * thread writes its own alone, so that a worker that dies takes its share back with it.
 */
export function createConnectionCounts(workers: number): SharedArrayBuffer {
  return new SharedArrayBuffer(2 * (workers + 1) * Int32Array.BYTES_PER_ELEMENT);
}

/** A worker has gone, and its connections with it: it takes none from others until another is in its place. */
export function forgetConnections(memory: SharedArrayBuffer, worker: number): void {
  const counts = new Int32Array(memory);
  Atomics.store(counts, counts.length / 2 + worker, 0);
  Atomics.store(counts, worker, 0);
}
