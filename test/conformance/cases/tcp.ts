/** TCP: tcp_proxy, echo, direct_response, filter chain match, proxy protocol, half-close, timeouts, failures, logs. */
import type { Suite } from '../case.ts';
import { bootstrap, cluster, fileLog, indent, listener, tcpProxy } from '../config.ts';
import { stats } from '../requests.ts';

const types = 'type.googleapis.com/envoy.extensions';
const format =
  '%RESPONSE_FLAGS% %RESPONSE_CODE_DETAILS% %CONNECTION_TERMINATION_DETAILS% %UPSTREAM_TRANSPORT_FAILURE_REASON% rx=%BYTES_RECEIVED% tx=%BYTES_SENT% %UPSTREAM_CLUSTER% %PROTOCOL% %RESPONSE_CODE% attempts=%UPSTREAM_REQUEST_ATTEMPT_COUNT% %DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT%';

const proxy = (name: string, extra: string) =>
  listener(name, tcpProxy(name, `${extra}\naccess_log:\n${fileLog(name, format)}`));
const direct = (text: string) =>
  `{name: d, typed_config: {"@type": ${types}.filters.network.direct_response.v3.Config, response: {inline_string: ${text}}}}`;

const chains = `filter_chains:
- {name: by-source, filter_chain_match: {source_prefix_ranges: [{address_prefix: 10.0.0.0, prefix_len: 8}]}, filters: [${direct('ten')}]}
- {name: by-port, filter_chain_match: {destination_port: {{match}}}, filters: [${direct('port')}]}
- {name: by-local, filter_chain_match: {source_type: SAME_IP_OR_LOOPBACK}, filters: [${direct('local')}]}
`;

const address = (name: string) => `address: {socket_address: {address: 127.0.0.1, port_value: {{${name}}}}}`;
const proxyProtocol = `listener_filters: [{name: p, typed_config: {"@type": ${types}.filters.listener.proxy_protocol.v3.ProxyProtocol}}]`;
const bare = (name: string, rest: string) => `- name: ${name}\n  ${address(name)}\n${indent(rest, 2)}\n`;

const config = bootstrap(
  [
    proxy('echoed', 'cluster: e0'),
    proxy('greeted', 'cluster: g0'),
    proxy('sunk', 'cluster: s0'),
    proxy('dead', 'cluster: dead'),
    proxy('retried', 'cluster: dead\nmax_connect_attempts: 3'),
    proxy('nohost', 'cluster: none'),
    proxy('nocluster', 'cluster: nope'),
    proxy('idle', 'cluster: e0\nidle_timeout: 0.1s'),
    proxy('duration', 'cluster: e0\nmax_downstream_connection_duration: 0.1s'),
    proxy('overflow', 'cluster: narrow'),
    proxy('requests', 'cluster: requests'),
    proxy('weighted', 'weighted_clusters: {clusters: [{name: e0, weight: 1}]}'),
    listener('echo', `{name: echo, typed_config: {"@type": ${types}.filters.network.echo.v3.Echo}}`.replace(/^/, '- ')),
    listener(
      'direct',
      `- ${direct('"hello there"')}`,
      `access_log:\n${fileLog('direct', `${format} %DOWNSTREAM_LOCAL_CLOSE_REASON%`)}`,
    ),
    bare('match', chains),
    bare(
      'nomatch',
      `filter_chains: [{filter_chain_match: {destination_port: 1}, filters: [${direct('never')}]}]\naccess_log:\n${fileLog('nomatch', `${format} %FILTER_CHAIN_NAME%`)}`,
    ),
    bare(
      'fallback',
      `filter_chains: [{filter_chain_match: {destination_port: 1}, filters: [${direct('never')}]}]\ndefault_filter_chain: {filters: [${direct('default')}]}`,
    ),
    bare(
      'pp',
      `${proxyProtocol}\nfilter_chains: [{filter_chain_match: {source_prefix_ranges: [{address_prefix: 10.0.0.0, prefix_len: 8}]}, filters: [${direct('from ten')}]}, {filters: [${direct('from elsewhere')}]}]\naccess_log:\n${fileLog('pp', format)}`,
    ),
    bare(
      'pptime',
      `${proxyProtocol}\nlistener_filters_timeout: 0.1s\nfilter_chains: [{filters: [${direct('served')}]}]`,
    ),
    bare(
      'ppcontinue',
      `${proxyProtocol}\nlistener_filters_timeout: 0.1s\ncontinue_on_listener_filters_timeout: true\nfilter_chains: [{filters: [${direct('served')}]}]`,
    ),
    bare('empty', 'filter_chains: [{}]'),
  ],
  [
    cluster('e0'),
    cluster('g0'),
    cluster('s0'),
    cluster('dead', ['1']),
    '- {name: none}\n',
    cluster('requests', ['e0'], 'circuit_breakers: {thresholds: [{max_requests: 1}]}'),
    cluster('narrow', ['e0'], 'circuit_breakers: {thresholds: [{max_connections: 1}]}'),
  ],
);

const buffered = '^tcp\\.greeted\\.downstream_cx_rx_bytes_buffered';

const v2 = (address4: string) => `\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c${address4}\x7f\0\0\x01\x11\x5c\0\x50`;

const pp = (name: string, send: string, bytewise = false) => ({
  name: `proxy protocol ${name}`,
  steps: [{ to: 'pp', send, raw: 'close', bytewise, logs: ['pp'] } as const],
});

export const tcp: Suite = {
  kind: 'traffic',
  name: 'tcp',
  config,
  upstreams: { e0: 'echo', g0: 'greet', s0: 'sink' },
  cases: [
    {
      name: 'echo through tcp_proxy',
      steps: [
        { to: 'echoed', conn: 'c', send: 'hello', raw: 5 },
        { to: 'echoed', conn: 'c', send: ' again', raw: 6 },
        { to: 'echoed', conn: 'c', raw: 'close', fin: true, logs: ['echoed'] },
      ],
    },
    {
      name: 'half-close keeps the other way open',
      steps: [
        { to: 'greeted', conn: 'c', send: 'question', raw: 5, fin: true, reply: { send: 'first' } },
        {
          to: 'greeted',
          conn: 'c',
          raw: 'close',
          push: { upstream: 'g0', reply: { send: 'second', after: 'end' } },
          logs: ['greeted'],
        },
      ],
    },
    {
      name: 'nothing is buffered when the client has done',
      steps: [
        { to: 'greeted', conn: 'c', send: 'question', raw: 2, reply: { send: 'hi' }, stats: buffered },
        { to: 'greeted', conn: 'c', raw: 0, fin: true, stats: buffered },
      ],
    },
    {
      name: 'upstream speaks first and ends',
      steps: [{ to: 'greeted', raw: 'close', fin: true, reply: { send: 'welcome', after: 'end' }, logs: ['greeted'] }],
    },
    {
      name: 'upstream resets',
      steps: [
        { to: 'greeted', conn: 'c', raw: 2, reply: { send: 'oh' } },
        {
          to: 'greeted',
          conn: 'c',
          raw: 'close',
          push: { upstream: 'g0', reply: { after: 'reset' } },
          logs: ['greeted'],
        },
      ],
    },
    {
      name: 'client resets',
      steps: [
        { to: 'sunk', conn: 'c', send: 'abc', raw: 0 },
        { do: 'await-upstream', upstream: 's0', includes: 'abc' },
        { to: 'sunk', conn: 'c', send: 'def', raw: 0, reset: true, logs: ['sunk'] },
      ],
    },
    { name: 'dead upstream', steps: [{ to: 'dead', raw: 'close', logs: ['dead'] }] },
    { name: 'dead upstream, three attempts', steps: [{ to: 'retried', raw: 'close', logs: ['retried'] }] },
    { name: 'no host', steps: [{ to: 'nohost', raw: 'close', logs: ['nohost'] }] },
    { name: 'no cluster', steps: [{ to: 'nocluster', raw: 'close', logs: ['nocluster'] }] },
    { name: 'idle timeout', steps: [{ to: 'idle', send: 'a', raw: 'close', logs: ['idle'] }] },
    { name: 'maximum duration', steps: [{ to: 'duration', send: 'a', raw: 'close', logs: ['duration'] }] },
    {
      name: 'connection limit',
      steps: [
        { to: 'overflow', conn: 'c', send: 'a', raw: 1 },
        { to: 'overflow', raw: 'close', logs: ['overflow'] },
      ],
    },
    {
      name: 'limit of requests means nothing',
      steps: [
        { to: 'requests', conn: 'c', send: 'a', raw: 1 },
        { to: 'requests', send: 'b', raw: 1 },
      ],
    },
    { name: 'weighted', steps: [{ to: 'weighted', send: 'a', raw: 1, logs: ['weighted'] }] },
    { name: 'big body', steps: [{ to: 'echoed', send: 'x'.repeat(300_000), raw: 300_000 }] },
    {
      name: 'echo',
      steps: [
        { to: 'echo', conn: 'c', send: 'abc', raw: 3 },
        { to: 'echo', conn: 'c', send: 'def', raw: 3 },
        { to: 'echo', conn: 'c', raw: 'close', fin: true },
      ],
    },
    {
      name: 'direct response',
      steps: [
        { to: 'direct', raw: 'close', logs: ['direct'] },
        { to: 'direct', send: 'ignored', raw: 'close' },
      ],
    },
    { name: 'filter chain by port before source', steps: [{ to: 'match', raw: 'close' }] },
    { name: 'no filter chain', steps: [{ to: 'nomatch', raw: 'close', logs: ['nomatch'] }] },
    { name: 'default filter chain', steps: [{ to: 'fallback', raw: 'close' }] },
    { name: 'chain without filters', steps: [{ to: 'empty', raw: 'close' }] },
    pp('v1', 'PROXY TCP4 10.1.1.1 10.2.2.2 1111 80\r\n'),
    pp('v1 byte by byte', 'PROXY TCP4 10.1.1.1 10.2.2.2 1111 80\r\n', true),
    pp('v1 other source', 'PROXY TCP4 11.1.1.1 10.2.2.2 1111 80\r\n'),
    pp('v1 tcp6', 'PROXY TCP6 ::1 ::2 1111 80\r\n'),
    pp('v1 unknown', 'PROXY UNKNOWN\r\n'),
    pp('v1 unknown with addresses', 'PROXY UNKNOWN a b c d\r\n'),
    pp('v1 bad port', 'PROXY TCP4 10.1.1.1 10.2.2.2 99999 80\r\n'),
    pp('v1 ports in other spellings', 'PROXY TCP4 10.1.1.1 10.2.2.2 +0001111 +80\r\n'),
    pp('v1 bad address', 'PROXY TCP4 10.1.1 10.2.2.2 1 80\r\n'),
    pp('v1 too long', `PROXY TCP4 ${'1'.repeat(120)}\r\n`),
    pp('v1 bare LF', 'PROXY TCP4 10.1.1.1 10.2.2.2 1111 80\n'),
    pp('v1 lower case', 'proxy TCP4 10.1.1.1 10.2.2.2 1111 80\r\n'),
    pp('not proxy protocol', 'GET / HTTP/1.1\r\n\r\n'),
    pp('v2', v2('\x0a\x01\x01\x01')),
    pp('v2 byte by byte', v2('\x0a\x01\x01\x01'), true),
    pp('v2 local', '\r\n\r\n\0\r\nQUIT\n\x20\0\0\0'),
    pp('v2 bad version', '\r\n\r\n\0\r\nQUIT\n\x31\x11\0\0'),
    pp('v2 short addresses', '\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x04\x0a\x01\x01\x01'),
    pp('v2 unix', `\r\n\r\n\0\r\nQUIT\n\x21\x31\0\x04abcd`),
    {
      name: 'listener filter timeout',
      steps: [
        { to: 'pptime', raw: 'close' },
        { to: 'ppcontinue', raw: 'close' },
        { to: 'pptime', send: 'PRO', raw: 'close' },
      ],
    },
    {
      name: 'statistics',
      steps: [
        stats('^tcp\\.'),
        stats(
          '^cluster\\.(e0|dead|none|narrow|s0)\\.(upstream_cx_[a-km-q]|upstream_cx_(total|rx|destroy)|upstream_rq|circuit|membership)',
        ),
        stats('^listener\\.127.*(cx_overflow|destroy|total|no_filter|pre_cx|listener_filter|proxy_proto)'),
      ],
    },
  ],
};
