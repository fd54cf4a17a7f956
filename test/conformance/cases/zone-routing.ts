/** Zone-aware routing: two of us are in zone a, one in zone b; where requests go, and what is counted. */
import type { Suite } from '../case.ts';
import { bootstrap, hcm, listener } from '../config.ts';
import { get, stats } from '../requests.ts';

const policies = 'type.googleapis.com/envoy.extensions.load_balancing_policies';

type Zones = Readonly<Record<string, readonly string[]>>;

function zonedCluster(name: string, zones: Zones, extra = '', health = ''): string {
  const lists = Object.entries(zones).map(([zone, hosts]) => {
    const endpoints = hosts.map((host) => {
      const [port = '', weight = '1'] = host.split('*');
      const address = `{socket_address: {address: 127.0.0.1, port_value: ${/^\d+$/.test(port) ? port : `{{${port}}}`}}}`;
      return `{load_balancing_weight: ${weight}, ${health}endpoint: {address: ${address}}}`;
    });
    return `    - {locality: {zone: ${zone}}, lb_endpoints: [${endpoints.join(', ')}]}`;
  });
  return `- name: ${name}\n  load_assignment:\n    cluster_name: ${name}\n    endpoints:\n${lists.join('\n')}\n${extra.replace(/^(?=.)/gm, '  ')}\n`;
}

const zoneAware = (fields: string) => `common_lb_config: {zone_aware_lb_config: {${fields}}}`;
const policy = (type: string, fields: string) =>
  `load_balancing_policy: {policies: [{typed_extension_config: {name: x, typed_config: {"@type": ${policies}.${type}, locality_lb_config: {zone_aware_lb_config: {min_cluster_size: 2, ${fields}}}}}}]}`;

const halves = { a: ['u0'], b: ['u1'] };
const clusters: Readonly<Record<string, readonly [zones: Zones, extra: string]>> = {
  direct: [{ a: ['u0', 'u1'], b: ['u2'] }, zoneAware('min_cluster_size: 3')],
  random: [{ b: ['u2'], a: ['u0', 'u1'] }, `lb_policy: RANDOM\n${zoneAware('min_cluster_size: 3')}`],
  least: [{ a: ['u0', 'u1'], b: ['u2'] }, `lb_policy: LEAST_REQUEST\n${zoneAware('min_cluster_size: 3')}`],
  small: [{ a: ['u0', 'u1'], b: ['u2'] }, ''],
  never: [{ a: ['u0', 'u1'], b: ['u2'] }, zoneAware('min_cluster_size: 3, routing_enabled: {value: 0}')],
  elsewhere: [{ b: ['u1'], c: ['u0', 'u2'] }, zoneAware('min_cluster_size: 3')],
  one: [{ a: ['u0', 'u1', 'u2'] }, zoneAware('min_cluster_size: 3')],
  weighted: [halves, 'common_lb_config: {locality_weighted_lb_config: {}}'],
  failing: [{ a: ['u0', 'u1'], b: ['u2'] }, zoneAware('min_cluster_size: 3, fail_traffic_on_panic: true')],
  forced: [halves, policy('round_robin.v3.RoundRobin', 'force_local_zone: {}')],
  unforced: [
    { a: ['u0'], c: ['u1'] },
    policy('round_robin.v3.RoundRobin', 'force_local_zone: {min_size: 2}, routing_enabled: {value: 0}'),
  ],
  weights: [
    { a: ['u0*3'], b: ['u1'] },
    policy('least_request.v3.LeastRequest', 'locality_basis: HEALTHY_HOSTS_WEIGHT'),
  ],
};

function suite(name: string, zone: string, health = ''): Suite {
  const names = Object.keys(clusters);
  const routes = names.map((to) => `- {match: {prefix: /${to}/}, route: {cluster: ${to}}}`).join('\n');
  const me = zonedCluster('me', { a: ['1', '2'], b: ['3'] }, '', health);
  const node = `node: {id: us, cluster: me, locality: {zone: ${zone}}}\ncluster_manager: {local_cluster_name: me}\n`;
  const upstream = Object.entries(clusters).map(([to, [zones, extra]]) => zonedCluster(to, zones, extra));
  return {
    kind: 'traffic',
    name,
    // As the first named or the last: it is there before the others.
    config: bootstrap([listener('web', hcm({ routes }))], [...upstream, me], node),
    upstreams: { u0: 'http', u1: 'http', u2: 'http' },
    cases: names.map((to) => ({
      name: to,
      steps: [
        ...Array.from({ length: 6 }, () => get('web', `/${to}/`, [], { only: '^$', blind: true })),
        // How often Envoy works out its zones hangs on the order of a hash table, and what it counts then where it is forced.
        stats(
          `^cluster\\.${to}\\.(lb_(${to === 'forced' ? '' : 'local|'}zone)|upstream_rq_total|upstream_cx_none_healthy)`,
        ),
        ...(['direct', 'elsewhere', 'weighted', 'forced', 'one'].includes(to)
          ? [{ ...get('admin', `/clusters?filter=^${to}$`, [], { blind: true, only: '^$' }) }]
          : []),
      ],
    })),
  };
}

export const zoneSuites: readonly Suite[] = [
  suite('zone-routing', 'a'),
  suite('zone-routing-elsewhere', 'd'),
  suite('zone-routing-panic', 'a', 'health_status: UNHEALTHY, '),
];
