import type { Route } from '../../../../../api/generated/envoy/extensions/filters/udp/udp_proxy/v3/route_pb.d.ts';
import type {
  UdpProxyConfig_HashPolicy,
  UdpProxyConfig as UdpProxyProto,
} from '../../../../../api/generated/envoy/extensions/filters/udp/udp_proxy/v3/udp_proxy_pb.d.ts';
import type { Matcher } from '../../../../../api/generated/xds/type/matcher/v3/matcher_pb.d.ts';
import type { ConfigContext } from '../../../../../sdk/config.ts';
import type { ListenerFactoryContext } from '../../../../../sdk/extension.ts';
import type { MatchTreeFactory, NamedExtension, NetworkMatchingData } from '../../../../../sdk/matching.ts';
import { type AccessLogConfig, parseAccessLogs } from '../../../../common/access-log/access-log-config.ts';
import { xxHash64 } from '../../../../common/hash/xxhash64.ts';
import { maxRxDatagramBytes } from '../../../../common/listener/parse-udp-listener.ts';
import { parseMatchTree } from '../../../../common/matcher/parse-match-tree.ts';
import { StreamRecord } from '../../../../common/stream-info/stream-record.ts';
import { durationMs } from '../../../../common/upstream/proto-values.ts';
import { SocketConnectionInfo } from '../../../../worker/network/connection-info.ts';
import type { UdpHashPolicy, UdpProxy, UdpProxySettings } from '../../../../worker/udp/udp-proxy-config.ts';

export interface UdpProxyConfig {
  readonly statPrefix: string;
  readonly settings: UdpProxySettings;
  readonly accessLogs: readonly AccessLogConfig[];
  readonly proxyAccessLogs: readonly AccessLogConfig[];
  readonly createRoute: CreateRoute;
}

type CreateRoute = (context: ListenerFactoryContext) => UdpProxy['route'];

const defaultIdleTimeoutMs = 60_000;
const routeType = 'envoy.extensions.filters.udp.udp_proxy.v3.Route';
/** Of datagrams nothing else is known. */
const inputTypes = ['DestinationIPInput', 'DestinationPortInput', 'SourceIPInput', 'SourcePortInput'].map(
  (name) => `envoy.extensions.matching.common_inputs.network.v3.${name}`,
);

/** Checks a UdpProxyConfig; faults are gathered in `ctx`. */
export function parseUdpProxy(config: UdpProxyProto, ctx: ConfigContext): UdpProxyConfig {
  if (config.usePerPacketLoadBalancing && config.sessionFilters.length > 0)
    ctx.error('Only one of use_per_packet_load_balancing or session_filters can be used.');
  ctx.requireSupported(config, [
    'statPrefix',
    'cluster',
    'matcher',
    'idleTimeout',
    'hashPolicies',
    'upstreamSocketConfig',
    'usePerPacketLoadBalancing',
    'accessLog',
    'proxyAccessLog',
    'accessLogOptions',
  ]);
  const { clusterNames, createRoute } = parseRoute(config.routeSpecifier, ctx);
  return {
    statPrefix: config.statPrefix,
    settings: {
      idleTimeoutMs: durationMs(config.idleTimeout) ?? defaultIdleTimeoutMs,
      usePerPacketLoadBalancing: config.usePerPacketLoadBalancing,
      hashPolicy: parseHashPolicy(config.hashPolicies[0]),
      maxRxDatagramBytes: maxRxDatagramBytes(config.upstreamSocketConfig, true),
      // Its other field is about tunnels.
      accessLogFlushIntervalMs: durationMs(config.accessLogOptions?.accessLogFlushInterval),
      clusterNames,
    },
    accessLogs: parseAccessLogs(config.accessLog, ctx),
    proxyAccessLogs: parseAccessLogs(config.proxyAccessLog, ctx, 'proxy_access_log'),
    createRoute,
  };
}

function parseRoute(
  specifier: UdpProxyProto['routeSpecifier'],
  ctx: ConfigContext,
): { readonly clusterNames: readonly string[]; readonly createRoute: CreateRoute } {
  if (specifier.case === 'matcher') return parseMatcher(specifier.value, ctx.child('matcher'));
  const name = specifier.case === 'cluster' ? specifier.value : '';
  return { clusterNames: [name], createRoute: () => () => name };
}

function parseMatcher(matcher: Matcher, ctx: ConfigContext): ReturnType<typeof parseRoute> {
  const names = new Set<string>();
  const subject = {
    inputs: 'envoy.matching.network.input' as const,
    inputFault: (type: string, name: string) =>
      inputTypes.includes(type)
        ? undefined
        : `Didn't find a registered implementation for '${name}' with type URL: '${type}'`,
    parseAction(action: NamedExtension, place: ConfigContext) {
      const route = parseAction(action, place);
      if (route !== undefined) names.add(route.cluster);
      return route;
    },
  };
  const tree: MatchTreeFactory<NetworkMatchingData, Route> = parseMatchTree(matcher, subject, ctx);
  const [only] = names;
  const isFixed = matcher.matcherType.case === undefined;
  const createRoute: CreateRoute = (context) => (isFixed ? () => only : routeByTree(tree, context));
  return { clusterNames: [...names], createRoute };
}

function parseAction({ name, typedConfig }: NamedExtension, ctx: ConfigContext): Route | undefined {
  const message = typedConfig === undefined ? undefined : ctx.child('typed_config').unpack(typedConfig);
  const type = message?.$typeName ?? '';
  if (type === routeType) return message as Route;
  ctx.error(`Didn't find a registered implementation for '${name}' with type URL: '${type}'`, {
    expected: `typed_config of type.googleapis.com/${routeType}`,
  });
  return undefined;
}

function routeByTree(
  factory: MatchTreeFactory<NetworkMatchingData, Route>,
  context: ListenerFactoryContext,
): UdpProxy['route'] {
  const tree = factory(context);
  return (local, peer) => {
    const streamInfo = new StreamRecord(context.timeSource, new SocketConnectionInfo(0, local, peer));
    const result = tree.match({ streamInfo });
    return typeof result === 'string' ? undefined : result.cluster;
  };
}

function parseHashPolicy(policy: UdpProxyConfig_HashPolicy | undefined): UdpHashPolicy | undefined {
  const by = policy?.policySpecifier;
  if (by?.case === 'sourceIp') return ({ ip }) => xxHash64(ip);
  if (by?.case !== 'key') return undefined;
  const hash = xxHash64(by.value);
  return () => hash;
}
