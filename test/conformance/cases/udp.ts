/** UDP listeners and udp_proxy: sessions, routes, balancing, limits, logs, statistics. */
import type { Suite, VerdictTable } from '../case.ts';
import { bootstrap, cluster, fileLog, indent } from '../config.ts';
import { listeners, type Row, rows } from '../minimal.ts';

const types = 'type.googleapis.com/envoy.extensions';
const session =
  '%ACCESS_LOG_TYPE% rx=%BYTES_RECEIVED% tx=%BYTES_SENT% up=%UPSTREAM_HOST% cluster=%UPSTREAM_CLUSTER% to=%DOWNSTREAM_LOCAL_ADDRESS% flags=%RESPONSE_FLAGS% details=%RESPONSE_CODE_DETAILS% %PROTOCOL% %DYNAMIC_METADATA(udp.proxy.session)%';

const proxyType = `"@type": ${types}.filters.udp.udp_proxy.v3.UdpProxyConfig`;
const proxy = (prefix: string, fields: string) =>
  `{name: envoy.filters.udp_listener.udp_proxy, typed_config: {${proxyType}, stat_prefix: ${prefix}, ${fields}}}`;
const address = (port: string) => `{socket_address: {protocol: UDP, address: 127.0.0.1, port_value: ${port}}}`;
const listener = (name: string, fields: string, extra = '') =>
  `- name: ${name}\n  address: ${address(`{{${name}}}`)}\n  listener_filters: [${proxy(name, fields)}]\n${indent(extra, 2)}\n`;

const log = (name: string, field = 'access_log', format = session) =>
  `${field}: [${fileLog(name, format).replace(/^- /, '{').trimEnd().replace(/\n\s*/g, ', ').replace('typed_config:, ', 'typed_config: {')}}}]`;
const route = (to: string) =>
  `{action: {name: route, typed_config: {"@type": ${types}.filters.udp.udp_proxy.v3.Route, cluster: ${to}}}}`;
const input = (name: string) =>
  `{name: i, typed_config: {"@type": ${types}.matching.common_inputs.network.v3.${name}}}`;

const config = bootstrap(
  [
    listener('plain', 'cluster: one'),
    listener('routed', `matcher: {on_no_match: ${route('one')}}`),
    listener(
      'byport',
      `matcher: {matcher_tree: {input: ${input('DestinationPortInput')}, exact_match_map: {map: {"{{byport}}": ${route('two')}}}}}`,
    ),
    listener(
      'noroute',
      `matcher: {matcher_tree: {input: ${input('SourceIPInput')}, exact_match_map: {map: {"192.0.2.1": ${route('one')}}}}}`,
    ),
    listener('nocluster', 'cluster: nope'),
    listener('nohost', 'cluster: empty'),
    listener('narrow', `cluster: narrow, ${log('narrow')}`),
    listener('nogro', 'cluster: one, upstream_socket_config: {max_rx_datagram_size: 2000, prefer_gro: false}'),
    listener(
      'gro',
      'cluster: one, upstream_socket_config: {max_rx_datagram_size: 2000}',
      'udp_listener_config: {downstream_socket_config: {prefer_gro: true}}',
    ),
    listener('idle', `cluster: one, idle_timeout: 0.2s, ${log('idle')}`),
    listener('periodic', `cluster: one, access_log_options: {access_log_flush_interval: 0.4s}, ${log('periodic')}`),
    listener('packets', 'cluster: both, use_per_packet_load_balancing: true'),
    listener('sticky', 'cluster: both, hash_policies: [{source_ip: true}]'),
    listener('keyed', 'cluster: both, hash_policies: [{key: k}]'),
    listener(
      'large',
      'cluster: one, upstream_socket_config: {max_rx_datagram_size: 4000}',
      'udp_listener_config: {downstream_socket_config: {max_rx_datagram_size: 9000}}',
    ),
    listener('refused', 'cluster: dead'),
  ],
  [
    cluster('one', ['h0']),
    cluster('two', ['h1']),
    cluster('both', ['h0', 'h1']),
    cluster('dead', ['unused']),
    cluster('empty', []),
    cluster('narrow', ['h0'], 'circuit_breakers: {thresholds: [{max_connections: 1}]}'),
  ],
);

const stats = (name: string, clusterName?: string): string =>
  clusterName === undefined
    ? `^udp\\.${name}\\.`
    : `^(udp\\.${name}\\.|cluster\\.${clusterName}\\.(udp|upstream_cx_(rx_bytes_total|tx_bytes_total|overflow|none_healthy|total|active)))`;

export const udp: Suite = {
  kind: 'traffic',
  name: 'udp',
  config,
  datagramHosts: ['h0', 'h1'],
  cases: [
    {
      name: 'a session',
      steps: [
        { to: 'plain', udp: true, conn: 'c', send: ['hello', 'there'], raw: 18 },
        { to: 'plain', udp: true, conn: 'c', send: ['', 'twice'], raw: 18, stats: stats('plain') },
        { to: 'plain', udp: true, conn: 'd', send: ['another'], raw: 11, stats: stats('plain') },
      ],
    },
    { name: 'a route', steps: [{ to: 'routed', udp: true, send: ['x'], raw: 5, stats: stats('routed') }] },
    {
      name: 'a route by port',
      steps: [{ to: 'byport', udp: true, send: ['x'], raw: 5, stats: stats('byport', 'two') }],
    },
    { name: 'no route', steps: [{ to: 'noroute', udp: true, send: ['x', 'y'], raw: 1, stats: stats('noroute') }] },
    { name: 'no cluster', steps: [{ to: 'nocluster', udp: true, send: ['x'], raw: 1, stats: stats('nocluster') }] },
    { name: 'no host', steps: [{ to: 'nohost', udp: true, send: ['x'], raw: 1, stats: stats('nohost', 'empty') }] },
    {
      name: 'one session is the limit',
      steps: [
        { to: 'narrow', udp: true, conn: 'c', send: ['x'], raw: 5 },
        { to: 'narrow', udp: true, conn: 'd', send: ['y'], raw: 1, logs: ['narrow'], stats: stats('narrow', 'narrow') },
        { to: 'narrow', udp: true, conn: 'c', send: ['z'], raw: 5, stats: stats('narrow', 'narrow') },
      ],
    },
    {
      name: 'an idle session ends, and is logged',
      steps: [
        { to: 'idle', udp: true, conn: 'c', send: ['hello', 'twice'], raw: 27 },
        { do: 'await-stat', name: 'udp.idle.idle_timeout', value: 1 },
        { to: 'idle', udp: true, conn: 'c', send: ['again'], raw: 9, logs: ['idle'] },
        { do: 'await-stat', name: 'udp.idle.idle_timeout', value: 2 },
        {
          to: 'admin',
          send: 'GET /ready HTTP/1.1\r\nhost: a\r\n\r\n',
          only: 'x',
          normalise: ['no-body'],
          stats: stats('idle'),
        },
      ],
    },
    {
      name: 'a session that goes on is logged from time to time',
      steps: [{ to: 'periodic', udp: true, conn: 'c', send: ['hello'], raw: 9, logs: ['periodic'] }],
    },
    {
      name: 'each datagram goes to another host',
      steps: [{ to: 'packets', udp: true, send: ['anybody', 'anybody', 'anybody'], raw: 24, stats: stats('packets') }],
    },
    {
      name: 'what is too long for the listener or the session is dropped',
      steps: [
        { to: 'plain', udp: true, send: ['x'.repeat(1501), 'y'.repeat(1500)], raw: 14 },
        { to: 'plain', udp: true, send: ['long'], raw: 1, stats: '^cluster\\.one\\.udp\\.sess_rx_datagrams_dropped' },
        { to: 'large', udp: true, send: ['z'.repeat(9000), 'long'], raw: 3015, stats: stats('large') },
        { to: 'nogro', udp: true, send: ['long'], raw: 1, stats: stats('nogro') },
        { to: 'gro', udp: true, send: ['long', 'z'.repeat(5000)], raw: 3014, stats: stats('gro') },
        { to: 'large', udp: true, send: ['z'.repeat(9001)], raw: 1, stats: 'downstream_rx_datagram_dropped' },
      ],
    },
    {
      name: 'nobody is there',
      steps: [
        { to: 'refused', udp: true, conn: 'c', send: ['x'], raw: 1, stats: stats('refused', 'dead') },
        { to: 'refused', udp: true, conn: 'c', send: ['y'], raw: 1, stats: stats('refused', 'dead') },
      ],
    },
    {
      name: 'statistics of a listener',
      steps: [
        {
          to: 'admin',
          send: 'GET /stats?filter=listener.*downstream HTTP/1.1\r\nhost: a\r\n\r\n',
          only: 'x',
          normalise: ['stat-values', 'sorted-lines'],
        },
        { to: 'admin', send: 'GET /listeners HTTP/1.1\r\nhost: a\r\n\r\n', only: 'x' },
      ],
    },
  ],
};

const chain = `{filters: [{name: e, typed_config: {"@type": ${types}.filters.network.echo.v3.Echo}}]}`;
const udpWith = (fragment: string): string =>
  listeners(`- name: l\n${indent(`address: ${address('0')}\n${fragment}`, 2)}`);
const proxyWith = (fields: string): string => udpWith(`listener_filters: [${proxy('s', fields)}]`);
const filter = (type: string) => `listener_filters: [{name: f, typed_config: {"@type": ${types}.${type}}}]`;
const writer = (type: string) =>
  `${filter0}\nudp_listener_config: {udp_packet_packet_writer_config: {name: w, typed_config: {"@type": ${types}.udp_packet_writer.v3.${type}}}}`;
const filter0 = `listener_filters: [${proxy('s', 'cluster: a')}]`;

const ofListeners: readonly Row[] = [
  ['no filters', ''],
  ['a proxy', filter0],
  ['a filter chain', `${filter0}\nfilter_chains: [${chain}]`],
  ['a default filter chain', `${filter0}\ndefault_filter_chain: ${chain}`],
  ['two proxies', `listener_filters: [${proxy('s', 'cluster: a')}, ${proxy('t', 'cluster: a')}]`],
  ['a filter of connections', filter('filters.listener.tls_inspector.v3.TlsInspector')],
  ['filter_disabled', filter0.replace('{name', '{filter_disabled: {any_match: true}, name')],
  ['the default writer', writer('UdpDefaultWriterFactory')],
  ['no such writer', writer('Nope')],
  ['prefer_gro', `${filter0}\nudp_listener_config: {downstream_socket_config: {prefer_gro: true}}`],
  ['a size of 0', `${filter0}\nudp_listener_config: {downstream_socket_config: {max_rx_datagram_size: 0}}`],
  ['a size of 65536', `${filter0}\nudp_listener_config: {downstream_socket_config: {max_rx_datagram_size: 65536}}`],
  [
    'TCP beside it',
    `${filter0}\nadditional_addresses: [{address: {socket_address: {address: 127.0.0.1, port_value: 0}}}]`,
  ],
  ['UDP beside it', `${filter0}\nadditional_addresses: [{address: ${address('0')}}]`],
];
const ofProxies: readonly Row[] = [
  ['an unknown cluster', 'cluster: nope'],
  ['no route', 'idle_timeout: 1s'],
  ['a matcher to an unknown cluster', `matcher: {on_no_match: ${route('nope')}}`],
  [
    'another action',
    `matcher: {on_no_match: {action: {name: route, typed_config: {"@type": ${types}.filters.network.echo.v3.Echo}}}}`,
  ],
  [
    'an input of connections',
    `matcher: {matcher_tree: {input: ${input('ServerNameInput')}, exact_match_map: {map: {x: ${route('a')}}}}}`,
  ],
  [
    'an input of datagrams',
    `matcher: {matcher_tree: {input: ${input('SourcePortInput')}, exact_match_map: {map: {x: ${route('a')}}}}}`,
  ],
  ['two hash policies', 'cluster: a, hash_policies: [{source_ip: true}, {key: k}]'],
  ['source_ip false', 'cluster: a, hash_policies: [{source_ip: false}]'],
  ['an empty key', 'cluster: a, hash_policies: [{key: ""}]'],
  ['an idle timeout of 0', 'cluster: a, idle_timeout: 0s'],
  ['a flush interval too short', 'cluster: a, access_log_options: {access_log_flush_interval: 0.0001s}'],
];

export const verdictUdp: VerdictTable = {
  kind: 'verdicts',
  name: 'verdict-udp',
  configs: [...rows('listener', udpWith, ofListeners), ...rows('proxy', proxyWith, ofProxies)],
};
