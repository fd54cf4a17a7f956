/** A random connection manager, its clusters, and the bootstrap around them. */
import type { Dice } from '../../simulation/dice.ts';
import type { Json, JsonObject } from '../verdicts/tree.ts';
import {
  addedToResponses,
  headerMatcher,
  headerMutations,
  headerOption,
  maybe,
  some,
  substitution,
  types,
} from './pieces.ts';
import { routeConfig } from './routes.ts';

const operators = [
  'REQ(:METHOD)',
  'REQ(:PATH)',
  'REQ(X-ENVOY-ORIGINAL-PATH?:PATH)',
  'REQ(:AUTHORITY)',
  'REQ(:SCHEME)',
  'REQ(X-FORWARDED-FOR)',
  'REQ(X-FORWARDED-PROTO)',
  'PROTOCOL',
  'RESPONSE_CODE',
  'RESPONSE_CODE_DETAILS',
  'RESPONSE_FLAGS',
  'CONNECTION_TERMINATION_DETAILS',
  'BYTES_RECEIVED',
  'BYTES_SENT',
  'REQUEST_HEADERS_BYTES',
  'RESPONSE_TRAILERS_BYTES',
  'UPSTREAM_WIRE_BYTES_SENT',
  'UPSTREAM_WIRE_BYTES_RECEIVED',
  'UPSTREAM_HEADER_BYTES_SENT',
  'UPSTREAM_HEADER_BYTES_RECEIVED',
  'DOWNSTREAM_WIRE_BYTES_RECEIVED',
  'DOWNSTREAM_HEADER_BYTES_RECEIVED',
  'UPSTREAM_HOST',
  'UPSTREAM_CLUSTER',
  'UPSTREAM_CLUSTER_RAW',
  'UPSTREAM_REQUEST_ATTEMPT_COUNT',
  'UPSTREAM_TRANSPORT_FAILURE_REASON',
  'UPSTREAM_PROTOCOL',
  'ROUTE_NAME',
  'VIRTUAL_CLUSTER_NAME',
  'DYNAMIC_METADATA(a)',
  'METADATA(ROUTE:mine)',
  'METADATA(VIRTUAL_HOST:mine:a)',
  'RESP(X-UP)',
  'RESP(LOCATION)',
  'TRAILER(X-T)',
  'REQ(X-ENVOY-ATTEMPT-COUNT)',
  'QUERY_PARAM(q)',
  'PATH(WQ)',
  'PATH(NQ:PATH)',
  'LOCAL_REPLY_BODY',
  'GRPC_STATUS',
  'UPSTREAM_HOSTS_ATTEMPTED',
  'ACCESS_LOG_TYPE',
  'DOWNSTREAM_DETECTED_CLOSE_TYPE',
  'UPSTREAM_DETECTED_CLOSE_TYPE',
  'RESPONSE_FLAGS_LONG',
  'STREAM_ID',
] as const;

/** One line a request with what every operator gives. */
function log(dice: Dice): JsonObject {
  const pick = operators.filter((name) => name !== 'STREAM_ID' && dice.chance(0.5));
  const format: JsonObject = dice.chance(0.5)
    ? { text_format_source: { inline_string: `${pick.map((name) => `%${name}%`).join('|')}\n` } }
    : { json_format: Object.fromEntries(pick.map((name) => [name, `%${name}%`])) };
  return {
    name: 'file',
    ...maybe(dice, 0.2, () => ({ filter: logFilter(dice, 1) })),
    typed_config: {
      '@type': `${types}.access_loggers.file.v3.FileAccessLog`,
      path: '{{log.web}}',
      log_format: { ...format, ...maybe(dice, 0.3, () => ({ omit_empty_values: true })) },
    },
  };
}

function logFilter(dice: Dice, depth: number): JsonObject {
  const code = (value: number): JsonObject => ({
    comparison: { op: dice.pick(['EQ', 'GE', 'LE', 'NE']), value: { default_value: value, runtime_key: 'rt.none' } },
  });
  return dice.pick<() => JsonObject>([
    () => ({ status_code_filter: code(dice.pick([200, 400, 500, 404])) }),
    () => ({ header_filter: { header: headerMatcher(dice) } }),
    () => ({ response_flag_filter: dice.chance(0.5) ? {} : { flags: ['NR', 'UF', 'DC', 'URX'] } }),
    () => ({ not_health_check_filter: {} }),
    () => ({ runtime_filter: { runtime_key: 'rt.none', percent_sampled: { numerator: dice.pick([0, 100]) } } }),
    () => ({ grpc_status_filter: { statuses: ['OK', 'UNAVAILABLE'] } }),
    () => ({
      metadata_filter: {
        matcher: { filter: 'a', path: [{ key: 'b' }], value: { string_match: { exact: 'c' } } },
        match_if_key_not_found: dice.chance(0.5),
      },
    }),
    () => ({ log_type_filter: { types: ['DownstreamEnd'] } }),
    () =>
      depth === 0
        ? { response_flag_filter: {} }
        : {
            [dice.pick(['or_filter', 'and_filter'])]: {
              filters: [logFilter(dice, depth - 1), logFilter(dice, depth - 1)],
            },
          },
  ])();
}

function localReplies(dice: Dice): JsonObject {
  return {
    mappers: some(dice, 3, () => ({
      filter: logFilter(dice, 1),
      ...maybe(dice, 0.4, () => ({ status_code: dice.pick([418, 200, 599]) })),
      ...maybe(dice, 0.3, () => ({ headers_to_add: some(dice, 2, () => headerOption(dice, addedToResponses)) })),
      ...maybe(dice, 0.3, () => ({ body: { inline_string: dice.pick(['mapped', '']) } })),
      ...maybe(dice, 0.3, () => ({ body_format_override: substitution(dice) })),
    })),
    ...maybe(dice, 0.5, () => ({
      body_format: { ...substitution(dice), ...maybe(dice, 0.3, () => ({ content_type: 'text/x-own' })) },
    })),
  };
}

const upstreamCodec: JsonObject = {
  name: 'codec',
  typed_config: { '@type': `${types}.filters.http.upstream_codec.v3.UpstreamCodec` },
};

/** Filters that may stand on either side of the router. */
function dualFilters(dice: Dice): Json[] {
  const filters: Json[] = [];
  const disabled = () => maybe(dice, 0.15, () => ({ disabled: true }));
  if (dice.chance(0.35))
    filters.push({
      name: 'buf',
      ...disabled(),
      typed_config: { '@type': `${types}.filters.http.buffer.v3.Buffer`, max_request_bytes: dice.pick([6, 1000]) },
    });
  if (dice.chance(0.4))
    filters.push({
      name: 'hm',
      ...disabled(),
      typed_config: {
        '@type': `${types}.filters.http.header_mutation.v3.HeaderMutation`,
        mutations: headerMutations(dice),
        ...maybe(dice, 0.3, () => ({ most_specific_header_mutations_wins: true })),
      },
    });
  return filters;
}

function httpFilters(dice: Dice): Json[] {
  const filters = dualFilters(dice);
  if (dice.chance(0.2)) {
    filters.push({
      name: 'hc',
      typed_config: {
        '@type': `${types}.filters.http.health_check.v3.HealthCheck`,
        pass_through_mode: dice.chance(0.5),
        headers: [{ name: ':path', string_match: { exact: '/healthz' } }],
        ...maybe(dice, 0.3, () => ({ cluster_min_healthy_percentages: { u0: { value: dice.pick([10, 100]) } } })),
      },
    });
  }
  if (filters.length > 1 && dice.chance(0.5)) filters.reverse();
  filters.push({
    name: 'router',
    typed_config: {
      '@type': `${types}.filters.http.router.v3.Router`,
      ...maybe(dice, 0.15, () => ({ suppress_envoy_headers: true })),
      ...maybe(dice, 0.15, () => ({ respect_expected_rq_timeout: true })),
      ...maybe(dice, 0.1, () => ({ dynamic_stats: false })),
      ...maybe(dice, 0.1, () => ({
        strict_check_headers: ['x-envoy-max-retries', 'x-envoy-upstream-rq-timeout-ms', 'x-envoy-retry-on'],
      })),
      ...maybe(dice, 0.1, () => ({ suppress_grpc_request_failure_code_stats: true })),
      ...maybe(dice, 0.3, () => ({ upstream_http_filters: [...dualFilters(dice), upstreamCodec] })),
    },
  });
  return filters;
}

function codec(dice: Dice): JsonObject {
  return {
    ...maybe(dice, 0.3, () => ({
      accept_http_10: true,
      ...maybe(dice, 0.5, () => ({ default_host_for_http_10: 'old.test' })),
    })),
    ...maybe(dice, 0.3, () => ({ enable_trailers: true })),
    ...maybe(dice, 0.15, () => ({
      header_key_format: dice.chance(0.5)
        ? { proper_case_words: {} }
        : {
            stateful_formatter: {
              name: 'p',
              typed_config: {
                '@type': `${types}.http.header_formatters.preserve_case.v3.PreserveCaseFormatterConfig`,
                ...maybe(dice, 0.3, () => ({ forward_reason_phrase: true })),
              },
            },
          },
    })),
    ...maybe(dice, 0.1, () => ({ allow_absolute_url: false })),
    ...maybe(dice, 0.1, () => ({ override_stream_error_on_invalid_http_message: true })),
    ...maybe(dice, 0.1, () => ({ allow_chunked_length: true })),
    ...maybe(dice, 0.1, () => ({ send_fully_qualified_url: true })),
  };
}

function options(dice: Dice): JsonObject {
  return {
    ...maybe(dice, 0.4, () => ({ use_remote_address: dice.chance(0.8) })),
    ...maybe(dice, 0.2, () => ({ xff_num_trusted_hops: dice.between(0, 2) })),
    ...maybe(dice, 0.1, () => ({ skip_xff_append: true })),
    ...maybe(dice, 0.2, () => ({ via: '1.1 fuzz' })),
    ...maybe(dice, 0.2, () => ({ server_name: 'mine' })),
    ...maybe(dice, 0.2, () => ({
      server_header_transformation: dice.pick(['OVERWRITE', 'APPEND_IF_ABSENT', 'PASS_THROUGH']),
    })),
    ...maybe(dice, 0.2, () => ({ normalize_path: dice.chance(0.7) })),
    ...maybe(dice, 0.2, () => ({ merge_slashes: true })),
    ...maybe(dice, 0.15, () => ({
      path_with_escaped_slashes_action: dice.pick([
        'KEEP_UNCHANGED',
        'REJECT_REQUEST',
        'UNESCAPE_AND_REDIRECT',
        'UNESCAPE_AND_FORWARD',
      ]),
    })),
    ...maybe(dice, 0.15, () => (dice.chance(0.5) ? { strip_matching_host_port: true } : { strip_any_host_port: true })),
    ...maybe(dice, 0.1, () => ({ strip_trailing_host_dot: true })),
    ...maybe(dice, 0.15, () => ({ generate_request_id: false })),
    ...maybe(dice, 0.15, () => ({ preserve_external_request_id: true })),
    ...maybe(dice, 0.15, () => ({ always_set_request_id_in_response: true })),
    ...maybe(dice, 0.1, () => ({ add_user_agent: true })),
    ...maybe(dice, 0.1, () => ({ append_x_forwarded_port: true })),
    ...maybe(dice, 0.1, () => ({ scheme_header_transformation: { scheme_to_overwrite: 'https' } })),
    ...maybe(dice, 0.2, () => ({ upgrade_configs: [{ upgrade_type: 'websocket' }] })),
    ...maybe(dice, 0.1, () => ({ proxy_100_continue: true })),
    ...maybe(dice, 0.1, () => ({ max_request_headers_kb: 1 })),
    ...maybe(dice, 0.1, () => ({ stream_error_on_invalid_http_message: true })),
    ...maybe(dice, 0.3, () => ({ local_reply_config: localReplies(dice) })),
    ...maybe(dice, 0.3, () => ({
      common_http_protocol_options: {
        ...maybe(dice, 0.4, () => ({ headers_with_underscores_action: dice.pick(['REJECT_REQUEST', 'DROP_HEADER']) })),
        ...maybe(dice, 0.3, () => ({ max_headers_count: 12 })),
        ...maybe(dice, 0.2, () => ({ max_requests_per_connection: 3 })),
      },
    })),
    ...maybe(dice, 0.1, () => ({ proxy_status_config: {} })),
  };
}

function hcm(dice: Dice): JsonObject {
  return {
    '@type': `${types}.filters.network.http_connection_manager.v3.HttpConnectionManager`,
    stat_prefix: 'in',
    delayed_close_timeout: '0.02s',
    codec_type: dice.pick(['AUTO', 'HTTP1']),
    route_config: routeConfig(dice),
    http_filters: httpFilters(dice),
    access_log: [log(dice)],
    ...maybe(dice, 0.5, () => ({ http_protocol_options: codec(dice) })),
    ...options(dice),
  };
}

function cluster(name: string, port: string, extra: JsonObject = {}): JsonObject {
  const address = { socket_address: { address: '127.0.0.1', port_value: port } };
  return {
    name,
    connect_timeout: '1s',
    load_assignment: {
      cluster_name: name,
      endpoints: [{ lb_endpoints: [{ endpoint: { address, hostname: `${name}.host` } }] }],
    },
    ...extra,
  };
}

function protocolOptions(dice: Dice): JsonObject {
  const http = {
    ...maybe(dice, 0.3, () => ({ enable_trailers: true })),
    ...maybe(dice, 0.3, () => ({ header_key_format: { proper_case_words: {} } })),
    ...maybe(dice, 0.2, () => ({ allow_chunked_length: true })),
    ...maybe(dice, 0.2, () => ({ send_fully_qualified_url: true })),
  };
  return {
    typed_extension_protocol_options: {
      'envoy.extensions.upstreams.http.v3.HttpProtocolOptions': {
        '@type': `${types}.upstreams.http.v3.HttpProtocolOptions`,
        explicit_http_config: { http_protocol_options: http },
        common_http_protocol_options: {
          ...maybe(dice, 0.3, () => ({ max_requests_per_connection: 1 })),
          ...maybe(dice, 0.3, () => ({ max_headers_count: 5 })),
        },
      },
    },
    ...maybe(dice, 0.2, () => ({ alt_stat_name: 'alt' })),
    ...maybe(dice, 0.2, () => ({
      circuit_breakers: { thresholds: [{ max_retries: dice.between(0, 1), track_remaining: true }] },
    })),
  };
}

/** Top-level members of a bootstrap, one a line. */
export function bootstrap(dice: Dice): string {
  const listener: JsonObject = {
    name: 'web',
    address: { socket_address: { address: '127.0.0.1', port_value: '{{web}}' } },
    filter_chains: [
      { filters: [{ name: 'hcm', typed_config: hcm(dice) }], ...maybe(dice, 0.3, () => ({ name: 'fc' })) },
    ],
    ...maybe(dice, 0.2, () => ({ stat_prefix: 'lis' })),
  };
  const clusters = [
    cluster('u0', '{{u0}}'),
    cluster(
      'u1',
      '{{u1}}',
      maybe(dice, 0.3, () => ({ metadata: { filter_metadata: { mine: { a: 'cluster' } } } })),
    ),
    cluster('mirror', '{{mirror}}'),
    cluster('opts', '{{u0}}', protocolOptions(dice)),
    cluster('dead', '1'),
  ];
  const runtime = {
    layers: [
      { name: 's', static_layer: { rt: { on: 100, off: 0 } } },
      { name: 'a', admin_layer: {} },
    ],
  };
  return `layered_runtime: ${JSON.stringify(runtime)}\nstatic_resources: ${JSON.stringify({ listeners: [listener], clusters })}\n`;
}
