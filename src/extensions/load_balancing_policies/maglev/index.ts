import type { Cluster } from '../../../../api/generated/envoy/config/cluster/v3/cluster_pb.ts';
import type { Maglev } from '../../../../api/generated/envoy/extensions/load_balancing_policies/maglev/v3/maglev_pb.d.ts';
import type { ConfigContext } from '../../../../sdk/config.ts';
import type { LoadBalancingPolicyExtension } from '../../../../sdk/upstream.ts';
import { type HashingOptions, legacyHashing, parseHashing } from '../../../common/load-balancer/hashing-config.ts';
import { type MaglevConfig, MaglevLoadBalancer } from './maglev.ts';

const MAGLEV = 5;
const defaultTableSize = 65_537n;

/** https://www.envoyproxy.io/docs/envoy/latest/intro/arch_overview/upstream/load_balancing/load_balancers */
export const maglev: LoadBalancingPolicyExtension<MaglevConfig> = {
  category: 'envoy.load_balancing_policies',
  name: 'envoy.load_balancing_policies.maglev',
  configTypes: ['envoy.extensions.load_balancing_policies.maglev.v3.Maglev'],
  legacyPolicies: [MAGLEV],
  parseConfig(message, ctx) {
    const config = message as Maglev;
    ctx.requireSupported(config, ['tableSize', 'consistentHashingLbConfig', 'localityWeightedLbConfig']);
    const byLocality = config.localityWeightedLbConfig !== undefined;
    return configOf(config.tableSize, parseHashing(config.consistentHashingLbConfig, byLocality, ctx), ctx);
  },
  parseLegacyConfig(message, ctx) {
    const cluster = message as Cluster;
    const config = cluster.lbConfig.case === 'maglevLbConfig' ? cluster.lbConfig.value : undefined;
    return configOf(config?.tableSize, legacyHashing(cluster), ctx.child('maglev_lb_config'));
  },
  createLoadBalancer: (config, context) => new MaglevLoadBalancer(context, config),
};

function configOf(tableSize: bigint | undefined, hashing: HashingOptions, ctx: ConfigContext): MaglevConfig {
  const size = Number(tableSize ?? defaultTableSize);
  if (!isPrime(size)) ctx.child('table_size').error('The table size of maglev must be prime number');
  return Object.freeze({ hashing, tableSize: size });
}

function isPrime(value: number): boolean {
  if (value < 4) return value > 1;
  if (value % 2 === 0) return false;
  for (let divisor = 3; divisor * divisor <= value; divisor += 2) if (value % divisor === 0) return false;
  return true;
}
