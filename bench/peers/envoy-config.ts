import { join } from 'node:path';
import { certificate, ownAnswer, type ProxySetup, portsOnTheWay, privateKey } from './peer.ts';

const extensions = 'type.googleapis.com/envoy.extensions';
const cluster = 'backend';
const answering = {
  name: 'answering',
  domains: ['*'],
  routes: [{ match: { prefix: '/' }, direct_response: { status: 200, body: { inline_string: ownAnswer } } }],
};
const noResumption = { disable_stateless_session_resumption: true, disable_stateful_session_resumption: true };

/** The bootstrap for Envoy and for us; JSON, so that a large one is not a measurement of YAML. */
export function envoyBootstrap(setup: ProxySetup): string {
  const ports = portsOnTheWay(setup);
  const upstreamPorts = ports.slice(1);
  const listeners = upstreamPorts.map((_, i) => listener(setup, ports[i], virtualHosts(setup, clusterName(i))));
  if (setup.ownPorts.length > 0) listeners.push(listener(setup, ports.at(-1), [answering]));
  const clusters = upstreamPorts.map((port, i) => upstream(clusterName(i), port));
  return JSON.stringify({ static_resources: { listeners, clusters } });
}

function clusterName(hop: number): string {
  return hop === 0 ? cluster : `${cluster}-${hop}`;
}

function listener(setup: ProxySetup, port: number | undefined, virtual_hosts: readonly object[]) {
  const filter = setup.kind === 'tcp' ? tcpProxy() : httpConnectionManager(setup, virtual_hosts);
  const name = port === setup.port ? 'bench' : `bench-${port}`;
  return { name, address: address(port), filter_chains: [{ filters: [filter], ...secure(setup) }] };
}

function upstream(name: string, port: number) {
  const endpoint = { endpoint: { address: address(port) } };
  return {
    name,
    load_assignment: { cluster_name: name, endpoints: [{ lb_endpoints: [endpoint] }] },
    circuit_breakers: { thresholds: [{ max_connections: 20_000, max_pending_requests: 20_000, max_requests: 20_000 }] },
  };
}

function address(port: number | undefined) {
  return { socket_address: { address: '127.0.0.1', port_value: port } };
}

function secure({ tls, resumption }: ProxySetup) {
  if (!tls) return {};
  const certificates = [{ certificate_chain: { filename: certificate }, private_key: { filename: privateKey } }];
  return {
    transport_socket: {
      name: 'envoy.transport_sockets.tls',
      typed_config: {
        '@type': `${extensions}.transport_sockets.tls.v3.DownstreamTlsContext`,
        common_tls_context: { tls_certificates: certificates },
        ...(resumption ? {} : noResumption),
      },
    },
  };
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

function httpConnectionManager(setup: ProxySetup, virtual_hosts: readonly object[]) {
  const router = { '@type': `${extensions}.filters.http.router.v3.Router` };
  return {
    name: 'envoy.filters.network.http_connection_manager',
    typed_config: {
      '@type': `${extensions}.filters.network.http_connection_manager.v3.HttpConnectionManager`,
      stat_prefix: 'bench',
      route_config: { name: 'bench', virtual_hosts },
      access_log: setup.accessLog ? [accessLog(setup)] : [],
      http_filters: [...noOpFilters(setup), { name: 'envoy.filters.http.router', typed_config: router }],
    },
  };
}

function accessLog({ folder }: ProxySetup) {
  return {
    name: 'envoy.access_loggers.file',
    typed_config: {
      '@type': `${extensions}.access_loggers.file.v3.FileAccessLog`,
      path: join(folder, 'access.log'),
    },
  };
}

/** Of `load/no-op-filter.ts`. */
function noOpFilters({ filters }: ProxySetup) {
  const typed_config = { '@type': 'type.googleapis.com/google.protobuf.Empty' };
  return Array.from({ length: filters }, (_, i) => ({ name: `no-op-${i}`, typed_config }));
}

function virtualHosts({ hosts, routes }: ProxySetup, cluster: string) {
  const all = { match: { prefix: '/' }, route: { cluster } };
  const tables = Array.from({ length: routes }, (_, i) => ({ match: { prefix: `/r${i}/` }, route: { cluster } }));
  const named = Array.from({ length: hosts }, (_, i) => ({ name: `h${i}`, domains: [`h${i}.test`], routes: [all] }));
  return [...named, { name: 'all', domains: ['*'], routes: [...tables, all] }];
}
