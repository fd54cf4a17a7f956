/** How often a thread says that it is alive: half of what would be a miss, as Envoy's guard dog asks. */
export function watchdogInterval(missMs: number): number {
  return Math.max(1, missMs / 2);
}
