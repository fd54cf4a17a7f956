/** What of the server and its sockets Envoy takes or refuses: resolvers, watchdogs, matchers, runtime, socket options. */
import type { VerdictTable } from '../case.ts';
import { beside, clusterWith, listenerWith, type Row, rows, virtualHost } from '../minimal.ts';

const types = 'type.googleapis.com/envoy.extensions';
const cares = `${types}.network.dns_resolver.cares.v3.CaresDnsResolverConfig`;
const resolver = (fields: string) =>
  `typed_dns_resolver_config: {name: envoy.network.dns_resolver.cares, typed_config: {"@type": ${cares}${fields === '' ? '' : `, ${fields}`}}}`;
const server = (address: string, port = 53) => `{socket_address: {address: "${address}", port_value: ${port}}}`;

/** What Envoy looks at when it starts, not when it validates, is left out: addresses of resolvers, limits. */
const resolvers: readonly Row[] = [
  ['cares', resolver('')],
  ['cares resolvers', resolver(`resolvers: [${server('127.0.0.1')}, ${server('::1')}]`)],
  ['cares fallback', resolver(`resolvers: [${server('127.0.0.1')}], use_resolvers_as_fallback: true`)],
  ['cares tcp', resolver('dns_resolver_options: {use_tcp_for_dns_lookups: true}')],
  ['cares no search domain', resolver('dns_resolver_options: {no_default_search_domain: true}')],
  ['cares unroutable', resolver('filter_unroutable_families: true')],
  ['cares timeouts', resolver('query_timeout_seconds: 2, query_tries: 3')],
  ['cares reinit', resolver('reinit_channel_on_timeout: true')],
  ['cares udp_max_queries', resolver('udp_max_queries: 3')],
  ['cares rotate', resolver('rotate_nameservers: true')],
  ['cares edns0', resolver('edns0_max_payload_size: 1232')],
  ['dns_resolution_config', `dns_resolution_config: {resolvers: [${server('127.0.0.1')}]}`],
  ['dns_resolution_config empty', 'dns_resolution_config: {}'],
  ['use_tcp_for_dns_lookups', 'use_tcp_for_dns_lookups: true'],
  ['use_tcp_for_dns_lookups false', 'use_tcp_for_dns_lookups: false'],
  [
    'getaddrinfo',
    `typed_dns_resolver_config: {name: g, typed_config: {"@type": ${types}.network.dns_resolver.getaddrinfo.v3.GetAddrInfoDnsResolverConfig}}`,
  ],
];

const action = (type: string, event = 'KILL') =>
  `watchdogs: {worker_watchdog: {actions: [{config: {name: a, typed_config: {"@type": ${type}}}, event: ${event}}]}}`;
const watchdogs: readonly Row[] = [
  ['abort_action', action(`${types}.watchdog.abort_action.v3.AbortActionConfig`)],
  ['abort_action type of watchdog', action('type.googleapis.com/envoy.watchdog.v3.AbortActionConfig')],
  ['abort_action of a miss', action('type.googleapis.com/envoy.watchdog.v3.AbortActionConfig', 'MISS')],
  ['action without config', 'watchdogs: {worker_watchdog: {actions: [{event: MISS}]}}'],
  ['profile_action', action(`${types}.watchdog.profile_action.v3.ProfileActionConfig, profile_path: /tmp`)],
  ['profile_action without a path', action(`${types}.watchdog.profile_action.v3.ProfileActionConfig`)],
  [
    'profile_action whole',
    action(
      `${types}.watchdog.profile_action.v3.ProfileActionConfig, profile_path: /nowhere, profile_duration: 1s, max_profiles: 3`,
      'MISS',
    ),
  ],
  [
    'profile_action with a negative duration',
    action(`${types}.watchdog.profile_action.v3.ProfileActionConfig, profile_path: /tmp, profile_duration: -1s`),
  ],
  ['backtrace_action', action(`${types}.watchdog.backtrace_action.v3.BacktraceActionConfig`, 'MEGAMISS')],
  [
    'backtrace_action with a cooldown',
    action(`${types}.watchdog.backtrace_action.v3.BacktraceActionConfig, cooldown_duration: 0.5s`, 'MULTIKILL'),
  ],
  [
    'backtrace_action with an unknown field',
    action(`${types}.watchdog.backtrace_action.v3.BacktraceActionConfig, depth: 3`),
  ],
];

const socketInterface = (fields: string): string =>
  `{name: s, typed_config: {"@type": ${types}.network.socket_interface.v3.DefaultSocketInterface, ${fields}}}`;

const misc: readonly Row[] = [
  [
    'default_regex_engine',
    `default_regex_engine: {name: r, typed_config: {"@type": ${types}.regex_engines.v3.GoogleRE2}}`,
  ],
  [
    'default_regex_engine unknown',
    'default_regex_engine: {name: r, typed_config: {"@type": type.googleapis.com/google.protobuf.Empty}}',
  ],
  [
    'default_socket_interface',
    'default_socket_interface: envoy.extensions.network.socket_interface.default_socket_interface',
  ],
  ['io_uring', `bootstrap_extensions: [${socketInterface('io_uring_options: {}')}]`],
  [
    'io_uring with sizes',
    `bootstrap_extensions: [${socketInterface('io_uring_options: {io_uring_size: 256, read_buffer_size: 16384}')}]`,
  ],
  ['socket interface without io_uring', `bootstrap_extensions: [${socketInterface('io_uring_options: null')}]`],
  ['bootstrap extension without a config', 'bootstrap_extensions: [{name: x}]'],
  ['stats_flush both', 'stats_flush_interval: 1s\nstats_flush_on_admin: true'],
  ['stats_eviction_interval', 'stats_eviction_interval: 10s'],
  ['stats_eviction_interval below the flush', 'stats_flush_interval: 5s\nstats_eviction_interval: 1s'],
  ['stats_eviction_interval with flush on admin', 'stats_flush_on_admin: true\nstats_eviction_interval: 9s'],
  ['stats_eviction_interval no multiple', 'stats_flush_interval: 5s\nstats_eviction_interval: 7s'],
  ['enable_dispatcher_stats', 'enable_dispatcher_stats: true'],
  ['perf_tracing_file_path', 'perf_tracing_file_path: /tmp/x'],
  ['memory_allocator_manager', 'memory_allocator_manager: {bytes_to_release: 1024}'],
  ['disk layer without a root', 'layered_runtime: {layers: [{name: d, disk_layer: {symlink_root: ""}}]}'],
  [
    'disk layer',
    'layered_runtime: {layers: [{name: d, disk_layer: {symlink_root: /nonexistent, subdirectory: x, append_service_cluster: true}}]}',
  ],
  [
    'disk layer whose folder has none',
    'layered_runtime: {layers: [{name: d, disk_layer: {symlink_root: /nonexistent/current}}]}',
  ],
];

const besideCluster: readonly Row[] = [
  ['local_cluster_name', 'cluster_manager: {local_cluster_name: a}'],
  ['resolver', resolver('')],
];

const perCluster: readonly Row[] = [
  ['cares', `type: STRICT_DNS\n${resolver(`resolvers: [${server('127.0.0.1')}]`)}`],
  ['cares of a static cluster', resolver(`resolvers: [${server('127.0.0.1')}]`)],
  [
    'unknown',
    'typed_dns_resolver_config: {name: x, typed_config: {"@type": type.googleapis.com/google.protobuf.Empty}}',
  ],
  [
    'unknown of a DNS cluster',
    'type: STRICT_DNS\ntyped_dns_resolver_config: {name: x, typed_config: {"@type": type.googleapis.com/google.protobuf.Empty}}',
  ],
  ['dns_resolution_config', `type: STRICT_DNS\ndns_resolution_config: {resolvers: [${server('127.0.0.1')}]}`],
  ['dns_resolvers', `type: STRICT_DNS\ndns_resolvers: [${server('127.0.0.1')}]`],
  ['use_tcp_for_dns_lookups', 'type: STRICT_DNS\nuse_tcp_for_dns_lookups: true'],
];

const option = (rest: string) => `socket_options: [{level: 1, name: 9, ${rest}}]`;
const echo = `{name: echo, typed_config: {"@type": ${types}.filters.network.echo.v3.Echo}}`;
const sockets: readonly Row[] = [
  ['prebind', option('int_value: 1, state: STATE_PREBIND')],
  ['bound', option('int_value: 1, state: STATE_BOUND')],
  ['listening', option('int_value: 1, state: STATE_LISTENING')],
  ['buffer', option('buf_value: AQAAAA==, state: STATE_PREBIND')],
  ['of stream sockets', option('int_value: 1, state: STATE_PREBIND, type: {stream: {}}')],
  ['of datagram sockets', option('int_value: 1, state: STATE_PREBIND, type: {datagram: {}}')],
  ['unknown option', 'socket_options: [{level: 6, name: 9999, int_value: 1, state: STATE_PREBIND}]'],
  ['unknown option when listening', 'socket_options: [{level: 6, name: 9999, int_value: 1, state: STATE_LISTENING}]'],
  ['freebind', 'freebind: true'],
  ['transparent', 'transparent: true'],
  ['tcp_fast_open_queue_length', 'tcp_fast_open_queue_length: 10'],
  ['tcp_fast_open_queue_length 0', 'tcp_fast_open_queue_length: 0'],
  ['use_proxy_proto', `filter_chains: [{use_proxy_proto: true, filters: [${echo}]}]`],
  ['use_proxy_proto false', `filter_chains: [{use_proxy_proto: false, filters: [${echo}]}]`],
  [
    'use_proxy_proto of one chain',
    `filter_chains: [{filters: [${echo}]}, {filter_chain_match: {destination_port: 1}, use_proxy_proto: true, filters: [${echo}]}]`,
  ],
  [
    'additional address options',
    'additional_addresses: [{address: {socket_address: {address: 127.0.0.1, port_value: 0}}, socket_options: {socket_options: [{level: 1, name: 9, int_value: 1, state: STATE_PREBIND}]}}]',
  ],
];

const network = `${types}.matching.common_inputs.network.v3`;
const input = (type: string) => `input: {name: i, typed_config: {"@type": ${network}.${type}Input}}`;
const take = 'action: {name: x, typed_config: {"@type": type.googleapis.com/google.protobuf.StringValue, value: a}}';
const one = `map: {"80": {${take}}}`;
const named = (...names: readonly string[]) =>
  `filter_chains: [${names.map((name) => `{name: "${name}", filters: [${echo}]}`).join(', ')}]`;
const matcherWith = (fragment: string) =>
  listenerWith(/^filter_chains/m.test(fragment) ? fragment : `${named('a', 'b')}\n${fragment}`);
const tree = (rest: string) => `filter_chain_matcher: {matcher_tree: {${rest}}}`;
const list = (predicate: string) =>
  `filter_chain_matcher: {matcher_list: {matchers: [{predicate: ${predicate}, on_match: {${take}}}]}}`;
const single = (match: string) => `{single_predicate: {${input('SourceIP')}, ${match}}}`;
const byMap = tree(`${input('DestinationPort')}, exact_match_map: {${one}}`);
const xds = 'type.googleapis.com/xds.type.matcher.v3';
const ips = (...ranges: readonly string[]) =>
  tree(
    `${input('SourceIP')}, custom_match: {name: m, typed_config: {"@type": ${xds}.IPMatcher, range_matchers: [${ranges.join(', ')}]}}`,
  );
const domains = (list: string) =>
  tree(
    `${input('ServerName')}, custom_match: {name: m, typed_config: {"@type": ${xds}.ServerNameMatcher, domain_matchers: [{domains: ${list}, on_match: {${take}}}]}}`,
  );
const inputMatcher = (rest: string) =>
  list(single(`custom_match: {name: m, typed_config: {"@type": ${types}.matching.input_matchers.${rest}}}`));

const matchers: readonly Row[] = [
  ['good', byMap],
  ['chains without names', `${named('')}\n${byMap}`],
  ['chains of one name', `${named('a', 'a')}\n${byMap}`],
  ['chain that is not there', `${named('b')}\n${byMap}`],
  ['default chain without a name', `default_filter_chain: {}\n${named('a')}\n${byMap}`],
  ['empty', 'filter_chain_matcher: {}'],
  ['on_no_match alone', `filter_chain_matcher: {on_no_match: {${take}}}`],
  ['keep_matching', `filter_chain_matcher: {on_no_match: {keep_matching: true, ${take}}}`],
  ['empty map', tree(`${input('DestinationPort')}, exact_match_map: {}`)],
  ['no action', tree(`${input('DestinationPort')}, exact_match_map: {map: {"80": {}}}`)],
  ['no input', tree(`exact_match_map: {${one}}`)],
  ['no tree', tree(input('DestinationPort'))],
  ['empty list', 'filter_chain_matcher: {matcher_list: {}}'],
  ['or of one', list(`{or_matcher: {predicate: [${single('value_match: {exact: "1"}')}]}}`)],
  ['not of nothing', list('{not_matcher: {}}')],
  ['no matcher', list(`{single_predicate: {${input('SourceIP')}}}`)],
  ['bad regex', list(single('value_match: {safe_regex: {google_re2: {}, regex: "("}}'))],
  ['regex without an engine', list(single('value_match: {safe_regex: {regex: a}}'))],
  [
    'input of requests',
    tree(
      `input: {name: i, typed_config: {"@type": type.googleapis.com/envoy.type.matcher.v3.HttpRequestHeaderMatchInput, header_name: x}}, exact_match_map: {${one}}`,
    ),
  ],
  ['input by name only', tree(`input: {name: envoy.matching.inputs.source_ip}, exact_match_map: {${one}}`)],
  ['input of metadata', tree(`${input('DynamicMetadata')}, exact_match_map: {${one}}`)],
  ['input of a network namespace', tree(`${input('NetworkNamespace')}, exact_match_map: {${one}}`)],
  ['input of filter state without a key', tree(`${input('FilterState')}, exact_match_map: {${one}}`)],
  [
    'action of routes',
    'filter_chain_matcher: {on_no_match: {action: {name: x, typed_config: {"@type": type.googleapis.com/envoy.config.route.v3.Route}}}}',
  ],
  ['ranges', ips(`{ranges: [{address_prefix: 10.0.0.0, prefix_len: 8}], on_match: {${take}}}`)],
  ['ranges of no address', ips(`{ranges: [{address_prefix: 10.0.0.x}], on_match: {${take}}}`)],
  ['ranges empty', ips(`{ranges: [], on_match: {${take}}}`)],
  ['no ranges', ips()],
  ['domains', domains('["*", "*.a", b]')],
  ['domains twice', domains('[a, a]')],
  ['domains with a star inside', domains('["a*"]')],
  ['domains with a star alone in front', domains('["*."]')],
  ['domains with two stars', domains('["*.a.*"]')],
  ['hash', inputMatcher('consistent_hashing.v3.ConsistentHashing, threshold: 5, modulo: 10')],
  ['hash modulo 0', inputMatcher('consistent_hashing.v3.ConsistentHashing, threshold: 5')],
  ['hash threshold above modulo', inputMatcher('consistent_hashing.v3.ConsistentHashing, threshold: 11, modulo: 10')],
  ['ip', inputMatcher('ip.v3.Ip, stat_prefix: s, cidr_ranges: [{address_prefix: 10.0.0.0}]')],
  ['ip without a prefix', inputMatcher('ip.v3.Ip, cidr_ranges: [{address_prefix: 10.0.0.0}]')],
  ['ip of no address', inputMatcher('ip.v3.Ip, stat_prefix: s, cidr_ranges: [{address_prefix: x}]')],
  ['fraction without one', inputMatcher('runtime_fraction.v3.RuntimeFraction')],
];

const http = 'type.googleapis.com/envoy.type.matcher.v3';
const route = (fields: string, type = 'Route') =>
  `{action: {name: route, typed_config: {"@type": type.googleapis.com/envoy.config.route.v3.${type}, ${fields}}}}`;
const toCluster = (cluster: string) => `match: {prefix: /}, route: {cluster: ${cluster}}`;
const byInput = (type: string, onMatch: string) =>
  `matcher: {matcher_tree: {input: {name: i, typed_config: {"@type": ${type}}}, exact_match_map: {map: {x: ${onMatch}}}}}`;
const byHeader = (onMatch: string) => byInput(`${http}.HttpRequestHeaderMatchInput, header_name: ":path"`, onMatch);

const virtualHosts: readonly Row[] = [
  ['route', byHeader(route(toCluster('a')))],
  ['list', byHeader(route(`routes: [{${toCluster('a')}}]`, 'RouteList'))],
  ['unknown cluster', byHeader(route(toCluster('nope')))],
  ['unknown cluster in a list', byHeader(route(`routes: [{${toCluster('nope')}}]`, 'RouteList'))],
  ['beside routes', `${byHeader(route(toCluster('a')))}\nroutes: [{${toCluster('a')}}]`],
  ['another action', byHeader(`{${take}}`)],
  ['route without a path', byHeader(route('match: {}, route: {cluster: a}'))],
  ['keep_matching', byHeader(`{keep_matching: true, ${route(toCluster('a')).slice(1)}`)],
  ['query parameter', byInput(`${http}.HttpRequestQueryParamMatchInput, query_param: q`, route(toCluster('a')))],
  ['response header', byInput(`${http}.HttpResponseHeaderMatchInput, header_name: x`, route(toCluster('a')))],
  ['status code', byInput(`${http}.HttpResponseStatusCodeMatchInput`, route(toCluster('a')))],
  ['source address', byInput(`${network}.SourceIPInput`, route(toCluster('a')))],
  ['filter state', byInput(`${network}.FilterStateInput, key: k`, route(toCluster('a')))],
  [
    'environment',
    byInput(`${types}.matching.common_inputs.environment_variable.v3.Config, name: HOME`, route(toCluster('a'))),
  ],
];

export const verdictServer: VerdictTable = {
  kind: 'verdicts',
  name: 'verdict-server',
  configs: [
    ...rows('resolver', beside, resolvers),
    ...rows('watchdog', beside, watchdogs),
    ...rows('bootstrap', beside, misc),
    ...rows('beside a cluster', (fragment) => `${clusterWith('')}${fragment}\n`, besideCluster),
    ...rows('cluster', clusterWith, perCluster),
    ...rows('listener', listenerWith, sockets),
    ...rows('chain matcher', matcherWith, matchers),
    ...rows('virtual host matcher', virtualHost, virtualHosts),
  ],
};
