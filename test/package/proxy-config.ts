export interface ProxyPorts {
  readonly adminPort: number;
  readonly listenerPort: number;
  readonly upstreamPort: number;
}

function socketAddress(port: number): object {
  return { address: { socket_address: { address: '127.0.0.1', port_value: port } } };
}

function httpConnectionManager(): object {
  const routes = [{ match: { prefix: '/' }, route: { cluster: 'upstream' } }];
  const typeUrl = 'type.googleapis.com/envoy.extensions.filters';
  return {
    name: 'envoy.filters.network.http_connection_manager',
    typed_config: {
      '@type': `${typeUrl}.network.http_connection_manager.v3.HttpConnectionManager`,
      stat_prefix: 'ingress',
      route_config: { name: 'local', virtual_hosts: [{ name: 'all', domains: ['*'], routes }] },
      http_filters: [
        { name: 'envoy.filters.http.router', typed_config: { '@type': `${typeUrl}.http.router.v3.Router` } },
      ],
    },
  };
}

/** The smallest bootstrap that proxies HTTP: JSON, which is YAML too. */
export function proxyConfig({ adminPort, listenerPort, upstreamPort }: ProxyPorts): string {
  const endpoint = { endpoint: socketAddress(upstreamPort) };
  const assignment = { cluster_name: 'upstream', endpoints: [{ lb_endpoints: [endpoint] }] };
  return JSON.stringify({
    admin: socketAddress(adminPort),
    static_resources: {
      listeners: [
        { name: 'main', ...socketAddress(listenerPort), filter_chains: [{ filters: [httpConnectionManager()] }] },
      ],
      clusters: [{ name: 'upstream', type: 'STATIC', connect_timeout: '1s', load_assignment: assignment }],
    },
  });
}
