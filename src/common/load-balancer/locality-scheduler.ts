import type { Host, HostSet } from '../../../sdk/upstream.ts';
import { EdfScheduler } from './edf-scheduler.ts';
import { localityOf, localityWeightIn } from './locality-groups.ts';

/** Hosts of one locality that are there for the taking, and what the locality weighs. */
export interface WeightedLocality<S> {
  readonly weight: number;
  readonly schedule: S;
}

/** Chooses a locality of a priority by weight (Envoy's LocalityWrr). */
export class LocalityScheduler<S> {
  readonly #edf = new EdfScheduler<WeightedLocality<S>>();
  readonly #weigh = ({ weight }: WeightedLocality<S>): number => weight;

  constructor(localities: readonly WeightedLocality<S>[]) {
    for (const locality of localities) this.#edf.add(locality, locality.weight);
  }

  /** Undefined when no locality weighs anything. */
  choose(): S | undefined {
    return this.#edf.pickAndAdd(this.#weigh)?.schedule;
  }
}

/**
 * The localities of `eligible` (the healthy or the degraded hosts of a priority) that weigh something. A locality's
 * weight shrinks with the share of its hosts that are eligible, once that times the overprovisioning factor is below one.
 */
export function weighLocalities<S>(
  hostSet: HostSet,
  eligible: readonly Host[],
  prepare: (hosts: readonly Host[]) => S,
): WeightedLocality<S>[] {
  const excluded = new Set(hostSet.excludedHosts);
  const counted = group(hostSet.hosts.filter((host) => !excluded.has(host)));
  return [...group(eligible)].flatMap(([key, hosts]) => {
    const share = hosts.length / (counted.get(key)?.length ?? 0);
    const own = localityWeightIn(hostSet, hosts[0] as Host);
    const weight = own * Math.min(1, (hostSet.overprovisioningFactor / 100) * share);
    return weight > 0 && Number.isFinite(weight) ? [{ weight, schedule: prepare(hosts) }] : [];
  });
}

function group(hosts: readonly Host[]): Map<string, Host[]> {
  return Map.groupBy(hosts, localityOf);
}
