/** Sinks of statistics: what statsd hears, in each of its dialects. */
import type { Suite, VerdictTable } from '../case.ts';
import { bootstrap, cluster, hcm, listener } from '../config.ts';
import { get, ok } from '../requests.ts';

const metrics = 'type.googleapis.com/envoy.config.metrics.v3';
const graphite = 'type.googleapis.com/envoy.extensions.stat_sinks.graphite_statsd.v3.GraphiteStatsdSink';
const to = (port: string) => `address: {socket_address: {protocol: UDP, address: 127.0.0.1, port_value: "${port}"}}`;
const sink = (name: string, type: string, fields: string) =>
  `- {name: envoy.stat_sinks.${name}, typed_config: {"@type": ${type}, ${fields}}}`.replace(/"(\{\{\w+\}\})"/, '$1');

const kept = [
  'exact: cluster.u0.upstream_rq_total',
  'exact: cluster.u0.upstream_rq_200',
  'exact: cluster.u0.upstream_rq_timeout',
  'exact: cluster.u0.membership_total',
  'exact: cluster.u0.upstream_rq_time',
  'exact: cluster.u0.ClusterTrafficStats.initialized',
  'exact: http.web.downstream_rq_total',
  'exact: http.web.downstream_rq_time',
  'exact: server.concurrency',
  'exact: listener_manager.workers_started',
].map((pattern) => `{${pattern}}`);

/** Only pages flush: a look is a flush. */
const config = (sinks: readonly string[]) =>
  bootstrap(
    [
      listener(
        'web',
        hcm({
          virtualHosts: `- name: main
  domains: ["*"]
  response_headers_to_remove: [x-envoy-upstream-service-time]
  routes: [{match: {prefix: /up}, route: {cluster: u0}}, {match: {prefix: /}, direct_response: {status: 200}}]
`,
          statPrefix: 'web',
        }),
      ),
    ],
    [cluster('u0'), cluster('counted', ['u0'], 'track_cluster_stats: {per_endpoint_stats: true}')],
    `stats_flush_on_admin: true
deferred_stat_options: {enable_deferred_creation_stats: true}
stats_config:
  stats_tags: [{tag_name: fix, fixed_value: "v w"}, {tag_name: "mine.x", regex: "^cluster\\\\.((u0)\\\\.)"}]
  stats_matcher: {inclusion_list: {patterns: [${kept.join(', ')}]}}
stats_sinks:
${sinks.join('\n')}`,
  );

const hosts = ['plain', 'named', 'dog', 'packed', 'graphite'];
const flush = {
  ...get('admin', '/stats', [], { only: '^$', blind: true, normalise: ['histograms'] as const }),
  heard: hosts,
  normaliseHeard: ['timers', 'sorted-lines'] as const,
};

export const statsSinks: Suite = {
  kind: 'traffic',
  name: 'stats-sinks',
  config: config([
    sink('statsd', `${metrics}.StatsdSink`, to('{{plain}}')),
    sink(
      'statsd',
      `${metrics}.StatsdSink`,
      `${to('{{named}}')}, prefix: a.b, scale_histogram_units_to_milliseconds: true`,
    ),
    sink('dog_statsd', `${metrics}.DogStatsdSink`, to('{{dog}}')),
    sink('dog_statsd', `${metrics}.DogStatsdSink`, `${to('{{packed}}')}, prefix: p, max_bytes_per_datagram: 9000`),
    sink('graphite_statsd', graphite, to('{{graphite}}')),
  ]),
  upstreams: { u0: 'http' },
  datagramHosts: hosts,
  cases: [
    { name: 'at the start', steps: [flush, flush] },
    {
      name: 'requests',
      steps: [
        { ...get('web', '/up', [], { reply: ok() }), heard: hosts, normaliseHeard: ['timers', 'sorted-lines'] },
        flush,
        { ...get('web', '/direct'), heard: hosts, normaliseHeard: ['timers', 'sorted-lines'] },
        { ...get('admin', '/stats/prometheus?filter=endpoint', [], { only: '^$', blind: true }) },
        flush,
        flush,
      ],
    },
  ],
};

const row = (name: string, sinks: string) => ({ name, config: `stats_sinks: [${sinks}]\n` });
const udp = 'address: {socket_address: {protocol: UDP, address: 127.0.0.1, port_value: 8125}}';
const one = (type: string, fields: string, name = 'x') =>
  `{name: ${name}, typed_config: {"@type": ${type}, ${fields}}}`;

export const verdictStatsSinks: VerdictTable = {
  kind: 'verdicts',
  name: 'verdict-stats-sinks',
  configs: [
    row('none', ''),
    row('statsd', one(`${metrics}.StatsdSink`, udp)),
    row('statsd by name alone', '{name: envoy.stat_sinks.statsd}'),
    row(
      'statsd without anything',
      '{name: x, typed_config: {"@type": type.googleapis.com/envoy.config.metrics.v3.StatsdSink}}',
    ),
    row('statsd with a prefix alone', one(`${metrics}.StatsdSink`, 'prefix: x')),
    row('statsd over TCP without a node', one(`${metrics}.StatsdSink`, 'tcp_cluster_name: x')),
    row('an address of TCP', one(`${metrics}.StatsdSink`, udp.replace('UDP', 'TCP'))),
    row('port 0', one(`${metrics}.StatsdSink`, udp.replace('8125', '0'))),
    row('IPv6', one(`${metrics}.StatsdSink`, udp.replace('127.0.0.1', '"::1"'))),
    row('a name for an address', one(`${metrics}.StatsdSink`, udp.replace('127.0.0.1', 'somewhere'))),
    row('a named port', one(`${metrics}.StatsdSink`, udp.replace('port_value: 8125', 'named_port: http'))),
    row('scaled', one(`${metrics}.StatsdSink`, `${udp}, scale_histogram_units_to_milliseconds: true`)),
    row('dog_statsd', one(`${metrics}.DogStatsdSink`, `${udp}, prefix: p, max_bytes_per_datagram: 1`)),
    row('dog_statsd without an address', one(`${metrics}.DogStatsdSink`, 'prefix: p')),
    row('dog_statsd, datagrams of 0 bytes', one(`${metrics}.DogStatsdSink`, `${udp}, max_bytes_per_datagram: 0`)),
    row('graphite', one(graphite, `${udp}, prefix: p, max_bytes_per_datagram: 512`)),
    row('graphite, datagrams of 0 bytes', one(graphite, `${udp}, max_bytes_per_datagram: 0`)),
    row('several', `${one(graphite, udp)}, ${one(graphite, udp)}, ${one(`${metrics}.StatsdSink`, udp)}`),
    row('another name', one(`${metrics}.StatsdSink`, udp, 'envoy.stat_sinks.dog_statsd')),
    row('an unknown field', one(`${metrics}.StatsdSink`, `${udp}, prefixx: p`)),
  ],
};
