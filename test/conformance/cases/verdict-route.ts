/** Route configurations that Envoy takes or refuses. */
import type { VerdictTable } from '../case.ts';
import { action, clusterWith, match, type Row, route, routeConfig, rows, virtualHost } from '../minimal.ts';

const FILTER_CONFIG = 'type.googleapis.com/envoy.config.route.v3.FilterConfig';
const OF_ROUTER = '{"@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router}';
const NO_BYTES =
  '{"@type": type.googleapis.com/envoy.extensions.filters.http.buffer.v3.BufferPerRoute, buffer: {max_request_bytes: 0}}';

const extensions = 'type.googleapis.com/envoy.extensions';
const priorityGroups = (text: string) =>
  `match: {prefix: /}\nroute: {inline_cluster_specifier_plugin: {extension: {name: p, typed_config: {"@type": ${extensions}.router.cluster_specifiers.priority_group.v3.PriorityGroupClusterSpecifier, ${text}}}}}`;
const redirects = (text: string) =>
  `match: {prefix: /}\nroute: {cluster: a, internal_redirect_policy: {predicates: [{name: p, typed_config: {"@type": ${extensions}.internal_redirect.filter_state.v3.FilterStateConfig, ${text}}}]}}`;
const vhosts = (text: string) => `virtual_hosts: [${text}]`;
const header = (text: string) => `{prefix: /, headers: [{name: x, ${text}}]}`;
const query = (text: string) => `{prefix: /, query_parameters: [{name: x, ${text}}]}`;

const configs: readonly Row[] = [
  ['empty', '{}'],
  ['unknown field', 'foo: 1'],
  ['virtual host without name', vhosts('{domains: ["*"]}')],
  ['virtual host without domains', vhosts('{name: v}')],
  ['virtual host empty domain', vhosts('{name: v, domains: [""]}')],
  ['two hosts of one name', vhosts('{name: v, domains: [a]}, {name: v, domains: [b]}')],
  ['two hosts of one domain', vhosts('{name: v, domains: [a]}, {name: w, domains: [a]}')],
  ['one host, domain twice', vhosts('{name: v, domains: [a, a]}')],
  ['domains differ in case', vhosts('{name: v, domains: [a]}, {name: w, domains: [A]}')],
  ['two catch-alls', vhosts('{name: v, domains: ["*"]}, {name: w, domains: ["*"]}')],
  ['two equal suffix wildcards', vhosts('{name: v, domains: ["*.a"]}, {name: w, domains: ["*.a"]}')],
  ['two equal prefix wildcards', vhosts('{name: v, domains: ["a.*"]}, {name: w, domains: ["a.*"]}')],
  ['star in the middle', vhosts('{name: v, domains: ["a*b"]}')],
  ['star at both ends', vhosts('{name: v, domains: ["*a*"]}')],
  ['domain with port', vhosts('{name: v, domains: ["a:80"]}')],
  ['domain with newline', vhosts('{name: v, domains: ["a\\nb"]}')],
  [
    'validate_clusters false',
    'validate_clusters: false\nvirtual_hosts: [{name: v, domains: ["*"], routes: [{match: {prefix: /}, route: {cluster: nope}}]}]',
  ],
  [
    'validate_clusters true',
    'validate_clusters: true\nvirtual_hosts: [{name: v, domains: ["*"], routes: [{match: {prefix: /}, route: {cluster: nope}}]}]',
  ],
  ['internal_only_headers', 'internal_only_headers: [x-a]'],
  ['internal_only_headers bad', 'internal_only_headers: ["x:a"]'],
  ['request_headers_to_add', 'request_headers_to_add: [{header: {key: a, value: "%PROTOCOL%"}}]'],
  ['request_headers_to_add without key', 'request_headers_to_add: [{header: {value: b}}]'],
  ['request_headers_to_add without header', 'request_headers_to_add: [{}]'],
  ['request_headers_to_add bad operator', 'request_headers_to_add: [{header: {key: a, value: "%NOPE%"}}]'],
  ['request_headers_to_add unclosed operator', 'request_headers_to_add: [{header: {key: a, value: "%PROTOCOL"}}]'],
  ['request_headers_to_add bad key', 'request_headers_to_add: [{header: {key: "a\\nb", value: b}}]'],
  ['request_headers_to_add pseudo', 'request_headers_to_add: [{header: {key: ":path", value: b}}]'],
  ['request_headers_to_add host', 'request_headers_to_add: [{header: {key: Host, value: b}}]'],
  [
    'request_headers_to_add append action',
    'request_headers_to_add: [{append_action: OVERWRITE_IF_EXISTS, header: {key: a, value: b}}]',
  ],
  [
    'request_headers_to_add append and action',
    'request_headers_to_add: [{append: true, append_action: ADD_IF_ABSENT, header: {key: a, value: b}}]',
  ],
  ['request_headers_to_remove host', 'request_headers_to_remove: [host]'],
  ['request_headers_to_remove pseudo', 'request_headers_to_remove: [":path"]'],
  ['request_headers_to_remove', 'request_headers_to_remove: [x-a]'],
  ['response_headers_to_add pseudo', 'response_headers_to_add: [{header: {key: ":status", value: b}}]'],
  ['response_headers_to_remove empty', 'response_headers_to_remove: [""]'],
  [
    'max_direct_response_body_size_bytes',
    'max_direct_response_body_size_bytes: 1\nvirtual_hosts: [{name: v, domains: ["*"], routes: [{match: {prefix: /}, direct_response: {status: 200, body: {inline_string: abc}}}]}]',
  ],
  [
    'max_direct_response_body_size_bytes of none',
    `max_direct_response_body_size_bytes: 0\nvirtual_hosts: [{name: v, domains: ["*"], routes: [{match: {prefix: /}, direct_response: {status: 200, body: {inline_string: ${'x'.repeat(5000)}}}}]}]`,
  ],
  ['most_specific_header_mutations_wins', 'most_specific_header_mutations_wins: true'],
  ['cluster_specifier_plugins unknown', 'cluster_specifier_plugins: [{extension: {name: nope}}]'],
  [
    'typed_per_filter_config of nothing',
    'typed_per_filter_config: {cors: {"@type": type.googleapis.com/envoy.config.route.v3.FilterConfig}}',
  ],
  [
    'typed_per_filter_config of nothing, disabled',
    'typed_per_filter_config: {cors: {"@type": type.googleapis.com/envoy.config.route.v3.FilterConfig, disabled: true}}',
  ],
  [
    'typed_per_filter_config of an empty one',
    'typed_per_filter_config: {cors: {"@type": type.googleapis.com/envoy.config.route.v3.FilterConfig, config: {}}}',
  ],
  [
    'typed_per_filter_config against its rules',
    `typed_per_filter_config: {cors: {"@type": ${FILTER_CONFIG}, config: ${NO_BYTES}}}`,
  ],
  [
    'typed_per_filter_config against its rules, disabled',
    `typed_per_filter_config: {cors: {"@type": ${FILTER_CONFIG}, disabled: true, config: ${NO_BYTES}}}`,
  ],
  [
    'typed_per_filter_config that its filter does not take',
    `typed_per_filter_config: {cors: {"@type": ${FILTER_CONFIG}, config: ${OF_ROUTER}}}`,
  ],
  [
    'typed_per_filter_config that its filter does not take, optional',
    `typed_per_filter_config: {cors: {"@type": ${FILTER_CONFIG}, is_optional: true, config: ${OF_ROUTER}}}`,
  ],
  [
    'typed_per_filter_config unknown name',
    'typed_per_filter_config: {nope: {"@type": type.googleapis.com/envoy.extensions.filters.http.buffer.v3.BufferPerRoute, disabled: true}}',
  ],
  ['typed_per_filter_config unknown type', 'typed_per_filter_config: {x: {"@type": type.googleapis.com/nope.Nope}}'],
  ['vhds', 'vhds: {config_source: {ads: {}}}'],
];

const hosts: readonly Row[] = [
  ['no routes', ''],
  ['require_tls', 'require_tls: ALL'],
  ['require_tls unknown', 'require_tls: SOME'],
  ['virtual_clusters', 'virtual_clusters: [{name: c, headers: [{name: ":path", string_match: {prefix: /}}]}]'],
  ['virtual_clusters without name', 'virtual_clusters: [{headers: [{name: ":path", present_match: true}]}]'],
  ['virtual_clusters without headers', 'virtual_clusters: [{name: c}]'],
  ['rate_limits stage 11', 'rate_limits: [{stage: 11, actions: [{remote_address: {}}]}]'],
  ['retry_policy', 'retry_policy: {retry_on: 5xx, num_retries: 3}'],
  ['retry_policy unknown condition', 'retry_policy: {retry_on: "nope"}'],
  [
    'retry_policy back off max below base',
    'retry_policy: {retry_on: 5xx, retry_back_off: {base_interval: 2s, max_interval: 1s}}',
  ],
  ['retry_policy back off without base', 'retry_policy: {retry_on: 5xx, retry_back_off: {max_interval: 1s}}'],
  ['retry_policy back off 0', 'retry_policy: {retry_on: 5xx, retry_back_off: {base_interval: 0s}}'],
  ['retry_policy host predicate unknown', 'retry_policy: {retry_on: 5xx, retry_host_predicate: [{name: nope}]}'],
  ['retry_policy retriable status', 'retry_policy: {retry_on: retriable-status-codes, retriable_status_codes: [418]}'],
  ['per_request_buffer_limit_bytes', 'per_request_buffer_limit_bytes: 5'],
  ['request_mirror_policies unknown cluster', 'request_mirror_policies: [{cluster: nope}]'],
  ['request_mirror_policies empty', 'request_mirror_policies: [{}]'],
  [
    'matcher and routes',
    'routes: [{match: {prefix: /}, route: {cluster: a}}]\nmatcher: {on_no_match: {action: {name: r, typed_config: {"@type": type.googleapis.com/envoy.config.route.v3.Route, match: {prefix: /}, route: {cluster: a}}}}}',
  ],
  [
    'matcher',
    'matcher: {on_no_match: {action: {name: r, typed_config: {"@type": type.googleapis.com/envoy.config.route.v3.Route, match: {prefix: /}, route: {cluster: a}}}}}',
  ],
  ['cors (deprecated)', 'cors: {allow_origin_string_match: [{exact: a}]}'],
  ['include_request_attempt_count', 'include_request_attempt_count: true\ninclude_attempt_count_in_response: true'],
  ['hedge_policy', 'hedge_policy: {initial_requests: 2}'],
  ['hedge_policy 0', 'hedge_policy: {initial_requests: 0}'],
];

const matches: readonly Row[] = [
  ['prefix', '{prefix: /}'],
  ['prefix empty', '{prefix: ""}'],
  ['prefix without slash', '{prefix: a}'],
  ['path', '{path: /a}'],
  ['path empty', '{path: ""}'],
  ['path with query', '{path: "/a?b"}'],
  ['no path kind', '{}'],
  ['two path kinds', '{prefix: /, path: /a}'],
  ['regex', '{safe_regex: {regex: "/a.*"}}'],
  ['regex with engine', '{safe_regex: {google_re2: {}, regex: "/a.*"}}'],
  ['regex empty', '{safe_regex: {regex: ""}}'],
  ['regex bad', '{safe_regex: {regex: "("}}'],
  ['regex look-ahead', '{safe_regex: {regex: "(?!a)"}}'],
  ['regex back-reference', '{safe_regex: {regex: "(a)\\\\1"}}'],
  ['regex huge repeat', '{safe_regex: {regex: "a{2000}"}}'],
  ['path_separated_prefix', '{path_separated_prefix: /a}'],
  ['path_separated_prefix with trailing slash', '{path_separated_prefix: /a/}'],
  ['path_separated_prefix root', '{path_separated_prefix: /}'],
  ['path_separated_prefix with query', '{path_separated_prefix: "/a?b"}'],
  ['connect_matcher', '{connect_matcher: {}}'],
  [
    'path_match_policy',
    '{path_match_policy: {name: x, typed_config: {"@type": type.googleapis.com/envoy.extensions.path.match.uri_template.v3.UriTemplateMatchConfig, path_template: "/a/{b}"}}}',
  ],
  [
    'path_match_policy bad template',
    '{path_match_policy: {name: x, typed_config: {"@type": type.googleapis.com/envoy.extensions.path.match.uri_template.v3.UriTemplateMatchConfig, path_template: "/a/{b"}}}',
  ],
  ['case_sensitive', '{prefix: /, case_sensitive: false}'],
  ['case_sensitive wrapped', '{prefix: /, case_sensitive: {value: false}}'],
  [
    'runtime_fraction',
    '{prefix: /, runtime_fraction: {default_value: {numerator: 50, denominator: HUNDRED}, runtime_key: x}}',
  ],
  ['runtime_fraction without default', '{prefix: /, runtime_fraction: {runtime_key: x}}'],
  ['runtime_fraction over 100', '{prefix: /, runtime_fraction: {default_value: {numerator: 500}}}'],
  [
    'runtime_fraction bad denominator',
    '{prefix: /, runtime_fraction: {default_value: {numerator: 5, denominator: TEN}}}',
  ],
  ['grpc', '{prefix: /, grpc: {}}'],
  ['tls_context', '{prefix: /, tls_context: {presented: true}}'],
  ['dynamic_metadata', '{prefix: /, dynamic_metadata: [{filter: a, path: [{key: b}], value: {present_match: true}}]}'],
  ['header without kind', '{prefix: /, headers: [{name: x}]}'],
  ['header without name', '{prefix: /, headers: [{present_match: true}]}'],
  ['header name bad', '{prefix: /, headers: [{name: "a\\nb", present_match: true}]}'],
  ['header exact', header('string_match: {exact: a}')],
  ['header exact_match (deprecated)', header('exact_match: a')],
  ['header prefix_match (deprecated)', header('prefix_match: a')],
  ['header prefix empty', header('string_match: {prefix: ""}')],
  ['header suffix empty', header('string_match: {suffix: ""}')],
  ['header contains empty', header('string_match: {contains: ""}')],
  ['header exact empty', header('string_match: {exact: ""}')],
  ['header regex bad', header('string_match: {safe_regex: {regex: "["}}')],
  ['header string_match empty', header('string_match: {}')],
  ['header ignore_case', header('string_match: {exact: A, ignore_case: true}')],
  ['header range', header('range_match: {start: 1, end: 5}')],
  ['header range reversed', header('range_match: {start: 5, end: 1}')],
  ['header range equal', header('range_match: {start: 5, end: 5}')],
  ['header invert', header('present_match: true, invert_match: true')],
  ['header treat_missing', header('string_match: {exact: a}, treat_missing_header_as_empty: true')],
  ['query present', query('present_match: true')],
  ['query string', query('string_match: {exact: a}')],
  ['query without kind', '{prefix: /, query_parameters: [{name: x}]}'],
  ['query without name', '{prefix: /, query_parameters: [{present_match: true}]}'],
  ['query string_match empty', query('string_match: {}')],
  ['cookies', '{prefix: /, cookies: [{name: x, string_match: {exact: a}}]}'],
  ['cookies without name', '{prefix: /, cookies: [{string_match: {exact: a}}]}'],
];

const routes: readonly Row[] = [
  ['no match', 'route: {cluster: a}'],
  ['no action', 'match: {prefix: /}'],
  ['two actions', 'match: {prefix: /}\nroute: {cluster: a}\nredirect: {}'],
  ['non_forwarding_action', 'match: {prefix: /}\nnon_forwarding_action: {}'],
  ['filter_action', 'match: {prefix: /}\nfilter_action: {}'],
  [
    'filter_action with an action',
    'match: {prefix: /}\nfilter_action: {action: {"@type": type.googleapis.com/google.protobuf.Struct, value: {}}}',
  ],
  ['priority groups', priorityGroups('priority_groups: [{name: x, clusters: [{cluster_name: a, weight: 1}]}]')],
  ['no priority groups', priorityGroups('')],
  ['priority group without clusters', priorityGroups('priority_groups: [{name: x}]')],
  [
    'priority group of weight 0',
    priorityGroups('priority_groups: [{name: x, clusters: [{cluster_name: a, weight: 0}]}]'),
  ],
  ['priority group of no weight', priorityGroups('priority_groups: [{name: x, clusters: [{cluster_name: a}]}]')],
  [
    'priority group of an unknown cluster',
    priorityGroups('priority_groups: [{name: x, clusters: [{cluster_name: z, weight: 1}]}]'),
  ],
  ['internal redirects by filter state', redirects('redirect_enabled_key: x')],
  ['internal redirects by no filter state', redirects('')],
  ['redirect empty', 'match: {prefix: /}\nredirect: {}'],
  ['redirect path and prefix', 'match: {prefix: /}\nredirect: {path_redirect: /a, prefix_rewrite: /b}'],
  [
    'redirect prefix of a template',
    'match: {path_match_policy: {name: x, typed_config: {"@type": type.googleapis.com/envoy.extensions.path.match.uri_template.v3.UriTemplateMatchConfig, path_template: "/a/{b}"}}}\nredirect: {prefix_rewrite: /b}',
  ],
  [
    'redirect path of a template',
    'match: {path_match_policy: {name: x, typed_config: {"@type": type.googleapis.com/envoy.extensions.path.match.uri_template.v3.UriTemplateMatchConfig, path_template: "/a/{b}"}}}\nredirect: {path_redirect: /b}',
  ],
  ['redirect code unknown', 'match: {prefix: /}\nredirect: {response_code: TEAPOT}'],
  ['redirect https and scheme', 'match: {prefix: /}\nredirect: {https_redirect: true, scheme_redirect: x}'],
  ['redirect host with newline', 'match: {prefix: /}\nredirect: {host_redirect: "a\\nb"}'],
  ['redirect port 65536', 'match: {prefix: /}\nredirect: {port_redirect: 65536}'],
  [
    'redirect regex',
    'match: {prefix: /}\nredirect: {regex_rewrite: {pattern: {regex: "a(b)"}, substitution: "\\\\1"}}',
  ],
  [
    'redirect regex bad group',
    'match: {prefix: /}\nredirect: {regex_rewrite: {pattern: {regex: "a"}, substitution: "\\\\1"}}',
  ],
  ['direct_response', 'match: {prefix: /}\ndirect_response: {status: 200}'],
  ['direct_response without status', 'match: {prefix: /}\ndirect_response: {}'],
  ['direct_response status 199', 'match: {prefix: /}\ndirect_response: {status: 199}'],
  ['direct_response status 100', 'match: {prefix: /}\ndirect_response: {status: 100}'],
  ['direct_response status 600', 'match: {prefix: /}\ndirect_response: {status: 600}'],
  ['direct_response status 599', 'match: {prefix: /}\ndirect_response: {status: 599}'],
  [
    'direct_response missing file',
    'match: {prefix: /}\ndirect_response: {status: 200, body: {filename: /nonexistent}}',
  ],
  [
    'direct_response body too big',
    `match: {prefix: /}\ndirect_response: {status: 200, body: {inline_string: "${'x'.repeat(4097)}"}}`,
  ],
  ['direct_response bytes', 'match: {prefix: /}\ndirect_response: {status: 200, body: {inline_bytes: aGk=}}'],
  ['direct_response bad bytes', 'match: {prefix: /}\ndirect_response: {status: 200, body: {inline_bytes: "!!"}}'],
  [
    'names and metadata',
    'match: {prefix: /}\nname: x\nmetadata: {filter_metadata: {a: {b: 1}}}\ndecorator: {operation: x}\nroute: {cluster: a}',
  ],
  ['decorator without operation', 'match: {prefix: /}\ndecorator: {}\nroute: {cluster: a}'],
  ['stat_prefix', 'match: {prefix: /}\nstat_prefix: x\nroute: {cluster: a}'],
];

const actions: readonly Row[] = [
  [
    'early_data_policy default',
    '{cluster: a, early_data_policy: {name: e, typed_config: {"@type": type.googleapis.com/envoy.extensions.early_data.v3.DefaultEarlyDataPolicy}}}',
  ],
  [
    'early_data_policy of another type',
    '{cluster: a, early_data_policy: {name: e, typed_config: {"@type": type.googleapis.com/google.protobuf.Struct}}}',
  ],
  ['no cluster', '{}'],
  ['empty cluster', '{cluster: ""}'],
  ['unknown cluster', '{cluster: nope}'],
  ['cluster and header', '{cluster: a, cluster_header: x}'],
  ['cluster_header', '{cluster_header: x}'],
  ['cluster_header bad', '{cluster_header: "x\\ny"}'],
  ['cluster_header pseudo', '{cluster_header: ":authority"}'],
  ['weighted', '{weighted_clusters: {clusters: [{name: a, weight: 1}]}}'],
  ['weighted empty', '{weighted_clusters: {clusters: []}}'],
  ['weighted all zero', '{weighted_clusters: {clusters: [{name: a, weight: 0}]}}'],
  ['weighted without weights', '{weighted_clusters: {clusters: [{name: a}]}}'],
  ['weighted unknown cluster', '{weighted_clusters: {clusters: [{name: nope, weight: 1}]}}'],
  ['weighted total_weight differs', '{weighted_clusters: {total_weight: 5, clusters: [{name: a, weight: 1}]}}'],
  ['weighted name and header', '{weighted_clusters: {clusters: [{name: a, cluster_header: x, weight: 1}]}}'],
  ['weighted neither', '{weighted_clusters: {clusters: [{weight: 1}]}}'],
  ['weighted header_name random', '{weighted_clusters: {header_name: x-seed, clusters: [{name: a, weight: 1}]}}'],
  [
    'weighted sum over 32 bits',
    '{weighted_clusters: {clusters: [{name: a, weight: 4294967295}, {name: a, weight: 1}]}}',
  ],
  ['not found code', '{cluster: a, cluster_not_found_response_code: NOT_FOUND}'],
  ['not found code unknown', '{cluster: a, cluster_not_found_response_code: GONE}'],
  [
    'prefix_rewrite and regex',
    '{cluster: a, prefix_rewrite: /a, regex_rewrite: {pattern: {regex: a}, substitution: b}}',
  ],
  ['prefix_rewrite newline', '{cluster: a, prefix_rewrite: "/a\\nb"}'],
  ['regex_rewrite without pattern', '{cluster: a, regex_rewrite: {substitution: b}}'],
  ['regex_rewrite bad', '{cluster: a, regex_rewrite: {pattern: {regex: "("}, substitution: b}}'],
  ['regex_rewrite bad group', '{cluster: a, regex_rewrite: {pattern: {regex: "a"}, substitution: "\\\\2"}}'],
  [
    'path_rewrite_policy without template match',
    '{cluster: a, path_rewrite_policy: {name: x, typed_config: {"@type": type.googleapis.com/envoy.extensions.path.rewrite.uri_template.v3.UriTemplateRewriteConfig, path_template_rewrite: "/{b}"}}}',
  ],
  ['host_rewrite_literal', '{cluster: a, host_rewrite_literal: x}'],
  ['host_rewrite newline', '{cluster: a, host_rewrite_literal: "x\\ny"}'],
  ['two host rewrites', '{cluster: a, host_rewrite_literal: x, auto_host_rewrite: true}'],
  ['host_rewrite_header', '{cluster: a, host_rewrite_header: x}'],
  [
    'host_rewrite_path_regex',
    '{cluster: a, host_rewrite_path_regex: {pattern: {regex: "/(a)"}, substitution: "\\\\1"}}',
  ],
  ['auto_host_rewrite', '{cluster: a, auto_host_rewrite: true}'],
  ['append_x_forwarded_host', '{cluster: a, append_x_forwarded_host: true}'],
  ['timeout 0', '{cluster: a, timeout: 0s}'],
  ['timeout negative', '{cluster: a, timeout: -1s}'],
  ['timeout number', '{cluster: a, timeout: 5}'],
  ['idle_timeout', '{cluster: a, idle_timeout: 1s}'],
  ['max_stream_duration', '{cluster: a, max_stream_duration: {max_stream_duration: 1s}}'],
  ['retry_policy num_retries 0', '{cluster: a, retry_policy: {retry_on: 5xx, num_retries: 0}}'],
  ['retry_policy per try over route', '{cluster: a, timeout: 1s, retry_policy: {retry_on: 5xx, per_try_timeout: 5s}}'],
  [
    'retry_policy rate limited without header',
    '{cluster: a, retry_policy: {retry_on: 5xx, rate_limited_retry_back_off: {}}}',
  ],
  [
    'mirror',
    '{cluster: a, request_mirror_policies: [{cluster: a, runtime_fraction: {default_value: {numerator: 100}}}]}',
  ],
  ['mirror unknown', '{cluster: a, request_mirror_policies: [{cluster: nope}]}'],
  ['mirror cluster and header', '{cluster: a, request_mirror_policies: [{cluster: a, cluster_header: x}]}'],
  ['hash_policy header', '{cluster: a, hash_policy: [{header: {header_name: x}}]}'],
  ['hash_policy header without name', '{cluster: a, hash_policy: [{header: {}}]}'],
  ['hash_policy empty', '{cluster: a, hash_policy: [{}]}'],
  ['hash_policy cookie', '{cluster: a, hash_policy: [{cookie: {name: x, ttl: 0s}}]}'],
  ['upgrade_configs twice', '{cluster: a, upgrade_configs: [{upgrade_type: websocket}, {upgrade_type: WEBSOCKET}]}'],
  [
    'upgrade connect_config on websocket',
    '{cluster: a, upgrade_configs: [{upgrade_type: websocket, connect_config: {}}]}',
  ],
  ['upgrade CONNECT', '{cluster: a, upgrade_configs: [{upgrade_type: CONNECT, connect_config: {}}]}'],
  ['upgrade without type', '{cluster: a, upgrade_configs: [{}]}'],
  [
    'internal_redirect_policy',
    '{cluster: a, internal_redirect_policy: {redirect_response_codes: [302], max_internal_redirects: 2}}',
  ],
  ['internal_redirect_policy bad predicate', '{cluster: a, internal_redirect_policy: {predicates: [{name: nope}]}}'],
  ['priority', '{cluster: a, priority: HIGH}'],
  ['priority unknown', '{cluster: a, priority: URGENT}'],
  ['max_grpc_timeout (deprecated)', '{cluster: a, max_grpc_timeout: 1s}'],
  ['cluster_specifier_plugin unknown', '{cluster_specifier_plugin: nope}'],
  ['metadata_match', '{cluster: a, metadata_match: {filter_metadata: {envoy.lb: {a: b}}}}'],
  ['unknown field', '{cluster: a, foo: 1}'],
];

const base64 = ['YWJj=', 'YQ=', 'YQ==', 'YQ', 'YQ===', '=', '-_8', 'YR=='].map((text) => [
  `inline_bytes ${text}`,
  `match: {prefix: /}\ndirect_response: {status: 200, body: {inline_bytes: "${text}"}}`,
]) as unknown as readonly Row[];

/** A field that is deprecated and one that is disallowed, in messages that are packed. */
const deprecated = `retry_policy: {retry_on: 5xx}, internal_redirect_action: HANDLE_INTERNAL_REDIRECT`;
const disallowed = `rate_limits: [{actions: [{dynamic_metadata: {descriptor_key: a, metadata_key: {key: b, path: [{key: c}]}}}]}]`;
const named = (field: string, value: boolean) => `"envoy.deprecated_features:envoy.config.route.v3.${field}": ${value}`;
const failOnAny = 'envoy.features.fail_on_any_deprecated_feature: true';
const enableAll = 'envoy.features.enable_all_deprecated_features: true';
const failureRate = 'dns_failure_refresh_rate: {base_interval: 1s}';
const features: readonly Row[] = [
  ['fail_on_any', failOnAny],
  ['fail_on_any as text', 'envoy.features.fail_on_any_deprecated_feature: "true"'],
  ['fail_on_any false', 'envoy.features.fail_on_any_deprecated_feature: false'],
  ['fail_on_any, one allowed', `${failOnAny}, ${named('RouteAction.internal_redirect_action', true)}`],
  ['enable_all', enableAll],
  ['enable_all false', 'envoy.features.enable_all_deprecated_features: false'],
  ['both', `${failOnAny}, ${enableAll}`],
  ['one refused', named('RouteAction.internal_redirect_action', false)],
  ['one allowed', named('RateLimit.Action.dynamic_metadata', true)],
  ['all but one', `${enableAll}, ${named('RateLimit.Action.dynamic_metadata', false)}`],
];
const withRuntime = (fields: string) => (layer: string) =>
  `${action(`{cluster: a, ${fields}}`)}layered_runtime: {layers: [{name: s, static_layer: {${layer}}}]}\n`;

export const verdictRoute: VerdictTable = {
  kind: 'verdicts',
  name: 'verdict-route',
  configs: [
    ...rows('route config', routeConfig, configs),
    ...rows('virtual host', virtualHost, hosts),
    ...rows('match', match, matches),
    ...rows('route', route, routes),
    ...rows('action', action, actions),
    ...rows('route', route, base64),
    ...rows('deprecated', withRuntime(deprecated), features),
    ...rows('disallowed', withRuntime(disallowed), features),
    ...rows(
      'deprecated outside',
      (layer) => `${clusterWith(failureRate)}layered_runtime: {layers: [{name: s, static_layer: {${layer}}}]}\n`,
      features,
    ),
  ],
};
