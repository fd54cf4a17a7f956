/** What a bootstrap says of statistics besides `stats_config`: deferred ones, eviction. */
import type { Suite } from '../case.ts';
import { bootstrap, cluster, hcm, listener, tcpProxy } from '../config.ts';
import { get, ok, stats } from '../requests.ts';

const config = bootstrap(
  [
    listener(
      'web',
      hcm({
        virtualHosts: `- name: main
  domains: ["*"]
  response_headers_to_remove: [x-envoy-upstream-service-time]
  routes:
  - {match: {prefix: /up}, route: {cluster: u0}}
  - {match: {prefix: /none}, route: {cluster: nobody}}
  - {match: {prefix: /direct}, direct_response: {status: 200}}
`,
        statPrefix: 'web',
      }),
    ),
    listener('tcp', tcpProxy('tcp', 'cluster: e0')),
  ],
  [
    cluster('u0'),
    cluster('e0'),
    cluster('idle', ['1'], 'circuit_breakers: {thresholds: [{track_remaining: true}]}'),
    cluster('nobody', []),
    cluster(
      'checked',
      ['u0'],
      'health_checks: [{timeout: 1s, interval: 60s, no_traffic_interval: 60s, unhealthy_threshold: 1, healthy_threshold: 1, tcp_health_check: {}}]',
    ),
  ],
  'deferred_stat_options: {enable_deferred_creation_stats: true}\nstats_flush_interval: 0.05s\nstats_eviction_interval: 0.1s',
);

const page = (path: string) => get('admin', path, [], { only: '^$', blind: true });
const clusters = ['u0', 'e0', 'idle', 'nobody', 'checked'];
const tree = (name: string) => ({
  name,
  steps: [
    ...clusters.map((one) => stats(`^cluster\\.${one}\\.`)),
    page('/stats?hidden=only'),
    page('/stats?hidden=include&usedonly&filter=initialized'),
    page('/stats?filter=ClusterTraffic'),
    page('/stats?hidden=only&format=json'),
    page('/stats/prometheus?hidden=only'),
    page('/stats/prometheus?hidden=include&filter=nobody.*(Traffic|upstream_rq_total)'),
    page('/stats?hidden=nope'),
  ],
});

export const deferredStatistics: Suite = {
  kind: 'traffic',
  name: 'deferred-statistics',
  config,
  upstreams: { u0: 'http', e0: 'echo' },
  cases: [
    tree('at the start'),
    {
      name: 'one request, one connection',
      steps: [
        get('web', '/direct'),
        get('web', '/up', [], { reply: ok() }),
        get('web', '/none'),
        { to: 'tcp', send: 'hello', raw: 5 },
        { do: 'await-stat', name: 'tcp.tcp.downstream_cx_total', value: 1 },
      ],
    },
    tree('after them'),
  ],
};
