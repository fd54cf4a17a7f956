import type { Cluster } from '../../../../api/generated/envoy/config/cluster/v3/cluster_pb.ts';
import type { LoadBalancingPolicyExtension } from '../../../../sdk/upstream.ts';
import { parseDiscoveryType } from '../../../common/upstream/cluster-discovery.ts';
import { type OriginalDstConfig, OriginalDstLoadBalancer } from './original-dst.ts';

const CLUSTER_PROVIDED = 6;
const defaultHeader = 'x-envoy-original-dst-host';

/** What a cluster brings itself, by `lb_policy` or `load_balancing_policy`: of the clusters that are here, those of the type ORIGINAL_DST have a policy of their own. */
export const clusterProvided: LoadBalancingPolicyExtension<OriginalDstConfig | 'of the cluster'> = {
  category: 'envoy.load_balancing_policies',
  name: 'envoy.load_balancing_policies.cluster_provided',
  configTypes: ['envoy.extensions.load_balancing_policies.cluster_provided.v3.ClusterProvided'],
  legacyPolicies: [CLUSTER_PROVIDED],
  // The message says nothing: it is the cluster that does.
  parseConfig: () => 'of the cluster',
  parseLegacyConfig(message, ctx) {
    const cluster = message as Cluster;
    if (parseDiscoveryType(cluster) !== 'ORIGINAL_DST') {
      const text = `cluster provided LB specified but cluster '${cluster.name}' did not provide one`;
      ctx.child('lb_policy').error(`cluster manager: ${text}. Check cluster documentation.`);
    }
    const config = cluster.lbConfig.case === 'originalDstLbConfig' ? cluster.lbConfig.value : undefined;
    const at = ctx.child('original_dst_lb_config');
    const { useHttpHeader = false, httpHeaderName = '', upstreamPortOverride, metadataKey } = config ?? {};
    if (!useHttpHeader && httpHeaderName !== '') {
      const advice = 'Set use_http_header to true if http_header_name is desired.';
      at.error(
        `ORIGINAL_DST cluster: invalid config http_header_name=${httpHeaderName} and use_http_header is false. ${advice}`,
      );
    }
    return Object.freeze({
      headerName: useHttpHeader ? httpHeaderName.toLowerCase() || defaultHeader : undefined,
      port: upstreamPortOverride,
      metadata: metadataKey && {
        namespace: metadataKey.key,
        path: metadataKey.path.map(({ segment }) => String(segment.value ?? '')),
      },
    });
  },
  createLoadBalancer(config, context) {
    if (config === 'of the cluster')
      throw new Error(`cluster ${context.clusterName} does not say how it balances itself`);
    return new OriginalDstLoadBalancer(context, config);
  },
};
