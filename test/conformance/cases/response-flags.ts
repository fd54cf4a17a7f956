/** Every kind of access log filter, and every response flag that HTTP/1.1 can come to, against one another. */
import type { Exchange, Suite } from '../case.ts';
import { bootstrap, cluster, fileLog, hcm, listener } from '../config.ts';
import { get, type Lines, ok, post, type Rest, stats } from '../requests.ts';

const T = 'type.googleapis.com/envoy.extensions';
/** All that the rules of a `response_flag_filter` know. */
const flags =
  'LH UH UT LR UR UF UC UO NR DI FI RL UAEX RLSE DC URX SI IH DPE UMSDR RFCF NFCF DT UPE NC OM DF DO DR UDO'.split(' ');
const format =
  '%REQ(:PATH)% %RESPONSE_CODE% %RESPONSE_FLAGS% %RESPONSE_FLAGS_LONG% %RESPONSE_CODE_DETAILS% %CONNECTION_TERMINATION_DETAILS% %BYTES_SENT% %UPSTREAM_TRANSPORT_FAILURE_REASON% %UPSTREAM_HOST% %UPSTREAM_CLUSTER% %GRPC_STATUS% %ACCESS_LOG_TYPE%';
const filtered = (name: string, filter: string) => `- name: f
  filter: ${filter}
  typed_config: {"@type": ${T}.access_loggers.file.v3.FileAccessLog, path: "{{log.filtered}}", log_format: {text_format_source: {inline_string: "${name} %REQ(:PATH)%\\n"}}}
`;
const compared = (op: string, value: number) =>
  `{comparison: {op: ${op}, value: {default_value: ${value}, runtime_key: rt.none}}}`;
const cel = (expression: string) =>
  `{extension_filter: {name: c, typed_config: {"@type": ${T}.access_loggers.filters.cel.v3.ExpressionFilter, expression: "${expression}"}}}`;
const filters: Readonly<Record<string, string>> = {
  ...Object.fromEntries(flags.map((flag) => [flag, `{response_flag_filter: {flags: [${flag}]}}`])),
  'any flag': '{response_flag_filter: {}}',
  errors: `{status_code_filter: ${compared('GE', 500)}}`,
  answered: `{status_code_filter: ${compared('NE', 0)}}`,
  unanswered: `{status_code_filter: ${compared('EQ', 0)}}`,
  low: `{status_code_filter: ${compared('LE', 299)}}`,
  quick: `{duration_filter: ${compared('LE', 100000)}}`,
  slow: `{duration_filter: ${compared('GE', 100000)}}`,
  'no health check': '{not_health_check_filter: {}}',
  traced: '{traceable_filter: {}}',
  'runtime off': '{runtime_filter: {runtime_key: rt.off}}',
  'runtime on': '{runtime_filter: {runtime_key: rt.on}}',
  'runtime on, by chance': '{runtime_filter: {runtime_key: rt.on, use_independent_randomness: true}}',
  and: `{and_filter: {filters: [{response_flag_filter: {}}, {status_code_filter: ${compared('GE', 500)}}]}}`,
  or: '{or_filter: {filters: [{response_flag_filter: {flags: [NR]}}, {header_filter: {header: {name: x-a, present_match: true}}}]}}',
  header: '{header_filter: {header: {name: ":path", string_match: {prefix: "/t"}}}}',
  'no header': '{header_filter: {header: {name: x-a, present_match: true, invert_match: true}}}',
  grpc: '{grpc_status_filter: {statuses: [UNAVAILABLE, INTERNAL]}}',
  'other grpc': '{grpc_status_filter: {statuses: [OK, UNKNOWN], exclude: true}}',
  'no grpc': '{grpc_status_filter: {}}',
  hint: '{metadata_filter: {matcher: {filter: envoy.common, path: [{key: access_log_hint}], value: {bool_match: true}}}}',
  'strict hint':
    '{metadata_filter: {matcher: {filter: a, path: [{key: b}], value: {bool_match: true}}, match_if_key_not_found: false}}',
  cel: cel("response.code >= 500 && request.method == 'GET'"),
  'cel of flags': cel('response.flags != 0'),
};
const logs =
  fileLog('all', format) +
  Object.entries(filters)
    .map(([name, filter]) => filtered(name, filter))
    .join('');

const backOff = 'retry_back_off: {base_interval: 0.001s, max_interval: 0.002s}';
const retry = `retry_policy: {retry_on: "5xx,reset,connect-failure", num_retries: 1, ${backOff}}`;
const toCluster = (name: string) => `- {match: {path: /${name}}, route: {cluster: ${name}}}
- {match: {path: /retry/${name}}, route: {cluster: ${name}, ${retry}}}
`;
const toUpstream = (path: string, more: string) => `- {match: {path: /${path}}, route: {cluster: u0, ${more}}}\n`;
const filterOf = (path: string, filter: string, type: string, more: string) =>
  `- {match: {path: /${path}}, route: {cluster: u0}, typed_per_filter_config: {${filter}: {"@type": ${T}.filters.http.${type}, ${more}}}}\n`;
const percent = 'percentage: {numerator: 100}';
const enabled = 'filter_enabled: {default_value: {numerator: 100}}, filter_enforced: {default_value: {numerator: 100}}';
const any = '{policies: {a: {permissions: [{any: true}], principals: [{any: true}]}}, action: LOG}';
const routes = [
  ...['nohost', 'dead', 'u0', 'full', 'headers', 'unhealthy', 'unretried'].map(toCluster),
  toUpstream('hc', ''),
  toUpstream('timeout', 'timeout: 0.1s'),
  toUpstream('per-try', `retry_policy: {retry_on: "5xx", num_retries: 1, per_try_timeout: 0.1s, ${backOff}}`),
  toUpstream(
    'per-try-idle',
    `retry_policy: {retry_on: "reset", num_retries: 1, per_try_idle_timeout: 0.1s, ${backOff}}`,
  ),
  toUpstream('idle', 'idle_timeout: 0.1s'),
  toUpstream('stream', 'max_stream_duration: {max_stream_duration: 0.1s}'),
  toUpstream('internal', 'internal_redirect_policy: {max_internal_redirects: 1}'),
  '- {match: {path: /unknown}, route: {cluster_header: x-c}}\n',
  '- {match: {path: /unfound}, route: {cluster_header: x-c, cluster_not_found_response_code: NOT_FOUND}}\n',
  filterOf('delay', 'fault', 'fault.v3.HTTPFault', `delay: {fixed_delay: 0.05s, ${percent}}`),
  filterOf('abort', 'fault', 'fault.v3.HTTPFault', `abort: {http_status: 555, ${percent}}`),
  filterOf('abort-grpc', 'fault', 'fault.v3.HTTPFault', `abort: {grpc_status: 5, ${percent}}`),
  filterOf('rbac', 'rbac', 'rbac.v3.RBACPerRoute', 'rbac: {rules: {}}'),
  filterOf('rbac-log', 'rbac', 'rbac.v3.RBACPerRoute', `rbac: {rules: ${any}}`),
  filterOf(
    'limited',
    'limit',
    'local_ratelimit.v3.LocalRateLimit',
    `stat_prefix: x, token_bucket: {max_tokens: 1, fill_interval: 1000s}, ${enabled}`,
  ),
  filterOf('buffer', 'buffer', 'buffer.v3.BufferPerRoute', 'buffer: {max_request_bytes: 4}'),
  '- {match: {path: /filters}, non_forwarding_action: {}}\n',
  '- {match: {path: /redirect}, redirect: {path_redirect: /x}}\n',
  '- {match: {path: /direct}, direct_response: {status: 503}}\n',
  '- {match: {path: /drop}, route: {cluster: drop}}\n',
].join('');

const httpFilter = (name: string, type: string, more = '') =>
  `- {name: ${name}, typed_config: {"@type": ${T}.filters.http.${type}, ${more}}}\n`;
const httpFilters = [
  httpFilter(
    'hc',
    'health_check.v3.HealthCheck',
    'pass_through_mode: false, headers: [{name: ":path", string_match: {exact: /hc}}]',
  ),
  httpFilter('buffer', 'buffer.v3.Buffer', 'max_request_bytes: 1000').replace('typed', 'disabled: true, typed'),
  httpFilter('fault', 'fault.v3.HTTPFault'),
  httpFilter('rbac', 'rbac.v3.RBAC'),
  httpFilter('limit', 'local_ratelimit.v3.LocalRateLimit', 'stat_prefix: x'),
  httpFilter(
    'router',
    'router.v3.Router',
    'suppress_envoy_headers: true, strict_check_headers: [x-envoy-upstream-rq-timeout-ms]',
  ),
].join('');

const host = 'endpoint: {address: {socket_address: {address: 127.0.0.1, port_value: {{u0}}}}}';
const clusters = [
  cluster('u0'),
  cluster('dead', ['1']),
  '- {name: nohost, load_assignment: {cluster_name: nohost}}\n',
  cluster('full', ['u0'], 'circuit_breakers: {thresholds: [{max_requests: 0}]}'),
  cluster('unretried', ['u0'], 'circuit_breakers: {thresholds: [{max_retries: 0}]}'),
  cluster(
    'headers',
    ['u0'],
    `typed_extension_protocol_options: {envoy.extensions.upstreams.http.v3.HttpProtocolOptions: {"@type": ${T}.upstreams.http.v3.HttpProtocolOptions, explicit_http_config: {http_protocol_options: {}}, common_http_protocol_options: {max_headers_count: 2}}}`,
  ),
  `- {name: unhealthy, load_assignment: {cluster_name: unhealthy, endpoints: [{lb_endpoints: [{health_status: UNHEALTHY, ${host}}]}]}, common_lb_config: {healthy_panic_threshold: {value: 0}}}\n`,
  `- {name: drop, load_assignment: {cluster_name: drop, policy: {drop_overloads: [{category: c, drop_percentage: {numerator: 100}}]}, endpoints: [{lb_endpoints: [{${host}}]}]}}\n`,
];

const logged: Rest = { logs: ['all', 'filtered'], blind: true };
const ask = (path: string, rest: Rest = {}, lines: Lines = []) => get('web', path, lines, { ...logged, ...rest });
const empty = (start: string, ...lines: Lines) => `${[start, ...lines].join('\r\n')}\r\ncontent-length: 0\r\n\r\n`;
const bad = { send: empty('HTTP/1.1 503 X') };
const good = { send: ok() };
const partial = { send: 'HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\npart' };
const silent = { reply: { on: 'never' } } as const;
const reset = { after: 'reset' } as const;
const grpc = ['content-type: application/grpc'];
const redirect = (location: string) => ({ send: empty('HTTP/1.1 302 X', `location: ${location}`) });
const grpcAnswer = (status: number) => empty('HTTP/1.1 200 OK', ...grpc, `grpc-status: ${status}`);
const sent = (send: string): Exchange => ({ to: 'web', send, logs: ['all', 'filtered'], blind: true });

const steps: Readonly<Record<string, readonly Exchange[]>> = {
  hosts: [
    ...['/hc', '/nohost', '/retry/nohost', '/dead', '/retry/dead', '/u0', '/full', '/retry/full', '/unhealthy'].map(
      (path) => ask(path),
    ),
    ask('/u0', {}, ['x-a: b']),
    ask('/headers', { reply: empty('HTTP/1.1 200 OK', 'a: b', 'c: d', 'e: f') }),
    ask('/drop'),
  ],
  routes: [
    ...['/none', '/unknown', '/filters', '/redirect', '/direct'].map((path) => ask(path)),
    ask('/unknown', {}, ['x-c: nope']),
    ask('/unfound', {}, ['x-c: nope']),
    ask('/internal', { reply: { u0: [redirect('/u0'), good] } }),
    ask('/internal', { reply: { u0: [redirect('/none'), good] } }),
  ],
  timeouts: [
    ask('/timeout', silent),
    ask('/timeout', { reply: partial, responses: 'close' }),
    ask('/per-try', { reply: [{ on: 'never' }, { on: 'never' }] }),
    ask('/per-try-idle', { reply: [{ on: 'never' }, { on: 'never' }] }),
    ask('/idle', silent),
    ask('/idle', { reply: partial, responses: 'close' }),
    ask('/stream', silent),
    ask('/stream', { reply: partial, responses: 'close' }),
  ],
  filters: [
    ...['/delay', '/abort', '/abort-grpc', '/rbac', '/rbac-log', '/limited', '/limited'].map((path) => ask(path)),
    ask('/abort', {}, grpc),
    ask('/limited', {}, grpc),
    post('web', '/buffer', 'toolong', [], logged),
  ],
  upstream: [
    ask('/u0', { reply: reset }),
    ask('/u0', { reply: { after: 'end' } }),
    ask('/u0', { reply: 'garbage\r\n\r\n' }),
    ask('/u0', { reply: { ...partial, ...reset }, responses: 'close' }),
    ask('/u0', { reply: { ...partial, after: 'end' }, responses: 'close' }),
    ask('/u0', { reply: empty('HTTP/1.1 500 X') }),
  ],
  retries: [
    ask('/retry/u0', { reply: { u0: [bad, bad] } }),
    ask('/retry/u0', { reply: { u0: [bad, good] } }),
    ask('/retry/u0', { reply: { u0: [reset, reset] } }),
    ask('/retry/u0', { reply: { u0: [reset, bad] } }),
    ask('/retry/unretried', { reply: { u0: [bad, bad] } }),
  ],
  client: [
    ask('/u0', { reply: partial, raw: 10, reset: true, normalise: ['no-body'] }),
    sent('GET / HTTP/1.1\r\nbad header\r\n\r\n'),
    sent('GET /u0 HTTP/1.1\r\n\r\n'),
    sent('GET /u0 HTTP/1.0\r\n\r\n'),
    ask('/u0', {}, ['x-envoy-upstream-rq-timeout-ms: abc']),
    ask('/u0', {}, ['x-envoy-force-trace: 1']),
  ],
  grpc: [
    ask('/u0', { reply: grpcAnswer(14) }, grpc),
    ask('/u0', { reply: grpcAnswer(0) }, grpc),
    ask('/u0', { reply: 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n' }),
    ask('/dead', {}, grpc),
    ask('/none', {}, grpc),
  ],
};

export const responseFlags: Suite = {
  kind: 'traffic',
  name: 'response-flags',
  upstreams: { u0: 'http' },
  config: bootstrap(
    [listener('web', hcm({ routes, httpFilters, extra: `access_log:\n${logs}` }))],
    clusters,
    'layered_runtime: {layers: [{name: s, static_layer: {rt: {on: 100, off: 0}}}]}',
  ),
  cases: [
    ...Object.entries(steps).map(([name, all]) => ({ name, steps: all })),
    { name: 'statistics', steps: [stats('^http\\.in\\.downstream_rq')] },
  ],
};
