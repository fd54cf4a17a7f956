/** Clusters at work: order of hosts, limits, priorities, panic, DNS, connection reuse. */
import type { Case, Suite } from '../case.ts';
import { bootstrap, cluster, hcm, listener } from '../config.ts';
import { get, ok, response, stats } from '../requests.ts';

const types = 'type.googleapis.com/envoy.extensions';
const format = '%REQ(:PATH)% %RESPONSE_CODE% %RESPONSE_FLAGS% %RESPONSE_CODE_DETAILS% %UPSTREAM_HOST%';
const host = (name: string, rest = '') =>
  `{${rest}endpoint: {address: {socket_address: {address: 127.0.0.1, port_value: ${name}}}}}`;
const port = (name: string) => (/^\d+$/.test(name) ? name : `{{${name}}}`);

/** A cluster of localities: each has a priority and host entries. */
function localities(name: string, list: readonly (readonly [number, readonly string[]])[], extra = ''): string {
  const endpoints = list.map(
    ([priority, hosts]) => `    - {priority: ${priority}, lb_endpoints: [${hosts.join(', ')}]}`,
  );
  return `- name: ${name}\n  load_assignment:\n    cluster_name: ${name}\n    endpoints:\n${endpoints.join('\n')}\n${extra.replace(/^(?=.)/gm, '  ')}\n`;
}

const dns = (name: string, type: string, address: string) => `- name: ${name}
  type: ${type}
  dns_lookup_family: V4_ONLY
  load_assignment: {cluster_name: ${name}, endpoints: [{lb_endpoints: [{endpoint: {address: {socket_address: {address: ${address}, port_value: {{u0}}}}}}]}]}
`;

const options = (text: string) =>
  `typed_extension_protocol_options: {envoy.extensions.upstreams.http.v3.HttpProtocolOptions: {"@type": ${types}.upstreams.http.v3.HttpProtocolOptions, explicit_http_config: {http_protocol_options: {}}, ${text}}}`;

const three = ['u0', 'u1', 'u2'];
const names: Readonly<Record<string, string>> = {
  rr: cluster('rr', three),
  weighted: localities('weighted', [
    [0, [host(port('u0'), 'load_balancing_weight: 1, '), host(port('u1'), 'load_balancing_weight: 3, ')]],
  ]),
  one: cluster('one', ['u0'], 'lb_policy: RANDOM'),
  least: cluster('least', ['u0'], 'lb_policy: LEAST_REQUEST'),
  failover: localities('failover', [
    [0, [host('1', 'health_status: UNHEALTHY, ')]],
    [1, [host(port('u1'))]],
  ]),
  panic: localities('panic', [
    [0, [host(port('u0'), 'health_status: UNHEALTHY, '), host(port('u1'), 'health_status: UNHEALTHY, ')]],
  ]),
  nopanic: localities(
    'nopanic',
    [[0, [host(port('u0'), 'health_status: UNHEALTHY, ')]]],
    'common_lb_config: {healthy_panic_threshold: {value: 0}}',
  ),
  degraded: localities('degraded', [[0, [host(port('u0'), 'health_status: DEGRADED, ')]]]),
  draining: localities(
    'draining',
    [[0, [host(port('u0'), 'health_status: DRAINING, '), host(port('u1'))]]],
    'common_lb_config: {healthy_panic_threshold: {value: 0}}',
  ),
  strict: dns('strict', 'STRICT_DNS', 'localhost'),
  logical: dns('logical', 'LOGICAL_DNS', 'localhost'),
  nxdomain: dns('nxdomain', 'STRICT_DNS', 'does-not-exist.invalid'),
  pending: cluster(
    'pending',
    ['u0'],
    'circuit_breakers: {thresholds: [{max_connections: 1, max_pending_requests: 1}]}',
  ),
  nopending: cluster('nopending', ['u0'], 'circuit_breakers: {thresholds: [{max_pending_requests: 0}]}'),
  requests: cluster('requests', ['u0'], 'circuit_breakers: {thresholds: [{max_requests: 1}]}'),
  retries: cluster('retries', ['u0'], 'circuit_breakers: {thresholds: [{max_retries: 0}]}'),
  tracked: cluster('tracked', ['u0'], 'circuit_breakers: {thresholds: [{track_remaining: true, max_connections: 3}]}'),
  maxone: cluster('maxone', ['u0'], options('common_http_protocol_options: {max_requests_per_connection: 1}')),
  idle: cluster('idle', ['u0'], options('common_http_protocol_options: {idle_timeout: 0.05s}')),
  proper: cluster(
    'proper',
    ['u0'],
    `typed_extension_protocol_options: {envoy.extensions.upstreams.http.v3.HttpProtocolOptions: {"@type": ${types}.upstreams.http.v3.HttpProtocolOptions, explicit_http_config: {http_protocol_options: {header_key_format: {proper_case_words: {}}}}}}`,
  ),
  dead: cluster('dead', ['1']),
  mixed: cluster('mixed', ['1', 'u0']),
};

const routes = Object.keys(names)
  .map(
    (name) =>
      `- {match: {prefix: /${name}/}, route: {cluster: ${name}${name === 'retries' ? ', retry_policy: {retry_on: 5xx}' : name === 'mixed' ? ', retry_policy: {retry_on: connect-failure}' : ''}}}\n`,
  )
  .join('');
const config = bootstrap([listener('web', hcm({ routes, log: { name: 'web', format } }))], Object.values(names));

const ask = (name: string, rest: object = {}) => get('web', `/${name}/`, [], { logs: ['web'], only: '^$', ...rest });
const times = (name: string, count: number): Case => ({
  name: `${name}, ${count} times`,
  steps: Array.from({ length: count }, () => ask(name)),
});
const hang = (name: string, conn: string) =>
  ask(name, { conn, responses: 0, reply: { on: 'never' }, logs: undefined, blind: true });
const without = <T extends object>(step: T) =>
  Object.fromEntries(Object.entries(step).filter(([, value]) => value !== undefined)) as T;
const close = (conn: string) => ({ do: 'close', conn }) as const;

function limited(name: string, holders: readonly string[], counts: string): Case {
  return {
    name: `limit ${name}`,
    steps: [
      ...holders.map((conn) => without(hang(name, conn))),
      ask(name),
      stats(counts),
      ...[...holders].reverse().map(close),
    ],
  };
}

const breakers = (name: string) => `^cluster\\.${name}\\.(circuit_breakers|upstream_.*(overflow|pending|active))`;

export const upstream: Suite = {
  kind: 'traffic',
  name: 'upstream',
  config,
  upstreams: { u0: 'http', u1: 'http', u2: 'http' },
  cases: [
    ...[
      'one',
      'least',
      'failover',
      'nopanic',
      'degraded',
      'draining',
      'strict',
      'logical',
      'nxdomain',
      'nopending',
      'dead',
      'proper',
      'tracked',
    ].map((name) => times(name, 2)),
    {
      name: 'round robin visits all',
      steps: Array.from({ length: 6 }, () => ask('rr', { logs: [], blind: true })).concat([]),
    },
    {
      name: 'round robin counts',
      steps: [
        stats('^cluster\\.rr\\.(upstream_rq_total|upstream_cx_total|membership)'),
        get('admin', '/clusters?filter=^rr$', [], { blind: true, only: '^$' }),
      ],
    },
    {
      name: 'weighted round robin',
      steps: Array.from({ length: 8 }, () => ask('weighted', { logs: [], blind: true })),
    },
    {
      name: 'weighted round robin counts',
      steps: [get('admin', '/clusters?filter=^weighted$', [], { blind: true, only: '^$' })],
    },
    {
      name: 'panic serves',
      steps: [ask('panic', { logs: [], blind: true }), stats('^cluster\\.panic\\.(lb_healthy_panic|membership)')],
    },
    limited('pending', ['a', 'b'], breakers('pending')),
    limited('requests', ['a'], breakers('requests')),
    {
      name: 'limit retries',
      steps: [
        ask('retries', { reply: response('HTTP/1.1 500 x', ['content-length: 0']) }),
        stats('^cluster\\.retries\\..*(retry|circuit)'),
      ],
    },
    { name: 'limit nopending counts', steps: [stats(breakers('nopending'))] },
    {
      name: 'one request a connection',
      steps: [ask('maxone'), ask('maxone'), stats('^cluster\\.maxone\\.upstream_cx_(total|max_requests|destroy)')],
    },
    {
      name: 'idle upstream connection',
      steps: [
        ask('idle'),
        { do: 'await-stat', name: 'cluster.idle.upstream_cx_idle_timeout', value: 1 },
        stats('^cluster\\.idle\\.upstream_cx_(total|active|idle|destroy)'),
      ],
    },
    {
      name: 'upstream closes after its answer',
      steps: [
        ask('one', { reply: response('HTTP/1.1 200 OK', ['connection: close', 'content-length: 0']) }),
        ask('one'),
        stats('^cluster\\.one\\.upstream_cx_(total|close_notify|destroy)'),
      ],
    },
    {
      name: 'upstream closes an idle connection',
      steps: [
        ask('one', { reply: { send: ok(), after: 'end' } }),
        { do: 'await-stat', name: 'cluster.one.upstream_cx_active', value: 0 },
        ask('one'),
      ],
    },
    {
      name: 'dead and alive with retries',
      steps: [
        ask('mixed', { logs: [], blind: true }),
        ask('mixed', { logs: [], blind: true }),
        ask('mixed', { logs: [], blind: true }),
      ],
    },
    {
      name: 'connection reuse',
      steps: [ask('least'), ask('least'), ask('least'), stats('^cluster\\.least\\.upstream_cx_(total|http1|active)')],
    },
    {
      name: 'DNS statistics',
      steps: [stats('^cluster\\.(strict|logical|nxdomain)\\.membership')],
    },
  ],
};
