/** What the proxy answers by itself: bodies of direct responses by their kind, and refusals of requests with a known method. */
import type { Suite } from '../case.ts';
import { bootstrap, cluster, hcm, listener, router, to } from '../config.ts';
import { get, type Lines } from '../requests.ts';

const always = 'filter: {status_code_filter: {comparison: {op: GE, value: {default_value: 0, runtime_key: k}}}}';

const bodies: Readonly<Record<string, string>> = {
  text: 'body_format: {text_format_source: {inline_string: "b"}}',
  plain: 'body_format: {text_format_source: {inline_string: "b"}, content_type: text/plain}',
  typed: 'body_format: {text_format_source: {inline_string: "b"}, content_type: text/x}',
  json: 'body_format: {json_format: {a: b}}',
  empty: 'body_format: {text_format_source: {inline_string: "%REQ(nope)%"}, omit_empty_values: true}',
  body: 'body: {inline_string: hi}',
};
const header = (key: string, value: string) => `{header: {key: ${key}, value: "${value}"}}`;
const added = `[${header('set-cookie', 'a')}, ${header('x-type', '%RESP(content-type)%')}]`;
const ownType = `[${header('content-type', 'a/b')}, ${header('x-type', '%RESP(content-type)%')}]`;

function direct(path: string, status: number, body: string, headers: string): string {
  return `- match: {path: ${path}}
  direct_response: {status: ${status}, ${body}}
  response_headers_to_add: ${headers}
`;
}

const statuses = [200, 201, 304, 204, 301];
const pairs = statuses.flatMap((status) => Object.entries(bodies).map(([kind, body]) => ({ status, kind, body })));
const directRoutes = pairs.flatMap(({ status, kind, body }) => [
  direct(`/${status}/${kind}`, status, body, added),
  direct(`/${status}/${kind}/own`, status, body, ownType),
]);
const paths = pairs.flatMap(({ status, kind }) => [`/${status}/${kind}`, `/${status}/${kind}/own`]);

/** `body_format` or a mapper after the route's headers: its own type wins. */
const mapped = `local_reply_config: {mappers: [{${always}, headers_to_add: [${header('x-m', '%RESP(content-type)%')}], body_format_override: {text_format_source: {inline_string: "mm %LOCAL_REPLY_BODY%"}, content_type: m/m}}]}`;

export const directBodies: Suite = {
  kind: 'traffic',
  name: 'direct-bodies',
  config: bootstrap(
    [
      listener('own', hcm({ routes: directRoutes.join('') })),
      listener('mapped', hcm({ routes: directRoutes.join(''), extra: mapped })),
    ],
    [cluster('dead', ['1'])],
  ),
  cases: ['own', 'mapped'].map((name) => ({ name, steps: paths.map((path) => get(name, path)) })),
};

const png = 'inline_bytes: iVBORw0KGgoAAAAN/w==';
const marked = 'inline_bytes: 77u/4oKs';
const commanded = 'inline_bytes: /yAlUkVRKFgtQSklICVMT0NBTF9SRVBMWV9CT0RZJQ==';
const bytesMapped = `local_reply_config: {mappers: [{filter: {header_filter: {header: {name: x-map, present_match: true}}}, body: {${png}}}], body_format: {json_format: {body: "%LOCAL_REPLY_BODY%"}}}`;
const byteRoutes = `- {match: {path: /png}, direct_response: {status: 200, body: {${png}}}}
- {match: {path: /bom}, direct_response: {status: 200, body: {${marked}}}}
- {match: {path: /format}, direct_response: {status: 200, body: {${png}}, body_format: {text_format_source: {${commanded}}}}}
- {match: {path: /json}, direct_response: {status: 200, body: {${marked}}, body_format: {json_format: {b: "%LOCAL_REPLY_BODY%"}}}}
`;

/** Bodies that are no text: pictures, byte order marks, formats around them. */
export const byteBodies: Suite = {
  kind: 'traffic',
  name: 'byte-bodies',
  config: bootstrap(
    [
      listener('own', hcm({ routes: byteRoutes, log: { name: 'own', format: '%BYTES_SENT% %LOCAL_REPLY_BODY%' } })),
      listener('mapped', hcm({ routes: byteRoutes, extra: bytesMapped })),
    ],
    [cluster('dead', ['1'])],
  ),
  cases: ['own', 'mapped'].map((name) => ({
    name,
    steps: ['/png', '/bom', '/format', '/json'].flatMap((path) => [
      get(name, path, ['x-a: caf\u00e9'], name === 'own' ? { logs: ['own'] } : {}),
      get(name, path, ['x-map: 1']),
      get(name, path, ['content-type: application/grpc']),
    ]),
  })),
};

const log = '%RESPONSE_CODE% %RESPONSE_CODE_DETAILS% %RESPONSE_FLAGS% %BYTES_SENT% %REQ(:PATH)%';
const emptyType = `[{header: {key: content-type, value: "%UPSTREAM_HOSTS_ATTEMPTED%"}, keep_empty_value: true}]`;
const refusing: Readonly<Record<string, string>> = {
  unmapped: '',
  format: 'local_reply_config: {body_format: {text_format_source: {inline_string: "x plain"}}}',
  mapper: `local_reply_config: {mappers: [{${always}, body: {inline_string: mapped}, headers_to_add: [${header('set-cookie', '0')}]}], body_format: {text_format_source: {inline_string: "x plain"}}}
path_with_escaped_slashes_action: UNESCAPE_AND_REDIRECT`,
  untyped: `local_reply_config: {mappers: [{${always}, headers_to_add: ${emptyType}}], body_format: {text_format_source: {inline_string: "x"}}}`,
  nothing: `local_reply_config: {mappers: [{${always}, body: {inline_string: ""}, headers_to_add: [${header('content-type', 'a/b')}]}], body_format: {text_format_source: {inline_string: ""}}}`,
  json: `local_reply_config: {mappers: [{${always}, headers_to_add: [${header('content-type', 'a/b')}, ${header('content-length', '3')}]}], body_format: {json_format: {a: "%LOCAL_REPLY_BODY%"}}}`,
};
const asked = (start: string, ...lines: Lines) => `${[start, ...lines].join('\r\n')}\r\n\r\n`;
const refused = [
  asked('HEAD * HTTP/1.1', 'host: a'),
  asked('GET * HTTP/1.1', 'host: a'),
  asked('HEAD / HTTP/1.1', 'host: a', 'x x: y'),
  asked('HEAD / HTTP/1.1'),
  asked('HEAD / HTTP/1.1', 'host: a', 'content-length: x'),
  asked('HEAD /a%2fb HTTP/1.1', 'host: a'),
  asked('HEAD / HTTP/1.0'),
  asked('GET / HTTP/1.0'),
  asked('HEAD / HTTP/1.1', 'host: a', 'connection: te, x-forwarded-for, :authority', 'te: x'),
  asked('HEAD ftp://a/ HTTP/1.1', 'host: a'),
  asked('HEAD / HTTP/1.1', 'host: a b@'),
  asked('HEAD a HTTP/1.1', 'host: x'),
  asked('CONNECT * HTTP/1.1', 'host: x'),
  asked('OPTIONS * HTTP/1.1', 'host: x'),
  asked('CONNECT a:80 HTTP/1.1', 'host: a:80', 'content-type: application/grpc'),
  asked('GET /a HTTP/1.0', 'content-type: application/grpc;x'),
  asked('GET /a HTTP/1.0', 'content-type: application/grpc+x'),
  asked('HEAD / HTTP/1.1', 'host: a', 'transfer-encoding: foo'),
];

export const refusedHeads: Suite = {
  kind: 'traffic',
  name: 'refused-heads',
  upstreams: { u0: 'http' },
  config: bootstrap(
    Object.entries(refusing).map(([name, extra]) =>
      listener(name, hcm({ routes: to('u0'), extra, log: { name, format: log } })),
    ),
    [cluster('u0')],
  ),
  cases: Object.keys(refusing).map((name) => ({
    name,
    steps: refused.map((send) => ({ to: name, send, logs: [name], blind: true })),
  })),
};

const attempted =
  '%RESPONSE_CODE% %UPSTREAM_HOSTS_ATTEMPTED% %UPSTREAM_HOSTS_ATTEMPTED_WITHOUT_PORT% %UPSTREAM_HOST_NAMES_ATTEMPTED% %UPSTREAM_REQUEST_ATTEMPT_COUNT% %UPSTREAM_HOST%';
const retry =
  'retry_policy: {retry_on: "5xx,reset,connect-failure", num_retries: 3, retry_back_off: {base_interval: 0.001s, max_interval: 0.002s}}';
const bad = { send: 'HTTP/1.1 503 X\r\ncontent-length: 0\r\n\r\n' };
const good = { send: 'HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n' };

/** Of several attempts the log tells of the last. */
export const attempts: Suite = {
  kind: 'traffic',
  name: 'upstream-attempts',
  upstreams: { u0: 'http' },
  config: bootstrap(
    [
      listener(
        'web',
        hcm({
          routes: ['u0', 'dead']
            .map((name) => `- match: {path: /${name}}\n  route: {cluster: ${name}, ${retry}}\n`)
            .join(''),
          log: { name: 'web', format: attempted },
        }),
      ),
    ],
    [cluster('u0'), cluster('dead', ['1'])],
  ),
  cases: [
    {
      name: 'logged',
      steps: [
        ...[
          [bad, good],
          [bad, bad, bad, bad],
          [{ after: 'reset' as const }, { after: 'end' as const }, good],
        ].map((u0) => get('web', '/u0', [], { logs: ['web'], reply: { u0 }, blind: true })),
        get('web', '/dead', [], { logs: ['web'], blind: true }),
      ],
    },
    {
      name: 'after what upstreams say of their load',
      steps: ['overloaded', 'ratelimited'].map((what) => {
        const loaded = { send: `HTTP/1.1 503 X\r\nx-envoy-${what}: true\r\ncontent-length: 0\r\n\r\n` };
        return get('web', '/u0', [], { logs: ['web'], reply: { u0: [loaded, good] }, blind: true });
      }),
    },
  ],
};

const mapStatus = (from: number, to: number) =>
  `local_reply_config: {mappers: [{filter: {status_code_filter: {comparison: {op: EQ, value: {default_value: ${from}, runtime_key: k}}}}, status_code: ${to}}]}`;
const fault400 = `- {name: envoy.filters.http.fault, typed_config: {"@type": type.googleapis.com/envoy.extensions.filters.http.fault.v3.HTTPFault, headers: [{name: x-fault, present_match: true}], abort: {http_status: 400, percentage: {numerator: 100}}}}
`;
const streamErrors = 'http_protocol_options: {override_stream_error_on_invalid_http_message: true}';
const badRequestRoutes = `- {match: {path: /400}, direct_response: {status: 400}}
- {match: {path: /404}, direct_response: {status: 404}}
${to('u0')}`;

/** An answer of our own that says 400 ends an HTTP/1 connection, whoever gave it; what it is mapped to does not matter. */
export const badRequests: Suite = {
  kind: 'traffic',
  name: 'own-bad-requests',
  upstreams: { u0: 'http' },
  config: bootstrap(
    Object.entries({ plain: '', from: mapStatus(400, 418), into: mapStatus(404, 400), kept: streamErrors }).map(
      ([name, extra]) => listener(name, hcm({ routes: badRequestRoutes, extra, httpFilters: fault400 + router })),
    ),
    [cluster('u0')],
  ),
  cases: ['plain', 'from', 'into', 'kept'].map((name) => ({
    name,
    steps: [
      get(name, '/400'),
      get(name, '/404'),
      get(name, '/', ['x-fault: 1']),
      get(name, '/', [], { reply: { u0: [{ send: 'HTTP/1.1 400 X\r\ncontent-length: 0\r\n\r\n' }] } }),
    ],
  })),
};
