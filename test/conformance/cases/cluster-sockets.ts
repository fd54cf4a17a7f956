/** Whose upstream connections are, and where they come from. */
import type { Suite, VerdictTable } from '../case.ts';
import { bootstrap, cluster, hcm, listener } from '../config.ts';
import { clusterWith, type Row, rows } from '../minimal.ts';
import { get, stats } from '../requests.ts';

const names = ['shared', 'apart', 'bound', 'following', 'second', 'older', 'none', 'own'] as const;
const routes = names.map((name) => `- {match: {prefix: /${name}}, route: {cluster: ${name}}}\n`).join('');
const format = '%REQ(:PATH)% %UPSTREAM_LOCAL_ADDRESS_WITHOUT_PORT%';
const ip = (address: string) => `{address: "${address}", port_value: 0}`;
const source = (address: string) => `source_address: ${ip(address)}`;
const config = bootstrap(
  [listener('web', hcm({ routes, log: { name: 'web', format } }))],
  [
    cluster('shared', ['u0']),
    cluster('apart', ['u0'], 'connection_pool_per_downstream_connection: true'),
    cluster('bound', ['u0'], 'upstream_bind_config: {source_address: {address: 127.0.0.3, port_value: 0}}'),
    cluster(
      'second',
      ['u0'],
      `upstream_bind_config: {${source('::1')}, extra_source_addresses: [{address: ${ip('127.0.0.4')}}]}`,
    ),
    cluster(
      'older',
      ['u0'],
      `upstream_bind_config: {${source('::1')}, additional_source_addresses: [${ip('127.0.0.5')}]}`,
    ),
    cluster('none', ['u0'], `upstream_bind_config: {${source('::1')}}`),
    cluster(
      'own',
      ['u0'],
      `upstream_bind_config: {${source('127.0.0.6')}, socket_options: [{level: 1, name: 9, int_value: 1, state: STATE_PREBIND}], extra_source_addresses: [{address: ${ip('::1')}, socket_options: {socket_options: [{level: 99, name: 9, int_value: 1, state: STATE_PREBIND}]}}]}\nupstream_connection_options: {set_local_interface_name_on_upstream_connections: true}\ncommon_lb_config: {override_host_status: {statuses: [HEALTHY]}}`,
    ),
    cluster('following', ['u0'], 'protocol_selection: USE_DOWNSTREAM_PROTOCOL'),
  ],
  'cluster_manager: {upstream_bind_config: {source_address: {address: 127.0.0.2, port_value: 0}}}',
);
const ask = (name: string, conn?: string) =>
  get('web', `/${name}`, [], { only: '^$', logs: ['web'], ...(conn !== undefined && { conn }) });
const counts = (name: string) =>
  stats(`^cluster\\.${name}\\.(upstream_cx_(total|active|http)|upstream_rq_total|circuit.*cx_pool)`);
const close = (conn: string) => ({ do: 'close', conn }) as const;

export const clusterSockets: Suite = {
  kind: 'traffic',
  name: 'cluster-sockets',
  config,
  upstreams: { u0: 'http' },
  cases: [
    ...(['shared', 'apart'] as const).map((name) => ({
      name,
      steps: [
        ask(name, 'a'),
        ask(name, 'b'),
        ask(name, 'a'),
        ask(name, 'b'),
        close('a'),
        ask(name),
        counts(name),
        close('b'),
      ],
    })),
    { name: 'bound', steps: [ask('bound')] },
    { name: 'bound by IP version', steps: [ask('second'), ask('older'), ask('none'), ask('own')] },
    { name: 'following', steps: [ask('following'), counts('following')] },
  ],
};

const two = (more: string) => `upstream_bind_config: {${source('127.0.0.1')}, ${more}}`;
const manager = (text: string) => (fragment: string) => `cluster_manager: {${text}}\n${clusterWith(fragment)}`;
const table: readonly Row[] = [['a cluster', 'connect_timeout: 1s']];

export const verdictClusterSockets: VerdictTable = {
  kind: 'verdicts',
  name: 'verdict-cluster-sockets',
  configs: [
    ...rows('pool', clusterWith, [['apart', 'connection_pool_per_downstream_connection: true'] as const]),
    ...rows('address', manager('upstream_bind_config: {source_address: {address: 127.0.0.1, port_value: 0}}'), table),
    ...rows('no address', manager('upstream_bind_config: {}'), table),
    ...rows('two addresses', clusterWith, [
      ['of two versions', two(`extra_source_addresses: [{address: ${ip('::1')}}]`)],
      ['of one', two(`extra_source_addresses: [{address: ${ip('127.0.0.2')}}]`)],
      ['three', two(`extra_source_addresses: [{address: ${ip('::1')}}, {address: ${ip('::2')}}]`)],
      ['of the older field', two(`additional_source_addresses: [${ip('::1')}]`)],
      [
        'of both fields',
        two(`additional_source_addresses: [${ip('::1')}], extra_source_addresses: [{address: ${ip('::1')}}]`),
      ],
      ['without the first', `upstream_bind_config: {extra_source_addresses: [{address: ${ip('::1')}}]}`],
      ['one is none', two(`extra_source_addresses: [{address: ${ip('x')}}]`)],
      ['of nothing', two('extra_source_addresses: [{}]')],
      ['validated namespaces', two('validate_network_namespaces: true')],
      ['interface names', 'upstream_connection_options: {set_local_interface_name_on_upstream_connections: true}'],
      ['wished for hosts', 'common_lb_config: {override_host_status: {statuses: [HEALTHY, DRAINING]}}'],
    ]),
    ...rows('bad address', manager('upstream_bind_config: {source_address: {address: foo, port_value: 0}}'), table),
    ...rows('freebind', manager('upstream_bind_config: {freebind: true}'), table),
  ],
};
