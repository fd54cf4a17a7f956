/** Whose upstream connections are, and where they come from. */
import type { Suite, VerdictTable } from '../case.ts';
import { bootstrap, cluster, hcm, listener } from '../config.ts';
import { clusterWith, type Row, rows } from '../minimal.ts';
import { get, stats } from '../requests.ts';

const names = ['shared', 'apart', 'bound', 'following'] as const;
const routes = names.map((name) => `- {match: {prefix: /${name}}, route: {cluster: ${name}}}\n`).join('');
const format = '%REQ(:PATH)% %UPSTREAM_LOCAL_ADDRESS_WITHOUT_PORT%';
const config = bootstrap(
  [listener('web', hcm({ routes, log: { name: 'web', format } }))],
  [
    cluster('shared', ['u0']),
    cluster('apart', ['u0'], 'connection_pool_per_downstream_connection: true'),
    cluster('bound', ['u0'], 'upstream_bind_config: {source_address: {address: 127.0.0.3, port_value: 0}}'),
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
    { name: 'following', steps: [ask('following'), counts('following')] },
  ],
};

const manager = (text: string) => (fragment: string) => `cluster_manager: {${text}}\n${clusterWith(fragment)}`;
const table: readonly Row[] = [['a cluster', 'connect_timeout: 1s']];

export const verdictClusterSockets: VerdictTable = {
  kind: 'verdicts',
  name: 'verdict-cluster-sockets',
  configs: [
    ...rows('pool', clusterWith, [['apart', 'connection_pool_per_downstream_connection: true'] as const]),
    ...rows('address', manager('upstream_bind_config: {source_address: {address: 127.0.0.1, port_value: 0}}'), table),
    ...rows('no address', manager('upstream_bind_config: {}'), table),
    ...rows('bad address', manager('upstream_bind_config: {source_address: {address: foo, port_value: 0}}'), table),
    ...rows('freebind', manager('upstream_bind_config: {freebind: true}'), table),
  ],
};
