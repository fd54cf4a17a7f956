/** The admin interface: every page, its headers and shapes, and its errors. */
import type { Suite } from '../case.ts';
import { bootstrap, cluster, hcm, listener, tcpProxy, to } from '../config.ts';
import { get, post, request } from '../requests.ts';

const config = bootstrap(
  [listener('web', hcm({ routes: to('u0'), statPrefix: 'web' })), listener('tcp', tcpProxy('tcp', 'cluster: u0'))],
  [
    cluster(
      'u0',
      ['u0'],
      'circuit_breakers: {thresholds: [{max_connections: 7, max_retries: 2}, {priority: HIGH, max_requests: 5}]}',
    ),
    cluster('empty', ['9'], 'alt_stat_name: other'),
  ],
  'node: {id: node-id, cluster: node-cluster, locality: {region: r, zone: z}}\nlayered_runtime: {layers: [{name: base, static_layer: {a.b: 1, c: {d: text}}}, {name: admin, admin_layer: {}}]}\nstats_config: {stats_tags: [{tag_name: mine, regex: "^cluster\\\\.((u0)\\\\.)"}]}',
);

const page = (path: string, rest: object = {}) => get('admin', path, [], { blind: true, ...rest });
const act = (path: string, rest: object = {}) =>
  ({ to: 'admin', send: request(`POST ${path} HTTP/1.1`, ['content-length: 0']), blind: true, ...rest }) as const;
const shaped = { normalise: ['json-shape'] } as const;
const steady =
  '^(cluster\\.(u0|other)\\.(upstream_cx_(total|active)|membership_total|circuit_breakers.default.rq_open|upstream_rq_200)|http\\.web\\.downstream_rq_(2xx|total))$';
const filtered = (rest: string) => page(`/stats?filter=${encodeURIComponent(steady)}${rest}`);

export const admin: Suite = {
  kind: 'traffic',
  name: 'admin',
  config,
  upstreams: { u0: 'http' },
  cases: [
    {
      name: 'ready',
      steps: [
        page('/ready'),
        page('/ready?x=y'),
        page('/ready/'),
        { to: 'admin', send: request('HEAD /ready HTTP/1.1'), blind: true },
        act('/ready'),
      ],
    },
    { name: 'home', steps: [page('/', { normalise: ['no-body'] }), page('', { normalise: ['first-line'] })] },
    { name: 'help', steps: [page('/help'), page('/help?x')] },
    {
      name: 'unknown paths',
      steps: [
        page('/nope', { normalise: ['first-line'] }),
        page('/READY', { normalise: ['first-line'] }),
        page('//ready', { normalise: ['first-line'] }),
        page('/stats/nope', { normalise: ['first-line'] }),
        page('/listenersx', { normalise: ['first-line'] }),
      ],
    },
    {
      name: 'GET where POST is needed',
      steps: [
        '/reset_counters',
        '/quitquitquit',
        '/healthcheck/fail',
        '/healthcheck/ok',
        '/logging',
        '/cpuprofiler',
        '/heapprofiler',
        '/drain_listeners',
        '/runtime_modify',
        '/reopen_logs',
        '/allocprofiler',
        '/stats/recentlookups/clear',
        '/stats/recentlookups/enable',
        '/stats/recentlookups/disable',
      ].map((path) => page(path)),
    },
    {
      name: 'POST where GET would do',
      steps: ['/clusters', '/help', '/server_info'].map((path) => act(path, { normalise: ['first-line'] })),
    },
    {
      name: 'other methods',
      steps: ['PUT', 'DELETE', 'OPTIONS'].map((method) => ({
        to: 'admin',
        send: request(`${method} /ready HTTP/1.1`, ['content-length: 0']),
        blind: true,
      })),
    },
    { name: 'server_info', steps: [page('/server_info', shaped)] },
    { name: 'memory', steps: [page('/memory', shaped)] },
    {
      name: 'clusters',
      steps: [
        // The order of clusters is that of a hash table.
        page('/clusters', { normalise: ['sorted-lines'] }),
        page('/clusters?format=json&filter=u.'),
        page('/clusters?format=json&filter=empty'),
        page('/clusters?filter=u.'),
        page('/clusters?filter=['),
        page('/clusters?format=nope&filter=u.', { normalise: ['first-line'] }),
      ],
    },
    { name: 'listeners', steps: [page('/listeners'), page('/listeners?format=json'), page('/listeners?format=nope')] },
    { name: 'certs and hot restart', steps: [page('/certs'), page('/hot_restart_version')] },
    {
      name: 'runtime',
      steps: [
        page('/runtime', { normalise: ['json-sorted'] }),
        act('/runtime_modify?x.y=5&c.d='),
        page('/runtime', { normalise: ['json-sorted'] }),
        act('/runtime_modify'),
        act('/runtime_modify?x.y='),
        page('/runtime', { normalise: ['json-sorted'] }),
      ],
    },
    {
      name: 'logging',
      steps: [
        act('/logging?level=nope', { normalise: ['first-line'] }),
        act('/logging?nope=info', { normalise: ['first-line'] }),
        act('/logging?http=debug', { normalise: ['first-line'] }),
        act('/logging', { normalise: ['first-line'] }),
        act('/logging?paths=http:warning,router:error', { normalise: ['first-line'] }),
        act('/logging?level=warning', { normalise: ['first-line'] }),
        act('/logging?http=nope', { normalise: ['first-line'] }),
        act('/logging?level=info&http=debug', { normalise: ['first-line'] }),
      ],
    },
    { name: 'healthcheck', steps: [act('/healthcheck/fail'), page('/ready'), act('/healthcheck/ok'), page('/ready')] },
    {
      name: 'traffic for the statistics',
      steps: [get('web', '/a'), get('web', '/b'), { do: 'await-stat', name: 'http.web.downstream_rq_2xx', value: 2 }],
    },
    {
      name: 'stats text',
      steps: [
        filtered(''),
        filtered('&usedonly'),
        filtered('&type=Counters'),
        filtered('&type=Gauges'),
        filtered('&type=Histograms'),
        filtered('&type=All'),
        filtered('&type=TextReadouts'),
        filtered('&type=nope'),
        page('/stats?filter=['),
        page('/stats?filter=^nothing$'),
        filtered('&format=text'),
        filtered('&format=nope'),
        filtered('&format=&type=&hidden=&histogram_buckets'),
      ],
    },
    {
      name: 'stats json',
      steps: [
        filtered('&format=json'),
        filtered('&format=json&pretty'),
        filtered('&format=json&usedonly'),
        filtered('&format=json&type=Counters'),
        page('/stats?format=json&filter=^nothing$'),
      ],
    },
    {
      name: 'stats prometheus',
      steps: [
        filtered('&format=prometheus'),
        page(`/stats/prometheus?filter=${encodeURIComponent(steady)}`),
        page(`/stats/prometheus?usedonly&filter=${encodeURIComponent(steady)}`),
        page('/stats/prometheus?filter=^nothing$'),
        page(`/stats/prometheus?filter=${encodeURIComponent('^http\\.web\\.downstream_cx_length_ms$')}`, {
          normalise: ['numbers'],
        }),
      ],
    },
    {
      name: 'stats prometheus messages',
      steps: [
        page(`/stats/prometheus?prom_protobuf&filter=${encodeURIComponent(steady)}`),
        page(`/stats?format=prometheus&prom_protobuf=0&usedonly&filter=${encodeURIComponent(steady)}`),
        page('/stats/prometheus?prom_protobuf&filter=^nothing$'),
        ...[
          '&prom_protobuf',
          '&prom_protobuf&histogram_buckets=cumulative',
          '&prom_protobuf&histogram_buckets=summary',
          '&prom_protobuf&histogram_buckets=prometheusnative&native_histogram_max_buckets=5',
          '&prom_protobuf&histogram_buckets=detailed',
          '&prom_protobuf&histogram_buckets=prometheusnative&native_histogram_max_buckets=x',
          '&histogram_buckets=prometheusnative',
        ].map((rest) => page(`/stats/prometheus?filter=^cluster\\.other\\.upstream_cx_connect_ms$${rest}`)),
        ...['application/vnd.google.protobuf;q=0', 'text/plain, application/vnd.google.protobuf'].map((accept) =>
          get('admin', `/stats/prometheus?filter=${encodeURIComponent(steady)}`, [`accept: ${accept}`], {
            only: '^(content-type|x-content-type-options)$',
          }),
        ),
      ],
    },
    {
      name: 'stats histograms',
      steps: [
        '',
        '&histogram_buckets=cumulative',
        '&histogram_buckets=disjoint',
        '&histogram_buckets=detailed',
        '&histogram_buckets=summary',
        '&histogram_buckets=none',
        '&histogram_buckets=nope',
        '&format=json',
        '&format=json&histogram_buckets=cumulative',
        '&format=json&histogram_buckets=detailed',
        '&usedonly',
        '&format=html&type=nope',
      ].map((rest) =>
        page(`/stats?filter=${encodeURIComponent('^cluster\\.other\\.upstream_cx_(length|connect)_ms$')}${rest}`, {
          normalise: ['numbers'],
        }),
      ),
    },
    {
      name: 'profilers',
      steps: [
        ...['', '?enable=y', '?enable=y', '?enable=x', '?x=y'].map((query) => act(`/allocprofiler${query}`)),
        act('/allocprofiler?enable=n', { normalise: ['no-body'] }),
        act('/allocprofiler?enable=n'),
        ...['', '?enable=y', '?enable=n', '?enable=x'].map((query) => act(`/cpuprofiler${query}`)),
        ...['', '?enable=y', '?enable=n'].map((query) => act(`/heapprofiler${query}`)),
        ...[page('/contention'), act('/contention')],
      ],
    },
    { name: 'reset_counters', steps: [act('/reset_counters'), filtered('')] },
    {
      name: 'stats recent lookups',
      steps: [
        page('/stats/recentlookups'),
        act('/stats/recentlookups/enable'),
        page('/stats/recentlookups', { normalise: ['numbers'] }),
        act('/stats/recentlookups/disable'),
        page('/stats/recentlookups', { normalise: ['numbers'] }),
        act('/stats/recentlookups/clear'),
      ],
    },
    {
      name: 'contention, profilers, init dump',
      steps: [
        page('/contention'),
        page('/init_dump'),
        page('/init_dump?mask=listener'),
        act('/cpuprofiler?enable=y'),
        act('/cpuprofiler'),
        act('/heapprofiler?enable=y'),
        act('/reopen_logs'),
      ],
    },
    {
      name: 'config_dump',
      steps: [
        page('/config_dump?resource=static_listeners'),
        page('/config_dump?resource=static_clusters'),
        page('/config_dump?resource=static_route_configs'),
        page('/config_dump?resource=dynamic_listeners'),
        page('/config_dump?resource=nope'),
        page('/config_dump?mask=nope'),
        page('/config_dump?resource=bootstrap&mask=node.id,node.locality'),
        page('/config_dump?mask=bootstrap.node.cluster'),
        page('/config_dump?resource=static_clusters&mask=cluster.name'),
        page('/config_dump?resource=static_clusters&mask=nope'),
        page('/config_dump?name_regex=['),
        page('/config_dump?resource=static_listeners&name_regex=web'),
        page('/config_dump?include_eds&resource=static_endpoint_configs'),
        page('/config_dump?include_eds', { normalise: ['no-body'] }),
      ],
    },
    { name: 'a body in a request', steps: [post('admin', '/reset_counters', 'abc', [], { blind: true })] },
    {
      name: 'drain',
      steps: [
        act('/drain_listeners?inboundonly'),
        act('/drain_listeners?skip_exit'),
        act('/drain_listeners?graceful&skip_exit'),
        page('/ready'),
        page('/listeners'),
      ],
    },
    { name: 'quit', steps: [act('/quitquitquit', { responses: 'close' })] },
  ],
};
