/** Options of the connection manager and its cluster that few set: the scheme that matches the upstream, times of routes, statistics of endpoints. */
import type { Exchange, Suite } from '../case.ts';
import { bootstrap, cluster, hcm, listener, to } from '../config.ts';
import { get, post, type Rest, request, stats } from '../requests.ts';

const types = 'type.googleapis.com/envoy.extensions';
const clusterOptions = `track_cluster_stats: {per_endpoint_stats: true}
typed_extension_protocol_options:
  envoy.extensions.upstreams.http.v3.HttpProtocolOptions:
    "@type": ${types}.upstreams.http.v3.HttpProtocolOptions
    explicit_http_config: {http_protocol_options: {send_fully_qualified_url: true}}
`;

const scoped = `    scoped_routes:
      name: scopes
      scope_key_builder: {fragments: [{header_value_extractor: {name: x-s, index: 0}}]}
      scoped_route_configurations_list:
        scoped_route_configurations:
        - {name: s1, key: {fragments: [{string_key: a}]}, route_configuration: {name: r1, virtual_hosts: [{name: v, domains: ["*"], routes: [{match: {prefix: /}, direct_response: {status: 200}}]}]}}
        - {name: s2, on_demand: true, key: {fragments: [{string_key: b}]}, route_configuration: {name: r2, virtual_hosts: [{name: v, domains: ["*"], routes: [{match: {prefix: /}, direct_response: {status: 201}}]}]}}
`;
const dropAll = '{category: c, drop_percentage: {numerator: 10000, denominator: TEN_THOUSAND}}';
const page = { blind: true, only: '^$' } as const;
const dumped = { normalise: ['json-shape'] } as const;

const format = [
  '%REQ(:SCHEME)% %REQ(X-FORWARDED-PROTO)% %REQ(HOST)% %REQ(x-none?host)%',
  '%ROUTE_RESOLUTION_COUNT% us=%ROUTE_RESOLUTION_TIME_US%',
  '%METADATA(LISTENER:l:a)% %METADATA(LISTENER_FILTER_CHAIN:f:a:b)%',
  '%DOWNSTREAM_DETECTED_CLOSE_TYPE% %UPSTREAM_DETECTED_CLOSE_TYPE% %RESPONSE_FLAGS%',
].join(' ');
const logged: Rest = { logs: ['web'], normaliseLogs: ['numbers'] };
const absolute = (url: string): Exchange => ({ to: 'web', send: request(`GET ${url} HTTP/1.1`), ...logged });
const cut = { after: 'reset' } as const;

export const httpOptions: Suite = {
  kind: 'traffic',
  name: 'http-options',
  config: bootstrap(
    [
      listener(
        'web',
        hcm({
          routes: `- {match: {prefix: /direct}, direct_response: {status: 200}}
- {match: {prefix: /drop}, route: {cluster: drop}}
${to('u0')}`,
          log: { name: 'web', format },
          extra: 'scheme_header_transformation: {match_upstream: true}',
        }),
        'metadata: {filter_metadata: {l: {a: [1, x]}}}',
      ).replace('  - filters:', '  - metadata: {filter_metadata: {f: {a: {b: c}}}}\n    filters:'),
      listener('scoped', hcm({}).replace(/ {4}route_config:[\s\S]*?(?= {4}http_filters)/, scoped)),
    ],
    [
      cluster('u0', ['u0'], clusterOptions),
      cluster('drop', ['u0']).replace('endpoints:', `policy: {drop_overloads: [${dropAll}]}\n    endpoints:`),
    ],
  ),
  upstreams: { u0: 'http' },
  cases: [
    {
      name: 'the scheme is the upstream’s',
      steps: [get('web', '/a', [], logged), absolute('https://abs.test/b'), absolute('http://abs.test/c')],
    },
    {
      name: 'statistics of each endpoint',
      steps: [
        stats('^cluster\\.u0\\.endpoint|^cluster.u0.upstream_rq_(total|time)'),
        get('admin', '/stats?usedonly&type=Gauges&filter=endpoint', [], page),
        get('admin', '/stats?format=json&filter=endpoint', [], page),
        get('admin', '/stats/prometheus?filter=endpoint', [], page),
      ],
    },
    {
      name: 'scopes with their routes in the dump',
      steps: ['', '&mask=name', '&mask=scoped_route_configs', '&mask=name&name_regex=s1'].map((rest) =>
        get('admin', `/config_dump?resource=inline_scoped_route_configs${rest}`, [], { ...page, ...dumped }),
      ),
    },
    {
      name: 'and without those that are not named',
      steps: ['s2', 'scopes', 'r1', '.*'].map((name) =>
        get('admin', `/config_dump?mask=inline_scoped_route_configs&name_regex=${name}`, [], { ...page, ...dumped }),
      ),
    },
    {
      name: 'a cluster that drops',
      steps: [get('web', '/drop', [], logged), stats('^cluster\\.drop\\..*(503|5xx|drop|total)')],
    },
    { name: 'but not of an answer of our own', steps: [absolute('https://abs.test/direct')] },
    { name: 'an upstream that resets', steps: [get('web', '/r', [], { ...logged, reply: cut })] },
    {
      name: 'a client that resets',
      steps: [
        post('web', '/p', 'abc', [], {
          ...logged,
          reply: 'HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nab',
          reset: true,
        }),
      ],
    },
  ],
};
