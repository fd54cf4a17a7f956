/** What the connection manager does to requests and responses by its options: addresses, ids, paths, headers, local replies. */
import type { Case, Suite } from '../case.ts';
import { bootstrap, cluster, hcm, listener, to } from '../config.ts';
import { get, gets, ok, post, request } from '../requests.ts';

const format =
  '%REQ(:PATH)% %RESPONSE_CODE% %RESPONSE_FLAGS% %RESPONSE_CODE_DETAILS% %DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT%';

/** Listeners by name with the connection manager's further lines. */
const variants: Readonly<Record<string, string>> = {
  plain: '',
  remote: 'use_remote_address: true',
  hops: 'use_remote_address: true\nxff_num_trusted_hops: 1',
  hops2: 'xff_num_trusted_hops: 1',
  skip: 'use_remote_address: true\nskip_xff_append: true',
  internal:
    'use_remote_address: true\ninternal_address_config: {cidr_ranges: [{address_prefix: 127.0.0.0, prefix_len: 8}]}',
  via: 'via: "1.1 me"\nserver_name: mine',
  append: 'server_header_transformation: APPEND_IF_ABSENT\nserver_name: mine',
  pass: 'server_header_transformation: PASS_THROUGH',
  noid: 'generate_request_id: false',
  idback: 'preserve_external_request_id: true\nalways_set_request_id_in_response: true',
  normal: 'normalize_path: true\nmerge_slashes: true',
  dots: 'normalize_path: true',
  slashkeep: 'normalize_path: true\npath_with_escaped_slashes_action: KEEP_UNCHANGED',
  slashreject: 'normalize_path: true\npath_with_escaped_slashes_action: REJECT_REQUEST',
  slashunescape: 'normalize_path: true\npath_with_escaped_slashes_action: UNESCAPE_AND_FORWARD',
  slashredirect: 'normalize_path: true\npath_with_escaped_slashes_action: UNESCAPE_AND_REDIRECT',
  underreject: 'common_http_protocol_options: {headers_with_underscores_action: REJECT_REQUEST}',
  underdrop: 'common_http_protocol_options: {headers_with_underscores_action: DROP_HEADER}',
  stripport: 'strip_matching_host_port: true',
  stripany: 'strip_any_host_port: true',
  stripdot: 'strip_trailing_host_dot: true',
  agent: 'add_user_agent: true',
  scheme: 'scheme_header_transformation: {scheme_to_overwrite: https}',
  port: 'append_x_forwarded_port: true\nuse_remote_address: true',
  proper: 'http_protocol_options: {header_key_format: {proper_case_words: {}}}',
  preserve:
    'http_protocol_options: {header_key_format: {stateful_formatter: {name: preserve_case, typed_config: {"@type": type.googleapis.com/envoy.extensions.http.header_formatters.preserve_case.v3.PreserveCaseFormatterConfig}}}}',
  local: `local_reply_config:
  mappers:
  - filter: {status_code_filter: {comparison: {op: EQ, value: {default_value: 404, runtime_key: x}}}}
    status_code: 418
    headers_to_add: [{header: {key: x-local, value: "%RESPONSE_CODE%"}}]
    body: {inline_string: "not here"}
  - filter: {status_code_filter: {comparison: {op: EQ, value: {default_value: 503, runtime_key: x}}}}
    body_format_override: {json_format: {code: "%RESPONSE_CODE%", body: "%LOCAL_REPLY_BODY%", path: "%REQ(:PATH)%"}}
  body_format: {text_format_source: {inline_string: "[%LOCAL_REPLY_BODY%] %RESPONSE_CODE% %RESPONSE_FLAGS%\\n"}, content_type: "text/x-own"}`,
  timeouts: 'request_timeout: 0.1s',
  headerstime: 'request_headers_timeout: 0.1s',
  idle: 'common_http_protocol_options: {idle_timeout: 0.1s}',
  streamidle: 'stream_idle_timeout: 0.1s',
  maxduration: 'common_http_protocol_options: {max_connection_duration: 0.1s}\ndrain_timeout: 0.1s',
  maxrequests: 'common_http_protocol_options: {max_requests_per_connection: 2}',
  maxstream: 'common_http_protocol_options: {max_stream_duration: 0.1s}',
  grpcstream: 'common_http_protocol_options: {max_stream_duration: 11s}',
  websocket: 'upgrade_configs: [{upgrade_type: websocket}]',
  connect: 'upgrade_configs: [{upgrade_type: CONNECT}]',
  continue100: 'proxy_100_continue: true',
  absolute: 'http_protocol_options: {allow_absolute_url: false}',
  overwrite: 'forward_client_cert_details: SANITIZE',
};

/** What routes say of a stream's duration, by path. */
const durations = {
  zero: 'max_stream_duration: 0s',
  empty: '',
  less: 'max_stream_duration: 5s',
  most: 'grpc_timeout_header_max: 3s',
};
const durationRoutes = Object.entries(durations).map(
  ([name, duration]) => `- match: {prefix: /duration/${name}}
  route: {cluster: u0, max_stream_duration: {${duration}}}
`,
);

const routes = `${to('u0', '/up')}${to('dead', '/dead')}${durationRoutes.join('')}- match: {connect_matcher: {}}
  route: {cluster: u0, upgrade_configs: [{upgrade_type: CONNECT, connect_config: {}}]}
- match: {prefix: /none-here, headers: [{name: x-never, present_match: true}]}
  route: {cluster: u0}
`;

const config = bootstrap(
  Object.entries(variants).map(([name, extra]) =>
    listener(name, hcm({ routes, extra, statPrefix: name, log: { name, format } })),
  ),
  [cluster('u0'), cluster('dead', ['1'])],
);

function asks(name: string, listenerName: string, lists: readonly (readonly string[])[], path = '/up'): Case {
  return { name, steps: lists.map((lines) => get(listenerName, path, lines, { logs: [listenerName] })) };
}

const forwarded: readonly (readonly string[])[] = [
  [],
  ['x-forwarded-for: 1.2.3.4'],
  ['x-forwarded-for: 1.2.3.4, 10.0.0.1'],
  ['x-forwarded-for: 10.0.0.1'],
  ['x-forwarded-for: junk'],
  ['x-forwarded-for: 1.1.1.1', 'x-forwarded-for: 2.2.2.2'],
  ['x-forwarded-for: 1.2.3.4', 'x-forwarded-proto: https', 'x-forwarded-host: h', 'x-forwarded-port: 99'],
  [
    'x-envoy-internal: true',
    'x-envoy-external-address: 9.9.9.9',
    'x-envoy-retry-on: 5xx',
    'x-envoy-max-retries: 9',
    'x-envoy-foo: 1',
  ],
  [
    'x-envoy-downstream-service-cluster: a',
    'x-envoy-downstream-service-node: b',
    'x-envoy-expected-rq-timeout-ms: 5',
    'x-envoy-original-path: /z',
    'x-envoy-decorator-operation: op',
    'x-envoy-ip-tags: t',
    'x-envoy-force-trace: 1',
  ],
  ['x-request-id: mine', 'x-client-trace-id: t'],
  ['x-forwarded-client-cert: By=x'],
  ['x-forwarded-proto: junk'],
];

const pathsToNormalise = [
  '/up/../up/a',
  '/up/./b',
  '/up//c',
  '/up/%2e%2e/up',
  '/up/a%2fb',
  '/up/a%2Fb',
  '/up/a%5cb',
  '/up/a\\b',
  '/up/%41',
  '/up/%7e',
  '/up/%zz',
  '/up/a/..',
  '/up/..;/x',
  '/../up',
  '/up/a?x=/../y',
  '/up/%00',
  '/up/a%2f%2fb',
  '/up/..%2fup',
  '//up',
  '/up/.',
  '/up/a/b/../../c',
];

const answered = { logs: [] } as const;

function upgrade(kind: string): string {
  return request('GET /up HTTP/1.1', ['connection: Upgrade', `upgrade: ${kind}`, 'sec-websocket-key: x']);
}

const switching = 'HTTP/1.1 101 Switching Protocols\r\nconnection: Upgrade\r\nupgrade: websocket\r\nx-a: b\r\n\r\n';

const upgrades: readonly Case[] = [
  {
    name: 'websocket',
    steps: [
      { to: 'websocket', conn: 'c', send: upgrade('websocket'), reply: switching },
      { to: 'websocket', conn: 'c', send: 'hello', raw: 0, reply: {} },
      { to: 'websocket', conn: 'c', send: 'more', raw: 13, push: { upstream: 'u0', reply: { send: 'from upstream' } } },
      { to: 'websocket', conn: 'c', raw: 'close', push: { upstream: 'u0', reply: { send: 'bye', after: 'end' } } },
    ],
  },
  { name: 'websocket other case', steps: [{ to: 'websocket', send: upgrade('WebSocket'), reply: switching }] },
  { name: 'websocket refused by upstream', steps: [{ to: 'websocket', send: upgrade('websocket'), reply: ok('no') }] },
  {
    name: 'websocket refused with 403',
    steps: [
      { to: 'websocket', send: upgrade('websocket'), reply: 'HTTP/1.1 403 Forbidden\r\ncontent-length: 2\r\n\r\nno' },
    ],
  },
  ...['gzip', 'gzip, trailers'].map((te) => ({
    name: `websocket with te: ${te}`,
    steps: [
      {
        to: 'websocket',
        send: request('GET /up HTTP/1.1', ['connection: Upgrade', 'upgrade: websocket', `te: ${te}`]),
        reply: switching,
      },
    ],
  })),
  { name: 'other upgrade', steps: [{ to: 'websocket', send: upgrade('foo') }] },
  {
    name: 'websocket to a dead upstream',
    steps: [{ to: 'websocket', send: upgrade('websocket').replace('/up', '/dead') }],
  },
  {
    name: 'websocket with a body',
    steps: [
      {
        to: 'websocket',
        send: request('GET /up HTTP/1.1', ['connection: upgrade', 'upgrade: websocket', 'content-length: 3'], 'abc'),
        reply: switching,
      },
    ],
  },
  {
    name: 'CONNECT terminated',
    steps: [
      { to: 'connect', conn: 'c', send: request('CONNECT a.test:443 HTTP/1.1', ['host: a.test:443']) },
      { to: 'connect', conn: 'c', send: 'ping', raw: 0, cuts: true },
    ],
  },
  {
    name: 'CONNECT not enabled',
    steps: [{ to: 'plain', send: request('CONNECT a.test:443 HTTP/1.1', ['host: a.test:443']) }],
  },
];

const expect: readonly Case[] = [
  {
    name: 'expect 100-continue',
    steps: [{ to: 'plain', send: request('POST /up HTTP/1.1', ['expect: 100-continue', 'content-length: 3'], 'abc') }],
  },
  {
    name: 'expect 100-continue upper case',
    steps: [{ to: 'plain', send: request('POST /up HTTP/1.1', ['Expect: 100-Continue', 'content-length: 3'], 'abc') }],
  },
  {
    name: 'expect 100-continue on a local reply',
    steps: [{ to: 'plain', send: request('POST /nope HTTP/1.1', ['expect: 100-continue', 'content-length: 3']) }],
  },
  {
    name: 'expect 100-continue passed on',
    steps: [
      {
        to: 'continue100',
        send: request('POST /up HTTP/1.1', ['expect: 100-continue', 'content-length: 3'], 'abc'),
        reply: { send: `HTTP/1.1 100 Continue\r\nx-c: 1\r\n\r\n${ok()}`, on: 'head' },
      },
      get('continue100', '/up', [], { reply: { send: `HTTP/1.1 102 Processing\r\n\r\n${ok()}` } }),
      get('continue100', '/up', [], { reply: { send: `HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n${ok()}` } }),
    ],
  },
];

const pipelines: readonly Case[] = [
  {
    name: 'three pipelined',
    steps: [
      {
        to: 'plain',
        send: request('GET /up/1 HTTP/1.1') + request('GET /nope HTTP/1.1') + request('GET /up/3 HTTP/1.1'),
        responses: 3,
      },
    ],
  },
  {
    name: 'pipelined posts',
    steps: [
      {
        to: 'plain',
        send:
          request('POST /up/1 HTTP/1.1', ['content-length: 3'], 'abc') +
          request('POST /up/2 HTTP/1.1', ['transfer-encoding: chunked'], '2\r\nde\r\n0\r\n\r\n'),
        responses: 2,
      },
    ],
  },
  {
    name: 'pipelined after close',
    steps: [
      {
        to: 'plain',
        send: request('GET /up/1 HTTP/1.1', ['connection: close']) + request('GET /up/2 HTTP/1.1'),
        responses: 'close',
      },
    ],
  },
  {
    name: 'pipelined with a bad second',
    steps: [{ to: 'plain', send: `${request('GET /up/1 HTTP/1.1')}BAD\r\n\r\n`, responses: 'close' }],
  },
  {
    name: 'pipelined byte by byte',
    steps: [
      {
        to: 'plain',
        bytewise: true,
        send: request('GET /up/1 HTTP/1.1') + request('GET /up/2 HTTP/1.1'),
        responses: 2,
      },
    ],
  },
  {
    name: 'keep-alive',
    steps: [
      get('plain', '/up/1', [], { conn: 'c' }),
      get('plain', '/up/2', [], { conn: 'c' }),
      get('plain', '/dead', [], { conn: 'c' }),
      post('plain', '/nope', 'abc', [], { conn: 'c' }),
    ],
  },
  {
    name: 'max requests',
    steps: [get('maxrequests', '/up/1', [], { conn: 'c' }), get('maxrequests', '/up/2', [], { conn: 'c' })],
  },
];

const timing: readonly Case[] = [
  {
    name: 'request timeout',
    steps: [{ to: 'timeouts', send: request('POST /up HTTP/1.1', ['content-length: 3'], 'a'), logs: ['timeouts'] }],
  },
  {
    name: 'request headers timeout',
    steps: ['GET /up HTTP/1.1\r\nhost: a', '\r\n', '\r'].map((send) => ({
      to: 'headerstime',
      send,
      logs: ['headerstime'],
    })),
  },
  { name: 'connection idle', steps: [{ to: 'idle', responses: 'close' }] },
  { name: 'connection idle after a request', steps: [get('idle', '/up', [], { responses: 'close' })] },
  {
    name: 'stream idle, request not ended',
    steps: [{ to: 'streamidle', send: request('POST /up HTTP/1.1', ['content-length: 3'], 'a'), logs: ['streamidle'] }],
  },
  {
    name: 'stream idle, response not come',
    steps: [get('streamidle', '/up', [], { reply: { on: 'never' }, logs: ['streamidle'] })],
  },
  {
    name: 'max stream duration',
    steps: [get('maxstream', '/up', [], { reply: { on: 'never' }, logs: ['maxstream'] })],
  },
  {
    name: 'max stream duration and grpc-timeout',
    steps: ['grpcstream', 'plain'].flatMap((listener) =>
      Object.keys(durations).flatMap((name) => [
        get(listener, `/duration/${name}`, ['content-type: application/grpc', 'grpc-timeout: 20S']),
        get(listener, `/duration/${name}`, ['content-type: application/grpc']),
      ]),
    ),
  },
  { name: 'max connection duration', steps: [{ to: 'maxduration', responses: 'close' }] },
];

export const connectionManager: Suite = {
  kind: 'traffic',
  name: 'connection-manager',
  config,
  upstreams: { u0: 'http' },
  cases: [
    asks('forwarded headers, plain', 'plain', forwarded),
    asks('forwarded headers, remote address', 'remote', forwarded),
    asks('forwarded headers, one trusted hop', 'hops', forwarded.slice(0, 6)),
    asks('forwarded headers, one trusted hop, not the edge', 'hops2', forwarded.slice(0, 6)),
    asks('forwarded headers, not appended', 'skip', forwarded.slice(0, 3)),
    asks('forwarded headers, loopback is internal', 'internal', forwarded),
    asks('forwarded port', 'port', [[], ['x-forwarded-port: 5']]),
    {
      name: 'via and server',
      steps: [
        get('via', '/up', ['via: 1.0 x'], { reply: ok('a', ['via: 1.0 y', 'server: up']) }),
        get('via', '/nope'),
        get('append', '/up', [], { reply: ok('a', ['server: up']) }),
        get('append', '/up'),
        get('append', '/nope'),
        get('pass', '/up', [], { reply: ok('a', ['server: up']) }),
        get('pass', '/up'),
        get('pass', '/nope'),
      ],
    },
    asks('no request id', 'noid', [[], ['x-request-id: mine']]),
    asks('request id kept and sent back', 'idback', [[], ['x-request-id: mine']]),
    asks('user agent', 'agent', [[], ['user-agent: a']]),
    asks('scheme', 'scheme', [[], ['x-forwarded-proto: http']]),
    asks('underscores rejected', 'underreject', [['a_b: 1'], ['a-b: 1']]),
    asks('underscores dropped', 'underdrop', [['a_b: 1', 'a-b: 2']]),
    asks('matching port stripped', 'stripport', [['host: a:80'], ['host: a'], ['host: [::1]:80']]),
    asks('any port stripped', 'stripany', [['host: a:80'], ['host: a:x'], ['host: [::1]:99'], ['host: a:']]),
    asks('trailing dot stripped', 'stripdot', [['host: a.'], ['host: a.:80'], ['host: .']]),
    ...['plain', 'dots', 'normal', 'slashkeep', 'slashreject', 'slashunescape', 'slashredirect'].map((name) =>
      gets(`paths on ${name}`, name, pathsToNormalise, [], { logs: [name] }),
    ),
    {
      name: 'header case',
      steps: [
        get('proper', '/up', ['X-FOO-bar: 1', 'etag: x'], { reply: ok('a', ['X-UP-x: 1']) }),
        get('proper', '/nope'),
        get('preserve', '/up', ['X-FOO-bar: 1'], { reply: ok('a', ['X-UP-x: 1']) }),
        get('preserve', '/nope'),
      ],
    },
    asks('absolute targets off', 'absolute', [[]], 'http://other.test/up'),
    asks('client certificate header', 'overwrite', [['x-forwarded-client-cert: By=x']]),
    gets('local replies mapped', 'local', ['/nope', '/dead'], [], { logs: ['local'] }),
    { name: 'local replies mapped, bad request', steps: [{ to: 'local', send: 'BAD\r\n\r\n', logs: ['local'] }] },
    {
      name: 'upstream 404 is not mapped',
      steps: [get('local', '/up', [], { reply: 'HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n' })],
    },
    ...upgrades,
    ...expect,
    ...pipelines,
    ...timing,
    {
      name: 'HEAD',
      steps: [
        { to: 'plain', send: request('HEAD /up HTTP/1.1'), ...answered },
        { to: 'plain', send: request('HEAD /nope HTTP/1.1') },
        { to: 'plain', send: request('HEAD /dead HTTP/1.1') },
      ],
    },
  ],
};
