/** What is logged where there is nothing to log, how a connection was closed, and clusters of groups that a hash chooses. */
import type { Suite } from '../case.ts';
import { bootstrap, cluster, hcm, indent, listener, tcpProxy, to } from '../config.ts';
import { get } from '../requests.ts';

const url = 'type.googleapis.com';
const operators = [
  'DOWNSTREAM_LOCAL_CLOSE_REASON',
  'DOWNSTREAM_DETECTED_CLOSE_TYPE',
  'UPSTREAM_LOCAL_CLOSE_REASON',
  'UPSTREAM_DETECTED_CLOSE_TYPE',
  'CONNECTION_TERMINATION_DETAILS',
  'ROUTE_RESOLUTION_COUNT',
  'DOWNSTREAM_CX_RTT',
  'UPSTREAM_HOSTS_ATTEMPTED_WITHOUT_PORT',
  'UPSTREAM_HOST_NAMES_ATTEMPTED_WITHOUT_PORT',
  'UPSTREAM_CLUSTER',
  'UPSTREAM_FILTER_STATE(none)',
  'VIRTUAL_CLUSTER_NAME',
  'ACCESS_LOG_TYPE',
];
/** Of a connection or a session; there no route was ever looked for. */
const ofConnection = [...operators, 'ROUTE_RESOLUTION_TIME_US'];

function logs(name: string, commands: readonly string[]): string {
  const text = commands.map((command) => `[%${command}%]`).join(' ');
  const json = Object.fromEntries(commands.map((command) => [command, `%${command}%`]));
  return [`text_format_source: {inline_string: ${JSON.stringify(`${text}\n`)}}`, `json_format: ${JSON.stringify(json)}`]
    .map(
      (format) =>
        `- {name: f, typed_config: {"@type": ${url}/envoy.extensions.access_loggers.file.v3.FileAccessLog, path: "{{log.${name}}}", log_format: {${format}}}}\n`,
    )
    .join('');
}

const group = (clusters: readonly string[]) =>
  `{name: g, clusters: [${clusters.map((name) => `{cluster_name: ${name}, weight: 1}`).join(', ')}]}`;
const grouped = (more: string) =>
  `inline_cluster_specifier_plugin: {extension: {name: g, typed_config: {"@type": ${url}/envoy.extensions.router.cluster_specifiers.priority_group.v3.PriorityGroupClusterSpecifier, priority_groups: [${group(['u0', 'u1', 'u2'])}]${more}}}}`;
const byHeader = 'hash_policy: [{header: {header_name: x-h}}]';
const routes = `- {match: {path: /hash}, route: {${grouped(', use_hash_policy: true')}, ${byHeader}}}
- {match: {path: /chance}, route: {${grouped(', use_hash_policy: false')}, ${byHeader}}}
- {match: {path: /nothing}, route: {${grouped(', use_hash_policy: true')}}}
- {match: {path: /late}, route: {cluster: u0, timeout: 0.2s}}
${to('u0')}`;

const udp = `- name: udp
  address: {socket_address: {address: 127.0.0.1, port_value: {{udp}}, protocol: UDP}}
  listener_filters:
  - name: proxy
    typed_config:
      "@type": ${url}/envoy.extensions.filters.udp.udp_proxy.v3.UdpProxyConfig
      stat_prefix: udp
      idle_timeout: 0.2s
      matcher: {on_no_match: {action: {name: r, typed_config: {"@type": ${url}/envoy.extensions.filters.udp.udp_proxy.v3.Route, cluster: h0}}}}
      access_log:
${indent(logs('udp', ofConnection), 6)}
`;

export const logDetails: Suite = {
  kind: 'traffic',
  name: 'log-details',
  config: bootstrap(
    [
      listener(
        'web',
        hcm({ routes, extra: `access_log:\n${logs('web', operators)}` }),
        `access_log:\n${logs('connections', ofConnection)}`,
      ),
      listener('tcp', tcpProxy('tcp', `cluster: u0\naccess_log:\n${logs('tcp', ofConnection)}`)),
      listener(
        'limited',
        tcpProxy(
          't',
          `cluster: u0\nmax_downstream_connection_duration: 0.2s\naccess_log:\n${logs('tcp', ofConnection)}`,
        ),
      ),
      listener('slow', tcpProxy('t', `cluster: u0\nidle_timeout: 0.2s\naccess_log:\n${logs('tcp', ofConnection)}`)),
      listener('refused', tcpProxy('t', `cluster: dead\naccess_log:\n${logs('tcp', ofConnection)}`)),
      udp,
    ],
    [cluster('u0'), cluster('u1'), cluster('u2'), cluster('h0'), cluster('dead', ['1'])],
  ),
  upstreams: { u0: 'http', u1: 'http', u2: 'http' },
  datagramHosts: ['h0'],
  cases: [
    {
      name: 'a request that is none: the connection is closed when the client does not',
      steps: [{ to: 'web', send: 'BAD\r\n\r\n', responses: 'close', logs: ['web', 'connections'], only: '^$' }],
    },
    {
      name: 'a client that has done',
      steps: [
        get('web', '/', ['connection: close'], {
          responses: 'close',
          logs: ['web', 'connections'],
          blind: true,
          only: '^$',
        }),
      ],
    },
    {
      name: 'plain bytes',
      steps: [get('tcp', '/', ['connection: close'], { responses: 'close', logs: ['tcp'], blind: true, only: '^$' })],
    },
    {
      name: 'plain bytes, ended by the client',
      steps: [
        { ...get('tcp', '/', [], { logs: ['tcp'], blind: true, only: '^$' }), reset: true },
        {
          to: 'tcp',
          send: 'GET / HTTP/1.1\r\nhost: a\r\n\r\n',
          fin: true,
          responses: 'close',
          logs: ['tcp'],
          blind: true,
          only: '^$',
        },
        {
          to: 'limited',
          send: 'GET / HTTP/1.1\r\nhost: a\r\n\r\n',
          responses: 'close',
          logs: ['tcp'],
          blind: true,
          only: '^$',
        },
        {
          to: 'slow',
          send: 'GET / HTTP/1.1\r\nhost: a\r\n\r\n',
          responses: 'close',
          logs: ['tcp'],
          blind: true,
          only: '^$',
        },
        {
          to: 'refused',
          send: 'GET / HTTP/1.1\r\nhost: a\r\n\r\n',
          responses: 'close',
          logs: ['tcp'],
          blind: true,
          only: '^$',
        },
      ],
    },
    {
      name: 'requests whose upstream ends, or which end themselves',
      steps: [
        get('web', '/', [], {
          reply: { send: 'HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nab', after: 'end' },
          responses: 'close',
          logs: ['web', 'connections'],
          only: '^$',
          blind: true,
        }),
        get('web', '/', [], {
          reply: { send: 'HTTP/1.1 200 OK\r\nnot a header\r\n\r\n' },
          logs: ['web'],
          only: '^$',
          blind: true,
        }),
        get('web', '/', [], { reply: { after: 'reset' }, logs: ['web'], only: '^$', blind: true }),
        get('web', '/late', [], { reply: { on: 'never' }, logs: ['web'], only: '^$', blind: true }),
      ],
    },
    { name: 'datagrams', steps: [{ to: 'udp', udp: true, send: ['hello'], raw: 9, logs: ['udp'] }] },
    {
      name: 'a group’s cluster by the hash of the route',
      steps: ['a', 'b', 'c', 'd', 'e'].map((hash) => get('web', '/hash', [`x-h: ${hash}`], { only: '^$' })),
    },
    {
      name: 'and by chance otherwise',
      steps: [
        get('web', '/chance', ['x-h: a'], { only: '^$', blind: true }),
        get('web', '/nothing', ['x-h: a'], { only: '^$', blind: true }),
        get('web', '/hash', [], { only: '^$', blind: true }),
      ],
    },
  ],
};
