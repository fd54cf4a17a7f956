/** What the proxy is configured with under a soak: each kind of listener, plain and with TLS. */
import { fileURLToPath } from 'node:url';

const types = 'type.googleapis.com/envoy.extensions';
const pem = (name: string): string => fileURLToPath(new URL(`../harness/pem/${name}.pem`, import.meta.url));

const tls = `transport_socket: {name: tls, typed_config: {"@type": ${types}.transport_sockets.tls.v3.DownstreamTlsContext, common_tls_context: {tls_certificates: [{certificate_chain: {filename: ${pem('server')}}, private_key: {filename: ${pem('server-key')}}}]}}}`;
const echo = `{name: echo, typed_config: {"@type": ${types}.filters.network.echo.v3.Echo}}`;
const tcp = `{name: tcp, typed_config: {"@type": ${types}.filters.network.tcp_proxy.v3.TcpProxy, stat_prefix: tcp, cluster: echo}}`;
const router = `{name: envoy.filters.http.router, typed_config: {"@type": ${types}.filters.http.router.v3.Router}}`;
const http = `{name: http, typed_config: {"@type": ${types}.filters.network.http_connection_manager.v3.HttpConnectionManager, stat_prefix: http, stream_idle_timeout: 5s, request_headers_timeout: 5s, common_http_protocol_options: {idle_timeout: 5s}, route_config: {virtual_hosts: [{name: all, domains: ["*"], routes: [{match: {path: /large}, direct_response: {status: 200, body: {inline_string: "${'x'.repeat(4000)}"}}}, {match: {prefix: /}, route: {cluster: http}}]}]}, http_filters: [${router}]}}`;

/** Kinds of connections, and the filters that serve them. */
const kinds = { echo, tcp, http } as const;
export const listenerNames = ['echo', 'tcp', 'http', 'tls-echo', 'tls-tcp', 'tls-http'] as const;
export type ListenerName = (typeof listenerNames)[number];

export interface SoakPorts {
  readonly admin: number;
  readonly udp: number;
  /** Of the hosts that answer: TCP and UDP, and HTTP. */
  readonly echoHost: number;
  readonly httpHost: number;
  readonly listeners: Readonly<Record<ListenerName, number>>;
}

const address = (port: number, protocol = 'TCP') =>
  `{socket_address: {protocol: ${protocol}, address: 127.0.0.1, port_value: ${port}}}`;
const cluster = (name: string, port: number) =>
  `  - {name: ${name}, connect_timeout: 1s, load_assignment: {cluster_name: ${name}, endpoints: [{lb_endpoints: [{endpoint: {address: ${address(port)}}}]}]}}`;

export function soakConfig(ports: SoakPorts): string {
  const listeners = listenerNames.map((name) => {
    const filter = kinds[name.replace('tls-', '') as keyof typeof kinds];
    const socket = name.startsWith('tls-') ? `, ${tls}, transport_socket_connect_timeout: 5s` : '';
    const balance = 'connection_balance_config: {exact_balance: {}}';
    return `  - {name: ${name}, address: ${address(ports.listeners[name])}, ${balance}, per_connection_buffer_limit_bytes: 65536, filter_chains: [{filters: [${filter}]${socket}}]}`;
  });
  const udp = `  - {name: udp, address: ${address(ports.udp, 'UDP')}, listener_filters: [{name: u, typed_config: {"@type": ${types}.filters.udp.udp_proxy.v3.UdpProxyConfig, stat_prefix: udp, idle_timeout: 1s, matcher: {on_no_match: {action: {name: r, typed_config: {"@type": ${types}.filters.udp.udp_proxy.v3.Route, cluster: echo}}}}}}]}`;
  return `admin: {address: ${address(ports.admin)}}
static_resources:
  listeners:
${[...listeners, udp].join('\n')}
  clusters:
${cluster('echo', ports.echoHost)}
${cluster('http', ports.httpHost)}
`;
}
