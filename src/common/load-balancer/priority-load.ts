/**
 * How the load is spread over priorities (Envoy's LoadBalancerBase): a priority gets as much as it has healthy hosts,
 * times the overprovisioning factor; the rest spills over to the next, and to degraded hosts after all healthy ones.
 */
import type { HostSet, LoadBalancerContextOfCluster, PriorityLoad } from '../../../sdk/upstream.ts';

export interface PriorityState {
  readonly load: PriorityLoad;
  /** Of these priorities all hosts are used, whatever their health. */
  readonly panic: readonly boolean[];
}

/** @param panicThreshold percent of hosts that must be available; 0 = never panic. */
export function priorityStateOf(hostSets: readonly HostSet[], panicThreshold: number): PriorityState {
  const healthy = hostSets.map((set) => availability(set, set.healthyHosts));
  const degraded = hostSets.map((set) => availability(set, set.degradedHosts));
  const total = Math.min(100, sum(healthy) + sum(degraded));
  const load = loadOf(healthy, degraded, total);
  if (panicThreshold === 0 && total === 0) return { load, panic: hostSets.map(() => false) };
  const panic = hostSets.map((set) => total !== 100 && isInPanic(set, panicThreshold));
  if (!panic.every(Boolean)) return { load, panic };
  return { load: totalPanicLoad(hostSets), panic };
}

/** Percent of the full load that these hosts of a priority can carry, overprovisioning included. */
function availability(set: HostSet, available: HostSet['hosts']): number {
  const count = set.hosts.length - set.excludedHosts.length;
  if (count <= 0) return 0;
  if (!set.weightedPriorityHealth) {
    return Math.min(100, Math.floor((set.overprovisioningFactor * available.length) / count));
  }
  const total = weightOf(set.hosts) - weightOf(set.excludedHosts);
  if (total <= 0) return 0;
  return Math.min(100, Math.floor((set.overprovisioningFactor * weightOf(available)) / total));
}

function weightOf(hosts: HostSet['hosts']): number {
  return hosts.reduce((weight, host) => weight + host.weight, 0);
}

function loadOf(healthy: readonly number[], degraded: readonly number[], total: number): PriorityLoad {
  if (total === 0)
    return { healthy: healthy.map((_, priority) => (priority === 0 ? 100 : 0)), degraded: zeros(degraded) };
  let left = 100;
  const take = (health: number): number => {
    const load = Math.min(left, Math.floor((health * 100) / total));
    left -= load;
    return load;
  };
  const healthyLoad = healthy.map(take);
  const degradedLoad = degraded.map(take);
  // What rounding left over goes to the first that has any.
  const firstHealthy = healthyLoad.findIndex((load) => load > 0);
  const firstDegraded = degradedLoad.findIndex((load) => load > 0);
  if (firstHealthy !== -1) healthyLoad[firstHealthy] = (healthyLoad[firstHealthy] as number) + left;
  else if (firstDegraded !== -1) degradedLoad[firstDegraded] = (degradedLoad[firstDegraded] as number) + left;
  return { healthy: healthyLoad, degraded: degradedLoad };
}

/** Percent of healthy hosts below which all are used: the runtime's, else the cluster's. */
export function panicThresholdOf({ runtime, common }: LoadBalancerContextOfCluster): number {
  const { healthyPanicThreshold } = common;
  return Math.min(100, runtime.snapshot.getInteger('upstream.healthy_panic_threshold', healthyPanicThreshold));
}

/** Whether too few hosts of a priority are available; @param threshold percent. */
export function isInPanic(set: HostSet, threshold: number): boolean {
  const count = set.hosts.length - set.excludedHosts.length;
  if (count <= 0) return threshold > 0;
  return (100 * (set.healthyHosts.length + set.degradedHosts.length)) / count < threshold;
}

/** When every priority panics, each gets the share of the hosts that it has. */
function totalPanicLoad(hostSets: readonly HostSet[]): PriorityLoad {
  const total = hostSets.reduce((count, set) => count + set.hosts.length, 0);
  const degraded = hostSets.map(() => 0);
  if (total === 0) return { healthy: hostSets.map((_, priority) => (priority === 0 ? 100 : 0)), degraded };
  const healthy = hostSets.map((set) => Math.floor((100 * set.hosts.length) / total));
  const first = hostSets.findIndex((set) => set.hosts.length > 0);
  healthy[first] = (healthy[first] as number) + 100 - sum(healthy);
  return { healthy, degraded };
}

export interface PriorityChoice {
  readonly priority: number;
  readonly availability: 'healthy' | 'degraded';
}

/** @param hash uniform; its remainder by 100 decides. */
export function choosePriority(hash: number, load: PriorityLoad): PriorityChoice {
  const draw = (hash % 100) + 1;
  let reached = 0;
  for (let priority = 0; priority < load.healthy.length; priority++) {
    reached += load.healthy[priority] as number;
    if (draw <= reached) return { priority, availability: 'healthy' };
  }
  for (let priority = 0; priority < load.degraded.length; priority++) {
    reached += load.degraded[priority] as number;
    if (draw <= reached) return { priority, availability: 'degraded' };
  }
  return { priority: 0, availability: 'healthy' };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function zeros(values: readonly number[]): number[] {
  return values.map(() => 0);
}
