/** HTTP filters and their per-route configuration that Envoy takes or refuses. */
import type { VerdictTable } from '../case.ts';
import { hcmWith, type Row, route, routeConfig, rows, virtualHost, whole } from '../minimal.ts';

const types = 'type.googleapis.com/envoy.extensions.filters.http';
const router = `{name: router, typed_config: {"@type": ${types}.router.v3.Router}}`;
const always = '{default_value: {numerator: 100}}';

const filter = (config: string) =>
  hcmWith(`http_filters: [{name: f, typed_config: {"@type": ${types}.${config}}}, ${router}]`);
const onRoute = (config: string) =>
  route(`match: {prefix: /}\nroute: {cluster: a}\ntyped_per_filter_config: {f: {"@type": ${types}.${config}}}`);

const limited = (table: readonly Row[]): readonly Row[] =>
  table.map(([name, text]) => [
    `local_ratelimit ${name}`,
    `local_ratelimit.v3.LocalRateLimit, stat_prefix: x, ${text}`,
  ]);
const descriptor = (text: string) => `descriptors: [{${text}}]`;

const rbacTypes = 'type.googleapis.com/envoy.extensions.rbac';
const upstreamIpPort = (text: string) =>
  `{matcher: {name: x, typed_config: {"@type": ${rbacTypes}.matchers.upstream_ip_port.v3.UpstreamIpPortMatcher, ${text}}}}`;
const mtlsAuthenticated = (text: string) =>
  `{custom: {name: x, typed_config: {"@type": ${rbacTypes}.principals.mtls_authenticated.v3.Config, ${text}}}}`;
const policy = (more: string, permission = '{any: true}', principal = '{any: true}') =>
  `rules: {policies: {a: {permissions: [${permission}], principals: [${principal}], ${more}}}}`;

const formatted = (formatter: string, text: string) =>
  hcmWith(
    `access_log: [{name: l, typed_config: {"@type": type.googleapis.com/envoy.extensions.access_loggers.stream.v3.StdoutAccessLog, log_format: {text_format_source: {inline_string: "${text}"}, formatters: [{name: f, typed_config: {"@type": type.googleapis.com/envoy.extensions.formatter.${formatter}}}]}}}]
http_filters: [${router}]`,
  );
const content = (params: string) => formatted('file_content.v3.FileContent', `%FILE_CONTENT${params}%`);
const secret = (config: string, command: string) => formatted(`generic_secret.v3.GenericSecret, ${config}`, command);
const formatterRows: readonly Row[] = [
  ['file_content of a file', content('(/etc/passwd)')],
  ['file_content of no file', content('(/nowhere)')],
  ['file_content relative', content('(nowhere)')],
  ['file_content without params', content('')],
  ['file_content of nothing', content('(:)')],
  ['file_content of three parts', content('(/etc/passwd:b:c)')],
  ['file_content watching a folder', content('(/etc/passwd:/etc)')],
  ['file_content watching no folder', content('(/etc/passwd:/nowhere)')],
  ['file_content cut', content('(/etc/passwd):3')],
  ['generic_secret without secrets', secret('', 'x')],
  ['generic_secret without a name', secret('secret_configs: {x: {}}', 'x')],
  ['generic_secret of nobody', secret('secret_configs: {x: {name: y}}', 'x')],
  [
    'generic_secret of a file, without a node',
    secret('secret_configs: {x: {name: y, sds_config: {path_config_source: {path: /etc/passwd}}}}', 'x'),
  ],
];

const filterRows: readonly Row[] = [
  ['cors', 'cors.v3.Cors'],
  ['cors unknown field', 'cors.v3.Cors, allow_methods: GET'],
  ['csrf empty', 'csrf.v3.CsrfPolicy'],
  ['csrf', `csrf.v3.CsrfPolicy, filter_enabled: ${always}, additional_origins: [{exact: a}]`],
  ['csrf fraction without value', 'csrf.v3.CsrfPolicy, filter_enabled: {runtime_key: x}'],
  ['csrf bad regex', `csrf.v3.CsrfPolicy, filter_enabled: ${always}, additional_origins: [{safe_regex: {regex: "("}}]`],
  ['csrf empty matcher', `csrf.v3.CsrfPolicy, filter_enabled: ${always}, additional_origins: [{}]`],
  ['fault empty', 'fault.v3.HTTPFault'],
  ['fault delay without kind', 'fault.v3.HTTPFault, delay: {percentage: {numerator: 1}}'],
  ['fault delay of 0', 'fault.v3.HTTPFault, delay: {fixed_delay: 0s}'],
  ['fault delay', 'fault.v3.HTTPFault, delay: {fixed_delay: 1s, percentage: {numerator: 1, denominator: MILLION}}'],
  ['fault abort without kind', 'fault.v3.HTTPFault, abort: {percentage: {numerator: 1}}'],
  ['fault abort 199', 'fault.v3.HTTPFault, abort: {http_status: 199}'],
  ['fault abort 600', 'fault.v3.HTTPFault, abort: {http_status: 600}'],
  ['fault abort grpc', 'fault.v3.HTTPFault, abort: {grpc_status: 99}'],
  ['fault abort both', 'fault.v3.HTTPFault, abort: {http_status: 500, grpc_status: 9}'],
  ['fault rate limit empty', 'fault.v3.HTTPFault, response_rate_limit: {}'],
  ['fault rate limit 0', 'fault.v3.HTTPFault, response_rate_limit: {fixed_limit: {limit_kbps: 0}}'],
  ['fault rate limit by header', 'fault.v3.HTTPFault, response_rate_limit: {header_limit: {}}'],
  ['fault headers', 'fault.v3.HTTPFault, headers: [{name: a, string_match: {exact: b}}]'],
  ['fault headers without name', 'fault.v3.HTTPFault, headers: [{present_match: true}]'],
  ['h2m empty', 'header_to_metadata.v3.Config'],
  ['h2m', 'header_to_metadata.v3.Config, request_rules: [{header: a, on_header_present: {key: k}}]'],
  ['h2m both', 'header_to_metadata.v3.Config, request_rules: [{header: a, cookie: b, on_header_present: {key: k}}]'],
  ['h2m neither', 'header_to_metadata.v3.Config, request_rules: [{on_header_present: {key: k}}]'],
  ['h2m nothing to do', 'header_to_metadata.v3.Config, request_rules: [{header: a}]'],
  ['h2m no key', 'header_to_metadata.v3.Config, request_rules: [{header: a, on_header_present: {}}]'],
  [
    'h2m value and rewrite',
    'header_to_metadata.v3.Config, request_rules: [{header: a, on_header_present: {key: k, value: v, regex_value_rewrite: {pattern: {regex: a}}}}]',
  ],
  [
    'h2m bad regex',
    'header_to_metadata.v3.Config, request_rules: [{header: a, on_header_present: {key: k, regex_value_rewrite: {pattern: {regex: "("}}}}]',
  ],
  [
    'h2m remove cookie',
    'header_to_metadata.v3.Config, request_rules: [{cookie: a, remove: true, on_header_present: {key: k}}]',
  ],
  [
    'h2m missing without value',
    'header_to_metadata.v3.Config, request_rules: [{header: a, on_header_missing: {key: k}}]',
  ],
  [
    'h2m missing with value and rewrite',
    'header_to_metadata.v3.Config, request_rules: [{header: a, on_header_missing: {key: k, value: v, regex_value_rewrite: {pattern: {regex: a}}}}]',
  ],
  ['set_metadata empty', 'set_metadata.v3.Config'],
  ['set_metadata', 'set_metadata.v3.Config, metadata: [{metadata_namespace: a, value: {b: c}}]'],
  ['set_metadata old', 'set_metadata.v3.Config, metadata_namespace: a, value: {b: c}'],
  ['set_metadata without namespace', 'set_metadata.v3.Config, metadata: [{value: {b: c}}]'],
  ['set_metadata without value', 'set_metadata.v3.Config, metadata: [{metadata_namespace: a}]'],
  ['set_filter_state empty', 'set_filter_state.v3.Config'],
  ['set_filter_state without a value', 'set_filter_state.v3.Config, on_request_headers: [{object_key: envoy.string}]'],
  [
    'set_filter_state of nobody',
    'set_filter_state.v3.Config, on_request_headers: [{object_key: x, format_string: {text_format_source: {inline_string: x}}}]',
  ],
  [
    'set_filter_state',
    'set_filter_state.v3.Config, clear_route_cache: true, on_request_headers: [{object_key: x, factory_key: envoy.bool, read_only: true, format_string: {text_format_source: {inline_string: x}}}]',
  ],
  ['rbac empty', 'rbac.v3.RBAC'],
  ...(
    [
      ['no policies', 'rules: {}'],
      [
        'audit logging',
        'rules: {audit_logging_options: {audit_condition: ON_DENY}, policies: {a: {permissions: [{any: true}], principals: [{any: true}]}}}',
      ],
      ['log', 'rules: {action: LOG, policies: {a: {permissions: [{any: true}], principals: [{any: true}]}}}'],
      ['no permissions', 'rules: {policies: {a: {principals: [{any: true}]}}}'],
      ['no principals', 'rules: {policies: {a: {permissions: [{any: true}]}}}'],
      ['empty permission', 'rules: {policies: {a: {permissions: [{}], principals: [{any: true}]}}}'],
      ['any false', 'rules: {policies: {a: {permissions: [{any: false}], principals: [{any: true}]}}}'],
      [
        'bad regex',
        'rules: {policies: {a: {permissions: [{url_path: {path: {safe_regex: {regex: "("}}}}], principals: [{any: true}]}}}',
      ],
      [
        'bad address',
        'rules: {policies: {a: {permissions: [{destination_ip: {address_prefix: x}}], principals: [{any: true}]}}}',
      ],
      [
        'port too large',
        'rules: {policies: {a: {permissions: [{destination_port: 65536}], principals: [{any: true}]}}}',
      ],
      [
        'source_ip',
        'rules: {policies: {a: {permissions: [{any: true}], principals: [{source_ip: {address_prefix: 127.0.0.1}}]}}}',
      ],
      [
        'shadow',
        'shadow_rules: {policies: {a: {permissions: [{any: true}], principals: [{any: true}]}}}, shadow_rules_stat_prefix: x',
      ],
      ['empty condition', policy('condition: {}')],
      ['condition', policy('condition: {ident_expr: {name: request}}')],
      ['unknown function', policy('condition: {call_expr: {function: nope, args: []}}')],
      ['comprehension', policy('condition: {comprehension_expr: {}}')],
      ['checked condition', policy('checked_condition: {expr: {call_expr: {function: nope, args: []}}}')],
      ['custom without type', policy('', '{any: true}', '{custom: {name: x}}')],
      [
        'custom of nobody',
        policy('', '{any: true}', `{custom: {name: x, typed_config: {"@type": ${types}.rbac.v3.RBAC}}}`),
      ],
      ['matcher of nobody', policy('', `{matcher: {name: x, typed_config: {"@type": ${types}.rbac.v3.RBAC}}}`)],
      ['upstream_ip_port empty', policy('', upstreamIpPort(''))],
      ['upstream_ip_port bad address', policy('', upstreamIpPort('upstream_ip: {address_prefix: x}'))],
      ['mtls_authenticated empty', policy('', '{any: true}', mtlsAuthenticated(''))],
      ['mtls_authenticated', policy('', '{any: true}', mtlsAuthenticated('any_validated_client_certificate: true'))],
      [
        'mtls_authenticated bad regex',
        policy(
          '',
          '{any: true}',
          mtlsAuthenticated('san_matcher: {san_type: DNS, matcher: {safe_regex: {regex: "("}}}'),
        ),
      ],
      [
        'mtls_authenticated OTHER_NAME',
        policy('', '{any: true}', mtlsAuthenticated('san_matcher: {san_type: OTHER_NAME, matcher: {exact: a}}')),
      ],
      ['empty and', 'rules: {policies: {a: {permissions: [{and_rules: {}}], principals: [{any: true}]}}}'],
    ] as const
  ).map(([name, text]): Row => [`rbac ${name}`, `rbac.v3.RBAC, ${text}`]),
  ['local_ratelimit', 'local_ratelimit.v3.LocalRateLimit, stat_prefix: x'],
  ['local_ratelimit without prefix', 'local_ratelimit.v3.LocalRateLimit'],
  ...limited([
    ['bucket without interval', 'token_bucket: {max_tokens: 1}'],
    ['bucket of 0 tokens', 'token_bucket: {fill_interval: 1s}'],
    ['bucket of 0 tokens a fill', 'token_bucket: {max_tokens: 1, tokens_per_fill: 0, fill_interval: 1s}'],
    ['bucket too fast', 'token_bucket: {max_tokens: 1, fill_interval: 0.049s}'],
    ['bucket', 'token_bucket: {max_tokens: 1, fill_interval: 0.05s}'],
    ['status', 'status: {code: Forbidden}'],
    ['status unknown', 'status: {code: 99}'],
    ['stage 11', 'stage: 11'],
    ['max_dynamic_descriptors 0', 'max_dynamic_descriptors: 0'],
    ['local_cluster_rate_limit', 'local_cluster_rate_limit: {}'],
    ['local cluster and connection', 'local_cluster_rate_limit: {}, local_rate_limit_per_downstream_connection: true'],
    ['descriptor', descriptor('entries: [{key: a, value: b}], token_bucket: {max_tokens: 1, fill_interval: 1s}')],
    ['descriptor open', descriptor('entries: [{key: a}], token_bucket: {max_tokens: 1, fill_interval: 1s}')],
    ['descriptor without entries', descriptor('token_bucket: {max_tokens: 1, fill_interval: 1s}')],
    ['descriptor without key', descriptor('entries: [{value: a}], token_bucket: {max_tokens: 1, fill_interval: 1s}')],
    ['descriptor without bucket', descriptor('entries: [{key: a, value: b}]')],
    [
      'descriptor too fast',
      descriptor('entries: [{key: a, value: b}], token_bucket: {max_tokens: 1, fill_interval: 0.01s}'),
    ],
    [
      'descriptor twice',
      'descriptors: [{entries: [{key: a, value: b}], token_bucket: {max_tokens: 1, fill_interval: 1s}}, {entries: [{key: a, value: b}], token_bucket: {max_tokens: 2, fill_interval: 1s}}]',
    ],
    ['response header', 'response_headers_to_add: [{header: {key: a, value: "%NOPE%"}}]'],
    ['response header host', 'response_headers_to_add: [{header: {key: host, value: a}}]'],
    ['too many request headers', 'request_headers_to_add_when_not_enforced: [{header: {key: ":path", value: a}}]'],
    ['rate_limits', 'rate_limits: [{actions: [{remote_address: {}}]}]'],
    ['rate_limits without actions', 'rate_limits: [{actions: []}]'],
    ['rate_limits empty action', 'rate_limits: [{actions: [{}]}]'],
    ['rate_limits stage', 'rate_limits: [{stage: 0, actions: [{remote_address: {}}]}]'],
    ['rate_limits disable_key', 'rate_limits: [{disable_key: a, actions: [{remote_address: {}}]}]'],
    [
      'rate_limits limit',
      'rate_limits: [{limit: {rate_limit: {requests_per_unit: 1, unit: HOUR}}, actions: [{remote_address: {}}]}]',
    ],
    ['rate_limits done', 'rate_limits: [{apply_on_stream_done: true, actions: [{remote_address: {}}]}]'],
    ['hits number', 'rate_limits: [{hits_addend: {number: 5}, actions: [{remote_address: {}}]}]'],
    ['hits format', 'rate_limits: [{hits_addend: {format: "%REQ(a)%"}, actions: [{remote_address: {}}]}]'],
    [
      'hits format of two',
      'rate_limits: [{hits_addend: {format: "%REQ(a)%%REQ(b)%"}, actions: [{remote_address: {}}]}]',
    ],
    ['hits text', 'rate_limits: [{hits_addend: {format: "5"}, actions: [{remote_address: {}}]}]'],
    ['hits both', 'rate_limits: [{hits_addend: {number: 5, format: "%REQ(a)%"}, actions: [{remote_address: {}}]}]'],
    ['hits too many', 'rate_limits: [{hits_addend: {number: 1000000001}, actions: [{remote_address: {}}]}]'],
  ]),
];

const actionRows: readonly Row[] = [
  ['source_cluster', '{source_cluster: {}}'],
  ['destination_cluster', '{destination_cluster: {}}'],
  ['request_headers', '{request_headers: {header_name: a, descriptor_key: b}}'],
  ['request_headers without key', '{request_headers: {header_name: a}}'],
  ['request_headers bad name', '{request_headers: {header_name: "a\\n", descriptor_key: b}}'],
  ['query_parameters', '{query_parameters: {query_parameter_name: a, descriptor_key: b}}'],
  ['query_parameters empty', '{query_parameters: {}}'],
  ['masked_remote_address', '{masked_remote_address: {v4_prefix_mask_len: 24, v6_prefix_mask_len: 64}}'],
  ['masked_remote_address 33', '{masked_remote_address: {v4_prefix_mask_len: 33}}'],
  ['masked_remote_address 129', '{masked_remote_address: {v6_prefix_mask_len: 129}}'],
  ['generic_key', '{generic_key: {descriptor_value: a, descriptor_key: b}}'],
  ['generic_key empty', '{generic_key: {}}'],
  ['generic_key with a format', '{generic_key: {descriptor_value: "%REQ(a"}}'],
  ['header_value_match', '{header_value_match: {descriptor_value: a, headers: [{name: b, string_match: {exact: c}}]}}'],
  ['header_value_match without headers', '{header_value_match: {descriptor_value: a}}'],
  [
    'header_value_match bad regex',
    '{header_value_match: {descriptor_value: a, headers: [{name: b, string_match: {safe_regex: {regex: "("}}}]}}',
  ],
  [
    'query_parameter_value_match',
    '{query_parameter_value_match: {descriptor_value: a, query_parameters: [{name: b}]}}',
  ],
  ['query_parameter_value_match empty', '{query_parameter_value_match: {descriptor_value: a}}'],
  ['metadata', '{metadata: {descriptor_key: a, metadata_key: {key: b, path: [{key: c}]}, source: ROUTE_ENTRY}}'],
  ['metadata without key', '{metadata: {descriptor_key: a}}'],
  ['metadata without path', '{metadata: {descriptor_key: a, metadata_key: {key: b}}}'],
  ['dynamic_metadata', '{dynamic_metadata: {descriptor_key: a, metadata_key: {key: b, path: [{key: c}]}}}'],
  [
    'remote_address_match',
    '{remote_address_match: {descriptor_value: a, address_matcher: {ranges: [{address_prefix: 10.0.0.0, prefix_len: 8}]}}}',
  ],
  ['remote_address_match without ranges', '{remote_address_match: {descriptor_value: a, address_matcher: {}}}'],
  ['remote_address_match without matcher', '{remote_address_match: {descriptor_value: a}}'],
  ['remote_address_match bad format', '{remote_address_match: {descriptor_value: "%REQ(a", address_matcher: {}}}'],
  ['extension unknown', '{extension: {name: a, typed_config: {"@type": type.googleapis.com/google.protobuf.Struct}}}'],
];

const routeRows: readonly Row[] = [
  ['cors', 'cors.v3.CorsPolicy, allow_origin_string_match: [{exact: a}]'],
  ['cors bad regex', 'cors.v3.CorsPolicy, allow_origin_string_match: [{safe_regex: {regex: "("}}]'],
  ['csrf', `csrf.v3.CsrfPolicy, filter_enabled: ${always}`],
  ['fault', 'fault.v3.HTTPFault, abort: {http_status: 503}'],
  ['h2m empty', 'header_to_metadata.v3.Config'],
  ['h2m', 'header_to_metadata.v3.Config, response_rules: [{header: a, on_header_present: {key: k}}]'],
  ['set_metadata', 'set_metadata.v3.Config'],
  ['local_ratelimit without bucket', 'local_ratelimit.v3.LocalRateLimit, stat_prefix: x'],
  [
    'local_ratelimit',
    'local_ratelimit.v3.LocalRateLimit, stat_prefix: x, token_bucket: {max_tokens: 1, fill_interval: 1s}',
  ],
];

export const verdictFilters: VerdictTable = {
  kind: 'verdicts',
  name: 'verdict-filters',
  configs: [
    ...rows('filter', filter, filterRows),
    ...rows('route', onRoute, routeRows),
    ...rows('formatter', whole, formatterRows),
    ...rows('cors of a route', (fragment) => route(`match: {prefix: /}\nroute: {cluster: a, cors: ${fragment}}`), [
      ['empty', '{}'],
      ['full', '{allow_origin_string_match: [{exact: a}], allow_methods: GET, max_age: "1", allow_credentials: true}'],
      ['bad regex', '{allow_origin_string_match: [{safe_regex: {regex: "("}}]}'],
    ]),
    ...rows('cors of a virtual host', virtualHost, [['empty', 'cors: {}']]),
    ...rows('rate limit', (text) => virtualHost(`rate_limits: [{actions: [${text}]}]`), actionRows),
    ...rows('rate limits of a route', (text) => route(`match: {prefix: /}\nroute: {cluster: a, ${text}}`), [
      [
        'all',
        'include_vh_rate_limits: true, rate_limits: [{stage: 10, disable_key: x, actions: [{remote_address: {}}]}]',
      ],
      ['stage 11', 'rate_limits: [{stage: 11, actions: [{remote_address: {}}]}]'],
      [
        'limit',
        'rate_limits: [{limit: {dynamic_metadata: {metadata_key: {key: a, path: [{key: b}]}}}, actions: [{remote_address: {}}]}]',
      ],
      ['limit empty', 'rate_limits: [{limit: {}, actions: [{remote_address: {}}]}]'],
      ['option', 'rate_limits: [{x_ratelimit_option: DRAFT_VERSION_03, actions: [{remote_address: {}}]}]'],
      ['hits both', 'rate_limits: [{hits_addend: {number: 5, format: "%REQ(a)%"}, actions: [{remote_address: {}}]}]'],
    ]),
    ...rows('of a table', routeConfig, [
      ['fault', `virtual_hosts: []\ntyped_per_filter_config: {f: {"@type": ${types}.fault.v3.HTTPFault}}`],
    ]),
  ],
};
