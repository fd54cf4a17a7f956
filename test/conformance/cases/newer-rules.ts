/** Rules that came late to Envoy: the QUERY method, what informational answers lose, what RBAC sees of a path. */
import type { Suite } from '../case.ts';
import { bootstrap, cluster, hcm, listener, router } from '../config.ts';
import { get, ok, post, request } from '../requests.ts';

const format = '%REQ(:METHOD)% %REQ(:PATH)% %RESPONSE_CODE% %RESPONSE_CODE_DETAILS% %RESPONSE_FLAGS%';
const L = { logs: ['web'] } as const;
const log = { name: 'web', format };
const typed = ['content-type: text/x'];

export const queryMethod: Suite = {
  kind: 'traffic',
  name: 'query-method',
  upstreams: { u0: 'http' },
  config: bootstrap(
    [listener('web', hcm({ routes: '- {match: {prefix: /}, route: {cluster: u0}}\n', log }))],
    [cluster('u0')],
  ),
  cases: [
    {
      name: 'with and without a type',
      steps: [
        { to: 'web', send: request('QUERY / HTTP/1.1', [...typed, 'content-length: 1'], 'q'), ...L },
        { to: 'web', send: request('QUERY / HTTP/1.1', typed), ...L },
        { to: 'web', send: request('QUERY / HTTP/1.1', ['content-length: 1'], 'q'), ...L },
        { to: 'web', send: request('QUERY / HTTP/1.1'), ...L },
        { to: 'web', send: request('QUERY * HTTP/1.1'), ...L },
      ],
    },
  ],
};

const removing = `- name: all
  domains: ["*"]
  response_headers_to_remove: [x-host]
  routes:
  - match: {prefix: /}
    route: {weighted_clusters: {clusters: [{name: u0, weight: 1, response_headers_to_remove: [x-cluster]}]}}
    response_headers_to_remove: [x-route]
    response_headers_to_add: [{header: {key: x-added, value: a}}]
`;
const all = ['x-config', 'x-host', 'x-cluster', 'x-route', 'x-kept'].map((name) => `${name}: 1\r\n`).join('');

export const informationalRemovals: Suite = {
  kind: 'traffic',
  name: 'informational-removals',
  upstreams: { u0: 'http' },
  config: bootstrap(
    [
      listener(
        'web',
        hcm({
          routeConfig: 'response_headers_to_remove: [x-config]',
          virtualHosts: removing,
          extra: 'proxy_100_continue: true',
          log,
        }),
      ),
    ],
    [cluster('u0')],
  ),
  cases: [
    {
      name: 'hints and expectations',
      steps: [
        get('web', '/', [], { reply: `HTTP/1.1 103 X\r\n${all}\r\n${ok()}`, ...L }),
        post('web', '/', 'b', ['expect: 100-continue'], { reply: `HTTP/1.1 100 X\r\n${all}\r\n${ok()}`, ...L }),
      ],
    },
  ],
};

const rbac = `- name: envoy.filters.http.rbac
  typed_config:
    "@type": type.googleapis.com/envoy.extensions.filters.http.rbac.v3.RBAC
    rules: {action: DENY, policies: {no: {permissions: [{url_path: {path: {exact: /no/way}}}], principals: [{any: true}]}}}
`;
const parameterRoutes = '- {match: {prefix: /}, direct_response: {status: 200}}\n';

export const rbacPathParameters: Suite = {
  kind: 'traffic',
  name: 'rbac-path-parameters',
  config: bootstrap(
    [true, false].map((ignore) =>
      listener(
        ignore ? 'ignoring' : 'whole',
        hcm({
          routeConfig: `ignore_path_parameters_in_path_matching: ${ignore}`,
          routes: parameterRoutes,
          httpFilters: rbac + router,
        }),
      ),
    ),
    [cluster('dead', ['1'])],
  ),
  cases: ['ignoring', 'whole'].map((name) => ({
    name,
    steps: ['/no/way', '/no/way;a=b', '/no;x/way', '/no/way;?q', '/no;x/way;y?q;z', '/no/way/;'].map((path) =>
      get(name, path),
    ),
  })),
};

const texts = [
  'exact: café',
  'prefix: é',
  'suffix: é',
  'contains: fé',
  'safe_regex: {regex: "caf\\\\w?é"}',
  'safe_regex: {regex: "[é]+"}',
];
const textRoutes = texts
  .map(
    (match, i) =>
      `- {match: {prefix: /${i}, headers: [{name: x-a, string_match: {${match}}}]}, direct_response: {status: 200}}\n`,
  )
  .join('');

/** What is configured is compared as the bytes of its UTF-8. */
export const matchedBytes: Suite = {
  kind: 'traffic',
  name: 'matched-bytes',
  config: bootstrap([listener('web', hcm({ routes: textRoutes }))], [cluster('dead', ['1'])]),
  cases: texts.map((name, i) => ({
    name,
    steps: ['caf\u00c3\u00a9', '\u00c3\u00a9', 'caf\u00e9', '\u00c3\u00a9\u00c3\u00a9'].map((value) =>
      get('web', `/${i}`, [`x-a: ${value}`]),
    ),
  })),
};
