/** Clusters and endpoints that Envoy takes or refuses. */
import type { VerdictTable } from '../case.ts';
import { clusters, clusterWith, type Row, rows } from '../minimal.ts';

const types = 'type.googleapis.com/envoy.extensions';
const host = '{endpoint: {address: {socket_address: {address: 127.0.0.1, port_value: 1}}}}';
const assigned = (text: string) => `name: a\nload_assignment: {cluster_name: a, ${text}}`;
const endpoints = (text: string) => assigned(`endpoints: [${text}]`);
const one = (text: string) => endpoints(`{lb_endpoints: [${text}]}`);

const lists: readonly Row[] = [
  [
    'two names alike',
    `- {name: a, load_assignment: {cluster_name: a}}\n- {name: a, load_assignment: {cluster_name: a}}`,
  ],
  ['no name', '- {connect_timeout: 1s}'],
  ['name only', '- {name: a}'],
  ['empty name', '- {name: ""}'],
];

const dnsType = '"@type": type.googleapis.com/envoy.extensions.clusters.dns.v3.DnsCluster';
const dnsCluster = (fragment: string, name = 'd') =>
  `cluster_type: {name: ${name}, typed_config: {${dnsType}${fragment === '' ? '' : `, ${fragment}`}}}`;

const discovery: readonly Row[] = [
  ...['static', 'strict_dns', 'logical_dns'].map((name): Row => [name, `cluster_type: {name: envoy.cluster.${name}}`]),
  ['another name', dnsCluster('')],
  ['the name of another type', dnsCluster('', 'envoy.cluster.static')],
  ['no config', 'cluster_type: {name: envoy.clusters.dns}'],
  ['another message', 'cluster_type: {name: d, typed_config: {"@type": type.googleapis.com/google.protobuf.Struct}}'],
  ['one endpoint', dnsCluster('all_addresses_in_single_endpoint: true')],
  [
    'one endpoint without any',
    `${dnsCluster('all_addresses_in_single_endpoint: true')}\nload_assignment: {cluster_name: a, endpoints: []}`,
  ],
  [
    'all',
    dnsCluster(
      'dns_refresh_rate: 60s, respect_dns_ttl: true, dns_jitter: 1s, dns_lookup_family: V4_ONLY, dns_failure_refresh_rate: {base_interval: 1s, max_interval: 5s}',
    ),
  ],
  ['failure rates the wrong way', dnsCluster('dns_failure_refresh_rate: {base_interval: 5s, max_interval: 1s}')],
  ['failure rate without a base', dnsCluster('dns_failure_refresh_rate: {max_interval: 5s}')],
  ['refresh rate 0', dnsCluster('dns_refresh_rate: 0s')],
  [
    "the cluster's own do not count",
    `${dnsCluster('')}\ndns_failure_refresh_rate: {base_interval: 5s, max_interval: 1s}`,
  ],
];

const fields: readonly Row[] = [
  ['unknown field', 'foo: 1'],
  ['connect_timeout', 'connect_timeout: 0.25s'],
  ['connect_timeout 0', 'connect_timeout: 0s'],
  ['connect_timeout negative', 'connect_timeout: -1s'],
  ['connect_timeout as number', 'connect_timeout: 5'],
  ['type STATIC', 'type: STATIC'],
  ['type lower case', 'type: static'],
  ['type number', 'type: 1'],
  ['type unknown', 'type: NOPE'],
  ['type number unknown', 'type: 42'],
  ['type STRICT_DNS with an ip', 'type: STRICT_DNS'],
  ['type EDS without config', 'type: EDS'],
  ['type ORIGINAL_DST with hosts', 'type: ORIGINAL_DST'],
  ['type and cluster_type', `type: STATIC\ncluster_type: {name: envoy.cluster.static}`],
  ['cluster_type unknown', 'cluster_type: {name: nope}'],
  ['lb_policy ROUND_ROBIN', 'lb_policy: ROUND_ROBIN'],
  ['lb_policy LEAST_REQUEST', 'lb_policy: LEAST_REQUEST'],
  ['lb_policy RANDOM', 'lb_policy: RANDOM'],
  ['lb_policy MAGLEV', 'lb_policy: MAGLEV'],
  ['lb_policy RING_HASH', 'lb_policy: RING_HASH'],
  ['lb_policy CLUSTER_PROVIDED on static', 'lb_policy: CLUSTER_PROVIDED'],
  ['lb_policy ORIGINAL_DST_LB', 'lb_policy: ORIGINAL_DST_LB'],
  ['lb_policy LOAD_BALANCING_POLICY_CONFIG without one', 'lb_policy: LOAD_BALANCING_POLICY_CONFIG'],
  [
    'load_balancing_policy',
    `load_balancing_policy: {policies: [{typed_extension_config: {name: x, typed_config: {"@type": ${types}.load_balancing_policies.random.v3.Random}}}]}`,
  ],
  [
    'load_balancing_policy unknown',
    'load_balancing_policy: {policies: [{typed_extension_config: {name: x, typed_config: {"@type": type.googleapis.com/nope.Nope}}}]}',
  ],
  [
    'load_balancing_policy unknown then known',
    `load_balancing_policy: {policies: [{typed_extension_config: {name: x, typed_config: {"@type": type.googleapis.com/nope.Nope}}}, {typed_extension_config: {name: y, typed_config: {"@type": ${types}.load_balancing_policies.random.v3.Random}}}]}`,
  ],
  [
    'load_balancing_policy against its rules',
    `load_balancing_policy: {policies: [{typed_extension_config: {name: x, typed_config: {"@type": ${types}.load_balancing_policies.least_request.v3.LeastRequest, choice_count: 1}}}]}`,
  ],
  ['load_balancing_policy empty', 'load_balancing_policy: {}'],
  ['least_request choice_count 1', 'lb_policy: LEAST_REQUEST\nleast_request_lb_config: {choice_count: 1}'],
  ['least_request choice_count 2', 'lb_policy: LEAST_REQUEST\nleast_request_lb_config: {choice_count: 2}'],
  ['ring_hash config for round robin', 'ring_hash_lb_config: {}'],
  [
    'ring_hash minimum over maximum',
    'lb_policy: RING_HASH\nring_hash_lb_config: {minimum_ring_size: 10, maximum_ring_size: 5}',
  ],
  ['maglev table not prime', 'lb_policy: MAGLEV\nmaglev_lb_config: {table_size: 10}'],
  ['common_lb panic threshold', 'common_lb_config: {healthy_panic_threshold: {value: 0}}'],
  ['common_lb panic threshold 101', 'common_lb_config: {healthy_panic_threshold: {value: 101}}'],
  [
    'common_lb zone aware and locality weighted',
    'common_lb_config: {zone_aware_lb_config: {}, locality_weighted_lb_config: {}}',
  ],
  [
    'circuit_breakers',
    'circuit_breakers: {thresholds: [{priority: DEFAULT, max_connections: 1}, {priority: HIGH, max_retries: 2}]}',
  ],
  [
    'circuit_breakers same priority twice',
    'circuit_breakers: {thresholds: [{max_connections: 1}, {max_connections: 2}]}',
  ],
  ['circuit_breakers priority unknown', 'circuit_breakers: {thresholds: [{priority: LOW}]}'],
  [
    'circuit_breakers retry_budget 101',
    'circuit_breakers: {thresholds: [{retry_budget: {budget_percent: {value: 101}}}]}',
  ],
  ['per_host_thresholds', 'circuit_breakers: {per_host_thresholds: [{max_connections: 1}]}'],
  ['per_host_thresholds max_requests', 'circuit_breakers: {per_host_thresholds: [{max_requests: 1}]}'],
  ['dns_lookup_family', 'dns_lookup_family: V4_ONLY'],
  ['dns_refresh_rate 0', 'dns_refresh_rate: 0s'],
  ['dns_refresh_rate under 1ms', 'type: STRICT_DNS\ndns_refresh_rate: 0.0001s'],
  [
    'dns_failure_refresh_rate max below base, no names',
    'dns_failure_refresh_rate: {base_interval: 5s, max_interval: 1s}',
  ],
  [
    'dns_failure_refresh_rate max below base',
    'type: STRICT_DNS\ndns_failure_refresh_rate: {base_interval: 5s, max_interval: 1s}',
  ],
  ['dns_jitter negative', 'dns_jitter: -1s'],
  [
    'health_checks http',
    'health_checks: [{timeout: 1s, interval: 1s, unhealthy_threshold: 1, healthy_threshold: 1, http_health_check: {path: /}}]',
  ],
  ['health_checks without thresholds', 'health_checks: [{timeout: 1s, interval: 1s, http_health_check: {path: /}}]'],
  [
    'health_checks without checker',
    'health_checks: [{timeout: 1s, interval: 1s, unhealthy_threshold: 1, healthy_threshold: 1}]',
  ],
  [
    'health_checks empty path',
    'health_checks: [{timeout: 1s, interval: 1s, unhealthy_threshold: 1, healthy_threshold: 1, http_health_check: {path: ""}}]',
  ],
  [
    'health_checks tcp',
    'health_checks: [{timeout: 1s, interval: 1s, unhealthy_threshold: 1, healthy_threshold: 1, tcp_health_check: {send: {text: "00ff"}}}]',
  ],
  [
    'health_checks tcp bad hex',
    'health_checks: [{timeout: 1s, interval: 1s, unhealthy_threshold: 1, healthy_threshold: 1, tcp_health_check: {send: {text: "zz"}}}]',
  ],
  ['outlier_detection', 'outlier_detection: {consecutive_5xx: 3}'],
  ['outlier_detection percent 101', 'outlier_detection: {max_ejection_percent: 101}'],
  ['outlier_detection interval 0', 'outlier_detection: {interval: 0s}'],
  ['max_requests_per_connection deprecated', 'max_requests_per_connection: 5'],
  ['http_protocol_options deprecated', 'http_protocol_options: {}'],
  [
    'http_protocol_options of servers',
    'http_protocol_options: {allow_custom_methods: true, override_stream_error_on_invalid_http_message: true, use_balsa_parser: true, ignore_http_11_upgrade: [{prefix: a}]}',
  ],
  [
    'common_http_protocol_options of servers',
    'common_http_protocol_options: {headers_with_underscores_action: DROP_HEADER}',
  ],
  ['common_lb_config update_merge_window', 'common_lb_config: {update_merge_window: 1s}'],
  ['common_lb_config hashing', 'common_lb_config: {consistent_hashing_lb_config: {hash_balance_factor: 120}}'],
  ['common_lb_config hashing factor', 'common_lb_config: {consistent_hashing_lb_config: {hash_balance_factor: 99}}'],
  [
    'common_lb_config hashing of hostnames',
    'common_lb_config: {consistent_hashing_lb_config: {use_hostname_for_hashing: true}}',
  ],
  [
    'common_lb_config hashing of hostnames by DNS',
    'type: STRICT_DNS\ncommon_lb_config: {consistent_hashing_lb_config: {use_hostname_for_hashing: true}}',
  ],
  [
    'common_lb_config hashing of hostnames by one name',
    'type: LOGICAL_DNS\ncommon_lb_config: {consistent_hashing_lb_config: {use_hostname_for_hashing: true}}',
  ],
  [
    'upstream codec',
    `typed_extension_protocol_options: {envoy.extensions.upstreams.http.v3.HttpProtocolOptions: {"@type": ${types}.upstreams.http.v3.HttpProtocolOptions, explicit_http_config: {http_protocol_options: {}}, http_filters: [{name: c, typed_config: {"@type": ${types}.filters.http.upstream_codec.v3.UpstreamCodec}}]}}`,
  ],
  ['http2_protocol_options deprecated', 'http2_protocol_options: {}'],
  [
    'HttpProtocolOptions',
    `typed_extension_protocol_options: {envoy.extensions.upstreams.http.v3.HttpProtocolOptions: {"@type": ${types}.upstreams.http.v3.HttpProtocolOptions, explicit_http_config: {http_protocol_options: {}}}}`,
  ],
  [
    'HttpProtocolOptions without upstream kind',
    `typed_extension_protocol_options: {envoy.extensions.upstreams.http.v3.HttpProtocolOptions: {"@type": ${types}.upstreams.http.v3.HttpProtocolOptions}}`,
  ],
  [
    'HttpProtocolOptions explicit empty',
    `typed_extension_protocol_options: {envoy.extensions.upstreams.http.v3.HttpProtocolOptions: {"@type": ${types}.upstreams.http.v3.HttpProtocolOptions, explicit_http_config: {}}}`,
  ],
  [
    'HttpProtocolOptions auto without tls',
    `typed_extension_protocol_options: {envoy.extensions.upstreams.http.v3.HttpProtocolOptions: {"@type": ${types}.upstreams.http.v3.HttpProtocolOptions, auto_config: {}}}`,
  ],
  [
    'typed_extension_protocol_options unknown name',
    `typed_extension_protocol_options: {nope: {"@type": ${types}.upstreams.http.v3.HttpProtocolOptions, explicit_http_config: {http_protocol_options: {}}}}`,
  ],
  ['protocol_selection use downstream', 'protocol_selection: USE_DOWNSTREAM_PROTOCOL'],
  ['per_connection_buffer_limit_bytes', 'per_connection_buffer_limit_bytes: 1024'],
  ['alt_stat_name', 'alt_stat_name: x'],
  ['upstream_bind_config', 'upstream_bind_config: {source_address: {address: 127.0.0.1, port_value: 0}}'],
  ['upstream_bind_config empty', 'upstream_bind_config: {}'],
  ['upstream_bind_config freebind', 'upstream_bind_config: {freebind: true}'],
  [
    'upstream_bind_config options',
    'upstream_bind_config: {socket_options: [{level: 1, name: 9, int_value: 1, state: STATE_PREBIND}]}',
  ],
  ['upstream_bind_config bad address', 'upstream_bind_config: {source_address: {address: x, port_value: 0}}'],
  ['upstream_connection_options keepalive', 'upstream_connection_options: {tcp_keepalive: {keepalive_time: 5}}'],
  ['transport_socket unknown', 'transport_socket: {name: nope}'],
  [
    'transport_socket raw_buffer',
    `transport_socket: {name: x, typed_config: {"@type": ${types}.transport_sockets.raw_buffer.v3.RawBuffer}}`,
  ],
  ['transport_socket_matches without socket', 'transport_socket_matches: [{name: x, match: {a: b}}]'],
  ['lb_subset_config', 'lb_subset_config: {fallback_policy: ANY_ENDPOINT, subset_selectors: [{keys: [a]}]}'],
  ['cleanup_interval 0', 'cleanup_interval: 0s'],
  ['preconnect_policy', 'preconnect_policy: {per_upstream_preconnect_ratio: 1.5}'],
  ['preconnect_policy 4', 'preconnect_policy: {per_upstream_preconnect_ratio: 4}'],
  ['preconnect_policy below 1', 'preconnect_policy: {per_upstream_preconnect_ratio: 0.5}'],
  ['hosts (removed field)', 'hosts: [{socket_address: {address: 127.0.0.1, port_value: 1}}]'],
  ['track_timeout_budgets', 'track_timeout_budgets: true'],
  ['track_cluster_stats', 'track_cluster_stats: {timeout_budgets: true, request_response_sizes: true}'],
  ['metadata of null', 'metadata: {filter_metadata: {a: }}'],
  ['typed metadata of null', 'metadata: {typed_filter_metadata: {a: }}'],
  ['options of null for nobody', 'typed_extension_protocol_options: {nope: }'],
  ['metadata and wait_for_warm_on_init', 'metadata: {}\nwait_for_warm_on_init: false'],
];

const assignments: readonly Row[] = [
  ['no cluster_name', 'name: a\nload_assignment: {}'],
  ['other cluster_name', 'name: a\nload_assignment: {cluster_name: b}'],
  ['no endpoints', assigned('endpoints: []')],
  ['one endpoint', one(host)],
  [
    'one object instead of lists',
    'name: a\nload_assignment: {cluster_name: a, endpoints: {lb_endpoints: [{endpoint: {address: {socket_address: {address: 127.0.0.1, port_value: 1}}}}]}}',
  ],
  ['a pipe of 107 bytes', one(`{endpoint: {address: {pipe: {path: /${'x'.repeat(106)}}}}}`)],
  ['a pipe of 108 bytes', one(`{endpoint: {address: {pipe: {path: /${'x'.repeat(107)}}}}}`)],
  ['host name in STATIC', one('{endpoint: {address: {socket_address: {address: localhost, port_value: 1}}}}')],
  [
    'host name in STRICT_DNS',
    `type: STRICT_DNS\n${one('{endpoint: {address: {socket_address: {address: localhost, port_value: 1}}}}')}`,
  ],
  ['port 0', one('{endpoint: {address: {socket_address: {address: 127.0.0.1, port_value: 0}}}}')],
  ['port 65536', one('{endpoint: {address: {socket_address: {address: 127.0.0.1, port_value: 65536}}}}')],
  ['no port', one('{endpoint: {address: {socket_address: {address: 127.0.0.1}}}}')],
  ['no address', one('{endpoint: {}}')],
  ['empty lb_endpoint', one('{}')],
  ['endpoint_name', one('{endpoint_name: x}')],
  [
    'resolver_name',
    one('{endpoint: {address: {socket_address: {address: 127.0.0.1, port_value: 1, resolver_name: x}}}}'),
  ],
  [
    'weight 0',
    one('{load_balancing_weight: 0, endpoint: {address: {socket_address: {address: 127.0.0.1, port_value: 1}}}}'),
  ],
  [
    'weight 1',
    one('{load_balancing_weight: 1, endpoint: {address: {socket_address: {address: 127.0.0.1, port_value: 1}}}}'),
  ],
  [
    'weights too large together',
    one(
      '{load_balancing_weight: 4294967295, endpoint: {address: {socket_address: {address: 127.0.0.1, port_value: 1}}}}, {load_balancing_weight: 1, endpoint: {address: {socket_address: {address: 127.0.0.2, port_value: 1}}}}',
    ),
  ],
  ['two equal hosts', one(`${host}, ${host}`)],
  [
    'health_status',
    one('{health_status: DRAINING, endpoint: {address: {socket_address: {address: 127.0.0.1, port_value: 1}}}}'),
  ],
  [
    'health_status unknown',
    one('{health_status: SICK, endpoint: {address: {socket_address: {address: 127.0.0.1, port_value: 1}}}}'),
  ],
  ['priority', endpoints(`{priority: 0, lb_endpoints: [${host}]}, {priority: 1, lb_endpoints: [${host}]}`)],
  ['priority with a gap', endpoints(`{priority: 0, lb_endpoints: [${host}]}, {priority: 2, lb_endpoints: [${host}]}`)],
  ['priority 129', endpoints(`{priority: 129, lb_endpoints: [${host}]}`)],
  [
    'locality twice',
    endpoints(`{locality: {zone: a}, lb_endpoints: [${host}]}, {locality: {zone: a}, lb_endpoints: [${host}]}`),
  ],
  ['overprovisioning 0', assigned('policy: {overprovisioning_factor: 0}')],
  ['overprovisioning 140', assigned('policy: {overprovisioning_factor: 140}')],
  ['drop_overloads', assigned('policy: {drop_overloads: [{category: x, drop_percentage: {numerator: 5}}]}')],
  ['drop_overloads without category', assigned('policy: {drop_overloads: [{drop_percentage: {numerator: 5}}]}')],
  [
    'drop_overloads twice',
    assigned('policy: {drop_overloads: [{category: x, drop_percentage: {}}, {category: y, drop_percentage: {}}]}'),
  ],
  [
    'drop_overloads more than all',
    assigned('policy: {drop_overloads: [{category: x, drop_percentage: {numerator: 500}}]}'),
  ],
  ['endpoint_stale_after', assigned('policy: {endpoint_stale_after: 5s}')],
  ['pipe', one('{endpoint: {address: {pipe: {path: /tmp/x.sock}}}}')],
  ['LOGICAL_DNS with two hosts', `type: LOGICAL_DNS\n${one(`${host}, ${host}`)}`],
  [
    'LOGICAL_DNS with one host',
    `type: LOGICAL_DNS\n${one('{endpoint: {address: {socket_address: {address: localhost, port_value: 1}}}}')}`,
  ],
  ...['{}', '{endpoint: {}}', '{endpoint: {hostname: x}}'].flatMap((endpoint): Row[] =>
    ['STATIC', 'STRICT_DNS', 'LOGICAL_DNS'].map((type) => [
      `${type} without an address ${endpoint}`,
      `type: ${type}\n${one(endpoint)}`,
    ]),
  ),
  ['LOGICAL_DNS with none', 'type: LOGICAL_DNS\nname: a'],
  ['STRICT_DNS with a pipe', `type: STRICT_DNS\n${one('{endpoint: {address: {pipe: {path: /tmp/x.sock}}}}')}`],
  ['leds', endpoints('{leds_cluster_locality_config: {}}')],
  [
    'additional_addresses',
    one(
      '{endpoint: {address: {socket_address: {address: 127.0.0.1, port_value: 1}}, additional_addresses: [{address: {socket_address: {address: "::1", port_value: 1}}}]}}',
    ),
  ],
  [
    'health_check_config port 65536',
    one(
      '{endpoint: {address: {socket_address: {address: 127.0.0.1, port_value: 1}}, health_check_config: {port_value: 65536}}}',
    ),
  ],
];

export const verdictCluster: VerdictTable = {
  kind: 'verdicts',
  name: 'verdict-cluster',
  configs: [
    ...rows('clusters', clusters, lists),
    ...rows('cluster', clusterWith, fields),
    ...rows('discovery', clusterWith, discovery),
    ...rows('load_assignment', clusterWith, assignments),
  ],
};
