import type { Message } from '@bufbuild/protobuf';
import type { ConfigContext } from '../../../sdk/config.ts';
import type { ClusterConfig, DiscoveryType } from '../../common/upstream/cluster-config.ts';
import type { ClusterExtension } from './base-cluster.ts';

/** The describing part of a cluster type that is named by `type` and has no message of its own. */
export function parsedByCluster(name: string, discoveryType: DiscoveryType): Omit<ClusterExtension, 'createCluster'> {
  return { category: 'envoy.clusters', name, configTypes: [], discoveryType, parseConfig: refuse };
}

function refuse(_message: Message, ctx: ConfigContext): ClusterConfig {
  return ctx.fail('this cluster type is named by `type`, not by `cluster_type`');
}
