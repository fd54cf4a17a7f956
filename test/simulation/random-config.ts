/** Configuration for random runs: clusters c0… behind listeners l0…, and updates of both. */
import type { JsonInput } from '../../src/common/proto/json-value.ts';
import type { Dice } from './dice.ts';

type JsonObject = { [field: string]: JsonInput };

export const clusterNames = ['c0', 'c1', 'c2'];
export const listenerNames = ['l0', 'l1'];
export const upstreamAddresses = ['10.0.0.1', '10.0.0.2', '10.0.0.3', '10.0.0.4'];
export const dnsName = 'upstreams.test';
export const upstreamPort = 80;
/** After this long without traffic every pooled connection is closed. */
export const idleMs = 5_000;
export const routeTimeoutMs = 2_000;

const http = 'type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager';
const router = 'type.googleapis.com/envoy.extensions.filters.http.router.v3.Router';
const httpOptions = 'envoy.extensions.upstreams.http.v3.HttpProtocolOptions';

export const bootstrap = {
  admin: { address: { socket_address: { address: '127.0.0.1', port_value: 9901 } } },
  layered_runtime: { layers: [{ name: 'admin', admin_layer: {} }] },
  static_resources: { listeners: [listener('fixed', 999, 'fixed')] },
};

export function randomCluster(dice: Dice, name: string): JsonObject {
  return {
    name,
    connect_timeout: '1s',
    lb_policy: dice.pick(['ROUND_ROBIN', 'LEAST_REQUEST', 'RANDOM']),
    circuit_breakers: { thresholds: [randomThresholds(dice)] },
    typed_extension_protocol_options: {
      [httpOptions]: {
        '@type': `type.googleapis.com/${httpOptions}`,
        explicit_http_config: { http_protocol_options: {} },
        common_http_protocol_options: {
          idle_timeout: `${idleMs / 1000}s`,
          ...(dice.chance(0.3) ? { max_requests_per_connection: dice.between(1, 4) } : {}),
        },
      },
    },
    ...(dice.chance(0.3) ? dnsEndpoints(dice, name) : staticEndpoints(dice, name)),
  };
}

/** @param chain names the filter chain: another name is another chain */
export function listener(name: string, port: number, chain: string, fields: JsonObject = {}): JsonObject {
  const routes = clusterNames.map((cluster) => ({
    match: { prefix: `/${cluster}/` },
    route: { cluster, timeout: `${routeTimeoutMs / 1000}s` },
  }));
  const typed_config = {
    '@type': http,
    stat_prefix: name,
    route_config: { name, virtual_hosts: [{ name: 'all', domains: ['*'], routes }], validate_clusters: false },
    http_filters: [{ name: 'envoy.filters.http.router', typed_config: { '@type': router } }],
    common_http_protocol_options: { idle_timeout: '20s' },
    stream_idle_timeout: '10s',
  };
  const filters = [{ name: 'envoy.filters.network.http_connection_manager', typed_config }];
  return {
    name,
    address: { socket_address: { address: '127.0.0.1', port_value: port } },
    filter_chains: [{ name: chain, filters }],
    ...fields,
  };
}

export function randomListener(dice: Dice, name: string): JsonObject {
  const base = 1000 + 10 * listenerNames.indexOf(name);
  const port = dice.chance(0.8) ? base : base + 1;
  const fields = dice.chance(0.5) ? {} : { per_connection_buffer_limit_bytes: dice.pick([1_000, 65_536]) };
  return listener(name, port, dice.pick(['red', 'green', 'blue']), fields);
}

function randomThresholds(dice: Dice): JsonObject {
  if (dice.chance(0.6)) return {};
  return {
    max_connections: dice.between(1, 4),
    max_pending_requests: dice.between(1, 4),
    max_requests: dice.between(1, 6),
  };
}

function staticEndpoints(dice: Dice, name: string): JsonObject {
  const hosts = upstreamAddresses.filter(() => dice.chance(0.6));
  return { type: 'STATIC', load_assignment: assignment(name, hosts) };
}

function dnsEndpoints(dice: Dice, name: string): JsonObject {
  return {
    type: 'STRICT_DNS',
    dns_refresh_rate: `${dice.between(1, 5)}s`,
    load_assignment: assignment(name, [dnsName]),
  };
}

function assignment(cluster_name: string, hosts: readonly string[]): JsonObject {
  const lb_endpoints = hosts.map((address) => ({
    endpoint: { address: { socket_address: { address, port_value: upstreamPort } } },
  }));
  return { cluster_name, endpoints: [{ lb_endpoints }] };
}
