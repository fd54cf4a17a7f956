/** A proxy of one cluster `c` behind one listener `web`, and how its hosts are. */
import type { SimulatedProxyWorld } from '../../src/exe/simulation/simulated-proxy.ts';

const types = 'type.googleapis.com/envoy.extensions';

export const hostAt = (ip: string, extra: object = {}) => ({
  endpoint: { address: { socket_address: { address: ip, port_value: 80 } }, ...extra },
});

/** @param cluster its fields, @param route those of its route's action, @param extra of the bootstrap */
export function bootstrap(cluster: object, route: object = {}, extra: object = {}): object {
  const hcm = {
    '@type': `${types}.filters.network.http_connection_manager.v3.HttpConnectionManager`,
    stat_prefix: 'web',
    route_config: {
      virtual_hosts: [
        { name: 'all', domains: ['*'], routes: [{ match: { prefix: '/' }, route: { cluster: 'c', ...route } }] },
      ],
    },
    http_filters: [{ name: 'router', typed_config: { '@type': `${types}.filters.http.router.v3.Router` } }],
  };
  const address = { socket_address: { address: '127.0.0.1', port_value: 1000 } };
  const filter = { name: 'hcm', typed_config: hcm };
  return {
    ...extra,
    admin: { address: { socket_address: { address: '127.0.0.1', port_value: 9901 } } },
    static_resources: {
      listeners: [{ name: 'web', address, filter_chains: [{ filters: [filter] }] }],
      clusters: [{ name: 'c', connect_timeout: '1s', ...cluster }],
    },
  };
}

/** `10.0.0.1 healthy`, host by host. */
export async function flags(proxy: SimulatedProxyWorld): Promise<readonly string[]> {
  const { body } = await proxy.admin('/clusters');
  return [...body.matchAll(/^c::(.*):80::health_flags::(.*)$/gm)].map(([, ip, text]) => `${ip} ${text}`);
}
