import type { Cluster } from '../../../../api/generated/envoy/config/cluster/v3/cluster_pb.ts';
import type { RingHash } from '../../../../api/generated/envoy/extensions/load_balancing_policies/ring_hash/v3/ring_hash_pb.d.ts';
import type { ConfigContext } from '../../../../sdk/config.ts';
import type { LoadBalancingPolicyExtension } from '../../../../sdk/upstream.ts';
import { type HashingOptions, legacyHashing, parseHashing } from '../../../common/load-balancer/hashing-config.ts';
import { type RingHashConfig, RingHashLoadBalancer } from './ring-hash.ts';

const RING_HASH = 2;
/** In the policy's message, and one less in the cluster's older field. */
const MURMUR_HASH_2 = 2;
const defaultMinimumSize = 1024n;
const defaultMaximumSize = 8n * 1024n * 1024n;

/** https://www.envoyproxy.io/docs/envoy/latest/intro/arch_overview/upstream/load_balancing/load_balancers */
export const ringHash: LoadBalancingPolicyExtension<RingHashConfig> = {
  category: 'envoy.load_balancing_policies',
  name: 'envoy.load_balancing_policies.ring_hash',
  configTypes: ['envoy.extensions.load_balancing_policies.ring_hash.v3.RingHash'],
  legacyPolicies: [RING_HASH],
  parseConfig(message, ctx) {
    const config = message as RingHash;
    ctx.requireSupported(config, [
      'hashFunction',
      'minimumRingSize',
      'maximumRingSize',
      'useHostnameForHashing',
      'hashBalanceFactor',
      'consistentHashingLbConfig',
      'localityWeightedLbConfig',
    ]);
    const { consistentHashingLbConfig: consistent, useHostnameForHashing, hashBalanceFactor = 0 } = config;
    const parsed = parseHashing(consistent, config.localityWeightedLbConfig !== undefined, ctx);
    const older = { usesHostname: useHostnameForHashing, balanceFactor: hashBalanceFactor };
    return configOf(config, consistent === undefined ? { ...parsed, ...older } : parsed, config.hashFunction, ctx);
  },
  parseLegacyConfig(message, ctx) {
    const cluster = message as Cluster;
    const config = cluster.lbConfig.case === 'ringHashLbConfig' ? cluster.lbConfig.value : undefined;
    const at = ctx.child('ring_hash_lb_config');
    return configOf(config, legacyHashing(cluster), (config?.hashFunction ?? 0) + 1, at);
  },
  createLoadBalancer: (config, context) => new RingHashLoadBalancer(context, config),
};

type Sizes = { readonly minimumRingSize?: bigint | undefined; readonly maximumRingSize?: bigint | undefined };

function configOf(
  sizes: Sizes | undefined,
  hashing: HashingOptions,
  hashFunction: number,
  ctx: ConfigContext,
): RingHashConfig {
  const { minimumRingSize: minimum = defaultMinimumSize, maximumRingSize: maximum = defaultMaximumSize } = sizes ?? {};
  if (minimum > maximum) ctx.error(`ring hash: minimum_ring_size (${minimum}) > maximum_ring_size (${maximum})`);
  return {
    hashing,
    ring: {
      minimumSize: Number(minimum),
      maximumSize: Number(maximum),
      hashFunction: hashFunction === MURMUR_HASH_2 ? 'murmurHash2' : 'xxHash64',
      usesHostname: hashing.usesHostname,
    },
  };
}
