import type { ProxySetup } from './peer.ts';

const extensions = 'type.googleapis.com/envoy.extensions';
const cluster = 'backend';

/** The bootstrap for Envoy and for us; JSON, so that a large one is not a measurement of YAML. */
export function envoyBootstrap(setup: ProxySetup): string {
  const filter = setup.kind === 'tcp' ? tcpProxy() : httpConnectionManager(setup);
  const listener = { name: 'bench', address: address(setup.port), filter_chains: [{ filters: [filter] }] };
  const endpoint = { endpoint: { address: address(setup.backendPort) } };
  const upstream = {
    name: cluster,
    load_assignment: { cluster_name: cluster, endpoints: [{ lb_endpoints: [endpoint] }] },
    circuit_breakers: { thresholds: [{ max_connections: 20_000, max_pending_requests: 20_000, max_requests: 20_000 }] },
  };
  return JSON.stringify({ static_resources: { listeners: [listener], clusters: [upstream] } });
}

function address(port: number) {
  return { socket_address: { address: '127.0.0.1', port_value: port } };
}

function tcpProxy() {
  return {
    name: 'envoy.filters.network.tcp_proxy',
    typed_config: {
      '@type': `${extensions}.filters.network.tcp_proxy.v3.TcpProxy`,
      stat_prefix: 'bench',
      cluster,
    },
  };
}

function httpConnectionManager(setup: ProxySetup) {
  const router = { '@type': `${extensions}.filters.http.router.v3.Router` };
  return {
    name: 'envoy.filters.network.http_connection_manager',
    typed_config: {
      '@type': `${extensions}.filters.network.http_connection_manager.v3.HttpConnectionManager`,
      stat_prefix: 'bench',
      route_config: { name: 'bench', virtual_hosts: virtualHosts(setup) },
      http_filters: [{ name: 'envoy.filters.http.router', typed_config: router }],
    },
  };
}

function virtualHosts({ hosts, routes }: ProxySetup) {
  const all = { match: { prefix: '/' }, route: { cluster } };
  const tables = Array.from({ length: routes }, (_, i) => ({ match: { prefix: `/r${i}/` }, route: { cluster } }));
  const named = Array.from({ length: hosts }, (_, i) => ({ name: `h${i}`, domains: [`h${i}.test`], routes: [all] }));
  return [...named, { name: 'all', domains: ['*'], routes: [...tables, all] }];
}
