import { availableParallelism, cpus, networkInterfaces } from 'node:os';
import type { AdminMemory } from '../main/admin/admin-context.ts';

/** Worker threads without --concurrency: the hardware's threads, or with --cpuset-threads those we may run on. */
export function defaultConcurrency(cpusetThreads: boolean): number {
  return cpusetThreads ? availableParallelism() : Math.max(1, cpus().length);
}

/** /memory: what V8 and the system say of this process, under tcmalloc's names. */
export function processMemory(): AdminMemory {
  const { rss, heapTotal, heapUsed, external } = process.memoryUsage();
  return {
    allocated: heapUsed + external,
    heapSize: heapTotal + external,
    pageheapUnmapped: 0,
    pageheapFree: heapTotal - heapUsed,
    totalThreadCache: 0,
    totalPhysicalBytes: rss,
  };
}

/** The first address of this host that others can reach, as Envoy's getLocalAddress; loopback when there is none. */
export function localAddress(version: 'v4' | 'v6'): string {
  const family = version === 'v4' ? 'IPv4' : 'IPv6';
  for (const addresses of Object.values(networkInterfaces())) {
    for (const address of addresses ?? []) if (address.family === family && !address.internal) return address.address;
  }
  return version === 'v4' ? '127.0.0.1' : '::1';
}
