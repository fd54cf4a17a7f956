/** Listeners, filter chains and network filters that Envoy takes or refuses. */
import type { VerdictTable } from '../case.ts';
import { filters, listeners, listenerWith, type Row, rows, tcpWith } from '../minimal.ts';

const types = 'type.googleapis.com/envoy.extensions';
const echo = `{name: echo, typed_config: {"@type": ${types}.filters.network.echo.v3.Echo}}`;
const address = (port: number) => `{socket_address: {address: 127.0.0.1, port_value: ${port}}}`;
const chain = `{filters: [${echo}]}`;
const router = `{name: r, typed_config: {"@type": ${types}.filters.http.router.v3.Router}}`;
const hcmTo = (cluster: string) =>
  `{name: h, typed_config: {"@type": ${types}.filters.network.http_connection_manager.v3.HttpConnectionManager, stat_prefix: x, http_filters: [${router}], route_config: {virtual_hosts: [{name: v, domains: ["*"], routes: [{match: {prefix: /}, route: {cluster: ${cluster}}}]}]}}}`;

const inspector = (config: string) =>
  `listener_filters: [{name: i, typed_config: {"@type": ${types}.filters.listener.${config}}}]`;

const lists: readonly Row[] = [
  [
    'two names alike',
    `- {name: l, address: ${address(0)}, filter_chains: [${chain}]}\n- {name: l, address: ${address(0)}, filter_chains: [${chain}]}`,
  ],
  [
    'two addresses alike',
    `- {name: l, address: ${address(19001)}, filter_chains: [${chain}]}\n- {name: m, address: ${address(19001)}, filter_chains: [${chain}]}`,
  ],
  [
    'two addresses alike, one not bound',
    `- {name: l, address: ${address(19001)}, filter_chains: [${chain}]}\n- {name: m, bind_to_port: false, address: ${address(19001)}, filter_chains: [${chain}]}`,
  ],
  ['no name', `- {address: ${address(0)}, filter_chains: [${chain}]}`],
  [
    'two without names',
    `- {address: ${address(0)}, filter_chains: [${chain}]}\n- {address: ${address(0)}, filter_chains: [${chain}]}`,
  ],
  ['no address', `- {name: l, filter_chains: [${chain}]}`],
  ['no filter chain', `- {name: l, address: ${address(0)}}`],
  [
    'default chain to an unknown cluster',
    `- {name: l, address: ${address(0)}, default_filter_chain: {filters: [${hcmTo('nope')}]}}`,
  ],
  ['only a default chain', `- {name: l, address: ${address(0)}, default_filter_chain: ${chain}}`],
  ['one object instead of a list', `{name: l, address: ${address(0)}, filter_chains: [${chain}]}`],
  ['one chain object instead of a list', `- {name: l, address: ${address(0)}, filter_chains: ${chain}}`],
];

const fields: readonly Row[] = [
  ['unknown field', 'foo: 1'],
  ['stat_prefix', 'stat_prefix: x'],
  ['per_connection_buffer_limit_bytes', 'per_connection_buffer_limit_bytes: 1024'],
  ['per_connection_buffer_limit_bytes wrapped', 'per_connection_buffer_limit_bytes: {value: 1024}'],
  ['per_connection_buffer_limit_bytes negative', 'per_connection_buffer_limit_bytes: -1'],
  ['per_connection_buffer_limit_bytes a string', 'per_connection_buffer_limit_bytes: "1024"'],
  ['traffic_direction', 'traffic_direction: INBOUND'],
  ['traffic_direction lower case', 'traffic_direction: inbound'],
  ['traffic_direction number', 'traffic_direction: 2'],
  ['traffic_direction unknown', 'traffic_direction: SIDEWAYS'],
  ['traffic_direction number unknown', 'traffic_direction: 9'],
  ['drain_type', 'drain_type: MODIFY_ONLY'],
  [
    'a balance by what is no balancer',
    `connection_balance_config: {extend_balance: {name: x, typed_config: {"@type": ${types}.filters.network.echo.v3.Echo}}}`,
  ],
  ['listener_filters_timeout', 'listener_filters_timeout: 1s'],
  ['listener_filters_timeout 0', 'listener_filters_timeout: 0s'],
  ['listener_filters_timeout negative', 'listener_filters_timeout: -1s'],
  ['tcp_backlog_size', 'tcp_backlog_size: 5'],
  ['max_connections_to_accept 0', 'max_connections_to_accept_per_socket_event: 0'],
  ['max_connections_to_accept 1', 'max_connections_to_accept_per_socket_event: 1'],
  ['bind_to_port false', 'bind_to_port: false'],
  ['enable_reuse_port false', 'enable_reuse_port: false'],
  ['reuse_port deprecated', 'reuse_port: true'],
  ['freebind and transparent', 'freebind: true\ntransparent: false'],
  ['socket_options', 'socket_options: [{level: 1, name: 9, int_value: 1, state: STATE_PREBIND}]'],
  ['socket_options without value', 'socket_options: [{level: 1, name: 9}]'],
  ['socket_options bad state', 'socket_options: [{level: 1, name: 9, int_value: 1, state: STATE_NEVER}]'],
  ['tcp_keepalive', 'tcp_keepalive: {keepalive_time: 5}'],
  ['connection_balance exact', 'connection_balance_config: {exact_balance: {}}'],
  ['connection_balance empty', 'connection_balance_config: {}'],
  ['additional_addresses', `additional_addresses: [{address: ${address(0)}}]`],
  ['additional_addresses without address', 'additional_addresses: [{}]'],
  ['additional_addresses the same', `address: ${address(19002)}\nadditional_addresses: [{address: ${address(19002)}}]`],
  ['address ipv6', 'address: {socket_address: {address: "::", port_value: 0, ipv4_compat: true}}'],
  [
    'ipv4_compat of an IPv4 address',
    'address: {socket_address: {address: 127.0.0.1, port_value: 0, ipv4_compat: true}}',
  ],
  ['ipv4_compat of one address', 'address: {socket_address: {address: "::1", port_value: 0, ipv4_compat: true}}'],
  [
    'ipv4_compat of a mapped address',
    'address: {socket_address: {address: "::ffff:127.0.0.1", port_value: 0, ipv4_compat: true}}',
  ],
  ['address bad', 'address: {socket_address: {address: 1.2.3, port_value: 0}}'],
  ['address with a name', 'address: {socket_address: {address: localhost, port_value: 0}}'],
  ['address port missing', 'address: {socket_address: {address: 127.0.0.1}}'],
  ['address pipe', 'address: {pipe: {path: /tmp/nuncio-conformance-l.sock}}'],
  ['address abstract pipe', 'address: {pipe: {path: "@nuncio-conformance"}}'],
  ['address pipe of 107 bytes', `address: {pipe: {path: /${'x'.repeat(106)}}}`],
  ['address pipe of 108 bytes', `address: {pipe: {path: /${'x'.repeat(107)}}}`],
  ['address abstract pipe of 108 bytes', `address: {pipe: {path: "@${'x'.repeat(107)}"}}`],
  ['address pipe of 61 characters', `address: {pipe: {path: /${'é'.repeat(60)}}}`],
  ['address abstract pipe with mode', 'address: {pipe: {path: "@nuncio-conformance", mode: 384}}'],
  ['address internal', 'address: {envoy_internal_address: {server_listener_name: x}}'],
  ['udp without config', 'address: {socket_address: {protocol: UDP, address: 127.0.0.1, port_value: 0}}'],
  ['listener_filters unknown', 'listener_filters: [{name: nope}]'],
  [
    'listener_filters proxy_protocol',
    `listener_filters: [{name: p, typed_config: {"@type": ${types}.filters.listener.proxy_protocol.v3.ProxyProtocol}}]`,
  ],
  [
    'listener_filters proxy_protocol unknown field',
    `listener_filters: [{name: p, typed_config: {"@type": ${types}.filters.listener.proxy_protocol.v3.ProxyProtocol, foo: 1}}]`,
  ],
  ...['', ', allow_requests_without_proxy_protocol: true'].map(
    (more): Row => [
      `proxy_protocol of no version${more}`,
      `listener_filters: [{name: p, typed_config: {"@type": ${types}.filters.listener.proxy_protocol.v3.ProxyProtocol, disallowed_versions: [V1, V2]${more}}}]`,
    ],
  ),
  ...[
    '',
    ', max_client_hello_size: 255',
    ', max_client_hello_size: 256',
    ', max_client_hello_size: 16384',
    ', max_client_hello_size: 16385',
    ', initial_read_buffer_size: 255',
    ', initial_read_buffer_size: 65536',
    ', initial_read_buffer_size: 65537',
    ', enable_ja3_fingerprinting: 1',
    ', foo: 1',
  ].map(
    (options): Row => [
      `listener_filters tls_inspector${options}`,
      inspector(`tls_inspector.v3.TlsInspector${options}`),
    ],
  ),
  ['listener_filters http_inspector', inspector('http_inspector.v3.HttpInspector')],
  ['listener_filters a network filter', `listener_filters: [${echo}]`],
  ['listener_filters by name only', 'listener_filters: [{name: envoy.filters.listener.proxy_protocol}]'],
  ['continue_on_listener_filters_timeout', 'continue_on_listener_filters_timeout: true'],
  ['metadata', 'metadata: {filter_metadata: {a: {b: c}}}'],
  ['access_log unknown', 'access_log: [{name: nope}]'],
  ['hidden deprecated use_original_dst', 'use_original_dst: true'],
  ['ignore_global_conn_limit', 'ignore_global_conn_limit: true'],
  ['api_listener', 'api_listener: {}'],
  [
    'filter_chain_matcher without named chains',
    'filter_chain_matcher: {on_no_match: {action: {name: x, typed_config: {"@type": type.googleapis.com/google.protobuf.StringValue, value: x}}}}',
  ],
];

const m = (text: string) => `filter_chains: [{filter_chain_match: ${text}, filters: [${echo}]}]`;
const two = (a: string, b: string) =>
  `filter_chains: [{filter_chain_match: ${a}, filters: [${echo}]}, {filter_chain_match: ${b}, filters: [${echo}]}]`;

const chains: readonly Row[] = [
  ['match everything', m('{}')],
  ['destination_port', m('{destination_port: 80}')],
  ['destination_port 0', m('{destination_port: 0}')],
  ['destination_port 65536', m('{destination_port: 65536}')],
  ['prefix_ranges', m('{prefix_ranges: [{address_prefix: 10.0.0.0, prefix_len: 8}]}')],
  ['prefix_ranges host bits set', m('{prefix_ranges: [{address_prefix: 10.1.2.3, prefix_len: 8}]}')],
  ['prefix_ranges without length', m('{prefix_ranges: [{address_prefix: 10.0.0.1}]}')],
  ['prefix_ranges length 33', m('{prefix_ranges: [{address_prefix: 10.0.0.0, prefix_len: 33}]}')],
  ['prefix_ranges length 129', m('{prefix_ranges: [{address_prefix: "::", prefix_len: 129}]}')],
  ['prefix_ranges bad address', m('{prefix_ranges: [{address_prefix: 10.0.0, prefix_len: 8}]}')],
  ['prefix_ranges empty address', m('{prefix_ranges: [{prefix_len: 8}]}')],
  ['source_type', m('{source_type: SAME_IP_OR_LOOPBACK}')],
  ['source_type unknown', m('{source_type: NOWHERE}')],
  ['source_ports', m('{source_ports: [1, 65535]}')],
  ['source_ports 0', m('{source_ports: [0]}')],
  ['server_names', m('{server_names: [a.test, "*.b.test"]}')],
  ['server_names star', m('{server_names: ["*"]}')],
  ['server_names inner star', m('{server_names: ["a.*.test"]}')],
  ['server_names star without dot', m('{server_names: ["*b.test"]}')],
  ['server_names two stars', m('{server_names: ["*.*.test"]}')],
  ['transport_protocol', m('{transport_protocol: raw_buffer}')],
  ['application_protocols', m('{application_protocols: [h2]}')],
  ['address_suffix (not implemented)', m('{address_suffix: x, suffix_len: 3}')],
  ['two chains alike', two('{}', '{}')],
  ['two chains of one port', two('{destination_port: 80}', '{destination_port: 80}')],
  ['two chains of two ports', two('{destination_port: 80}', '{destination_port: 81}')],
  ['two chains sharing one source port', two('{source_ports: [1, 2]}', '{source_ports: [2, 3]}')],
  [
    'two chains of one name',
    `filter_chains: [{name: a, filter_chain_match: {destination_port: 1}, filters: [${echo}]}, {name: a, filters: [${echo}]}]`,
  ],
  ['chain without filters', 'filter_chains: [{}]'],
  [
    'chain transport_socket_connect_timeout',
    `filter_chains: [{transport_socket_connect_timeout: 1s, filters: [${echo}]}]`,
  ],
  ['chain use_proxy_proto deprecated', `filter_chains: [{use_proxy_proto: true, filters: [${echo}]}]`],
  [
    'chain raw_buffer socket',
    `filter_chains: [{transport_socket: {name: envoy.transport_sockets.raw_buffer, typed_config: {"@type": ${types}.transport_sockets.raw_buffer.v3.RawBuffer}}, filters: [${echo}]}]`,
  ],
  ['chain unknown socket', `filter_chains: [{transport_socket: {name: nope}, filters: [${echo}]}]`],
];

const network: readonly Row[] = [
  ['echo', `- ${echo}`],
  ['no name', `- typed_config: {"@type": ${types}.filters.network.echo.v3.Echo}`],
  ['no config', '- name: envoy.filters.network.echo'],
  ['unknown name without config', '- name: nope'],
  ['known type, odd name', `- {name: whatever, typed_config: {"@type": ${types}.filters.network.echo.v3.Echo}}`],
  ['unknown type', `- {name: x, typed_config: {"@type": ${types}.filters.network.nope.v3.Nope}}`],
  ['type without @', `- {name: x, typed_config: {type: ${types}.filters.network.echo.v3.Echo}}`],
  ['empty typed_config', '- {name: envoy.filters.network.echo, typed_config: {}}'],
  ['type URL without host', '- {name: x, typed_config: {"@type": envoy.extensions.filters.network.echo.v3.Echo}}'],
  [
    'type URL with another host',
    '- {name: x, typed_config: {"@type": example.com/envoy.extensions.filters.network.echo.v3.Echo}}',
  ],
  ['unknown field inside Any', `- {name: x, typed_config: {"@type": ${types}.filters.network.echo.v3.Echo, foo: 1}}`],
  [
    'v2 type',
    '- {name: x, typed_config: {"@type": type.googleapis.com/envoy.config.filter.network.tcp_proxy.v2.TcpProxy, stat_prefix: x, cluster: a}}',
  ],
  [
    'udpa TypedStruct',
    '- {name: x, typed_config: {"@type": type.googleapis.com/udpa.type.v1.TypedStruct, type_url: type.googleapis.com/envoy.extensions.filters.network.echo.v3.Echo, value: {}}}',
  ],
  [
    'xds TypedStruct',
    '- {name: x, typed_config: {"@type": type.googleapis.com/xds.type.v3.TypedStruct, type_url: type.googleapis.com/envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy, value: {stat_prefix: x, cluster: a}}}',
  ],
  [
    'TypedStruct unknown field',
    '- {name: x, typed_config: {"@type": type.googleapis.com/xds.type.v3.TypedStruct, type_url: type.googleapis.com/envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy, value: {stat_prefix: x, cluster: a, foo: 1}}}',
  ],
  [
    'TypedStruct unknown type',
    '- {name: x, typed_config: {"@type": type.googleapis.com/xds.type.v3.TypedStruct, type_url: type.googleapis.com/nope.Nope, value: {}}}',
  ],
  [
    'TypedStruct without type',
    '- {name: x, typed_config: {"@type": type.googleapis.com/xds.type.v3.TypedStruct, value: {}}}',
  ],
  [
    'Struct, known name',
    '- {name: envoy.filters.network.echo, typed_config: {"@type": type.googleapis.com/google.protobuf.Struct, value: {}}}',
  ],
  [
    'Empty, known name',
    '- {name: envoy.filters.network.echo, typed_config: {"@type": type.googleapis.com/google.protobuf.Empty}}',
  ],
  ['an http filter as network filter', `- {name: x, typed_config: {"@type": ${types}.filters.http.router.v3.Router}}`],
  ['terminal not last', `- ${echo}\n- ${echo}`],
  ['non-terminal last', `- {name: x, typed_config: {"@type": ${types}.filters.network.sni_cluster.v3.SniCluster}}`],
  [
    'direct_response',
    `- {name: x, typed_config: {"@type": ${types}.filters.network.direct_response.v3.Config, response: {inline_string: hi}}}`,
  ],
  ['direct_response empty', `- {name: x, typed_config: {"@type": ${types}.filters.network.direct_response.v3.Config}}`],
  [
    'direct_response missing file',
    `- {name: x, typed_config: {"@type": ${types}.filters.network.direct_response.v3.Config, response: {filename: /nonexistent}}}`,
  ],
  ['config (removed field)', '- {name: envoy.filters.network.echo, config: {}}'],
];

const tcp: readonly Row[] = [
  ['cluster', 'cluster: a'],
  ['no cluster', 'idle_timeout: 1s'],
  ['no stat_prefix', 'stat_prefix: ""\ncluster: a'],
  ['unknown cluster', 'cluster: nope'],
  ['cluster and weighted', 'cluster: a\nweighted_clusters: {clusters: [{name: a, weight: 1}]}'],
  ['weighted', 'weighted_clusters: {clusters: [{name: a, weight: 1}, {name: a, weight: 2}]}'],
  ['weighted empty', 'weighted_clusters: {clusters: []}'],
  ['weighted weight 0', 'weighted_clusters: {clusters: [{name: a, weight: 0}]}'],
  ['weighted without weight', 'weighted_clusters: {clusters: [{name: a}]}'],
  ['tunnel', 'cluster: a\ntunneling_config: {hostname: "h:1"}'],
  ['tunnel without hostname', 'cluster: a\ntunneling_config: {}'],
  ['tunnel, bad format', 'cluster: a\ntunneling_config: {hostname: "%NOPE%"}'],
  ['tunnel by POST', 'cluster: a\ntunneling_config: {hostname: h, use_post: true, post_path: /a}'],
  ['tunnel by CONNECT with a path', 'cluster: a\ntunneling_config: {hostname: h, post_path: /a}'],
  [
    'tunnel, pseudo header',
    'cluster: a\ntunneling_config: {hostname: h, headers_to_add: [{header: {key: ":path", value: x}}]}',
  ],
  [
    'tunnel, headers',
    'cluster: a\ntunneling_config: {hostname: h, headers_to_add: [{header: {key: x, value: "%PROTOCOL%"}}]}',
  ],
  ['idle_timeout 0', 'cluster: a\nidle_timeout: 0s'],
  ['idle_timeout negative', 'cluster: a\nidle_timeout: -1s'],
  ['max_connect_attempts 0', 'cluster: a\nmax_connect_attempts: 0'],
  ['max_connect_attempts 3', 'cluster: a\nmax_connect_attempts: 3'],
  ['max_downstream_connection_duration under 1ms', 'cluster: a\nmax_downstream_connection_duration: 0.0001s'],
  ['hash_policy', 'cluster: a\nhash_policy: [{source_ip: {}}]'],
  ['hash_policy two', 'cluster: a\nhash_policy: [{source_ip: {}}, {source_ip: {}}]'],
  ['hash_policy empty', 'cluster: a\nhash_policy: [{}]'],
  ['access_log_flush_interval', 'cluster: a\naccess_log_options: {access_log_flush_interval: 1s}'],
  ['access_log_flush_interval under 1ms', 'cluster: a\naccess_log_options: {access_log_flush_interval: 0.0001s}'],
  ['tunneling_config without host', 'cluster: a\ntunneling_config: {}'],
  ['deprecated access_log', 'cluster: a\naccess_log: []'],
  ['unknown field', 'cluster: a\nfoo: 1'],
  ['idle timeouts of each side', 'cluster: a\ndownstream_idle_timeout: 1s\nupstream_idle_timeout: 1s'],
  ['metadata_match', 'cluster: a\nmetadata_match: {filter_metadata: {envoy.lb: {a: b}}}'],
];

export const verdictListener: VerdictTable = {
  kind: 'verdicts',
  name: 'verdict-listener',
  configs: [
    ...rows('listeners', listeners, lists),
    ...rows('listener', listenerWith, fields),
    ...rows('filter chain', listenerWith, chains),
    ...rows('network filter', filters, network),
    ...rows('tcp_proxy', tcpWith, tcp),
  ],
};
