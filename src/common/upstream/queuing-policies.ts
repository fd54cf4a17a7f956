import type { Cluster } from '../../../api/generated/envoy/config/cluster/v3/cluster_pb.d.ts';
import type { ConfigContext } from '../../../sdk/config.ts';

const fifo = 'envoy.extensions.queue_policy.fifo.v3.FifoQueuePolicyConfig';

/** `queuing_policies`: who waited longest for a connection goes first. There is no other policy, here as in Envoy. */
export function checkQueuingPolicies({ queuingPolicies }: Cluster, ctx: ConfigContext): void {
  const policy = queuingPolicies?.pendingRqPolicy;
  if (policy === undefined) return;
  const at = ctx.child('queuing_policies').child('pending_rq_policy');
  const message = policy.typedConfig && at.child('typed_config').unpack(policy.typedConfig);
  if (message === undefined || message.$typeName === fifo) return;
  at.error(`Didn't find a registered queue policy implementation for name: '${policy.name}'`);
}
