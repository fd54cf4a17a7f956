/** Names of subsets: keys in ascending order with their values. */
import type { Struct, StructValue } from '../../../sdk/stream-info.ts';
import type { Host } from '../../../sdk/upstream.ts';
import type { SubsetSelector } from '../upstream/subset-config.ts';

/** Of what a route asks for. */
export function keyOfCriteria(criteria: ReadonlyMap<string, unknown>): string {
  const keys = [...criteria.keys()].sort();
  return JSON.stringify(keys.map((key) => [key, sorted(criteria.get(key))]));
}

/** A host's place in a subset. */
export interface SubsetMembership {
  readonly key: string;
  readonly selector: SubsetSelector;
}

/** All of a host's; where lists are each of their values, or selectors the same keys, several may be in the same subset. */
export function membershipsOf(
  host: Host,
  selectors: readonly SubsetSelector[],
  listAsAny: boolean,
): readonly SubsetMembership[] {
  const metadata = host.metadata.get('envoy.lb') ?? {};
  return selectors.flatMap((selector) =>
    combinations(selector.keys, metadata, listAsAny).map((values) => ({
      key: keyOfCriteria(new Map(values)),
      selector,
    })),
  );
}

/** Whether a host has all of these values. */
export function hasMetadata(host: Host, wanted: Struct, listAsAny: boolean): boolean {
  const metadata = host.metadata.get('envoy.lb') ?? {};
  return Object.entries(wanted).every(([key, value]) =>
    valuesOf(metadata[key], listAsAny).some((each) => JSON.stringify(sorted(each)) === JSON.stringify(sorted(value))),
  );
}

/** None when a key is missing; several where values are lists. */
function combinations(
  keys: readonly string[],
  metadata: Struct,
  listAsAny: boolean,
): readonly (readonly [string, StructValue])[][] {
  let found: (readonly [string, StructValue])[][] = [[]];
  for (const key of keys) {
    const values = valuesOf(metadata[key], listAsAny);
    found = found.flatMap((before) => values.map((value) => [...before, [key, value] as const]));
  }
  return found;
}

function valuesOf(value: StructValue | undefined, listAsAny: boolean): readonly StructValue[] {
  if (value === undefined) return [];
  return listAsAny && Array.isArray(value) ? (value as readonly StructValue[]) : [value];
}

/** Objects are the same whatever the order of their fields. */
function sorted(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(sorted);
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, each]) => [key, sorted(each)]));
}
