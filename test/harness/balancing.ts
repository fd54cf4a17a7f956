/** A balancer over fake hosts, its cluster given as proto JSON. */
import type { LoadBalancerContext } from '../../sdk/upstream.ts';
import { ClusterReader, type FakeHost, UpstreamWorld } from './upstream-world.ts';

export const [A, B, C] = ['10.0.0.1:80', '10.0.0.2:80', '10.0.0.3:80'] as const;

export function balance(json: object, hosts: readonly FakeHost[], reader = new ClusterReader()) {
  const world = new UpstreamWorld(reader);
  const cluster = world.addCluster({ name: 'c', ...json }, hosts);
  const pick = (context?: LoadBalancerContext) => cluster.loadBalancer.chooseHost(context)?.address.asString;
  const count = (draws: number): Record<string, number> => {
    const counts: Record<string, number> = {};
    for (let i = 0; i < draws; i++) {
      const address = pick() ?? 'none';
      counts[address] = (counts[address] ?? 0) + 1;
    }
    return counts;
  };
  return { world, cluster, pick, count };
}

/** `load_balancing_policy` with one policy, by the end of its type's name. */
export function policy(type: string, fields: object = {}): object {
  const typed = { '@type': `type.googleapis.com/envoy.extensions.load_balancing_policies.${type}`, ...fields };
  return { loadBalancingPolicy: { policies: [{ typedExtensionConfig: { name: 'x', typedConfig: typed } }] } };
}
