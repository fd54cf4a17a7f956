/** Listeners and clusters for a running simulated proxy, as a control plane would push them. */
import type { Cluster } from '../../api/generated/envoy/config/cluster/v3/cluster_pb.d.ts';
import type { Listener } from '../../api/generated/envoy/config/listener/v3/listener_pb.d.ts';
import { ConfigContext, ConfigErrorCollector } from '../../sdk/config.ts';
import { parseListener } from '../../src/common/listener/parse-listener.ts';
import type { JsonInput } from '../../src/common/proto/json-value.ts';
import { parseProtoJson } from '../../src/common/proto/parse-proto-json.ts';
import { parseClusterConfig } from '../../src/common/upstream/cluster-config.ts';
import type { SimulatedProxyWorld } from '../../src/exe/simulation/simulated-proxy.ts';
import type { CheckedListener } from '../../src/main/listener/listener-manager.ts';

function read<M, C>(
  { dependencies }: SimulatedProxyWorld,
  type: string,
  json: JsonInput,
  parse: (message: M, ctx: ConfigContext) => C | undefined,
): { message: M; config: C; bytes: Uint8Array } {
  const { types, extensions, encode } = dependencies;
  const collector = new ConfigErrorCollector();
  const ctx = new ConfigContext(collector, '', types, extensions);
  const message = parseProtoJson(types, types.requireMessage(type), json, ctx);
  const config = collector.capture(() => parse(message as M, ctx));
  collector.throwIfAny();
  if (config === undefined) throw new Error(`no ${type}`);
  return { message: message as M, config, bytes: encode(message) };
}

export function readListener(proxy: SimulatedProxyWorld, json: JsonInput): CheckedListener {
  const { hash } = proxy.dependencies;
  return read<Listener, CheckedListener['config']>(proxy, 'envoy.config.listener.v3.Listener', json, (message, ctx) =>
    parseListener(message, ctx, { fallbackName: 'unnamed', hash }),
  );
}

export function pushListener(proxy: SimulatedProxyWorld, json: JsonInput, version = '1'): boolean {
  return proxy.server.listenerManager.addOrUpdateListener(readListener(proxy, json), version, true);
}

export function pushCluster(proxy: SimulatedProxyWorld, json: JsonInput, version = '1'): boolean {
  const type = 'envoy.config.cluster.v3.Cluster';
  const checked = read(proxy, type, json, (message: Cluster, ctx) => parseClusterConfig(message, ctx));
  return proxy.server.clusterManager.addOrUpdateCluster(checked, version);
}

const echo = {
  name: 'envoy.filters.network.echo',
  typed_config: { '@type': 'type.googleapis.com/envoy.extensions.filters.network.echo.v3.Echo' },
};

/** A filter chain that sends back what comes. */
export function echoChain(name = 'echo', match: JsonInput = {}): { [field: string]: JsonInput } {
  return { name, filter_chain_match: match, filters: [echo] };
}

/** A filter chain that says `text` and closes. */
export function textChain(name: string, text: string, match: JsonInput = {}): { [field: string]: JsonInput } {
  const typed_config = {
    '@type': 'type.googleapis.com/envoy.extensions.filters.network.direct_response.v3.Config',
    response: { inline_string: text },
  };
  return {
    name,
    filter_chain_match: match,
    filters: [{ name: 'envoy.filters.network.direct_response', typed_config }],
  };
}

export function tcpListener(
  name: string,
  port: number,
  fields: { [field: string]: JsonInput } = {},
): { [field: string]: JsonInput } {
  const address = { socket_address: { address: '127.0.0.1', port_value: port } };
  return { name, address, filter_chains: [echoChain()], ...fields };
}
