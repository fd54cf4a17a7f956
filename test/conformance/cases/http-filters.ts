/** HTTP filters one by one, each on a listener of its own: cors, csrf, fault, header_to_metadata, set_metadata. */
import type { Case, Exchange, Suite } from '../case.ts';
import { bootstrap, cluster, hcm, listener, router } from '../config.ts';
import { get, type Lines, ok, type Rest, request, response, stats } from '../requests.ts';

const types = 'type.googleapis.com/envoy.extensions.filters.http';
const always = '{default_value: {numerator: 100}}';
const never = '{default_value: {numerator: 0}}';

const corsType = `"@type": ${types}.cors.v3.CorsPolicy`;
const ofRoute = (name: string, config: string) => `typed_per_filter_config: {${name}: {${config}}}`;

const corsRoutes = `- match: {prefix: /plain}
  route: {cluster: u0}
  ${ofRoute('cors', `${corsType}, allow_origin_string_match: [{exact: "http://a"}, {suffix: ".b"}], allow_methods: "GET,PUT", allow_headers: "x-a", expose_headers: "x-b", max_age: "10", allow_credentials: true`)}
- match: {prefix: /star}
  route: {cluster: u0}
  ${ofRoute('cors', `${corsType}, allow_origin_string_match: [{safe_regex: {regex: ".*"}}], allow_methods: "*", allow_headers: "*", allow_private_network_access: true`)}
- match: {prefix: /hold}
  route: {cluster: u0}
  ${ofRoute('cors', `${corsType}, allow_origin_string_match: [{exact: "http://a"}], allow_methods: GET, forward_not_matching_preflights: false`)}
- match: {prefix: /off}
  route: {cluster: u0}
  ${ofRoute('cors', `${corsType}, allow_origin_string_match: [{exact: "http://a"}], filter_enabled: ${never}`)}
- match: {prefix: /shadow}
  route: {cluster: u0}
  ${ofRoute('cors', `${corsType}, allow_origin_string_match: [{exact: "http://a"}], filter_enabled: ${never}, shadow_enabled: ${always}`)}
- match: {prefix: /inherit}
  route: {cluster: u0}
  ${ofRoute('cors', `${corsType}, max_age: "5"`)}
- match: {prefix: /direct}
  direct_response: {status: 200}
- match: {prefix: /}
  route: {cluster: u0}
`;

const corsListeners = [
  listener(
    'cors',
    hcm({
      statPrefix: 'cors',
      log: { name: 'cors', format: '%RESPONSE_CODE_DETAILS%' },
      virtualHosts: `- name: all
  domains: ["*"]
  ${ofRoute('cors', `${corsType}, allow_origin_string_match: [{exact: "http://v"}], allow_methods: POST, expose_headers: x-v`)}
  routes:
${corsRoutes.trimEnd().replace(/^/gm, '  ')}
`,
      httpFilters: `- {name: cors, typed_config: {"@type": ${types}.cors.v3.Cors}}\n${router}`,
    }),
  ),
  listener(
    'corsold',
    hcm({
      statPrefix: 'corsold',
      virtualHosts: `- name: all
  domains: ["*"]
  cors: {allow_origin_string_match: [{exact: "http://v"}], allow_methods: POST}
  routes:
  - match: {prefix: /own}
    route: {cluster: u0, cors: {allow_origin_string_match: [{exact: "http://a"}], max_age: "3", filter_enabled: ${always}}}
  - match: {prefix: /off}
    route: {cluster: u0, cors: {filter_enabled: ${never}}}
  - match: {prefix: /}
    route: {cluster: u0}
`,
      httpFilters: `- {name: envoy.filters.http.cors, typed_config: {"@type": ${types}.cors.v3.Cors}}\n${router}`,
    }),
  ),
];

const preflight = (to: string, path: string, origin: string, lines: Lines = []): Exchange => ({
  to,
  send: request(`OPTIONS ${path} HTTP/1.1`, [
    `origin: ${origin}`,
    'access-control-request-method: PUT',
    'access-control-request-headers: x-a,x-c',
    ...lines,
  ]),
});

const corsPaths = ['/plain', '/star', '/hold', '/off', '/shadow', '/inherit', '/direct', '/other'];
const corsCases: readonly Case[] = [
  ...corsPaths.map((path) => ({
    name: `cors ${path}`,
    steps: [
      ...['http://a', 'http://x.b', 'http://v', 'http://z'].map((origin) =>
        get('cors', path, [`origin: ${origin}`], { logs: ['cors'] }),
      ),
      get('cors', path),
      preflight('cors', path, 'http://a'),
      preflight('cors', path, 'http://z'),
      preflight('cors', path, 'http://v', ['access-control-request-private-network: true']),
    ],
  })),
  {
    name: 'cors preflights that are none',
    steps: [
      { to: 'cors', send: request('OPTIONS /plain HTTP/1.1', ['origin: http://a']) },
      { to: 'cors', send: request('OPTIONS /plain HTTP/1.1', ['access-control-request-method: PUT']) },
      { to: 'cors', send: request('OPTIONS /plain HTTP/1.1', ['origin:', 'access-control-request-method: PUT']) },
      get('cors', '/plain', ['origin: http://a'], {
        reply: ok('ok', ['access-control-allow-origin: other', 'access-control-expose-headers: x']),
      }),
    ],
  },
  ...['/own', '/off', '/other'].map((path) => ({
    name: `cors of the route itself ${path}`,
    steps: [
      get('corsold', path, ['origin: http://a']),
      get('corsold', path, ['origin: http://v']),
      preflight('corsold', path, 'http://a'),
      preflight('corsold', path, 'http://v'),
    ],
  })),
  { name: 'cors statistics', steps: [stats('^http\\.cors(old)?\\.cors\\.')] },
];

const csrfType = `"@type": ${types}.csrf.v3.CsrfPolicy`;
const csrfListener = listener(
  'csrf',
  hcm({
    statPrefix: 'csrf',
    log: { name: 'csrf', format: '%RESPONSE_CODE_DETAILS%' },
    routes: `- match: {prefix: /off}
  route: {cluster: u0}
  ${ofRoute('csrf', `${csrfType}, filter_enabled: ${never}`)}
- match: {prefix: /shadow}
  route: {cluster: u0}
  ${ofRoute('csrf', `${csrfType}, filter_enabled: ${never}, shadow_enabled: ${always}`)}
- match: {prefix: /more}
  route: {cluster: u0}
  ${ofRoute('csrf', `${csrfType}, filter_enabled: ${always}, additional_origins: [{suffix: ".friend"}, {exact: "null"}]`)}
- match: {prefix: /direct}
  direct_response: {status: 200}
- match: {prefix: /}
  route: {cluster: u0}
`,
    httpFilters: `- {name: csrf, typed_config: {${csrfType}, filter_enabled: ${always}}}\n${router}`,
  }),
);
const modify = (path: string, lines: Lines, method = 'POST'): Exchange => ({
  to: 'csrf',
  send: request(`${method} ${path} HTTP/1.1`, ['content-length: 0', ...lines]),
  logs: ['csrf'],
});
const csrfCases: readonly Case[] = [
  {
    name: 'csrf methods',
    steps: ['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS', 'LINK'].map((method) =>
      modify('/', ['origin: http://other'], method),
    ),
  },
  {
    name: 'csrf origins',
    steps: [
      'http://test',
      'https://test/x?y',
      'http://test:80',
      'http://u@test',
      'test',
      'null',
      '',
      'http:/test',
      'HTTP://test',
      'a-b://test',
    ].map((origin) => modify('/', [`origin: ${origin}`])),
  },
  {
    name: 'csrf referers',
    steps: [
      modify('/', []),
      modify('/', ['referer: http://test/page']),
      modify('/', ['referer: http://other/page']),
      modify('/', ['origin: null', 'referer: http://test/page']),
      modify('/', ['referer: null']),
      modify('/', ['origin: http://test', 'referer: http://other/page']),
      modify('/', ['host: test:8080', 'origin: http://test:8080']),
      modify('/', ['host: [::1]:80', 'origin: http://[::1]:80']),
    ],
  },
  ...['/off', '/shadow', '/more', '/direct'].map((path) => ({
    name: `csrf ${path}`,
    steps: ['http://test', 'http://a.friend', 'http://other', 'null'].map((origin) =>
      modify(path, [`origin: ${origin}`]),
    ),
  })),
  { name: 'csrf statistics', steps: [stats('^http\\.csrf\\.csrf\\.')] },
];

const faultType = `"@type": ${types}.fault.v3.HTTPFault`;
const percent = 'percentage: {numerator: 100}';
const faultListener = listener(
  'fault',
  hcm({
    statPrefix: 'fault',
    log: {
      name: 'fault',
      format: '%RESPONSE_CODE% %RESPONSE_FLAGS% %RESPONSE_CODE_DETAILS% %DYNAMIC_METADATA(fault)%',
    },
    routes: [
      'abort',
      'delay',
      'both',
      'headers',
      'grpc',
      'nodes',
      'cluster',
      'matched',
      'full',
      'runtime',
      'none',
      'slow',
    ]
      .map(
        (name) =>
          `- match: {prefix: /${name}}\n  route: {cluster: u0}\n  ${ofRoute('fault', `${faultType}, ${faultOf(name)}`)}\n`,
      )
      .join('')
      .concat('- match: {prefix: /}\n  route: {cluster: u0}\n'),
    httpFilters: `- {name: fault, typed_config: {${faultType}, abort: {http_status: 418, ${percent}}, headers: [{name: x-teapot, present_match: true}]}}\n${router}`,
  }),
);

function faultOf(name: string): string {
  const faults: Readonly<Record<string, string>> = {
    abort: `abort: {http_status: 503, ${percent}}`,
    delay: `delay: {fixed_delay: 0.05s, ${percent}}, filter_metadata: {why: slow}`,
    both: `delay: {fixed_delay: 0.02s, ${percent}}, abort: {http_status: 404, response_body: "gone", ${percent}}, filter_metadata: {why: both}`,
    headers: `delay: {header_delay: {}, ${percent}}, abort: {header_abort: {}, ${percent}}`,
    grpc: `abort: {grpc_status: 4, ${percent}}`,
    nodes: `abort: {http_status: 503, ${percent}}, downstream_nodes: [n1, n2]`,
    cluster: `abort: {http_status: 503, ${percent}}, upstream_cluster: other`,
    matched: `abort: {http_status: 503, ${percent}}, upstream_cluster: u0, headers: [{name: x-a, string_match: {exact: "1"}}]`,
    full: `abort: {http_status: 503, ${percent}}, max_active_faults: 0`,
    runtime: `abort: {http_status: 503, percentage: {numerator: 0}}, abort_percent_runtime: my.abort, abort_http_status_runtime: my.status`,
    none: 'delay: {fixed_delay: 1s}',
    slow: `response_rate_limit: {header_limit: {}, ${percent}}, disable_downstream_cluster_stats: true`,
  };
  return faults[name] ?? '';
}

const broken = (path: string, lines: Lines = [], rest: Rest = {}) =>
  get('fault', path, lines, { logs: ['fault'], ...rest });
const faultCases: readonly Case[] = [
  ...[
    '/abort',
    '/delay',
    '/both',
    '/grpc',
    '/nodes',
    '/cluster',
    '/matched',
    '/full',
    '/runtime',
    '/none',
    '/slow',
    '/other',
  ].map((path) => ({
    name: `fault ${path}`,
    steps: [
      broken(path),
      broken(path, ['content-type: application/grpc']),
      broken(path, ['x-envoy-downstream-service-node: n2', 'x-a: 1', 'x-teapot: 1']),
      broken(path, ['x-envoy-downstream-service-cluster: dc']),
    ],
  })),
  {
    name: 'fault by headers',
    steps: [
      broken('/headers'),
      broken('/headers', ['x-envoy-fault-abort-request: 418']),
      broken('/headers', ['x-envoy-fault-abort-request: 199']),
      broken('/headers', ['x-envoy-fault-abort-request: 600']),
      broken('/headers', ['x-envoy-fault-abort-request: junk']),
      broken('/headers', ['x-envoy-fault-abort-grpc-request: 5']),
      broken('/headers', ['x-envoy-fault-abort-grpc-request: 5', 'content-type: application/grpc+x']),
      broken('/headers', ['x-envoy-fault-abort-request: 418', 'x-envoy-fault-abort-request-percentage: 0']),
      broken('/headers', ['x-envoy-fault-abort-request: 418', 'x-envoy-fault-abort-request-percentage: 200']),
      broken('/headers', ['x-envoy-fault-abort-request: 418', 'x-envoy-fault-abort-request-percentage: junk']),
      broken('/headers', ['x-envoy-fault-delay-request: 10']),
      broken('/headers', ['x-envoy-fault-delay-request: 0']),
      broken('/headers', ['x-envoy-fault-delay-request: 10', 'x-envoy-fault-abort-request: 418']),
      broken('/headers', ['x-envoy-fault-delay-request: 10', 'x-envoy-fault-delay-request-percentage: 0']),
    ],
  },
  {
    name: 'fault of a request with a body',
    steps: [
      { to: 'fault', send: [request('POST /delay HTTP/1.1', ['content-length: 4']), 'body'], logs: ['fault'] },
      { to: 'fault', send: request('POST /both HTTP/1.1', ['content-length: 4'], 'body'), logs: ['fault'] },
      {
        to: 'fault',
        send: request('POST /delay HTTP/1.1', ['transfer-encoding: chunked'], '4\r\nbody\r\n0\r\n\r\n'),
        logs: ['fault'],
      },
    ],
  },
  {
    name: 'fault that slows the response',
    steps: [
      broken('/slow', ['x-envoy-fault-throughput-response: 10'], { reply: ok('x'.repeat(1500)) }),
      broken('/slow', ['x-envoy-fault-throughput-response: 0'], { reply: ok('x'.repeat(1500)) }),
      broken('/slow', ['x-envoy-fault-throughput-response: 100'], {
        reply: response('HTTP/1.1 200 OK', ['transfer-encoding: chunked'], '3\r\nabc\r\n0\r\n\r\n'),
      }),
    ],
  },
  { name: 'fault statistics', steps: [stats('^http\\.fault\\.fault\\.')] },
];

const h2mType = `"@type": ${types}.header_to_metadata.v3.Config`;
const present = (source: string, key: string, more = '') =>
  `{${source}, on_header_present: {metadata_namespace: nn, key: ${key}${more}}}`;
const h2mRules = [
  present('header: x-a', 'a'),
  present('header: x-a', 'fixed', ', value: v'),
  present('header: x-b', 'number', ', type: NUMBER'),
  present('header: x-c', 'decoded', ', encode: BASE64'),
  present('header: x-d', 'proto', ', encode: BASE64, type: PROTOBUF_VALUE'),
  present(
    'header: x-e',
    'rewritten',
    ', regex_value_rewrite: {pattern: {regex: "^/(v[0-9]+)/.*$"}, substitution: "\\\\1"}',
  ),
  present('header: x-e', 'emptied', ', regex_value_rewrite: {pattern: {regex: ".*"}, substitution: ""}'),
  present('cookie: k', 'cookie'),
  '{header: x-gone, on_header_missing: {metadata_namespace: nn, key: gone, value: was}}',
  '{header: x-rm, remove: true, on_header_present: {metadata_namespace: nn, key: removed}, on_header_missing: {metadata_namespace: nn, key: removed, value: none}}',
  present('header: ":path"', 'path'),
];
const metadataRoutes = `- match: {prefix: /matched, dynamic_metadata: [{filter: nn, path: [{key: a}], value: {string_match: {exact: "1"}}}]}
  direct_response: {status: 200, body: {inline_string: one}}
- match: {prefix: /matched, dynamic_metadata: [{filter: nn, path: [{key: a}], value: {present_match: true}, invert: true}]}
  direct_response: {status: 200, body: {inline_string: absent}}
- match: {prefix: /route}
  route: {cluster: u0}
  typed_per_filter_config:
    h2m: {${h2mType}, request_rules: [${present('header: x-a', 'of_route')}]}
    set: {"@type": ${types}.set_metadata.v3.Config, metadata: [{metadata_namespace: s, value: {no: 1}}, {metadata_namespace: s, allow_overwrite: true, value: {list: [9], route: 7}}, {metadata_namespace: fresh, value: {x: 1}}]}
- match: {prefix: /}
  route: {cluster: u0}
`;
const metadataListener = listener(
  'meta',
  hcm({
    statPrefix: 'meta',
    log: {
      name: 'meta',
      format:
        '%DYNAMIC_METADATA(nn)% %DYNAMIC_METADATA(r)% %DYNAMIC_METADATA(s)% %DYNAMIC_METADATA(old)% %DYNAMIC_METADATA(fresh)%',
    },
    routes: metadataRoutes,
    httpFilters: `- {name: h2m, typed_config: {${h2mType}, stat_prefix: h2m, request_rules: [${h2mRules.join(', ')}], response_rules: [{header: x-up, remove: true, on_header_present: {metadata_namespace: r, key: up}}, {header: ":status", on_header_present: {metadata_namespace: r, key: status, type: NUMBER}}]}}
- {name: set, typed_config: {"@type": ${types}.set_metadata.v3.Config, metadata_namespace: old, value: {x: {z: [1, true, null, "s"]}}, metadata: [{metadata_namespace: s, value: {a: 1, list: [1], deep: {p: 1}}}, {metadata_namespace: s, value: {b: 2}}, {metadata_namespace: s, allow_overwrite: true, value: {a: 3, list: [2], deep: {q: 1}}}]}}
${router}`,
  }),
);
const described = (path: string, lines: Lines = [], rest: Rest = {}) =>
  get('meta', path, lines, { logs: ['meta'], ...rest });
const metadataCases: readonly Case[] = [
  {
    name: 'metadata of headers',
    steps: [
      described('/'),
      described('/', ['x-a: 1', 'x-a: 2', 'x-rm: r']),
      described('/', ['x-b: 1.5', 'x-c: aGk', 'x-d: GgFz', 'x-e: /v1/x', 'cookie: j=1; k="2"']),
      described('/', ['x-b: junk', 'x-c: !', 'x-d: !', 'x-e: other', 'cookie: k=']),
      described('/', ['x-a:', 'x-b: 1e3', 'x-c: aGk=', 'x-gone: here', 'cookie: k=1; k=2']),
      described('/', [], { reply: ok('ok', ['x-up: 7']) }),
      described('/', [`x-a: ${'l'.repeat(8191)}`]),
      described('/', [`x-a: ${'l'.repeat(8192)}`]),
    ],
  },
  {
    name: 'metadata that routes match',
    steps: [described('/matched'), described('/matched', ['x-a: 1']), described('/matched', ['x-a: 2'])],
  },
  { name: 'metadata of routes', steps: [described('/route', ['x-a: 1', 'x-b: 2'])] },
  { name: 'metadata statistics', steps: [stats('^(http_filter_name|.*set_metadata)')] },
];

export const httpFilters: Suite = {
  kind: 'traffic',
  name: 'http-filters',
  config: bootstrap(
    [...corsListeners, csrfListener, faultListener, metadataListener],
    [cluster('u0')],
    `layered_runtime: {layers: [{name: s, static_layer: {my.abort: 100, my.status: 451}}]}`,
  ),
  upstreams: { u0: 'http' },
  cases: [...corsCases, ...csrfCases, ...faultCases, ...metadataCases],
};
