/** Access logs over HTTP: every command operator with a meaning here, text and JSON, filters. */
import type { Reply } from '../../harness/scripted-upstream.ts';
import type { Case, Suite } from '../case.ts';
import { bootstrap, cluster, hcm, indent, listener, to } from '../config.ts';
import { get, post, response } from '../requests.ts';

const types = 'type.googleapis.com/envoy.extensions';

const operators = [
  'REQ(:METHOD)',
  'REQ(:PATH)',
  'REQ(:AUTHORITY)',
  'REQ(:SCHEME)',
  'REQ(X-A)',
  'REQ(x-missing)',
  'REQ(x-missing?x-a)',
  'REQ(x-a):3',
  'REQ(x-two)',
  'RESP(x-up)',
  'RESP(:STATUS)',
  'RESP(content-length)',
  'RESP(server)',
  'TRAILER(x-t)',
  'REQUEST_HEADER(x-a)',
  'RESPONSE_HEADER(x-up)',
  'PROTOCOL',
  'RESPONSE_CODE',
  'RESPONSE_CODE_DETAILS',
  'RESPONSE_FLAGS',
  'RESPONSE_FLAGS_LONG',
  'BYTES_RECEIVED',
  'BYTES_SENT',
  'REQUEST_HEADERS_BYTES',
  'RESPONSE_HEADERS_BYTES',
  'RESPONSE_TRAILERS_BYTES',
  'UPSTREAM_WIRE_BYTES_SENT',
  'UPSTREAM_WIRE_BYTES_RECEIVED',
  'UPSTREAM_HEADER_BYTES_SENT',
  'UPSTREAM_HEADER_BYTES_RECEIVED',
  'DOWNSTREAM_WIRE_BYTES_RECEIVED',
  'DOWNSTREAM_WIRE_BYTES_SENT',
  'DOWNSTREAM_HEADER_BYTES_RECEIVED',
  'DOWNSTREAM_HEADER_BYTES_SENT',
  'UPSTREAM_HOST',
  'UPSTREAM_CLUSTER',
  'UPSTREAM_CLUSTER_RAW',
  'UPSTREAM_REMOTE_ADDRESS',
  'UPSTREAM_REMOTE_ADDRESS_WITHOUT_PORT',
  'UPSTREAM_REMOTE_PORT',
  'UPSTREAM_LOCAL_ADDRESS_WITHOUT_PORT',
  'UPSTREAM_HOST_NAME',
  'UPSTREAM_TRANSPORT_FAILURE_REASON',
  'UPSTREAM_REQUEST_ATTEMPT_COUNT',
  'UPSTREAM_PROTOCOL',
  'UPSTREAM_TLS_VERSION',
  'DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT',
  'DOWNSTREAM_DIRECT_REMOTE_ADDRESS_WITHOUT_PORT',
  'DOWNSTREAM_LOCAL_ADDRESS',
  'DOWNSTREAM_LOCAL_ADDRESS_WITHOUT_PORT',
  'DOWNSTREAM_LOCAL_PORT',
  'DOWNSTREAM_TRANSPORT_FAILURE_REASON',
  'DOWNSTREAM_DETECTED_CLOSE_TYPE',
  'CONNECTION_TERMINATION_DETAILS',
  'REQUESTED_SERVER_NAME',
  'DOWNSTREAM_TLS_VERSION',
  'DOWNSTREAM_PEER_SUBJECT',
  'ROUTE_NAME',
  'ROUTE_RESOLUTION_COUNT',
  'VIRTUAL_CLUSTER_NAME',
  'FILTER_CHAIN_NAME',
  'ACCESS_LOG_TYPE',
  'GRPC_STATUS',
  'GRPC_STATUS_NUMBER',
  'DYNAMIC_METADATA(a:b)',
  'CLUSTER_METADATA(a:b)',
  'UPSTREAM_METADATA(a:b)',
  'METADATA(ROUTE:a:b)',
  'METADATA(LISTENER:a:b)',
  'FILTER_STATE(x)',
  'ENVIRONMENT(NOT_THERE)',
  'ENVIRONMENT(NOT_THERE):3',
  'QUERY_PARAM(q)',
  'QUERY_PARAMS(ORIG)',
  'QUERY_PARAMS(DECODED)',
  'PATH',
  'PATH(NQ)',
  'PATH(WQ:ORIG)',
  'PATH(NQ:PATH)',
  'TRACE_ID',
  'CUSTOM_FLAGS',
  'UPSTREAM_HOSTS_ATTEMPTED',
  'UPSTREAM_HOST_NAME_WITHOUT_PORT',
  'LOCAL_REPLY_BODY',
  'EMIT_TIME(%Y)',
  'START_TIME(%Z)',
  'CEL(request.method)',
  'CEL(response.code)',
];

/** Operators that give times or counts that vary: only whether they give something is compared. */
const varying = [
  'DURATION',
  'REQUEST_DURATION',
  'REQUEST_TX_DURATION',
  'RESPONSE_DURATION',
  'RESPONSE_TX_DURATION',
  'START_TIME',
  'START_TIME(%s)',
  'CONNECTION_ID',
  'UPSTREAM_CONNECTION_ID',
  'UPSTREAM_CONNECTION_POOL_READY_DURATION',
  'DOWNSTREAM_HANDSHAKE_DURATION',
  'ROUNDTRIP_DURATION',
  'COMMON_DURATION(DS_RX_BEG:DS_TX_END:us)',
  'UNIQUE_ID',
  'STREAM_ID',
];

function logger(name: string, format: string, filter = ''): string {
  return `- name: file
  ${filter === '' ? '' : `filter: ${filter}`}
  typed_config:
    "@type": ${types}.access_loggers.file.v3.FileAccessLog
    path: "{{log.${name}}}"
    ${format}
`.replace(/^\s*\n/gm, '');
}

const text = (format: string) => `log_format: {text_format_source: {inline_string: ${JSON.stringify(`${format}\n`)}}}`;

const json = `log_format:
      json_format:
        string: "%REQ(x-a)%"
        number: "%RESPONSE_CODE%"
        mixed: "code %RESPONSE_CODE%"
        missing: "%REQ(x-missing)%"
        bytes: "%BYTES_SENT%"
        flags: "%RESPONSE_FLAGS%"
        literal: plain
        nested: {b: "%PROTOCOL%", a: {deep: "%REQ(:PATH)%"}}
        list: ["%RESPONSE_CODE%", x, {y: "%REQ(x-missing)%"}]
        bool: true
        integer: 5
        float: 1.5
        nothing: null
        quoted: 'a"b\\c'
        utf8: "é%REQ(x-bin)%"
        metadata: "%DYNAMIC_METADATA(a)%"
        time: "%START_TIME(%Z)%"`;

const filters: Readonly<Record<string, string>> = {
  errors: '{status_code_filter: {comparison: {op: GE, value: {default_value: 400, runtime_key: rt}}}}',
  exact: '{status_code_filter: {comparison: {op: EQ, value: {default_value: 200, runtime_key: rt}}}}',
  below: '{status_code_filter: {comparison: {op: LE, value: {default_value: 399, runtime_key: rt}}}}',
  flagged: '{response_flag_filter: {flags: [NR]}}',
  anyflag: '{response_flag_filter: {}}',
  headered: '{header_filter: {header: {name: x-a, string_match: {exact: abcdef}}}}',
  both: '{and_filter: {filters: [{header_filter: {header: {name: x-a, present_match: true}}}, {status_code_filter: {comparison: {op: EQ, value: {default_value: 404, runtime_key: rt}}}}]}}',
  either:
    '{or_filter: {filters: [{response_flag_filter: {flags: [UF]}}, {status_code_filter: {comparison: {op: EQ, value: {default_value: 404, runtime_key: rt}}}}]}}',
  never: '{runtime_filter: {runtime_key: rt.never, percent_sampled: {numerator: 0}}}',
  always: '{runtime_filter: {runtime_key: rt.always, percent_sampled: {numerator: 100}}}',
  healthy: '{not_health_check_filter: {}}',
  slow: '{duration_filter: {comparison: {op: GE, value: {default_value: 100000, runtime_key: rt}}}}',
  cel: `{extension_filter: {name: c, typed_config: {"@type": ${types}.access_loggers.filters.cel.v3.ExpressionFilter, expression: "response.code == 404"}}}`,
  typed: '{log_type_filter: {types: [DownstreamEnd]}}',
};

const routes = `${to('u0', '/up')}${to('dead', '/dead')}- {match: {prefix: /direct}, direct_response: {status: 204}, name: a route, metadata: {filter_metadata: {a: {b: from route}}}}
`;

const operatorLogs = operators
  .map((operator, index) =>
    logger('ops', text(`${String(index).padStart(2, '0')} ${operator.replace(/%/g, '')}=[%${operator}%]`)),
  )
  .join('');
const varyingLog = logger(
  'varying',
  text(varying.map((operator) => `${operator.replace(/%/g, '')}=[%${operator}%]`).join(' ')),
);
const filterLogs = Object.entries(filters)
  .map(([name, filter]) => logger('filters', text(`${name}: %REQ(:PATH)%`), filter))
  .join('');

/** Without the header whose length is that of a time in milliseconds: byte counts stay the same. */
const quietRouter = `- name: router
  typed_config: {"@type": ${types}.filters.http.router.v3.Router, suppress_envoy_headers: true}
`;

const web = (name: string, logs: string, extra = '') =>
  listener(
    name,
    hcm({ routes, statPrefix: name, httpFilters: quietRouter, extra: `access_log:\n${indent(logs, 0)}\n${extra}` }),
  );

const config = bootstrap(
  [
    web('ops', operatorLogs),
    web('varying', varyingLog),
    web('filters', filterLogs),
    web('json', logger('json', json)),
    web(
      'sorted',
      logger(
        'sorted',
        'log_format: {json_format: {b: "%RESPONSE_CODE%", a: "%REQ(x-missing)%", c: "%PROTOCOL%"}, omit_empty_values: true}',
      ),
    ),
    web(
      'omit',
      logger(
        'omit',
        'log_format: {omit_empty_values: true, text_format_source: {inline_string: "[%REQ(x-missing)%] [%UPSTREAM_HOST%] [%RESPONSE_FLAGS%]\\n"}}',
      ),
    ),
    web('standard', logger('standard', '')),
    web('percent', logger('percent', text('100%% %% done %RESPONSE_CODE%%%'))),
    web('escapes', logger('escapes', text('[%REQ(x-bin)%] [%REQ(x-quote)%]'))),
    web(
      'start',
      logger('start', text('%ACCESS_LOG_TYPE% %RESPONSE_CODE% %BYTES_SENT%')),
      'access_log_options: {flush_access_log_on_new_request: true}',
    ),
  ],
  [cluster('u0'), cluster('dead', ['1'])],
);

const lines = ['x-a: abcdef', 'x-two: 1', 'x-two: 2', 'x-bin: \xc3\xa9\xff', 'x-quote: a"b\\c'];
const reply = response('HTTP/1.1 200 OK', ['x-up: yes', 'content-length: 5', 'grpc-status: 7'], 'hello');

/** A response without headers. */
const bare: readonly Reply[] = [{ send: 'HTTP/1.1 200 OK\r\n\r\n', after: 'end' }];

function asks(name: string): Case {
  return {
    name,
    steps: [
      get(name, '/up/a?q=v%20w&q=2', lines, { reply, logs: [name], blind: true, only: '^$' }),
      post(name, '/up/b', 'body!', lines, { reply, logs: [name], blind: true, only: '^$' }),
      get(name, '/dead', lines, { logs: [name], blind: true, only: '^$' }),
      get(name, '/direct', lines, { logs: [name], blind: true, only: '^$' }),
      get(name, '/none', [], { logs: [name], blind: true, only: '^$' }),
      { to: name, send: 'GET http://test/up HTTP/1.1\r\n\r\n', reply: bare, logs: [name], blind: true, only: '^$' },
      { to: name, send: 'BAD\r\n\r\n', logs: [name], blind: true, only: '^$' },
    ],
  };
}

export const accessLog: Suite = {
  kind: 'traffic',
  name: 'access-log',
  config,
  upstreams: { u0: 'http' },
  cases: [
    ...['ops', 'filters', 'json', 'sorted', 'omit', 'percent', 'escapes', 'start'].map(asks),
    {
      name: 'times',
      steps: [
        {
          ...get('varying', '/up', lines, { reply, logs: ['varying'], blind: true, only: '^$' }),
          normaliseLogs: ['numbers'],
        },
      ],
    },
    {
      name: 'standard format',
      steps: [
        {
          ...get('standard', '/up/a', ['user-agent: t', 'x-forwarded-for: 1.2.3.4', 'x-request-id: id'], {
            reply,
            logs: ['standard'],
            blind: true,
            only: '^$',
          }),
          normaliseLogs: ['numbers'],
        },
      ],
    },
  ],
};
