/** What the kernel tells of connections (`tcp_stats`), on listeners and clusters, over plain bytes and TLS. */
import type { Suite, VerdictTable } from '../case.ts';
import { bootstrap, cluster, hcm, listener, tcpProxy, to } from '../config.ts';
import { listeners, type Row, rows } from '../minimal.ts';
import { get, stats } from '../requests.ts';
import { pemFiles, withKeys } from './tls-context.ts';

const types = 'type.googleapis.com/envoy.extensions.transport_sockets';
const raw = `{name: raw, typed_config: {"@type": ${types}.raw_buffer.v3.RawBuffer}}`;
const tls = `{name: tls, typed_config: {"@type": ${types}.tls.v3.DownstreamTlsContext, common_tls_context: {tls_certificates: [{certificate_chain: {filename: "{{folder}}/server.pem"}, private_key: {filename: "{{folder}}/server-key.pem"}}]}}}`;
const counted = (inner: string, more = '') =>
  `transport_socket: {name: c, typed_config: {"@type": ${types}.tcp_stats.v3.Config, transport_socket: ${inner}${more}}}\n`;
const on = (text: string, socket: string) => text.replace('  - filters:', `  - ${socket.trim()}\n    filters:`);

const config = bootstrap(
  [
    on(listener('in', hcm({ routes: to('u') }), 'stat_prefix: in'), counted(raw)),
    on(listener('tls', tcpProxy('t', 'cluster: t'), 'stat_prefix: tls'), counted(tls)),
    on(listener('often', hcm({ routes: to('u') }), 'stat_prefix: often'), counted(raw, ', update_period: 0.02s')),
  ],
  [cluster('u', ['u'], counted(raw)), cluster('t', ['t'], counted(raw))],
);

const names = (prefix: string) => stats(`^${prefix}\\.tcp_stats`, ['stat-values']);
const bytes = (prefix: string) =>
  stats(`^${prefix}\\.tcp_stats\\.cx_(rx_bytes_received|rx_data_segments|tx_retransmitted_segments|lost|tx_un)`);
const until = (prefix: string, value: number) =>
  ({ do: 'await-stat', name: `${prefix}.tcp_stats.cx_rx_bytes_received`, value }) as const;

export const tcpStats: Suite = {
  kind: 'traffic',
  name: 'tcp-stats',
  config,
  files: pemFiles(...withKeys('server')),
  upstreams: { u: 'http', t: 'echo' },
  onEachEngine: true,
  cases: [
    { name: 'before', steps: [names('listener\\.in'), names('cluster\\.u'), bytes('listener\\.in')] },
    {
      name: 'a connection of HTTP',
      steps: [
        get('in', '/', [], { conn: 'a', only: '^$' }),
        bytes('listener\\.in'),
        get('in', '/', ['connection: close'], { conn: 'a', only: '^$', responses: 'close' }),
        until('listener.in', 79),
        bytes('listener\\.in'),
        names('listener\\.in'),
      ],
    },
    {
      name: 'while it lasts',
      steps: [get('often', '/', [], { conn: 'a', only: '^$' }), until('listener.often', 30), bytes('listener\\.often')],
    },
    {
      name: 'TLS, and TCP to the upstream',
      steps: [
        { to: 'tls', tls: { maxVersion: 'TLSv1.2' }, send: 'hello', raw: 5 },
        until('cluster.t', 6),
        bytes('cluster\\.t'),
        stats('^listener\\.tls\\.(ssl\\.handshake|tcp_stats\\.cx_(lost|tx_un))'),
      ],
    },
  ],
};

const chain = (socket: string) =>
  `- {name: a, address: {socket_address: {address: 127.0.0.1, port_value: 0}}, filter_chains: [{filters: [], ${socket.trim()}}]}`;
const table: readonly Row[] = [
  ['raw', chain(counted(raw))],
  [
    'within itself',
    chain(counted(`{name: c, typed_config: {"@type": ${types}.tcp_stats.v3.Config, transport_socket: ${raw}}}`)),
  ],
  ['a period', chain(counted(raw, ', update_period: 1s'))],
  ['a short period', chain(counted(raw, ', update_period: 0.0005s'))],
  ['no socket', chain(`transport_socket: {name: c, typed_config: {"@type": ${types}.tcp_stats.v3.Config}}`)],
  ['an unknown socket', chain(counted('{name: x}'))],
  ['no config', chain('transport_socket: {name: envoy.transport_sockets.tcp_stats}')],
  ['TLS of the other side', chain(counted(`{name: tls, typed_config: {"@type": ${types}.tls.v3.UpstreamTlsContext}}`))],
];

export const verdictTcpStats: VerdictTable = {
  kind: 'verdicts',
  name: 'verdict-tcp-stats',
  configs: rows('tcp_stats', listeners, table),
};
