/** Whole statistics trees, zeros included: at the start, and after a fixed sequence of requests. */
import type { Exchange, Suite } from '../case.ts';
import { bootstrap, cluster, hcm, listener, tcpProxy, to } from '../config.ts';
import { get, post, request, response, stats } from '../requests.ts';

const vhost = `- name: main
  domains: ["*"]
  # Its length is that of a time.
  response_headers_to_remove: [x-envoy-upstream-service-time]
  virtual_clusters: [{name: vc, headers: [{name: ":path", string_match: {prefix: /up}}]}]
  routes:
  - {match: {prefix: /up}, route: {cluster: u0}, stat_prefix: rt}
  - {match: {prefix: /dead}, route: {cluster: dead}}
  - {match: {prefix: /unknown}, route: {cluster_header: x-none}}
  - {match: {prefix: /redirect}, redirect: {path_redirect: /x}}
  - {match: {prefix: /direct}, direct_response: {status: 200}}
  - {match: {prefix: /slow}, route: {cluster: u0, timeout: 0.05s}}
  - {match: {prefix: /retry}, route: {cluster: u0, retry_policy: {retry_on: 5xx}}}
`;

const config = bootstrap(
  [
    listener('web', hcm({ virtualHosts: vhost, statPrefix: 'web' }), 'stat_prefix: weblistener'),
    listener('tcp', tcpProxy('tcpstat', 'cluster: e0')),
    listener('quiet', hcm({ routes: to('u0'), statPrefix: 'a:b.c' })),
  ],
  [
    cluster('u0'),
    cluster('e0'),
    cluster('dead', ['1']),
    cluster('with:colon', ['1']),
    cluster('dotted.name', ['1'], 'alt_stat_name: alt.name'),
  ],
  // Envoy's histograms are in use once they have been flushed.
  'stats_flush_interval: 0.05s',
);

/** The families; what varies from run to run (memory, uptime, admin's own traffic, buffered log bytes) is left out. */
const families = [
  '^cluster\\.',
  '^http\\.(web|a_b|async)',
  '^listener\\.(weblistener|127)',
  '^tcp\\.',
  '^vhost\\.',
  '^listener_manager\\.',
  '^cluster_manager\\.',
  '^runtime\\.',
  '^(http1|http2|thread_local|workers|main_thread)',
  '^server\\.(concurrency|live|state|hot_restart_epoch|watchdog|worker|main|compilation|envoy|static|dynamic|wip|debug)',
  '^(filesystem|overload|envoy|listener\\.admin|http\\.admin|dns)',
];

const tree = (name: string) => ({
  name,
  steps: families.map((family, index) => stats(family, index === families.length - 1 ? ['stat-values'] : [])),
});
const page = (path: string, filter: string): Exchange => ({
  ...get('admin', `${path}&filter=${encodeURIComponent(filter)}`),
  only: '^$',
  blind: true,
  normalise: ['histograms'],
});
const plain = (status: string) => response(`HTTP/1.1 ${status}`, ['content-length: 0']);

export const statistics: Suite = {
  kind: 'traffic',
  name: 'statistics',
  config,
  upstreams: { u0: 'http', e0: 'echo' },
  cases: [
    tree('at the start'),
    {
      name: 'requests',
      steps: [
        get('web', '/up/1'),
        post('web', '/up/2', 'hello'),
        get('web', '/up/3', [], { reply: plain('404 x') }),
        get('web', '/up/4', [], { reply: plain('503 x') }),
        get('web', '/up/5', [], { reply: plain('302 x') }),
        get('web', '/dead'),
        get('web', '/unknown'),
        get('web', '/redirect'),
        get('web', '/direct'),
        get('web', '/none'),
        get('web', '/slow', [], { reply: { on: 'never' } }),
        get('web', '/retry', [], { reply: [{ send: plain('500 x') }, { send: plain('200 OK') }] }),
        get('web', '/up/6', [], { reply: { after: 'reset' } }),
        { to: 'web', send: 'BAD\r\n\r\n' },
        { to: 'web', send: request('GET /up HTTP/1.1', ['connection: close']), responses: 'close' },
        get('web', '/up/100', [], {
          reply: { send: response('HTTP/1.1 200 OK', ['content-length: 9'], 'abc'), after: 'end' },
        }),
        { to: 'web', send: request('GET /up/7 HTTP/1.1'), responses: 0, reply: { on: 'never' } },
        { to: 'tcp', send: 'hello', raw: 5 },
        { do: 'await-stat', name: 'http.web.downstream_cx_active', value: 0 },
        { do: 'await-stat', name: 'tcp.tcpstat.downstream_cx_total', value: 1 },
      ],
    },
    tree('after them'),
    {
      name: 'those in use',
      steps: [
        page(
          '/stats?usedonly',
          '^(listener\\.weblistener\\.|listener_manager\\.|http\\.web\\.downstream_(rq|flow)|tcp\\.tcpstat\\.(idle|down.*flow))',
        ),
        page('/stats?format=prometheus', '^cluster\\.u0\\.upstream_(queue|cx_active|rq_total)'),
      ],
    },
    {
      name: 'a pipelined pair and an open request',
      steps: [
        { to: 'web', send: request('GET /direct HTTP/1.1') + request('GET /direct HTTP/1.1'), responses: 2 },
        { to: 'web', conn: 'open', send: request('GET /up/open HTTP/1.1'), responses: 0, reply: { on: 'never' } },
        stats('^(http\\.web|cluster\\.u0|vhost|listener\\.weblistener).*active'),
        { do: 'close', conn: 'open' },
        { do: 'await-stat', name: 'cluster.u0.upstream_rq_active', value: 0 },
        stats('^(http\\.web|cluster\\.u0)\\..*(cancelled|rx_reset|tx_reset|destroy)'),
      ],
    },
    {
      name: 'a status beyond all classes',
      steps: [
        get('web', '/up/999', [], { reply: plain('999 x') }),
        { ...get('admin', '/clusters?filter=u0'), only: '^$', blind: true },
      ],
    },
  ],
};
