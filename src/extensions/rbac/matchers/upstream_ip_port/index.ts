import type { UpstreamIpPortMatcher } from '../../../../../api/generated/envoy/extensions/rbac/matchers/upstream_ip_port/v3/upstream_ip_port_matcher_pb.d.ts';
import type { ConfigContext } from '../../../../../sdk/config.ts';
import { CidrRange } from '../../../../common/network/cidr.ts';
import type { RuleExtension } from '../../../filters/common/rbac/rule-extension.ts';
import { UPSTREAM_ADDRESS, type UpstreamAddress } from '../../../filters/common/rbac/upstream-address.ts';

interface Wanted {
  readonly range: CidrRange | undefined;
  /** Both ends belong to it. */
  readonly ports: { readonly start: bigint; readonly end: bigint } | undefined;
}

function parse({ upstreamIp, upstreamPortRange }: UpstreamIpPortMatcher, ctx: ConfigContext): Wanted {
  if (upstreamIp === undefined && upstreamPortRange === undefined) {
    ctx.error('Invalid UpstreamIpPortMatcher configuration - missing `upstream_ip` and/or `upstream_port_range`');
  }
  const range = upstreamIp && CidrRange.of(upstreamIp.addressPrefix, upstreamIp.prefixLen ?? 0);
  if (upstreamIp !== undefined && range === undefined) {
    ctx.child('upstream_ip').error(`malformed IP address: ${upstreamIp.addressPrefix}`);
  }
  return { range, ports: upstreamPortRange };
}

/** The address of the host that a filter before has chosen (envoy.extensions.rbac.matchers.upstream_ip_port.v3.UpstreamIpPortMatcher). */
export const upstreamIpPort: RuleExtension<'envoy.rbac.matchers', Wanted> = {
  category: 'envoy.rbac.matchers',
  name: 'envoy.rbac.matchers.upstream_ip_port',
  configTypes: ['envoy.extensions.rbac.matchers.upstream_ip_port.v3.UpstreamIpPortMatcher'],
  parseConfig: (message, ctx) => parse(message as UpstreamIpPortMatcher, ctx),
  createRule:
    ({ range, ports }) =>
    ({ streamInfo }) => {
      const address = (streamInfo.filterState.get(UPSTREAM_ADDRESS) as UpstreamAddress | undefined)?.address;
      if (address === undefined) return false;
      if (range !== undefined && !range.containsAddress(address)) return false;
      return ports === undefined || (address.port >= ports.start && address.port <= ports.end);
    },
};
