import type { RouteAction_HashPolicy } from '../../../api/generated/envoy/config/route/v3/route_components_pb.d.ts';
import type { ConfigContext } from '../../../sdk/config.ts';
import type { HashPolicy } from '../../../sdk/router.ts';

/** `hash_policy` of a route; undefined when there is none. */
export function parseHashPolicy(
  configs: readonly RouteAction_HashPolicy[],
  ctx: ConfigContext,
): HashPolicy | undefined {
  if (configs.length > 0) ctx.child('hash_policy').error('hash_policy is not supported yet');
  return undefined;
}
