/** What configurations and requests by chance showed: options that meet, one suite each. */
import type { Suite } from '../case.ts';
import { bootstrap, cluster, hcm, listener } from '../config.ts';
import { get, ok, request, response, stats } from '../requests.ts';

const types = 'type.googleapis.com/envoy.extensions';
const router = `- {name: router, typed_config: {"@type": ${types}.filters.http.router.v3.Router}}`;
const sides = ['DOWNSTREAM', 'UPSTREAM'];
const ways = ['SENT', 'RECEIVED'];
const counts = sides
  .flatMap((side) => ways.flatMap((way) => ['', 'DECOMPRESSED_'].map((what) => `%${side}_${what}HEADER_BYTES_${way}%`)))
  .join(' ');
const trailers = response('HTTP/1.1 200 OK', ['transfer-encoding: chunked'], '2\r\nok\r\n0\r\ntr: 1\r\n\r\n');
const withTrailers = `typed_extension_protocol_options:
  envoy.extensions.upstreams.http.v3.HttpProtocolOptions:
    "@type": ${types}.upstreams.http.v3.HttpProtocolOptions
    explicit_http_config: {http_protocol_options: {enable_trailers: true}}
`;
// Its length is that of a time.
const untimed = 'response_headers_to_remove: [x-envoy-upstream-service-time]';
const L = { logs: ['web'] } as const;

const headerBytes: Suite = {
  kind: 'traffic',
  name: 'chance-header-bytes',
  upstreams: { u0: 'http' },
  config: bootstrap(
    [
      listener(
        'web',
        hcm({
          routes: `- {match: {prefix: /}, route: {cluster: u0, retry_policy: {retry_on: 5xx}}, ${untimed}}`,
          extra: 'generate_request_id: false\nhttp_protocol_options: {enable_trailers: true}',
          log: { name: 'web', format: `%RESPONSE_CODE% ${counts}` },
        }),
      ),
    ],
    [cluster('u0', ['u0'], withTrailers)],
  ),
  cases: [
    {
      name: 'a plain exchange, one with trailers, one with a retry, one with an interim answer, a refusal',
      steps: [
        get('web', '/', [], L),
        {
          to: 'web',
          send: request('POST / HTTP/1.1', ['transfer-encoding: chunked'], '1\r\nx\r\n0\r\nx-tr: 12\r\n\r\n'),
          reply: trailers,
          ...L,
        },
        get('web', '/', [], {
          reply: [{ send: response('HTTP/1.1 500 No', ['content-length: 0']) }, { send: trailers }],
          ...L,
        }),
        get('web', '/', ['expect: 100-continue'], { reply: response('HTTP/1.1 100 Go', ['x: y']) + ok(), ...L }),
        get('web', '/', ['no colon'], L),
      ],
    },
  ],
};

const privileged = [
  'x-envoy-upstream-stream-duration-ms',
  'x-envoy-original-host',
  'x-envoy-original-path',
  'x-envoy-ip-tags',
];
const callers = [[], ['x-forwarded-for: 8.8.8.8'], ['x-forwarded-for: 10.0.0.1']];

const edge = (name: string, options: string): Suite => ({
  kind: 'traffic',
  name: `chance-edge-${name}`,
  upstreams: { u0: 'http' },
  config: bootstrap(
    [
      listener(
        'web',
        hcm({
          routes:
            '- {match: {prefix: /here}, direct_response: {status: 200}}\n- {match: {prefix: /}, route: {cluster: u0}}',
          extra: `internal_address_config: {cidr_ranges: [{address_prefix: 10.0.0.0, prefix_len: 8}]}\n${options}`,
          log: { name: 'web', format: privileged.map((header) => `%REQ(${header})%`).join(' ') },
        }),
      ),
    ],
    [cluster('u0')],
  ),
  cases: callers.map((lines) => ({
    name: lines[0] ?? 'no forwarded address',
    steps: ['/here', '/there'].map((path) =>
      get('web', path, [...lines, ...privileged.map((header) => `${header}: 5`)], L),
    ),
  })),
});

const old = '{name: x, exact_match: v}';
const deprecated: Suite = {
  kind: 'traffic',
  name: 'chance-deprecated',
  config: bootstrap(
    [
      listener(
        'web',
        hcm({
          routes: `- match: {prefix: /, headers: [${old}]}
  direct_response: {status: 200}
  typed_per_filter_config: {fault: {"@type": ${types}.filters.http.fault.v3.HTTPFault, headers: [${old}]}}`,
          httpFilters: `- {name: fault, typed_config: {"@type": ${types}.filters.http.fault.v3.HTTPFault, headers: [${old}]}}
${router}`,
          extra: `local_reply_config: {mappers: [{filter: {header_filter: {header: ${old}}}, status_code: 500}]}
access_log_flush_interval: 1s`,
        }),
      ),
    ],
    [],
  ),
  cases: [{ name: 'each use counts as often as it is checked', steps: [stats('^runtime\\.deprecated')] }],
};

export const chance: readonly Suite[] = [
  headerBytes,
  edge('off', ''),
  edge('on', 'use_remote_address: true'),
  deprecated,
];
