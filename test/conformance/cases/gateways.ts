/**
 * What Contour, Istio, Emissary, Consul, Kuma and Envoy Gateway make of their own resources: connection managers, routes,
 * header rules and logs as in their published samples, with static clusters.
 */
import type { Exchange, Suite } from '../case.ts';
import { bootstrap, cluster, indent } from '../config.ts';
import { get, type Lines, ok, post, type Rest, request, stats } from '../requests.ts';

const T = 'type.googleapis.com/envoy.extensions';
const HCM = `"@type": ${T}.filters.network.http_connection_manager.v3.HttpConnectionManager`;
const L = (hcm: string) => `- name: web
  address: {socket_address: {address: 127.0.0.1, port_value: {{web}}}}
  filter_chains:
  - filters:
    - name: envoy.filters.network.http_connection_manager
      typed_config:
        ${HCM}
        delayed_close_timeout: 0.02s
${indent(hcm, 8)}
`;
const router = `- {name: envoy.filters.http.router, typed_config: {"@type": ${T}.filters.http.router.v3.Router}}`;
const textLog = (f: string) => `access_log:
- name: envoy.access_loggers.file
  typed_config: {"@type": ${T}.access_loggers.file.v3.FileAccessLog, path: "{{log.web}}", log_format: {text_format_source: {inline_string: ${JSON.stringify(f)}}}}`;
const jsonLog = (f: Readonly<Record<string, string>>) => `access_log:
- name: envoy.access_loggers.file
  typed_config: {"@type": ${T}.access_loggers.file.v3.FileAccessLog, path: "{{log.web}}", log_format: {json_format: ${JSON.stringify(f)}}}`;
const joined = (...all: readonly string[]) => all.join('\n');
const logged = { logs: ['web'] };
/** Every path of every host with each of the sets of headers. */
function asks(hosts: Lines, paths: Lines, sets: readonly Lines[] = [[]], rest: Rest = {}): Exchange[] {
  return hosts.flatMap((host) =>
    paths.flatMap((path) => sets.map((lines) => get('web', path, [`host: ${host}`, ...lines], { ...logged, ...rest }))),
  );
}

const numbers =
  '^(http\\.(gateway|ingress_http|outbound|public_listener)|cluster\\.[^.]*(u0|u1)|vhost)[^:]*(rq|retry|rbac|rate_limit)[^:]*$';
const gateway = (
  name: string,
  manager: string,
  steps: readonly Exchange[],
  clusters: readonly string[] = [cluster('u0'), cluster('u1')],
): Suite => ({
  kind: 'traffic',
  name: `as-${name}`,
  upstreams: { u0: 'http', u1: 'http' },
  config: bootstrap([L(manager)], clusters),
  cases: [
    { name: 'traffic', steps },
    { name: 'statistics', steps: [stats(numbers)] },
  ],
});

const headersSets = [
  [],
  ['x-forwarded-for: 1.2.3.4', 'x-forwarded-proto: https', 'x-request-id: 11111111-1111-4111-8111-111111111111'],
  ['user-agent: curl/8', 'x-header: yes', 'cookie: sid=1; X-Contour-Session-Affinity=abc'],
];
const contour = gateway(
  'contour',
  joined(
    'stat_prefix: ingress_http',
    'server_header_transformation: OVERWRITE',
    `http_filters:
- {name: envoy.filters.http.cors, typed_config: {"@type": ${T}.filters.http.cors.v3.Cors}}
- {name: envoy.filters.http.local_ratelimit, typed_config: {"@type": ${T}.filters.http.local_ratelimit.v3.LocalRateLimit, stat_prefix: http}}
- {name: envoy.filters.http.rbac, typed_config: {"@type": ${T}.filters.http.rbac.v3.RBAC}}
${router}`,
    'http_protocol_options: {accept_http_10: true}',
    'common_http_protocol_options: {idle_timeout: 60s}',
    'use_remote_address: true',
    'normalize_path: true',
    'merge_slashes: true',
    'preserve_external_request_id: true',
    'request_timeout: 0s',
    'stream_idle_timeout: 300s',
    'drain_timeout: 5s',
    jsonLog({
      '@timestamp': '%START_TIME(%Y)%',
      authority: '%REQ(:AUTHORITY)%',
      bytes_received: '%BYTES_RECEIVED%',
      bytes_sent: '%BYTES_SENT%',
      downstream_local_address: '%DOWNSTREAM_LOCAL_ADDRESS%',
      downstream_remote: '%DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT%',
      method: '%REQ(:METHOD)%',
      path: '%REQ(X-ENVOY-ORIGINAL-PATH?:PATH)%',
      protocol: '%PROTOCOL%',
      requested_server_name: '%REQUESTED_SERVER_NAME%',
      response_code: '%RESPONSE_CODE%',
      response_flags: '%RESPONSE_FLAGS%',
      uber_trace_id: '%REQ(UBER-TRACE-ID)%',
      upstream_cluster: '%UPSTREAM_CLUSTER%',
      upstream_host: '%UPSTREAM_HOST%',
      user_agent: '%REQ(USER-AGENT)%',
      x_forwarded_for: '%REQ(X-FORWARDED-FOR)%',
      x_trace_id: '%REQ(X-TRACE-ID)%',
      grpc_status: '%GRPC_STATUS%',
      grpc_status_number: '%GRPC_STATUS_NUMBER%',
      contour_config_kind: '%METADATA(ROUTE:envoy.access_loggers.file:io.projectcontour.kind)%',
    }),
    `route_config:
  name: ingress_http
  ignore_port_in_host_matching: true
  request_headers_to_add: [{header: {key: x-request-start, value: "t=%START_TIME(%Y)%"}, append_action: ADD_IF_ABSENT}]
  virtual_hosts:
  - name: a.projectcontour.io
    domains: [a.projectcontour.io]
    typed_per_filter_config: {envoy.filters.http.cors: {"@type": ${T}.filters.http.cors.v3.CorsPolicy, allow_origin_string_match: [{exact: "http://ok.test", ignore_case: true}], allow_methods: "GET, PUT", allow_credentials: true, max_age: "600"}}
    routes:
    - match: {safe_regex: {regex: "^/svc/.*/v[0-9]+$"}, headers: [{name: ":method", string_match: {exact: GET}}]}
      route: {cluster: u0, timeout: 90s, idle_timeout: 30s}
      metadata: {filter_metadata: {envoy.access_loggers.file: {io.projectcontour.kind: HTTPProxy, io.projectcontour.name: simple}}}
    - match: {path_separated_prefix: /api, headers: [{name: x-header, string_match: {contains: ye}}, {name: e-tag, string_match: {contains: abc}, invert_match: true}], query_parameters: [{name: q, string_match: {prefix: a, ignore_case: true}}]}
      route: {cluster: u1, prefix_rewrite: /v1}
    - match: {path_separated_prefix: /api}
      route: {weighted_clusters: {clusters: [{name: u0, weight: 0}, {name: u1, weight: 100, request_headers_to_add: [{header: {key: x-w, value: "1"}, append_action: OVERWRITE_IF_EXISTS_OR_ADD}], response_headers_to_remove: [server]}], total_weight: 100}, retry_policy: {retry_on: "5xx", num_retries: 1, per_try_timeout: 10s}, hash_policy: [{header: {header_name: X-Some-Header}, terminal: true}]}
    - match: {prefix: /rewrite/}
      route: {cluster: u0, regex_rewrite: {pattern: {regex: "^/rewrite/*"}, substitution: /}, host_rewrite_literal: rewritten.com, request_mirror_policies: [{cluster: u1}]}
      request_headers_to_add: [{header: {key: L5d-Dst-Override, value: "%UPSTREAM_CLUSTER%.svc"}, append_action: OVERWRITE_IF_EXISTS_OR_ADD}]
    - match: {prefix: /limited}
      route: {cluster: u0}
      typed_per_filter_config: {envoy.filters.http.local_ratelimit: {"@type": ${T}.filters.http.local_ratelimit.v3.LocalRateLimit, stat_prefix: "vhost.a", token_bucket: {max_tokens: 1, tokens_per_fill: 1, fill_interval: 3600s}, filter_enabled: {default_value: {numerator: 100}}, filter_enforced: {default_value: {numerator: 100}}, status: {code: TooManyRequests}, response_headers_to_add: [{header: {key: x-limited, value: "true"}, append_action: OVERWRITE_IF_EXISTS_OR_ADD}]}}
    - match: {prefix: /ip}
      route: {cluster: u0}
      typed_per_filter_config: {envoy.filters.http.rbac: {"@type": ${T}.filters.http.rbac.v3.RBACPerRoute, rbac: {rules: {action: DENY, policies: {ip-rules: {permissions: [{any: true}], principals: [{remote_ip: {address_prefix: 1.2.3.0, prefix_len: 24}}]}}}}}}
    - match: {prefix: /redir}
      redirect: {https_redirect: true, response_code: MOVED_PERMANENTLY}
    - match: {prefix: /bad}
      direct_response: {status: 502}
    - match: {prefix: /, headers: [{name: ":authority", string_match: {safe_regex: {regex: "[a-z0-9]([-a-z0-9]*[a-z0-9])?\\\\.projectcontour\\\\.io"}}}]}
      route: {cluster: u0, upgrade_configs: [{upgrade_type: websocket}], cluster_not_found_response_code: SERVICE_UNAVAILABLE}
  - name: wild
    domains: ["*.projectcontour.io"]
    require_tls: EXTERNAL_ONLY
    routes: [{match: {prefix: /, headers: [{name: ":authority", string_match: {safe_regex: {regex: "[a-z0-9]([-a-z0-9]*[a-z0-9])?\\\\.projectcontour\\\\.io"}}}]}, route: {cluster: u1}}]`,
  ),
  [
    ...asks(
      ['a.projectcontour.io', 'B.projectcontour.io:8080'],
      [
        '/svc/a/v1',
        '/api',
        '/api/x?q=Ab',
        '/apix',
        '//rewrite///a/../b',
        '/limited',
        '/limited',
        '/ip',
        '/redir?x',
        '/bad',
        '/',
      ],
      headersSets,
    ),
    {
      to: 'web',
      send: request('OPTIONS /api HTTP/1.1', [
        'host: a.projectcontour.io',
        'origin: http://OK.test',
        'access-control-request-method: PUT',
      ]),
      ...logged,
    },
    { to: 'web', send: 'GET / HTTP/1.0\r\nhost: a.projectcontour.io\r\n\r\n', ...logged },
  ],
);

const istioLog =
  '[%START_TIME(%Y)%] "%REQ(:METHOD)% %REQ(X-ENVOY-ORIGINAL-PATH?:PATH)% %PROTOCOL%" %RESPONSE_CODE% %RESPONSE_FLAGS% %RESPONSE_CODE_DETAILS% %CONNECTION_TERMINATION_DETAILS% "%UPSTREAM_TRANSPORT_FAILURE_REASON%" %BYTES_RECEIVED% %BYTES_SENT% "%REQ(X-FORWARDED-FOR)%" "%REQ(USER-AGENT)%" "%REQ(:AUTHORITY)%" "%UPSTREAM_HOST%" %UPSTREAM_CLUSTER_RAW% %DOWNSTREAM_LOCAL_ADDRESS% %DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT% %REQUESTED_SERVER_NAME% %ROUTE_NAME%\n';
const irp =
  'retry_policy: {retry_on: "connect-failure,refused-stream,unavailable,cancelled,retriable-status-codes", num_retries: 2, retry_host_predicate: [{name: envoy.retry_host_predicates.previous_hosts, typed_config: {"@type": ' +
  T +
  '.retry.host.previous_hosts.v3.PreviousHostsPredicate}}], host_selection_retry_max_attempts: 5, retriable_status_codes: [503]}, max_stream_duration: {max_stream_duration: 0s, grpc_timeout_header_max: 0s}, timeout: 0s';
const ocluster = (n: string, u: string) =>
  cluster(
    `"${n}"`,
    [u],
    'alt_stat_name: "' +
      u +
      '_alt"\nmetadata: {filter_metadata: {istio: {services: [{host: x, name: y, namespace: default}]}}}\ncircuit_breakers: {thresholds: [{max_connections: 4294967295, max_pending_requests: 4294967295, max_requests: 4294967295, max_retries: 4294967295, track_remaining: true}]}\ncommon_lb_config: {}',
  );
const istio = gateway(
  'istio',
  joined(
    'stat_prefix: outbound_0.0.0.0_8080',
    'server_name: istio-envoy',
    'use_remote_address: true',
    'forward_client_cert_details: SANITIZE_SET',
    'set_current_client_cert_details: {subject: true, cert: true, dns: true, uri: true}',
    'upgrade_configs: [{upgrade_type: websocket}]',
    'stream_idle_timeout: 0s',
    'normalize_path: true',
    'path_with_escaped_slashes_action: KEEP_UNCHANGED',
    `request_id_extension: {typed_config: {"@type": ${T}.request_id.uuid.v3.UuidRequestIdConfig, use_request_id_for_trace_sampling: true}}`,
    'tracing: {client_sampling: {value: 100}, random_sampling: {value: 100}, overall_sampling: {value: 100}, custom_tags: [{tag: istio.mesh_id, literal: {value: cluster.local}}]}',
    'common_http_protocol_options: {headers_with_underscores_action: ALLOW}',
    'proxy_100_continue: true',
    `http_filters:
- {name: envoy.filters.http.fault, typed_config: {"@type": ${T}.filters.http.fault.v3.HTTPFault}}
- {name: envoy.filters.http.cors, typed_config: {"@type": ${T}.filters.http.cors.v3.Cors}}
${router}`,
    textLog(istioLog),
    `route_config:
  name: http.8080
  validate_clusters: false
  max_direct_response_body_size_bytes: 1048576
  ignore_port_in_host_matching: true
  virtual_hosts:
  - name: "bookinfo.com:80"
    domains: [bookinfo.com, "*.bookinfo.com"]
    include_request_attempt_count: true
    routes:
    - {name: exact, match: {path: /productpage, case_sensitive: true}, route: {cluster: "outbound|9080||productpage.default.svc.cluster.local", ${irp}}, metadata: {filter_metadata: {istio: {config: /apis/x}}}, decorator: {operation: "productpage:9080/productpage"}}
    - {name: fault, match: {prefix: /fault, headers: [{name: end-user, string_match: {exact: jason}}]}, route: {cluster: "outbound|9080||productpage.default.svc.cluster.local", ${irp}}, typed_per_filter_config: {envoy.filters.http.fault: {"@type": ${T}.filters.http.fault.v3.HTTPFault, abort: {http_status: 555, percentage: {numerator: 1000000, denominator: MILLION}}, delay: {fixed_delay: 0.01s, percentage: {numerator: 1000000, denominator: MILLION}}}}}
    - {name: sub, match: {path_separated_prefix: /reviews, case_sensitive: true, query_parameters: [{name: v, string_match: {safe_regex: {regex: "[0-9]+"}}}]}, route: {cluster: "outbound|9080|v2|reviews", ${irp}, prefix_rewrite: /newreviews, host_rewrite_literal: reviews.svc}}
    - {name: headers, match: {prefix: /hdr, headers: [{name: x-a, present_match: true}, {name: x-b, present_match: true, invert_match: true}, {name: ":scheme", string_match: {exact: http}}]}, route: {weighted_clusters: {clusters: [{name: "outbound|9080|v2|reviews", weight: 100, request_headers_to_add: [{header: {key: x-sub, value: v2}, append_action: APPEND_IF_EXISTS_OR_ADD}], response_headers_to_add: [{header: {key: x-ver, value: v2}}]}, {name: "outbound|9080||productpage.default.svc.cluster.local", weight: 0}], total_weight: 100}, ${irp}, hash_policy: [{cookie: {name: user, ttl: 0s}, terminal: false}]}, request_headers_to_remove: [x-a], response_headers_to_remove: [x-up]}
    - {name: redir, match: {prefix: /redir}, redirect: {host_redirect: new.com, path_redirect: /new, https_redirect: true, response_code: FOUND}}
    - {name: regexredir, match: {safe_regex: {regex: "/re/.*"}}, redirect: {regex_rewrite: {pattern: {regex: "/re/(.*)"}, substitution: "/\\\\1"}, port_redirect: 8443}}
    - {name: direct, match: {prefix: /teapot}, direct_response: {status: 418, body: {inline_string: short and stout}}, response_headers_to_add: [{header: {key: x-t, value: "%PROTOCOL%"}}]}
    - {name: mirror, match: {prefix: /mirror}, route: {cluster: "outbound|9080||productpage.default.svc.cluster.local", ${irp}, request_mirror_policies: [{cluster: "outbound|9080|v2|reviews", runtime_fraction: {default_value: {numerator: 1000000, denominator: MILLION}}, trace_sampled: false}]}}
    - {name: missing, match: {prefix: /missing}, route: {cluster: BlackHoleCluster, ${irp}}}
  - {name: "secure:80", domains: [secure.com], require_tls: ALL, routes: [{match: {prefix: /}, route: {cluster: x}}]}
  - {name: "allow_any", domains: ["*"], include_request_attempt_count: true, routes: [{name: allow_any, match: {prefix: /}, route: {cluster: PassthroughCluster, timeout: 0s, max_grpc_timeout: 0s}}]}`,
  ),
  [
    ...asks(
      ['a.bookinfo.com:8080', 'any'],
      [
        '/productpage',
        '/productpage?x=1',
        '/fault',
        '/reviews?v=12',
        '/reviews/1?v=1',
        '/reviewsx?v=1',
        '/hdr',
        '/redir/a?b',
        '/re/x/y?z',
        '/teapot',
        '/mirror',
        '/missing',
        '/none',
      ],
      [
        [],
        ['end-user: jason', 'x-a: 1', 'x-forwarded-for: 9.9.9.9, 10.0.0.1', 'x-b3-sampled: 1'],
        ['x-a: 1', 'x-b: 2', 'x-forwarded-client-cert: By=x', 'x-envoy-internal: true'],
      ],
    ),
    ...asks(['bookinfo.com'], ['/productpage'], [[]], {
      reply: {
        u0: [
          { send: 'HTTP/1.1 503 X\r\ncontent-length: 0\r\n\r\n' },
          { send: 'HTTP/1.1 503 X\r\ncontent-length: 0\r\n\r\n' },
          { send: ok('yes', ['x-envoy-decorator-operation: up', 'x-up: 1']) },
        ],
      },
    }),
  ],
  [
    ocluster('outbound|9080||productpage.default.svc.cluster.local', 'u0'),
    ocluster('outbound|9080|v2|reviews', 'u1'),
    '- {name: PassthroughCluster, load_assignment: {cluster_name: x}}\n',
  ],
);

const emissary = gateway(
  'emissary',
  joined(
    'stat_prefix: ingress_http',
    'server_name: envoy',
    'use_remote_address: true',
    'xff_num_trusted_hops: 1',
    'normalize_path: true',
    'strip_matching_host_port: true',
    'codec_type: AUTO',
    'max_request_headers_kb: 60',
    'http_protocol_options: {accept_http_10: false, header_key_format: {proper_case_words: {}}}',
    'common_http_protocol_options: {idle_timeout: 10s, headers_with_underscores_action: REJECT_REQUEST, max_headers_count: 50}',
    'local_reply_config: {mappers: [{filter: {status_code_filter: {comparison: {op: EQ, value: {default_value: 404, runtime_key: custom_error}}}}, body_format_override: {text_format_source: {inline_string: "<h1>cannot find the page %REQ(:path)%</h1>"}, content_type: text/html}}, {filter: {status_code_filter: {comparison: {op: EQ, value: {default_value: 503, runtime_key: custom_error}}}}, body_format_override: {json_format: {error: unknown route, details: "%RESPONSE_CODE_DETAILS%", code: "%RESPONSE_CODE%"}}}]}',
    `http_filters:
- {name: envoy.filters.http.cors, typed_config: {"@type": ${T}.filters.http.cors.v3.Cors}}
${router}`,
    textLog(
      'ACCESS [%START_TIME(%Y)%] "%REQ(:METHOD)% %REQ(X-ENVOY-ORIGINAL-PATH?:PATH)% %PROTOCOL%" %RESPONSE_CODE% %RESPONSE_FLAGS% %BYTES_RECEIVED% %BYTES_SENT% "%REQ(X-FORWARDED-FOR)%" "%REQ(USER-AGENT)%" "%REQ(:AUTHORITY)%" "%UPSTREAM_HOST%"\n',
    ),
    `route_config:
  virtual_hosts:
  - name: emissary-ingress-listener-8080-*
    domains: ["*"]
    response_headers_to_add: [{append_action: APPEND_IF_EXISTS_OR_ADD, header: {key: x-content-type-options, value: nosniff}}]
    routes:
    - {match: {case_sensitive: true, headers: [{string_match: {exact: https}, name: x-forwarded-proto}], prefix: /ambassador/v0/check_ready, runtime_fraction: {default_value: {denominator: HUNDRED, numerator: 100}, runtime_key: routing.traffic_shift.cluster_127_0_0_1_8877}}, route: {cluster: u0, prefix_rewrite: /ambassador/v0/check_ready, timeout: 10.000s}}
    - {match: {case_sensitive: true, prefix: /backend/, runtime_fraction: {default_value: {denominator: HUNDRED, numerator: 0}, runtime_key: routing.traffic_shift.u1}}, route: {cluster: u1, prefix_rewrite: /}}
    - {match: {case_sensitive: true, prefix: /backend/, runtime_fraction: {default_value: {denominator: HUNDRED, numerator: 100}, runtime_key: routing.traffic_shift.u0}}, route: {cluster: u0, prefix_rewrite: /, timeout: 3.000s, idle_timeout: 0.5s, retry_policy: {retry_on: 5xx, num_retries: 2, per_try_timeout: 0.5s}, append_x_forwarded_host: true, host_rewrite_literal: backend, hash_policy: [{cookie: {name: sticky, ttl: 60s, path: /}}]}, request_headers_to_add: [{header: {key: x-test-proto, value: "%PROTOCOL%"}, append_action: OVERWRITE_IF_EXISTS_OR_ADD}, {header: {key: x-test-ip, value: "%DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT%"}, append_action: APPEND_IF_EXISTS_OR_ADD}], request_headers_to_remove: [x-evil], response_headers_to_add: [{header: {key: x-test-static, value: "This is a test header"}, append_action: OVERWRITE_IF_EXISTS_OR_ADD}], response_headers_to_remove: [x-envoy-upstream-service-time]}
    - {match: {safe_regex: {regex: "/abc/(.+)/def"}}, route: {cluster: u1, regex_rewrite: {pattern: {regex: "/abc/(.+)/def"}, substitution: "/x/\\\\1/y"}}}
    - {match: {prefix: /redirect/}, redirect: {host_redirect: httpbin.org, path_redirect: /ip, response_code: TEMPORARY_REDIRECT}}
    - {match: {prefix: /prefixredirect/}, redirect: {host_redirect: httpbin.org, prefix_rewrite: /new/, response_code: SEE_OTHER}}
    - {match: {case_sensitive: true, headers: [{string_match: {exact: http}, name: x-forwarded-proto}], prefix: /secure/}, redirect: {https_redirect: true}}
    - {match: {prefix: /dead/}, route: {cluster: dead, timeout: 3s}}
    - {match: {prefix: /method, headers: [{name: ":method", string_match: {safe_regex: {regex: "PUT|POST"}}}, {name: content-type, string_match: {suffix: json}}]}, route: {cluster: u1, priority: HIGH}}`,
  ),
  [
    ...asks(
      ['h'],
      [
        '/ambassador/v0/check_ready',
        '/backend/a/b?c',
        '/backend/',
        '/abc/q/def',
        '/redirect/x?y=1',
        '/prefixredirect/x?y=1',
        '/secure/a',
        '/dead/',
        '/method',
        '/none',
      ],
      [[], ['x-forwarded-proto: https', 'x-forwarded-for: 5.6.7.8, 9.9.9.9', 'x-evil: 1'], ['x_under: 1']],
    ),
    post('web', '/method/x', '{}', ['content-type: application/json'], { ...logged }),
  ],
  [cluster('u0'), cluster('u1'), cluster('dead', ['1'])],
);

const consul = gateway(
  'consul',
  joined(
    'stat_prefix: public_listener',
    'tracing: {random_sampling: {}}',
    'upgrade_configs: [{upgrade_type: websocket}]',
    'forward_client_cert_details: APPEND_FORWARD',
    'set_current_client_cert_details: {subject: true, cert: true, chain: true, dns: true, uri: true}',
    'normalize_path: true',
    'path_with_escaped_slashes_action: UNESCAPE_AND_FORWARD',
    'merge_slashes: true',
    'common_http_protocol_options: {headers_with_underscores_action: DROP_HEADER, max_connection_duration: 3600s}',
    'internal_address_config: {}',
    `http_filters:
- name: envoy.filters.http.rbac
  typed_config: {"@type": ${T}.filters.http.rbac.v3.RBAC, rules: {action: DENY, policies: {consul-intentions-layer7-0: {permissions: [{and_rules: {rules: [{url_path: {path: {prefix: /admin}}}, {or_rules: {rules: [{header: {name: ":method", string_match: {exact: GET}}}, {header: {name: x-d, string_match: {safe_regex: {regex: "^d.*"}}}}]}}, {not_rule: {header: {name: x-ok, present_match: true}}}]}}], principals: [{any: true}]}, consul-intentions-layer4: {permissions: [{any: true}], principals: [{authenticated: {principal_name: {safe_regex: {regex: "^spiffe://[^/]+/ns/default/dc/[^/]+/svc/web$"}}}}]}}}}
- {name: envoy.filters.http.header_to_metadata, typed_config: {"@type": ${T}.filters.http.header_to_metadata.v3.Config, request_rules: [{header: x-forwarded-client-cert, on_header_present: {metadata_namespace: consul, key: trust-domain, regex_value_rewrite: {pattern: {regex: ".*URI=spiffe://([^/]+.[^/]+)(?:/ap/([^/]+))?/ns/([^/]+)/dc/([^/]+)/svc/([^/;,]+).*"}, substitution: "\\\\1"}}, on_header_missing: {metadata_namespace: consul, key: trust-domain, value: none}}]}}
${router}`,
    textLog(
      '%REQ(:PATH)% %RESPONSE_CODE% %RESPONSE_FLAGS% %RESPONSE_CODE_DETAILS% %DYNAMIC_METADATA(consul:trust-domain)% %REQ(X-FORWARDED-CLIENT-CERT)% %UPSTREAM_CLUSTER% %TRACE_ID%\n',
    ),
    `route_config:
  name: "8080"
  validate_clusters: true
  virtual_hosts:
  - {name: foo, domains: ["foo.ingress.*", "foo.ingress.*:8080"], routes: [{match: {prefix: /v1, headers: [{name: ":method", string_match: {exact: PUT}}]}, route: {cluster: u1, timeout: 33s}}, {match: {prefix: /}, route: {weighted_clusters: {clusters: [{name: u0, weight: 10000, request_headers_to_add: [{header: {key: x-split, value: a}, append_action: OVERWRITE_IF_EXISTS_OR_ADD}]}, {name: u1, weight: 0}], total_weight: 10000, runtime_key_prefix: rk}, prefix_rewrite: /p/}}]}
  - {name: baz, domains: [baz, "baz:8080"], request_headers_to_add: [{header: {key: foo, value: bar}, append_action: OVERWRITE_IF_EXISTS_OR_ADD}], request_headers_to_remove: [qux], response_headers_to_add: [{header: {key: foo, value: bar2}, append_action: APPEND_IF_EXISTS_OR_ADD}], response_headers_to_remove: [server], routes: [{match: {path: /exact}, route: {cluster: u0, auto_host_rewrite: true}}, {match: {safe_regex: {regex: ".*suf"}}, route: {cluster: u0}}, {match: {prefix: /}, route: {cluster: u1, retry_policy: {retry_on: "5xx,gateway-error,reset,connect-failure,retriable-status-codes", num_retries: 15, retriable_status_codes: [401, 451]}}}]}`,
  ),
  [
    ...asks(
      ['foo.ingress.*:8080', 'foo.ingress.consul', 'baz'],
      ['/exact', '/x.suf', '/v1/x', '/admin/x', '//a%2fb/../c', '/'],
      [
        [],
        ['x-d: dd', 'x-ok: 1', 'qux: q', 'foo: 1'],
        ['x-forwarded-client-cert: By=a;URI=spiffe://td.consul/ns/default/dc/dc1/svc/web', 'x_u: 1'],
      ],
    ),
  ],
);

const kuma = gateway(
  'kuma',
  joined(
    'stat_prefix: gateway',
    'server_name: Kuma Gateway',
    'use_remote_address: true',
    'strip_any_host_port: true',
    'normalize_path: true',
    'merge_slashes: true',
    'path_with_escaped_slashes_action: UNESCAPE_AND_REDIRECT',
    'stream_idle_timeout: 5s',
    'request_headers_timeout: 0.5s',
    'common_http_protocol_options: {headers_with_underscores_action: REJECT_REQUEST, idle_timeout: 300s}',
    'forward_client_cert_details: SANITIZE_SET',
    'set_current_client_cert_details: {uri: true}',
    'internal_address_config: {cidr_ranges: [{address_prefix: 127.0.0.1, prefix_len: 32}, {address_prefix: "::1", prefix_len: 128}]}',
    'upgrade_configs: [{upgrade_type: websocket}]',
    `http_filters:
- {name: envoy.filters.http.fault, typed_config: {"@type": ${T}.filters.http.fault.v3.HTTPFault, abort: {http_status: 500, percentage: {numerator: 1000000, denominator: MILLION}}, headers: [{name: x-kuma-tags, string_match: {safe_regex: {regex: ".*&kuma.io/service=[^&]*fail[,&].*"}}}]}}
- {name: envoy.filters.http.local_ratelimit, typed_config: {"@type": ${T}.filters.http.local_ratelimit.v3.LocalRateLimit, stat_prefix: rate_limit}}
${router}`,
    textLog(
      '[%START_TIME(%Y)%] default "%REQ(:method)% %REQ(x-envoy-original-path?:path)% %PROTOCOL%" %RESPONSE_CODE% %RESPONSE_FLAGS% %BYTES_RECEIVED% %BYTES_SENT% "%REQ(x-forwarded-for)%" "%REQ(user-agent)%" "%REQ(:authority)%" "gw" "*" "127.0.0.1" "%UPSTREAM_HOST%" %UPSTREAM_CLUSTER%\n',
    ),
    `route_config:
  name: edge-gateway:HTTP:8080
  request_headers_to_remove: [x-kuma-tags]
  validate_clusters: false
  virtual_hosts:
  - name: "echo.example.com"
    domains: [echo.example.com]
    routes:
    - {name: a, match: {path: /api, headers: [{name: x-v, string_match: {exact: "2"}}]}, route: {cluster: u0, timeout: 10s, path_rewrite_policy: null, idle_timeout: 5s, retry_policy: {retry_on: "gateway-error,connect-failure,refused-stream", num_retries: 5, per_try_timeout: 5s, retry_back_off: {base_interval: 0.02s, max_interval: 0.2s}, host_selection_retry_max_attempts: 0}}}
    - {name: b, match: {prefix: /api/}, route: {weighted_clusters: {clusters: [{name: u0, weight: 1, request_headers_to_add: [{header: {key: x-kuma-tags, value: "&kuma.io/service=gw&"}, append_action: ADD_IF_ABSENT}]}, {name: u1, weight: 0}]}, regex_rewrite: {pattern: {regex: "^/api(/)?"}, substitution: "/v2/"}}}
    - {name: c, match: {path_separated_prefix: /sep}, route: {cluster: u1, prefix_rewrite: /}}
    - {name: d, match: {path_separated_prefix: /host}, route: {cluster: u1, host_rewrite_header: x-host, append_x_forwarded_host: true}, request_headers_to_add: [{header: {key: x-add, value: a}, append_action: APPEND_IF_EXISTS_OR_ADD}, {header: {key: x-set, value: s}, append_action: OVERWRITE_IF_EXISTS_OR_ADD}], response_headers_to_add: [{header: {key: x-radd, value: "%RESPONSE_CODE%"}, append_action: OVERWRITE_IF_EXISTS}]}
    - {name: limit, match: {prefix: /limit}, route: {cluster: u0}, typed_per_filter_config: {envoy.filters.http.local_ratelimit: {"@type": ${T}.filters.http.local_ratelimit.v3.LocalRateLimit, stat_prefix: rate_limit, token_bucket: {max_tokens: 1, tokens_per_fill: 1, fill_interval: 3600s}, filter_enabled: {default_value: {numerator: 100}, runtime_key: local_rate_limit_enabled}, filter_enforced: {default_value: {numerator: 100}, runtime_key: local_rate_limit_enforced}, status: {code: 423}, response_headers_to_add: [{header: {key: x-kuma-rate-limited, value: "true"}, append_action: OVERWRITE_IF_EXISTS_OR_ADD}]}}}
    - {name: redir, match: {prefix: /redir}, redirect: {scheme_redirect: https, host_redirect: x.test, port_redirect: 443, response_code: PERMANENT_REDIRECT}}
    - {name: nobackend, match: {prefix: /nob}, direct_response: {status: 500}}
    - {name: query, match: {prefix: /, query_parameters: [{name: k, string_match: {exact: v}}, {name: p, present_match: true}]}, route: {cluster: u0, hash_policy: [{header: {header_name: h}}, {connection_properties: {source_ip: true}}]}}
  - {name: "*", domains: ["*"], routes: [{match: {prefix: /}, direct_response: {status: 404, body: {inline_string: "This is a Kuma MeshGateway. No routes match this MeshGateway!\\n"}}}]}`,
  ),
  [
    ...asks(
      ['ECHO.example.com:8080'],
      [
        '/api',
        '/api/',
        '/api/x?y',
        '/sep',
        '/sep/a',
        '/host',
        '/limit',
        '/limit',
        '/redir?a',
        '/nob',
        '/?k=v&p',
        '/%2e%2e/a%2Fb',
        '//x',
      ],
      [
        [],
        ['x-v: 2', 'x-host: new.test', 'x-forwarded-for: 1.1.1.1'],
        ['x-kuma-tags: &kuma.io/service=fail,&', 'x-add: 0', 'x-set: 0'],
      ],
    ),
  ],
);

const envoyGateway = gateway(
  'envoy-gateway',
  joined(
    'stat_prefix: http-10080',
    'server_header_transformation: PASS_THROUGH',
    'use_remote_address: true',
    'normalize_path: true',
    'merge_slashes: true',
    'path_with_escaped_slashes_action: UNESCAPE_AND_REDIRECT',
    'common_http_protocol_options: {headers_with_underscores_action: REJECT_REQUEST}',
    'http_protocol_options: {enable_trailers: true, header_key_format: {stateful_formatter: {name: preserve_case, typed_config: {"@type": ' +
      T +
      '.http.header_formatters.preserve_case.v3.PreserveCaseFormatterConfig}}}}',
    `early_header_mutation_extensions: [{name: e, typed_config: {"@type": ${T}.http.early_header_mutation.header_mutation.v3.HeaderMutation, mutations: [{append: {header: {key: x-early, value: "%REQ(user-agent)%"}, append_action: OVERWRITE_IF_EXISTS_OR_ADD}}, {remove: x-evil}]}}]`,
    `http_filters:
- {name: envoy.filters.http.cors, typed_config: {"@type": ${T}.filters.http.cors.v3.Cors}}
- {name: envoy.filters.http.csrf, disabled: true, typed_config: {"@type": ${T}.filters.http.csrf.v3.CsrfPolicy, filter_enabled: {default_value: {numerator: 100}}}}
${router.replace('Router}', 'Router, suppress_envoy_headers: true}')}`,
    jsonLog(
      Object.fromEntries(
        Object.entries({
          method: 'REQ(:METHOD)',
          'x-envoy-origin-path': 'REQ(X-ENVOY-ORIGINAL-PATH?:PATH)',
          protocol: 'PROTOCOL',
          response_code: 'RESPONSE_CODE',
          response_flags: 'RESPONSE_FLAGS',
          response_code_details: 'RESPONSE_CODE_DETAILS',
          connection_termination_details: 'CONNECTION_TERMINATION_DETAILS',
          upstream_transport_failure_reason: 'UPSTREAM_TRANSPORT_FAILURE_REASON',
          bytes_received: 'BYTES_RECEIVED',
          bytes_sent: 'BYTES_SENT',
          'x-forwarded-for': 'REQ(X-FORWARDED-FOR)',
          'user-agent': 'REQ(USER-AGENT)',
          ':authority': 'REQ(:AUTHORITY)',
          upstream_host: 'UPSTREAM_HOST',
          upstream_cluster: 'UPSTREAM_CLUSTER',
          downstream_local_address: 'DOWNSTREAM_LOCAL_ADDRESS',
          requested_server_name: 'REQUESTED_SERVER_NAME',
          route_name: 'ROUTE_NAME',
        }).map(([k, v]) => [k, `%${v}%`]),
      ),
    ),
    `route_config:
  name: default/gateway-1/http
  ignore_port_in_host_matching: true
  virtual_hosts:
  - name: default/gateway-1/http/gateway_envoyproxy_io
    domains: [gateway.envoyproxy.io]
    metadata: {filter_metadata: {envoy-gateway: {resources: [{kind: Gateway, name: gateway-1}]}}}
    routes:
    - {name: rewrite-full, match: {path_separated_prefix: /full}, route: {cluster: u0, regex_rewrite: {pattern: {regex: "^/.*$"}, substitution: /replaced}, upgrade_configs: [{upgrade_type: websocket}]}}
    - {name: rewrite-prefix, match: {path_separated_prefix: /prefix}, route: {cluster: u0, regex_rewrite: {pattern: {regex: "^/prefix\\\\/*"}, substitution: /}, host_rewrite_literal: rewritten.test, append_x_forwarded_host: true}}
    - {name: rewrite-hdr, match: {prefix: /hdr, headers: [{name: X-Mixed, string_match: {safe_regex: {regex: "a.*"}}}]}, route: {cluster: u1, host_rewrite_header: x-host}, request_headers_to_add: [{header: {key: some-header, value: some-value}, append_action: APPEND_IF_EXISTS_OR_ADD}, {header: {key: empty-header}, append_action: OVERWRITE_IF_EXISTS_OR_ADD, keep_empty_value: true}], request_headers_to_remove: [x-gone], response_headers_to_add: [{header: {key: good, value: "%RESP(x-up)%"}, append_action: ADD_IF_ABSENT}]}
    - {name: tmpl, match: {path_match_policy: {name: t, typed_config: {"@type": ${T}.path.match.uri_template.v3.UriTemplateMatchConfig, path_template: "/t/{a}/{b=**}"}}}, route: {cluster: u1, path_rewrite_policy: {name: r, typed_config: {"@type": ${T}.path.rewrite.uri_template.v3.UriTemplateRewriteConfig, path_template_rewrite: "/{b}/{a}"}}}}
    - {name: csrf, match: {prefix: /csrf}, route: {cluster: u0}, typed_per_filter_config: {envoy.filters.http.csrf: {"@type": type.googleapis.com/envoy.config.route.v3.FilterConfig, config: {"@type": ${T}.filters.http.csrf.v3.CsrfPolicy, filter_enabled: {default_value: {numerator: 100}}, additional_origins: [{suffix: .ok.test}]}}}}
    - {name: redirect, match: {path: /redir}, redirect: {scheme_redirect: https, host_redirect: r.test, port_redirect: 8443, path_redirect: /re}}
    - {name: redirectprefix, match: {path_separated_prefix: /rp}, redirect: {prefix_rewrite: /new}}
    - {name: backends-none, match: {prefix: /none}, direct_response: {status: 500, body_format: {json_format: {msg: "%REQ(:path)%"}}}}
    - {name: mirror, match: {prefix: /m}, route: {cluster: u0, request_mirror_policies: [{cluster: u1, runtime_fraction: {default_value: {numerator: 100}}}], retry_policy: {retry_on: "retriable-status-codes,5xx,gateway-error,reset,retriable-4xx", retriable_status_codes: [500, 502], num_retries: 2, host_selection_retry_max_attempts: 5, retry_host_predicate: [{name: p, typed_config: {"@type": ${T}.retry.host.previous_hosts.v3.PreviousHostsPredicate}}]}, timeout: 5s}}`,
  ),
  [
    ...asks(
      ['gateway.envoyproxy.io:10080'],
      [
        '/full/x?y=z',
        '/prefix',
        '/prefix/a//b',
        '/prefixx',
        '/hdr',
        '/t/x/y/z?q',
        '/csrf',
        '/redir?x',
        '/rp/a?x',
        '/none',
        '/m',
      ],
      [
        [],
        ['X-Mixed: abc', 'X-Host: via.header', 'x-gone: 1', 'Some-Header: 0', 'x-evil: 1', 'User-Agent: UA'],
        ['origin: http://a.ok.test'],
      ],
    ),
    {
      to: 'web',
      send: request('POST /csrf HTTP/1.1', ['host: gateway.envoyproxy.io', 'origin: http://evil', 'content-length: 0']),
      ...logged,
    },
    {
      to: 'web',
      send: request('POST /csrf HTTP/1.1', [
        'host: gateway.envoyproxy.io',
        'origin: http://a.ok.test',
        'content-length: 0',
      ]),
      ...logged,
    },
    ...asks(['gateway.envoyproxy.io'], ['/m', '/full'], [[]], {
      reply: {
        u0: [
          { send: 'HTTP/1.1 502 X\r\nX-Up: Mixed-Case\r\ncontent-length: 0\r\n\r\n' },
          { send: 'HTTP/1.1 404 X\r\nX-Up: Mixed-Case\r\nServer: own\r\ncontent-length: 0\r\n\r\n' },
        ],
      },
    }),
  ],
);

export const gateways: readonly Suite[] = [contour, istio, emissary, consul, kuma, envoyGateway];
