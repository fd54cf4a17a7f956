/** One connection manager with much of what routes can do, as a person would write it: virtual hosts, filters a route, mutations. */
import type { Case, Exchange, Suite } from '../case.ts';
import { bootstrap, cluster, hcm, listener, router } from '../config.ts';
import { get, ok, post, type Rest, request, response, stats } from '../requests.ts';

const format =
  '%REQ(:METHOD)% %REQ(X-ENVOY-ORIGINAL-PATH?:PATH)% %REQ(:AUTHORITY)% %RESPONSE_CODE% %RESPONSE_FLAGS% %RESPONSE_CODE_DETAILS% rx=%BYTES_RECEIVED% tx=%BYTES_SENT% cluster=%UPSTREAM_CLUSTER% route=%ROUTE_NAME% vc=%VIRTUAL_CLUSTER_NAME% att=%UPSTREAM_REQUEST_ATTEMPT_COUNT%';
const L = { logs: ['web'] } as const;
const T = 'type.googleapis.com/envoy.extensions';
const c = (name: string, ...steps: readonly Exchange[]): Case => ({ name, steps });
const hm = (cfg: string) =>
  `{"@type": ${T}.filters.http.header_mutation.v3.HeaderMutationPerRoute, mutations: {${cfg}}}`;
const vh = `
- name: wild
  domains: ["*.wild.test", "api.*"]
  routes: [{match: {prefix: /}, direct_response: {status: 200, body: {inline_string: "wild %REQ(:path)%"}}}]
- name: exact
  domains: ["exact.test", "exact.test:8080", "EXACT2.test"]
  request_headers_to_add: [{header: {key: x-vh, value: "vh %REQ(host)%"}, append_action: OVERWRITE_IF_EXISTS_OR_ADD}]
  request_headers_to_remove: [x-drop]
  response_headers_to_add:
  - {header: {key: x-resp, value: "%RESPONSE_CODE% %RESPONSE_FLAGS% %UPSTREAM_HOST% %PROTOCOL%"}}
  - {header: {key: x-empty, value: "%REQ(x-not)%"}, keep_empty_value: true}
  - {header: {key: x-empty2, value: "%REQ(x-not)%"}}
  - {header: {key: x-exists, value: "over"}, append_action: OVERWRITE_IF_EXISTS}
  - {header: {key: x-absent, value: "absent"}, append_action: ADD_IF_ABSENT}
  - {header: {key: x-pct, value: "100%%"}}
  response_headers_to_remove: [x-secret, server]
  virtual_clusters:
  - {name: posts, headers: [{name: ":method", string_match: {exact: POST}}]}
  - {name: users, headers: [{name: ":path", string_match: {safe_regex: {regex: "/users/\\\\d+"}}}]}
  retry_policy: {retry_on: 5xx, num_retries: 1}
  include_request_attempt_count: true
  include_attempt_count_in_response: true
  hedge_policy: {}
  metadata: {filter_metadata: {mine: {a: b}}}
  routes:
  - {name: users, match: {prefix: /users}, route: {cluster: u0}, response_headers_to_add: [{header: {key: x-route, value: "%METADATA(VIRTUAL_HOST:mine:a)% %METADATA(ROUTE:mine:a)%"}}], metadata: {filter_metadata: {mine: {a: c}}}}
  - {match: {prefix: /cookie, headers: [{name: cookie, string_match: {contains: "a=b"}}]}, route: {cluster: u0}}
  - {match: {prefix: /cm, cookies: [{name: sid, string_match: {prefix: "x"}}]}, direct_response: {status: 200, body: {inline_string: cookie}}}
  - {match: {prefix: /q, query_parameters: [{name: a, string_match: {exact: "1"}}, {name: b, present_match: true}]}, direct_response: {status: 200, body: {inline_string: q}}}
  - {match: {prefix: /frac, runtime_fraction: {default_value: {numerator: 0}, runtime_key: my.frac}}, direct_response: {status: 200, body: {inline_string: frac on}}}
  - {match: {prefix: /frac2, runtime_fraction: {default_value: {numerator: 100}, runtime_key: my.frac2}}, direct_response: {status: 200, body: {inline_string: frac2 on}}}
  - {match: {prefix: /grpc, grpc: {}}, direct_response: {status: 200, body: {inline_string: grpc}}}
  - {match: {path: /tls, tls_context: {presented: true}}, direct_response: {status: 200}}
  - {match: {prefix: /hm}, route: {cluster: u0}, typed_per_filter_config: {hm: ${hm('request_mutations: [{remove: x-r}, {append: {header: {key: x-per-route, value: "%REQ(:path)%"}, append_action: APPEND_IF_EXISTS_OR_ADD}}]')}}}
  - {match: {prefix: /qp}, route: {cluster: u0}, typed_per_filter_config: {hm: ${hm(`query_parameter_mutations: [{append: {record: {key: "k 1", value: "[%REQ(x-r)%]/~*'"}}}, {append: {record: {key: a, value: "a b"}, action: OVERWRITE_IF_EXISTS}}, {remove: z}]`)}}}
  - {match: {prefix: /rw}, route: {cluster: u0, prefix_rewrite: "/a b"}}
  - {match: {prefix: /hmoff}, route: {cluster: u0}}
  - {match: {prefix: /disabled}, route: {cluster: u0}, typed_per_filter_config: {hm: {"@type": type.googleapis.com/envoy.config.route.v3.FilterConfig, disabled: true, config: {}}}}
  - {match: {prefix: /buf}, route: {cluster: u0}, typed_per_filter_config: {buf: {"@type": ${T}.filters.http.buffer.v3.BufferPerRoute, buffer: {max_request_bytes: 5}}}}
  - {match: {prefix: /nobuf}, route: {cluster: u0}, typed_per_filter_config: {buf: {"@type": ${T}.filters.http.buffer.v3.BufferPerRoute, disabled: true}}}
  - {match: {prefix: /red/host}, redirect: {host_redirect: new.test, port_redirect: 8443, https_redirect: true, response_code: FOUND, strip_query: true}}
  - {match: {prefix: /red/regex}, redirect: {regex_rewrite: {pattern: {regex: "^/red/(.*)$"}, substitution: "/new/\\\\1"}}}
  - {match: {prefix: /red/prefix}, redirect: {prefix_rewrite: /p, response_code: PERMANENT_REDIRECT, scheme_redirect: ftp}}
  - {match: {prefix: /red/path}, redirect: {path_redirect: "/x?y=%REQ(x-a)%", response_code: SEE_OTHER}}
  - {match: {prefix: /dr}, direct_response: {status: 418, body: {inline_string: "tea"}}, response_headers_to_add: [{header: {key: content-type, value: text/html}, append_action: OVERWRITE_IF_EXISTS_OR_ADD}, {header: {key: x-d, value: "%RESPONSE_CODE%"}}]}
  - {match: {prefix: /nonfwd}, non_forwarding_action: {}}
  - {match: {prefix: /wc}, route: {weighted_clusters: {total_weight: 10, clusters: [{name: u0, weight: 10, request_headers_to_add: [{header: {key: x-wc, value: a}}], response_headers_to_remove: [x-up], host_rewrite_literal: wc.test}, {name: u1, weight: 0}]}}}
  - {match: {prefix: /wch}, route: {weighted_clusters: {clusters: [{cluster_header: x-c, weight: 1}]}}}
  - {match: {prefix: /ch}, route: {cluster_header: x-c, cluster_not_found_response_code: NOT_FOUND}}
  - {match: {prefix: /ae}, route: {cluster: u0, append_x_forwarded_host: true, host_rewrite_literal: lit}}
  - {match: {prefix: /ph}, route: {cluster: u0, host_rewrite_path_regex: {pattern: {regex: "^/ph/(.+)$"}, substitution: "\\\\1.test"}}}
  - {match: {prefix: /prio}, route: {cluster: u0, priority: HIGH}}
  - {match: {prefix: /ir}, route: {cluster: u0, internal_redirect_policy: {max_internal_redirects: 2, redirect_response_codes: [301, 302, 307], response_headers_to_copy: [x-copy], allow_cross_scheme_redirect: true}}}
  - {match: {prefix: /mirror}, route: {cluster: u0, request_mirror_policies: [{cluster: u1, runtime_fraction: {default_value: {numerator: 100}}}, {cluster: nocl2}], hash_policy: [{header: {header_name: x-h}}]}}
  - {match: {prefix: /stats}, route: {cluster: u0}, stat_prefix: mystat}
  - {match: {prefix: /mb}, route: {cluster: u0}, per_request_buffer_limit_bytes: 10}
  - {match: {prefix: /msd}, route: {cluster: u0, max_stream_duration: {max_stream_duration: 0.1s}}}
  - {match: {prefix: /grpct}, route: {cluster: u0, max_stream_duration: {grpc_timeout_header_max: 0.2s, grpc_timeout_header_offset: 0.05s}}}
- name: secure
  domains: ["secure.test"]
  require_tls: ALL
  routes: [{match: {prefix: /}, route: {cluster: u0}}]
- name: external
  domains: ["external.test"]
  require_tls: EXTERNAL_ONLY
  routes: [{match: {prefix: /}, route: {cluster: u0}}]
- name: any
  domains: ["*"]
  routes: [{match: {prefix: /}, direct_response: {status: 299, body: {inline_string: any}}}]
`;
const filters = `
- {name: buf, typed_config: {"@type": ${T}.filters.http.buffer.v3.Buffer, max_request_bytes: 1000}}
- {name: hm, typed_config: {"@type": ${T}.filters.http.header_mutation.v3.HeaderMutation, mutations: {request_mutations: [{append: {header: {key: x-f, value: "f"}, append_action: ADD_IF_ABSENT}}], response_mutations: [{append: {header: {key: x-fr, value: "%RESPONSE_CODE%"}}}, {remove: x-fdrop}]}}}
- {name: offf, disabled: true, typed_config: {"@type": ${T}.filters.http.buffer.v3.Buffer, max_request_bytes: 1}}
${router}`;
const rt = `layered_runtime: {layers: [{name: s, static_layer: {my: {frac: 100}, "my.frac2": {numerator: 0, denominator: HUNDRED}}}, {name: a, admin_layer: {}}]}`;
const rc = `request_headers_to_add: [{header: {key: x-rc, value: "%DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT% %START_TIME(%Y)%"}}]
response_headers_to_add: [{header: {key: x-order, value: rc}}]
response_headers_to_remove: [x-rm]
internal_only_headers: [x-internal-only]
most_specific_header_mutations_wins: false
max_direct_response_body_size_bytes: 20
validate_clusters: false
`;
const H = 'host: exact.test';
const E = (p: string, l: readonly string[] = [], r: Rest = {}) => get('web', p, [H, ...l], { ...L, ...r });
const rep = (lines: readonly string[] = []) => ({ reply: ok('hi', lines) });
export const routingMix: Suite = {
  kind: 'traffic',
  name: 'routing-mix',
  upstreams: { u0: 'http', u1: 'http' },
  config: bootstrap(
    [listener('web', hcm({ virtualHosts: vh, routeConfig: rc, httpFilters: filters, log: { name: 'web', format } }))],
    [cluster('u0'), cluster('u1')],
    rt,
  ),
  cases: [
    c(
      'domains',
      ...[
        'a.wild.test',
        'wild.test',
        'x.y.wild.test',
        'api.foo',
        'api.',
        'exact.test',
        'EXACT.TEST',
        'exact.test:80',
        'exact.test:8080',
        'exact2.test',
        'other',
        'A.WILD.test:99',
      ].map((h) => get('web', '/dr', [`host: ${h}`], L)),
    ),
    c(
      'users',
      E(
        '/users/12',
        ['x-drop: 1', 'x-vh: 2', 'x-internal-only: y'],
        rep(['x-secret: s', 'x-exists: e', 'x-absent: mine', 'x-rm: 1', 'server: up', 'x-fdrop: 1']),
      ),
      E('/users/ab', [], rep()),
      post('web', '/users/1', 'a', [H], { ...L, ...rep() }),
    ),
    c(
      'vh retry',
      E('/users/1', [], { reply: [{ send: response('HTTP/1.1 500 x', ['content-length: 0']) }, { send: ok() }] }),
    ),
    c(
      'cookies',
      E('/cookie', ['cookie: z=1; a=b']),
      E('/cookie', ['cookie: a=c', 'cookie: a=b']),
      E('/cm', ['cookie: sid=xyz']),
      E('/cm', ['cookie: sid=yz; sid=xx']),
      E('/cm', ['cookie: q=1', 'cookie: sid="x"']),
      E('/cm'),
    ),
    c('query', E('/q?a=1&b'), E('/q?b=&a=1'), E('/q?a=2&a=1&b'), E('/q?a=%31&b'), E('/q?a=1')),
    c('fraction', E('/frac'), E('/frac2')),
    c(
      'modified',
      post('admin', '/runtime_modify?my.frac=0&my.frac2=100', '', [], { blind: true }),
      E('/frac'),
      E('/frac2'),
    ),
    c(
      'grpc',
      E('/grpc', ['content-type: application/grpc']),
      E('/grpc', ['content-type: application/grpc+proto']),
      E('/grpc', ['content-type: application/grpc-web']),
      E('/tls'),
    ),
    c('hm', E('/hm', ['x-r: 1', 'x-f: mine'], rep()), E('/hmoff', [], rep()), E('/disabled', [], rep())),
    c(
      'query parameters',
      ...['', '?a=%20x&b=a%20b', '?y=%41%2f&z&q=a+b', '?%zz=%09&a&a'].map((q) => E(`/qp${q}`, ['x-r: é b~'], rep())),
      E('/rw/x', [], rep()),
      E('/qp?b=%0d%0ax', [], rep()),
    ),
    c('too large in one packet', post('web', '/buf', '123456', [H], L)),
    c('buffer', post('web', '/buf', '12345', [H], L), post('web', '/nobuf', 'x'.repeat(2000), [H], L), {
      to: 'web',
      send: request('POST /buf HTTP/1.1', [H, 'transfer-encoding: chunked'], '3\r\nabc\r\n1\r\nd\r\n0\r\n\r\n'),
      ...L,
    }),
    c(
      'redirects',
      E('/red/host/a?b=c'),
      E('/red/regex/a?b=c'),
      E('/red/prefix/a?b=c'),
      E('/red/path/a?b=c', ['x-a: v']),
      get('web', '/red/host', ['host: exact.test:8080'], L),
      E('/red/host', ['x-forwarded-proto: https']),
    ),
    c(
      'direct',
      E('/dr'),
      E('/nonfwd'),
      { to: 'web', send: request('HEAD /dr HTTP/1.1', [H]), ...L },
      post('web', '/dr', 'abc', [H], L),
    ),
    c(
      'weighted',
      E('/wc', [], rep(['x-up: 1'])),
      E('/wch', ['x-c: u1']),
      E('/wch', ['x-c: none']),
      E('/wch'),
      E('/ch', ['x-c: u1']),
      E('/ch', ['x-c: nope']),
      E('/ch'),
    ),
    c('host', E('/ae', ['x-forwarded-host: prev']), E('/ph/abc?q')),
    c(
      'internal redirect',
      E('/ir', [], {
        reply: [
          {
            send: response('HTTP/1.1 302 x', [
              'location: http://exact.test/users/1?z',
              'x-copy: 7',
              'content-length: 0',
            ]),
          },
          { send: ok() },
        ],
      }),
      E('/ir', [], { reply: [{ send: response('HTTP/1.1 301 x', ['location: /rel', 'content-length: 0']) }] }),
      E('/ir', [], {
        reply: [
          { send: response('HTTP/1.1 302 x', ['location: https://exact.test/users/2', 'content-length: 0']) },
          { send: ok() },
        ],
      }),
      post('web', '/ir', 'abc', [H], {
        ...L,
        reply: [
          { send: response('HTTP/1.1 307 x', ['location: http://exact.test/users/2', 'content-length: 0']) },
          { send: ok() },
        ],
      }),
      E('/ir', [], {
        reply: [{ send: response('HTTP/1.1 303 x', ['location: http://exact.test/users/2', 'content-length: 0']) }],
      }),
      E('/ir', [], {
        reply: [{ send: response('HTTP/1.1 302 x', ['location: http://a.wild.test/foo', 'content-length: 0']) }],
      }),
      E('/ir', [], { reply: [{ send: response('HTTP/1.1 302 x', ['content-length: 0']) }] }),
    ),
    c(
      'mirror',
      E('/mirror', ['x-h: 1']),
      post('web', '/mirror', 'abc', [H], L),
      get('web', '/mirror', ['host: exact.test:8080'], L),
    ),
    c(
      'route stats, small buffer, durations',
      E('/stats'),
      post('web', '/mb', 'x'.repeat(500), [H], L),
      E('/msd', [], { reply: { on: 'never' } }),
      E('/grpct', ['content-type: application/grpc', 'grpc-timeout: 150m'], { reply: { on: 'never' } }),
      E('/grpct', ['content-type: application/grpc'], { reply: { on: 'never' } }),
      E('/grpct', ['content-type: application/grpc', 'grpc-timeout: 1H']),
      E('/msd', ['content-type: application/grpc', 'grpc-timeout: 1H']),
      E('/msd', ['content-type: application/grpc']),
    ),
    c(
      'tls',
      get('web', '/a?b', ['host: secure.test'], L),
      get('web', '/a?b', ['host: secure.test', 'x-forwarded-proto: https'], L),
      get('web', '/a', ['host: external.test'], L),
      get('web', '/a', ['host: external.test', 'x-envoy-internal: true'], L),
      get('web', '/a', ['host: external.test', 'x-forwarded-for: 10.0.0.1'], L),
      post('web', '/a', 'x', ['host: secure.test'], L),
    ),
    c(
      'statistics',
      stats(
        '^(cluster|http.in|vhost).*(upstream_rq|external|internal|canary|downstream_rq_|rq_|no_route|no_cluster|passthrough|lb_)',
      ),
    ),
  ],
};
