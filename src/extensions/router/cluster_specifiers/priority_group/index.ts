import type {
  PriorityGroup,
  PriorityGroupClusterSpecifier,
} from '../../../../../api/generated/envoy/extensions/router/cluster_specifiers/priority_group/v3/priority_group_pb.d.ts';
import type { ClusterSpecifierExtension, HashPolicy, RouteRequest } from '../../../../../sdk/router.ts';
import { wholeNumber } from '../../../../common/router/whole-number.ts';

interface Group {
  readonly name: string;
  readonly clusters: readonly { readonly name: string; readonly weight: bigint }[];
  readonly totalWeight: bigint;
}
interface PriorityGroups {
  readonly groups: readonly Group[];
  /** In lower case: a whole number in it stands in for the random one; '' = none. */
  readonly header: string;
  /** The hash of the route's policy stands in for it. */
  readonly usesHash: boolean;
}

function parse(config: PriorityGroupClusterSpecifier): PriorityGroups {
  const { priorityGroups, randomValueSpecifier: random } = config;
  // What would override the groups is typed metadata, which no filter writes.
  return Object.freeze({
    groups: priorityGroups.map(parseGroup),
    header: random.case === 'headerName' ? random.value.toLowerCase() : '',
    usesHash: random.case === 'useHashPolicy' && random.value.value,
  });
}

function parseGroup({ name, clusters }: PriorityGroup): Group {
  const weighted = clusters.map(({ clusterName, weight }) => ({ name: clusterName, weight: BigInt(weight ?? 0) }));
  return { name, clusters: weighted, totalWeight: weighted.reduce((sum, { weight }) => sum + weight, 0n) };
}

function randomOf(
  { header, usesHash }: PriorityGroups,
  { headers, random, streamInfo }: RouteRequest,
  hashPolicy: HashPolicy | undefined,
): bigint {
  if (usesHash) return hashPolicy?.generateHash({ headers, streamInfo }) ?? BigInt(random);
  const value = header === '' ? undefined : headers.get(header);
  return (value === undefined ? undefined : wholeNumber(value)) ?? BigInt(random);
}

/** A group of clusters for each attempt, the last for all further ones; one of its clusters by weight (PriorityGroupClusterSpecifier). */
export const priorityGroupClusterSpecifier: ClusterSpecifierExtension<PriorityGroups> = {
  category: 'envoy.router.cluster_specifier_plugin',
  name: 'envoy.router.cluster_specifier_plugin.priority_group',
  configTypes: ['envoy.extensions.router.cluster_specifiers.priority_group.v3.PriorityGroupClusterSpecifier'],
  parseConfig: (message) => parse(message as PriorityGroupClusterSpecifier),
  clusters: ({ groups }) =>
    groups.flatMap((group) =>
      group.clusters.map(({ name }) => ({ name, where: ` in priority group '${group.name}'` })),
    ),
  createClusterSpecifier: (config) => ({
    cluster(request, hashPolicy) {
      const attempt = Math.max(request.streamInfo.attemptCount ?? 1, 1) - 1;
      const group = config.groups[Math.min(attempt, config.groups.length - 1)];
      let left = group === undefined ? 0n : randomOf(config, request, hashPolicy) % group.totalWeight;
      return group?.clusters.find(({ weight }) => {
        left -= weight;
        return left < 0n;
      })?.name;
    },
  }),
};
