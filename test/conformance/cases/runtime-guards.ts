/** Envoy's runtime guards, each with the value that it does not have by itself. */
import type { Suite } from '../case.ts';
import { bootstrap, cluster, fileLog, hcm, listener, router } from '../config.ts';
import { get, ok, post, type Rest, request, response } from '../requests.ts';
import { certificates, pemFiles, server, withKeys } from './tls-context.ts';

const types = 'type.googleapis.com/envoy.extensions';
const filters = `${types}.filters.http`;
const always = '{default_value: {numerator: 100}}';
const bucket = '{max_tokens: 1, fill_interval: 3600s}';
const limiter = `{"@type": ${filters}.local_ratelimit.v3.LocalRateLimit, stat_prefix: rl, token_bucket: {max_tokens: 100, fill_interval: 3600s}, filter_enabled: ${always}, filter_enforced: ${always}, descriptors: [{entries: [{key: k, value: v0}], token_bucket: ${bucket}}, {entries: [{key: k, value: none}], token_bucket: ${bucket}}]}`;
const denied =
  '{rules: {action: DENY, policies: {a: {permissions: [{header: {name: x-b, string_match: {exact: b}}}, {url_path: {path: {exact: /rbac-path}}}], principals: [{any: true}]}}}}';
const mutation = `{"@type": ${filters}.header_mutation.v3.HeaderMutationPerRoute, mutations: {query_parameter_mutations: [{append: {record: {key: added, value: "%REQ(x-q)%"}}}]}}`;
const perRoute = (name: string, config: string) => `, typed_per_filter_config: {${name}: ${config}}`;

const routes = `
- {match: {prefix: /query, query_parameters: [{name: a, present_match: false}]}, route: {cluster: u0}}
- {match: {prefix: /query}, direct_response: {status: 404}}
- {match: {prefix: /list, headers: [{name: x-m, string_match: {exact: a}}]}, direct_response: {status: 201}}
- {match: {prefix: /list, headers: [{name: x-m, string_match: {exact: "a,b"}}]}, direct_response: {status: 202}}
- {match: {prefix: /list}, direct_response: {status: 404}}
- {match: {prefix: /dead}, route: {cluster: dead}}
- {match: {prefix: /early}, route: {cluster: u0}, response_headers_to_remove: [x-rm]}
- {match: {prefix: /limit}, route: {cluster: u0, rate_limits: [{actions: [{generic_key: {descriptor_key: k, descriptor_value: "%REQ(x-d)%", default_value: none}}]}]}${perRoute('rl', limiter)}}
- {match: {prefix: /mutate}, route: {cluster: u0}${perRoute('hm', mutation)}}
- {match: {prefix: /rbac}, route: {cluster: u0}${perRoute('rbac', `{"@type": ${filters}.rbac.v3.RBACPerRoute, rbac: ${denied}}`)}}
- {match: {prefix: /grpc}, route: {cluster: u0, timeout: 0.05s}}
- {match: {prefix: /mirror}, route: {cluster: u0, request_mirror_policies: [{cluster: subsets}]}}
- {match: {prefix: /}, route: {cluster: u0}}
`;
const httpFilters = `- {name: h2m, typed_config: {"@type": ${filters}.header_to_metadata.v3.Config, request_rules: [{header: x-v, on_header_present: {metadata_namespace: envoy.lb, key: v}}]}}
- {name: rl, typed_config: {"@type": ${filters}.local_ratelimit.v3.LocalRateLimit, stat_prefix: none}}
- {name: hm, typed_config: {"@type": ${filters}.header_mutation.v3.HeaderMutation}}
- {name: rbac, typed_config: {"@type": ${filters}.rbac.v3.RBAC}}
${router}`;
const jsonLog = fileLog('web', '').replace(
  /log_format: .*/,
  'log_format: {omit_empty_values: true, json_format: {path: "%REQ(:PATH)%", none: "%REQ(x-none)%", deep: {none: "%REQ(x-none)%"}}}',
);
const subsets = `- name: subsets
  lb_subset_config: {fallback_policy: NO_FALLBACK, subset_selectors: [{keys: [v]}]}
  load_assignment: {cluster_name: subsets, endpoints: [{lb_endpoints: [{endpoint: {address: {socket_address: {address: 127.0.0.1, port_value: {{u1}}}}}, metadata: {filter_metadata: {envoy.lb: {v: "1"}}}}]}]}
`;
const runtime = `layered_runtime:
  layers:
  - name: guards
    static_layer:
      envoy.reloadable_features:
        enable_formatter_for_ratelimit_action_descriptor_value: true
        enable_new_query_param_present_match_behavior: false
        grpc_timeout_returns_deadline_exceeded: true
        header_mutation_url_encode_query_params: false
        hide_transport_failure_reason_in_response_body: false
        http_pause_generic_upgrade_request_body: false
        http_reject_path_with_fragment: false
        json_formatter_omit_empty_values: false
        match_headers_individually: false
        pqc_default_ecdh_curves: false
        max_request_headers_count: 8
        max_request_headers_size_kb: 1
        max_response_headers_count: 8
        max_response_headers_size_kb: 1
        rbac_match_headers_individually: false
        rbac_respect_ignore_path_parameters: false
        response_headers_to_remove_on_1xx: false
        shadow_policy_inherit_dynamic_metadata: false
        strip_dotdot_segments_with_parameters: false
        strip_upgrade_header_on_failed_websocket_upgrades: true
`;
const config = bootstrap(
  [
    listener(
      'web',
      hcm({
        routes,
        httpFilters,
        routeConfig: 'ignore_path_parameters_in_path_matching: true',
        extra: `normalize_path: true\nproxy_100_continue: true\nupgrade_configs: [{upgrade_type: websocket}, {upgrade_type: foo}]\naccess_log:\n${jsonLog}`,
      }),
    ),
    server('tls', certificates('server'), '', '%DOWNSTREAM_TLS_VERSION%'),
  ],
  [cluster('u0'), cluster('dead', ['dead']), subsets],
  runtime,
);

const L: Rest = { logs: ['web'] };
const upgrade = (type: string) => ['connection: upgrade', `upgrade: ${type}`];
const many = Array.from({ length: 10 }, (_, i) => `x-${i}: 1`);
const answered = (start: string, lines: readonly string[]) => response(start, [...lines, 'content-length: 2'], 'ok');
const refusal = (status: string): Rest => ({ reply: answered(`HTTP/1.1 ${status}`, upgrade('websocket')) });

export const runtimeGuardsSuite: Suite = {
  kind: 'traffic',
  name: 'runtime-guards',
  config,
  files: pemFiles(...withKeys('server')),
  upstreams: { u0: 'http', u1: 'http' },
  cases: [
    { name: 'query parameters', steps: ['', '?a', '?a=1', '?b'].map((query) => get('web', `/query${query}`, [], L)) },
    {
      name: 'headers as lists',
      steps: [['x-m: a'], ['x-m: a', 'x-m: b'], ['x-m: b,a'], ['x-m: a,b']].map((lines) => get('web', '/list', lines)),
    },
    {
      name: 'rbac',
      steps: [
        get('web', '/rbac', ['x-b: a', 'x-b: b']),
        get('web', '/rbac', ['x-b: b']),
        get('web', '/rbac-path;x=1'),
        get('web', '/rbac-path'),
      ],
    },
    { name: 'why an upstream is not reached', steps: [get('web', '/dead')] },
    {
      name: 'informational answers',
      steps: [
        get('web', '/early', [], { reply: `${response('HTTP/1.1 103 Early Hints', ['x-rm: 1', 'link: a'])}${ok()}` }),
      ],
    },
    { name: 'descriptors', steps: ['v0', 'v0', 'v1', 'v1', '', ''].map((d) => get('web', '/limit', [`x-d: ${d}`])) },
    { name: 'query parameters that are set', steps: [get('web', '/mutate?a=b', ['x-q: a b&c=d/%C3'])] },
    {
      name: 'timeouts of gRPC',
      steps: [post('web', '/grpc', '', ['content-type: application/grpc'], { reply: { u0: [{ on: 'never' }] } })],
    },
    { name: 'mirrors', steps: [get('web', '/mirror', ['x-v: 1'])] },
    {
      name: 'paths',
      steps: ['/x#frag', '/x?q#frag', '/a/..;/b', '/a/..;p=1/b', '/a/../b'].map((path) => get('web', path)),
    },
    {
      name: 'refused WebSockets',
      steps: ['200 OK', '301 Moved', '403 Forbidden', '500 Sorry'].map((status) =>
        get('web', '/ws', upgrade('websocket'), refusal(status)),
      ),
    },
    {
      name: 'other upgrades',
      steps: [{ to: 'web', send: `${request('GET /ws HTTP/1.1', upgrade('foo'))}early`, ...refusal('403 Forbidden') }],
    },
    {
      name: 'curves',
      steps: ['X25519MLKEM768', 'P-256:X25519MLKEM768'].map((groups) => ({
        to: 'tls',
        send: 'hello',
        raw: 5,
        tls: { groups },
        stats: '^listener\\.tls\\.ssl\\.curves',
      })),
    },
    {
      name: 'limits of headers',
      steps: [
        get('web', '/', many),
        get('web', '/', [`x-long: ${'a'.repeat(1024)}`]),
        get('web', '/', [], { reply: answered('HTTP/1.1 200 OK', many) }),
        get('web', '/', [], { reply: answered('HTTP/1.1 200 OK', [`x-long: ${'a'.repeat(1024)}`]) }),
      ],
    },
  ],
};
