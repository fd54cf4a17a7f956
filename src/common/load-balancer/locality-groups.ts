import type { Host, HostSet, Locality } from '../../../sdk/upstream.ts';

/** One text for each locality; texts of two rank as the localities do: by region, zone, sub-zone. */
function keyOf({ region, zone, subZone }: Locality): string {
  return `${region}\0${zone}\0${subZone}`;
}

export function localityOf({ locality }: Host): string {
  return keyOf(locality);
}

/** What the locality of a host weighs in a set; 0 = none was given. */
export function localityWeightIn({ localityWeights }: HostSet, host: Host): number {
  return localityWeights === undefined ? (host.localityWeight ?? 0) : localityWeights.of(host);
}

/** The localities of hosts: ours first where it is among them, the others in their order (Envoy's HostsPerLocality). */
export function groupByLocality(
  hosts: readonly Host[],
  local: Locality,
): { readonly keys: readonly string[]; readonly hasLocal: boolean } {
  const keys = new Set(hosts.map(localityOf));
  const own = keyOf(local);
  const hasLocal = keys.delete(own);
  const others = [...keys].sort((a, b) => (a < b ? -1 : 1));
  return { keys: hasLocal ? [own, ...others] : others, hasLocal };
}
