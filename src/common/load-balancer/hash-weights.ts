/** What hosts weigh for consistent hashing: their shares of a priority, which together are 1. */
import type { Host, HostSet } from '../../../sdk/upstream.ts';
import { groupByLocality, localityOf, localityWeightIn } from './locality-groups.ts';

export interface WeightedHost {
  readonly host: Host;
  /** In (0, 1]. */
  readonly weight: number;
}

/** @param byLocality a locality's weight is shared out among its hosts; localities without weight get nothing */
export function normalizedWeights(hostSet: HostSet, isInPanic: boolean, byLocality: boolean): readonly WeightedHost[] {
  const eligible = isInPanic ? hostSet.hosts : hostSet.healthyHosts;
  const isFlat = hostSet.hosts.length === 0 || hostSet.localityWeights?.isEmpty === true;
  if (!byLocality || isFlat) return share(eligible, 1);
  const all = Map.groupBy(hostSet.hosts, localityOf);
  const { keys } = groupByLocality(hostSet.hosts, NOWHERE);
  const weights = keys.map((key) => localityWeightIn(hostSet, all.get(key)?.[0] as Host));
  const sum = weights.reduce((total, weight) => total + weight, 0);
  const eligibleOf = Map.groupBy(eligible, localityOf);
  return keys.flatMap((key, i) => {
    const weight = weights[i] as number;
    return weight === 0 ? [] : share(eligibleOf.get(key) ?? [], weight / sum);
  });
}

/** No locality comes first. */
const NOWHERE = { region: '\0', zone: '', subZone: '' };

function share(hosts: readonly Host[], whole: number): readonly WeightedHost[] {
  const sum = hosts.reduce((total, host) => total + host.weight, 0);
  return hosts.map((host) => ({ host, weight: (host.weight * whole) / sum }));
}

/** What a host is hashed by: `hash_key` of its metadata, else its name or its address. */
export function hashKeyOf(host: Host, usesHostname: boolean): string {
  const key = host.metadata.get('envoy.lb')?.['hash_key'];
  if (typeof key === 'string' && key !== '') return key;
  return usesHostname ? host.hostname : host.address.asString;
}
