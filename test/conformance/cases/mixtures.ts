/** Features that meet: filters after each other, paths and templates, names that statistics are made of. */
import type { Case, Exchange, Suite } from '../case.ts';
import { bootstrap, cluster, hcm, listener, router, tcpProxy } from '../config.ts';
import { get, post, stats } from '../requests.ts';

const T = 'type.googleapis.com/envoy.extensions';
const http = (name: string, type: string, more = '', disabled = false) =>
  `- name: ${name}\n${disabled ? '  disabled: true\n' : ''}  typed_config: {"@type": ${T}.filters.http.${type}${more}}\n`;

const decoded = (header: string, key: string) =>
  `{header: ${header}, on_header_present: {metadata_namespace: mine, key: ${key}, encode: BASE64}}`;
const deprecated =
  'rules: {policies: {p: {permissions: [{metadata: {filter: a, path: [{key: b}], value: {present_match: true}}}], principals: [{any: true}]}}}';

const httpFilters =
  http('rbac', 'rbac.v3.RBAC') +
  http(
    'fault',
    'fault.v3.HTTPFault',
    ', abort: {http_status: 503, percentage: {numerator: 100}}, headers: [{name: x-abort}]',
  ) +
  http('meta', 'header_to_metadata.v3.Config', `, request_rules: [${decoded('x-a', 'a')}]`) +
  http('wide', 'buffer.v3.Buffer', ', max_request_bytes: 1000') +
  http('narrow', 'buffer.v3.Buffer', ', max_request_bytes: 6') +
  http('router', 'router.v3.Router', ', suppress_grpc_request_failure_code_stats: true');

const template = (text: string) =>
  `path_match_policy: {name: t, typed_config: {"@type": ${T}.path.match.uri_template.v3.UriTemplateMatchConfig, path_template: "${text}"}}`;
const virtualHosts = `
- name: v
  domains: ["*"]
  virtual_clusters: [{name: vc, headers: [{name: ":path", string_match: {prefix: /grpc}}]}]
  typed_per_filter_config: {rbac: {"@type": type.googleapis.com/envoy.config.route.v3.FilterConfig, disabled: true, config: {"@type": ${T}.filters.http.rbac.v3.RBACPerRoute, rbac: {${deprecated}}}}}
  routes:
  - {name: one, match: {${template('/one/{x}/y')}}, route: {cluster: u0}}
  - {name: rest, match: {${template('/rest/{x=**}')}}, route: {cluster: u0}}
  - {name: path, match: {path: /path/y}, route: {cluster: u0}}
  - {name: grpc, match: {prefix: /grpc}, route: {cluster: u0}, stat_prefix: r}
  - {name: other, match: {prefix: /}, route: {cluster: u0}}
`;

const format =
  '%ROUTE_NAME% %RESPONSE_CODE% %RESPONSE_FLAGS% %RESPONSE_CODE_DETAILS% %DYNAMIC_METADATA(mine)% %GRPC_STATUS%';
const logs = { logs: ['web'] } as const;
const each = (name: string, steps: readonly Exchange[]): Case => ({ name, steps });
const paths = [
  '/one/a;b/y',
  '/one/;b/y',
  '/one/a/y;b',
  '/one;b/a/y',
  '/one/a*=b/y',
  '/rest;b/a',
  '/rest/a*/=;b',
  '/path;b/y',
];
const chunked = (body: string): Exchange => ({
  to: 'web',
  send: [
    'POST / HTTP/1.1\r\nhost: test\r\ntransfer-encoding: chunked\r\n\r\n',
    ...[...body].map((char) => `1\r\n${char}\r\n`),
    '0\r\n\r\n',
  ],
  ...logs,
});
const grpc = (...lines: readonly string[]) =>
  get('web', '/grpc', ['content-type: application/grpc', 'te: trailers', ...lines], {
    reply: 'HTTP/1.1 503 Down\r\ncontent-length: 0\r\nx-envoy-upstream-canary: true\r\n\r\n',
  });

const mixed: Suite = {
  kind: 'traffic',
  name: 'mixtures',
  upstreams: { u0: 'http' },
  config: bootstrap(
    [
      listener(
        'web',
        hcm({
          virtualHosts,
          routeConfig: 'ignore_path_parameters_in_path_matching: true',
          httpFilters,
          extra: 'proxy_status_config: {}',
          log: { name: 'web', format },
        }),
      ),
    ],
    [cluster('u0')],
  ),
  cases: [
    each('a limit behind a higher one', [
      post('web', '/', '123456', [], logs),
      post('web', '/', '1234567', [], logs),
      chunked('123456'),
      chunked('1234567'),
    ]),
    each('a fault is told in proxy-status', [get('web', '/', ['x-abort: 1'], logs)]),
    each(
      'base64 of whole bytes',
      ['aHY=', 'aHY', 'hv', 'hg', 'w6nD', 'a=b', 'aHY==', 'aHY===', '=', 'aHZ'].map((value) =>
        get('web', '/', [`x-a: ${value}`], logs),
      ),
    ),
    each(
      'templates and parameters of paths',
      paths.map((path) => get('web', path, [], logs)),
    ),
    each('codes of gRPC are left out of what is no category', [
      grpc(),
      grpc('x-envoy-upstream-alt-stat-name: alt'),
      stats('^(cluster\\.u0\\.(alt\\.)?((canary|external|internal)\\.)?|vhost\\..*)upstream_rq_(completed|\\d.*)$'),
    ]),
    each('what has no path is no gRPC', [
      { to: 'web', send: 'CONNECT a:1 HTTP/1.1\r\nhost: a:1\r\ncontent-type: application/grpc\r\n\r\n', ...logs },
    ]),
    each('what is switched off is not looked at', [stats('^runtime.deprecated_feature_use$')]),
  ],
};

const names = ['.a..', '..b.', 'c:d./e', 'f://g:/h', 'é.ü', 'i j'];
const quoted = (name: string) => JSON.stringify(name);

/** All that has a name in the configuration is called so. */
function named(name: string, index: number): { readonly listeners: readonly string[]; readonly clusters: string[] } {
  const n = quoted(name);
  const filters =
    http('limit', 'local_ratelimit.v3.LocalRateLimit', `, stat_prefix: ${n}`) +
    http(
      'rbac',
      'rbac.v3.RBAC',
      `, rules: {policies: {${n}: {permissions: [{any: true}], principals: [{any: true}]}}}, rules_stat_prefix: ${n}, track_per_rule_stats: true`,
    ) +
    http('fault', 'fault.v3.HTTPFault') +
    router;
  const hosts = `- name: ${n}
  domains: ["*"]
  virtual_clusters: [{name: ${n}, headers: [{name: ":path", string_match: {prefix: /}}]}]
  routes: [{match: {prefix: /}, route: {cluster: ${n}}, stat_prefix: ${n}}]
`;
  const network = `- name: connections
  typed_config: {"@type": ${T}.filters.network.connection_limit.v3.ConnectionLimit, stat_prefix: ${n}, max_connections: 9}
- name: rate
  typed_config: {"@type": ${T}.filters.network.local_ratelimit.v3.LocalRateLimit, stat_prefix: ${n}, token_bucket: {max_tokens: 9, fill_interval: 1000s}}
`;
  return {
    listeners: [
      listener(`web${index}`, hcm({ virtualHosts: hosts, statPrefix: n, httpFilters: filters }), `stat_prefix: ${n}`),
      listener(`tcp${index}`, network + tcpProxy(n, `cluster: ${n}`)),
    ],
    clusters: [cluster(n, ['u0'])],
  };
}

const all = names.map(named);
const kinds = [
  'downstream_cx_total',
  'upstream_cx_total',
  'upstream_rq_total',
  'allowed',
  'http_local_rate_limit.enabled',
  'active_connections',
  'rate_limited',
  'no_route',
  'fault.aborts_injected',
  'upstream_rq_200',
].join('|');

const namedSuite: Suite = {
  kind: 'traffic',
  name: 'mixtures-of-names',
  upstreams: { u0: 'http' },
  config: bootstrap(
    all.flatMap(({ listeners }) => listeners),
    all.flatMap(({ clusters }) => clusters),
  ),
  cases: [
    each('requests', [
      ...names.flatMap((_, index) => [get(`web${index}`, '/'), get(`tcp${index}`, '/')]),
      stats(
        `^(?:(?:cluster|tcp|vhost|connection_limit|local_rate_limit)\\..*|.*http_local_rate_limit.*|http\\.[^a].*|listener\\.[^1a].*)\\.(?:${kinds})$`,
      ),
      {
        ...get(
          'admin',
          `/stats/prometheus?filter=${encodeURIComponent('^(cluster|tcp|vhost|.*allowed).*(_cx_total|rq_total|allowed)$')}`,
        ),
        blind: true,
      },
    ]),
  ],
};

export const mixtures = [mixed, namedSuite];
