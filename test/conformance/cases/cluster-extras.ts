/** Statistics that a cluster or listener leaves out, names of endpoints, and what requests go out by whatever they are. */
import type { Suite, VerdictTable } from '../case.ts';
import { bootstrap, hcm, listener } from '../config.ts';
import { clusterWith, listenerWith, type Row, rows } from '../minimal.ts';
import { get, request, response, stats } from '../requests.ts';

const types = 'type.googleapis.com/envoy.extensions';
const pool = (type: string) =>
  `upstream_config: {name: x, typed_config: {"@type": ${types}.upstreams.http.${type}ConnectionPoolProto}}`;
const assignment = (name: string, host: string) =>
  `load_assignment: {cluster_name: ${name}, endpoints: [{lb_endpoints: [{endpoint: {${host}address: {socket_address: {address: 127.0.0.1, port_value: {{u0}}}}}}]}]}`;
const cluster = (name: string, fields: string, host = '') =>
  `- {name: ${name}, ${fields}, ${assignment(name, host)}}\n`;
const matcher = (text: string) => `stats_matcher: {${text}}`;
const names: Readonly<Record<string, string>> = {
  included: cluster('included', matcher('inclusion_list: {patterns: [{prefix: cluster.included.upstream_rq_2}]}')),
  excluded: cluster('excluded', matcher('exclusion_list: {patterns: [{contains: upstream}, {suffix: _total}]}')),
  unseen: cluster('unseen', `${matcher('reject_all: true')}, outlier_detection: {}`),
  seen: cluster('seen', matcher('reject_all: false')),
  named: cluster(
    'named',
    'track_cluster_stats: {per_endpoint_stats: true}',
    'observability_name: "a.b:c", hostname: h, ',
  ),
  generic: cluster('generic', pool('generic.v3.Generic')),
  http: cluster('http', pool('http.v3.Http')),
  tcp: cluster('tcp', pool('tcp.v3.Tcp')),
};
const selected = `upstream_bind_config: {source_address: {address: 127.0.0.7, port_value: 0}, local_address_selector: {name: x, typed_config: {"@type": type.googleapis.com/envoy.config.upstream.local_address_selector.v3.DefaultLocalAddressSelector}}}`;
const routes = [
  ...['generic', 'http', 'tcp'].map(
    (name) =>
      `- {match: {connect_matcher: {}, headers: [{name: ":authority", string_match: {exact: "${name}:1"}}]}, route: {cluster: ${name}, upgrade_configs: [{upgrade_type: CONNECT, connect_config: {}}]}}\n`,
  ),
  ...[...Object.keys(names), 'selected'].map((name) => `- {match: {prefix: /${name}}, route: {cluster: ${name}}}\n`),
].join('');
const format =
  '%REQ(:PATH)% %RESPONSE_CODE% %RESPONSE_FLAGS% rx=%BYTES_RECEIVED% %UPSTREAM_LOCAL_ADDRESS_WITHOUT_PORT%';

export const clusterExtras: Suite = {
  kind: 'traffic',
  name: 'cluster-extras',
  upstreams: { u0: 'http' },
  config: bootstrap(
    [
      listener('web', hcm({ routes, log: { name: 'web', format } })),
      listener(
        'quiet',
        hcm({ routes: '- {match: {prefix: /}, direct_response: {status: 200}}\n', statPrefix: 'quiet' }),
        `stat_prefix: quiet\n${matcher('inclusion_list: {patterns: [{suffix: downstream_cx_total}, {prefix: http.quiet.downstream_rq_2}]}')}`,
      ),
    ],
    [...Object.values(names), cluster('selected', selected)],
  ),
  cases: [
    {
      name: 'statistics',
      steps: [
        ...Object.keys(names)
          .filter((name) => name !== 'tcp')
          .map((name) => get('web', `/${name}`)),
        get('quiet', '/'),
        stats('^cluster\\.(included|excluded|unseen)\\.'),
        stats('^cluster\\.seen\\.upstream_rq'),
        stats('^cluster\\.named\\.endpoint\\.'),
        stats('^(listener|http)\\.quiet\\.'),
        get('admin', '/stats/prometheus?filter=cluster_(included|unseen)_', [], { only: '^$' }),
      ],
    },
    {
      name: 'source address',
      steps: [get('web', '/selected', [], { logs: ['web'] })],
    },
  ],
};

const connect = (name: string) => request('CONNECT x HTTP/1.1'.replace('x', `${name}:1`), [`host: ${name}:1`]);
const reply = { reply: response('HTTP/1.1 200 OK', ['content-length: 2'], 'hi'), logs: ['web'] } as const;
const inner = request('GET /in HTTP/1.1');

export const upstreamKinds: Suite = {
  kind: 'traffic',
  name: 'upstream-kinds',
  upstreams: { u0: 'http' },
  config: bootstrap(
    [
      listener(
        'web',
        hcm({ routes, log: { name: 'web', format }, extra: 'upgrade_configs: [{upgrade_type: CONNECT}]' }),
      ),
    ],
    [...Object.values(names), cluster('selected', selected)],
  ),
  cases: [
    {
      name: 'requests',
      steps: ['generic', 'http'].map((name) => get('web', `/${name}`, [], reply)),
    },
    {
      name: 'CONNECT',
      // With the head of the tunnel, 71 bytes.
      steps: [
        ...['generic', 'tcp'].map((name) => ({ to: 'web', send: [connect(name), inner], raw: 111, ...reply })),
        { to: 'web', send: connect('http'), raw: 'close', ...reply },
      ],
    },
    {
      name: 'bare bytes',
      steps: [
        {
          to: 'web',
          send: request('POST /tcp HTTP/1.1', [`content-length: ${inner.length}`], inner),
          // The head and one chunk.
          raw: 145,
          ...reply,
        },
      ],
    },
  ],
};

const named = (fields: string, resolver: string) =>
  `name: a\n${fields}load_assignment: {cluster_name: a, endpoints: [{lb_endpoints: [{endpoint: {address: {socket_address: {address: 127.0.0.1, port_value: 1, resolver_name: ${resolver}}}}}]}]}`;
const selector = (type: string) =>
  `upstream_bind_config: {local_address_selector: {name: x, typed_config: {"@type": ${type}}}}`;
const queue = (name: string, type: string) =>
  `queuing_policies: {pending_rq_policy: {name: ${name}, typed_config: {"@type": type.googleapis.com/${type}}}}`;
const table: readonly Row[] = [
  ['resolver', named('', 'envoy.ip')],
  ['resolver unknown', named('', 'nope')],
  ['resolver of a name', named('type: STRICT_DNS\n', 'envoy.ip')],
  ['resolver of a logical name', named('type: LOGICAL_DNS\n', 'nope')],
  [
    'selector',
    selector('type.googleapis.com/envoy.config.upstream.local_address_selector.v3.DefaultLocalAddressSelector'),
  ],
  ['selector unknown', selector('type.googleapis.com/google.protobuf.Struct')],
  ['selector without type', 'upstream_bind_config: {local_address_selector: {name: x}}'],
  ['generic upstream', pool('generic.v3.Generic')],
  ['HTTP upstream', pool('http.v3.Http')],
  ['TCP upstream', pool('tcp.v3.Tcp')],
  ['upstream without type', 'upstream_config: {name: envoy.filters.connection_pools.http.generic}'],
  ['statistics', matcher('reject_all: true')],
  ['statistics by nothing', matcher('')],
  ['statistics by no patterns', matcher('inclusion_list: {}')],
  ['statistics by a bad pattern', matcher('inclusion_list: {patterns: [{safe_regex: {regex: "("}}]}')],
  ['queue', 'queuing_policies: {}'],
  ['queue, the first first', queue('any', 'envoy.extensions.queue_policy.fifo.v3.FifoQueuePolicyConfig')],
  ['queue of another kind', queue('x', 'google.protobuf.Struct')],
  ['queue without type', 'queuing_policies: {pending_rq_policy: {name: envoy.queue_policy.fifo}}'],
  ['load reports', 'lrs_server: {self: {}}\nlrs_report_endpoint_metrics: [a.b]'],
  [
    'endpoints in another list',
    'name: a\nload_assignment: {cluster_name: a, endpoints: [{load_balancer_endpoints: {lb_endpoints: [{endpoint: {address: {socket_address: {address: 127.0.0.1, port_value: 1}}}}]}}]}',
  ],
];
const ofListener: readonly Row[] = [
  ['resolver', 'address: {socket_address: {address: 127.0.0.1, port_value: 0, resolver_name: envoy.ip}}'],
  ['resolver unknown', 'address: {socket_address: {address: 127.0.0.1, port_value: 0, resolver_name: nope}}'],
  ['statistics', matcher('exclusion_list: {patterns: [{prefix: a}]}')],
  ['statistics by no patterns', matcher('exclusion_list: {}')],
];

export const verdictExtras: VerdictTable = {
  kind: 'verdicts',
  name: 'verdict-cluster-extras',
  configs: [...rows('cluster', clusterWith, table), ...rows('listener', listenerWith, ofListener)],
};
