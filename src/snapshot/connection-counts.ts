/**
 * Memory in which threads count accepted connections for limits that they share: an Int32 a worker, and one for main; then
 * as many that say by 1 that the thread takes connections from others. A
 * thread writes its own alone, so that a worker that dies takes its share back with it.
 */
export function createConnectionCounts(workers: number): SharedArrayBuffer {
  return new SharedArrayBuffer(2 * (workers + 1) * Int32Array.BYTES_PER_ELEMENT);
}
