/** What configurations and requests by chance showed: options that meet, one suite each. */
import type { CaseFile, Suite, VerdictTable } from '../case.ts';
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

const typed = `${types}.filters.http.set_filter_state.v3.Config`;
const made = (key: string, factory: string, text: string, rest = '') =>
  `{object_key: ${key}, factory_key: ${factory}, format_string: {text_format_source: {inline_string: "${text}"}}${rest}}`;
const values = [
  ['envoy.string', '-'],
  ['envoy.hashable_string', 'h'],
  ['envoy.bool', 'yes'],
  ['envoy.tcp_proxy.cluster', 'c'],
  ['envoy.tcp_proxy.disable_tunneling', 'true'],
  ['envoy.tcp_proxy.per_connection_idle_timeout_ms', '5'],
  ['envoy.network.upstream_server_name', 'n'],
  ['envoy.network.application_protocols', 'h2,x'],
  ['envoy.network.ip', '1.2.3.4'],
  ['envoy.upstream.dynamic_host', 'h'],
  ['envoy.upstream.dynamic_port', '80'],
  ['envoy.ratelimit.hits_addend', '3'],
] as const;
const forms = (key: string) => [
  `%FILTER_STATE(${key})%`,
  `%FILTER_STATE(${key}:PLAIN)%`,
  `%FILTER_STATE(${key}:TYPED):3%`,
];
const stateFormat = [...values.map((_, index) => `k${index}`), 'twice', 'both', 'longer'].flatMap(forms).join(' ');

const filterState: Suite = {
  kind: 'traffic',
  name: 'chance-filter-state',
  config: bootstrap(
    [
      listener(
        'web',
        `- {name: state, typed_config: {"@type": ${types}.filters.network.set_filter_state.v3.Config, on_new_connection: [${made('both', 'envoy.string', 'connection')}]}}
${hcm({
  routes: '- {match: {prefix: /}, direct_response: {status: 200}}',
  httpFilters: `- {name: state, typed_config: {"@type": ${typed}, on_request_headers: [${[
    ...values.map(([factory, text], index) => made(`k${index}`, factory, text)),
    made('twice', 'envoy.string', 'first', ', read_only: true'),
    made('twice', 'envoy.string', 'second', ', read_only: true'),
    made('both', 'envoy.string', 'request'),
  ].join(', ')}]}}
${router}`,
  log: { name: 'web', format: stateFormat },
})}`,
      ),
    ],
    [],
  ),
  cases: [
    {
      name: 'what objects look like, which of two stays',
      steps: [
        { ...get('web', '/', [], L), conn: 'a' },
        { ...get('web', '/', [], L), conn: 'a' },
      ],
    },
  ],
};

const always = 'default_value: {numerator: 100}';
const flagsOfReplies: Suite = {
  kind: 'traffic',
  name: 'chance-limited',
  config: bootstrap(
    [
      listener(
        'web',
        hcm({
          routes: '- {match: {prefix: /}, direct_response: {status: 200}}',
          httpFilters: `- name: limit
  typed_config:
    "@type": ${types}.filters.http.local_ratelimit.v3.LocalRateLimit
    stat_prefix: limit
    token_bucket: {max_tokens: 1, fill_interval: 3600s}
    filter_enabled: {${always}}
    filter_enforced: {${always}}
    response_headers_to_add: [{header: {key: x-flags, value: "%RESPONSE_FLAGS% %RESPONSE_CODE_DETAILS%"}}]
${router}`,
          extra: `local_reply_config:
  mappers: [{filter: {response_flag_filter: {flags: [RL]}}, status_code: 599}]
  body_format: {text_format_source: {inline_string: "%RESPONSE_FLAGS% %LOCAL_REPLY_BODY%"}}`,
          log: { name: 'web', format: '%RESPONSE_CODE% %RESPONSE_FLAGS%' },
        }),
      ),
    ],
    [],
  ),
  cases: [{ name: 'the flag is set after the reply', steps: [get('web', '/', [], L), get('web', '/', [], L)] }],
};

const hosts = ['a', 'a:80', 'a:443', 'a:80,a:80', '[::1]', '[::1]:80', '::1', 'a:b', 'a:', '[::1]:80:80'];
const redirectPorts: Suite = {
  kind: 'traffic',
  name: 'chance-redirect-ports',
  config: bootstrap(
    [
      listener(
        'web',
        hcm({
          routes: `- {match: {path: /port}, redirect: {port_redirect: 99}}
- {match: {path: /https}, redirect: {https_redirect: true}}
- {match: {path: /ftp}, redirect: {scheme_redirect: ftp}}`,
        }),
      ),
    ],
    [],
  ),
  cases: hosts.map((host) => ({
    name: host,
    steps: ['/port', '/https', '/ftp'].map((path) => get('web', path, [`host: ${host}`])),
  })),
};

const networkRbac = (name: string, more = '') =>
  listener(
    name,
    `- {name: rbac, typed_config: {"@type": ${types}.filters.network.rbac.v3.RBAC, stat_prefix: ${name}, rules: {policies: {p: {permissions: [{any: true}], principals: [{any: true}]}}}${more}}}
- {name: echo, typed_config: {"@type": ${types}.filters.network.echo.v3.Echo}}`,
  );
const networkPrefixes: Suite = {
  kind: 'traffic',
  name: 'chance-network-prefixes',
  config: bootstrap([networkRbac('plain'), networkRbac('shadowed', ', shadow_rules_stat_prefix: sh')], []),
  cases: [
    {
      name: 'prefixes without a dot',
      steps: [{ to: 'plain', send: 'hi', raw: 2 }, { to: 'shadowed', send: 'hi', raw: 2 }, stats('rbac\\.')],
    },
  ],
};

const tcpLog = '%BYTES_RECEIVED% %DOWNSTREAM_WIRE_BYTES_RECEIVED% %RESPONSE_FLAGS%';
const peeked: Suite = {
  kind: 'traffic',
  name: 'chance-peeked',
  config: bootstrap(
    [
      listener(
        'tcp',
        `- name: tcp
  typed_config:
    "@type": ${types}.filters.network.tcp_proxy.v3.TcpProxy
    stat_prefix: t
    cluster: dead
    access_log: [{name: f, typed_config: {"@type": ${types}.access_loggers.file.v3.FileAccessLog, path: "{{log.tcp}}", log_format: {text_format_source: {inline_string: "${tcpLog}\\n"}}}}]`,
        `listener_filters: [{name: tls, typed_config: {"@type": ${types}.filters.listener.tls_inspector.v3.TlsInspector}}]`,
      ),
    ],
    [cluster('dead', ['1'])],
  ),
  cases: [
    {
      name: 'what nobody was connected to is not received',
      steps: [{ to: 'tcp', send: 'hello', raw: 'close', logs: ['tcp'] }, stats('^tcp\\.t\\.downstream_cx_rx')],
    },
  ],
};

const reply = (text: string) =>
  `filters: [{name: d, typed_config: {"@type": ${types}.filters.network.direct_response.v3.Config, response: {inline_string: ${text}}}}]`;
const chains = (name: string, ...matches: readonly string[]) => `- name: ${name}
  address: {socket_address: {address: 127.0.0.1, port_value: {{${name}}}}}
  filter_chains:
${matches.map((match, index) => `  - {filter_chain_match: {${match}}, ${reply(`c${index}`)}}\n`).join('')}`;
const within = (kind: string, address: string, bits: number, more = '') =>
  `${kind}_ranges: [{address_prefix: ${address}, prefix_len: ${bits}}]${more}`;
const kinds = { destination: 'prefix', source: 'source_prefix', direct: 'direct_source_prefix' };
const ranges: Suite = {
  kind: 'traffic',
  name: 'chance-ranges',
  config: bootstrap(
    Object.entries(kinds).map(([name, kind]) =>
      chains(name, within(kind, '127.0.0.0', 24), within(kind, '127.0.0.1', 24, ', source_ports: [1]'), ''),
    ),
    [],
  ),
  cases: Object.keys(kinds).map((name) => ({ name, steps: [{ to: name, send: 'x', raw: 'close' }] })),
};
const twoRanges = (kind: string, a: string, b: string, bits: number) =>
  `static_resources:\n  listeners:\n  - name: l
    address: {socket_address: {address: 127.0.0.1, port_value: 0}}
    filter_chains:
    - {filter_chain_match: {${within(kind, a, bits)}}, ${reply('a')}}
    - {filter_chain_match: {${within(kind, b, bits)}}, ${reply('b')}}\n`;
const verdictRanges: VerdictTable = {
  kind: 'verdicts',
  name: 'verdict-ranges',
  configs: Object.entries(kinds).flatMap(([name, kind]) => [
    { name: `${name}: the same range`, config: twoRanges(kind, '127.0.0.1', '127.0.0.0', 24) },
    { name: `${name}: everything`, config: twoRanges(kind, '127.0.0.1', '10.0.0.0', 0) },
    { name: `${name}: other ranges`, config: twoRanges(kind, '127.0.0.1', '127.0.0.0', 32) },
  ]),
};

const away = (path: string) => ({
  reply: { u0: [{ send: `HTTP/1.1 302 X\r\nlocation: http://test${path}\r\ncontent-length: 0\r\n\r\n` }] },
});
const bodies: Readonly<Record<string, readonly [string, string]>> = {
  length: ['content-length: 5', '01234'],
  chunks: ['transfer-encoding: chunked', '5\r\n01234\r\n0\r\n\r\n'],
  trailers: ['transfer-encoding: chunked', '5\r\n01234\r\n0\r\nx-t: t\r\n\r\n'],
};
const redirectedBodies: Suite = {
  kind: 'traffic',
  name: 'chance-redirected-bodies',
  upstreams: { u0: 'http', u1: 'http' },
  config: bootstrap(
    [
      listener(
        'web',
        hcm({
          routes: `- {match: {path: /away}, redirect: {https_redirect: true}}
- {match: {path: /direct}, direct_response: {status: 200}}
- {match: {path: /other}, route: {cluster: u1}}
- {match: {prefix: /}, route: {cluster: u0, internal_redirect_policy: {redirect_response_codes: [302]}}}`,
          log: { name: 'web', format: '%RESPONSE_CODE% %RESPONSE_CODE_DETAILS% %BYTES_RECEIVED%' },
        }),
      ),
    ],
    [cluster('u0'), cluster('u1')],
  ),
  cases: Object.entries(bodies).map(([name, [line, body]]) => ({
    name,
    steps: ['/away', '/direct', '/other'].map((path) => ({
      to: 'web',
      send: request('PATCH / HTTP/1.1', [line], body),
      ...away(path),
      ...L,
    })),
  })),
};

const panicking = (
  name: string,
  policy: string,
  threshold: number,
  upstreams: readonly string[],
  health = 'UNHEALTHY',
) => `- name: ${name}
  lb_policy: ${policy}
  common_lb_config: {healthy_panic_threshold: {value: ${threshold}}}
  load_assignment:
    cluster_name: ${name}
    endpoints:
    - lb_endpoints:
${upstreams.map((upstream, index) => `      - {endpoint: {address: {socket_address: {address: 127.0.0.1, port_value: {{${upstream}}}}}}${index === 1 ? `, health_status: ${health}` : ''}}\n`).join('')}`;
const panics = { maglev: 'MAGLEV', ring: 'RING_HASH', robin: 'ROUND_ROBIN' };
const panic: Suite = {
  kind: 'traffic',
  name: 'chance-panic',
  upstreams: { u0: 'http', u1: 'http' },
  config: bootstrap(
    [
      listener(
        'web',
        hcm({
          routes: [...Object.keys(panics), 'alone']
            .map(
              (name) =>
                `- {match: {path: /${name}}, route: {cluster: ${name}, hash_policy: [{header: {header_name: x-h}}]}}`,
            )
            .join('\n'),
          log: { name: 'web', format: '%RESPONSE_CODE% %UPSTREAM_CLUSTER%' },
        }),
      ),
    ],
    [
      ...Object.entries(panics).map(([name, policy]) => panicking(name, policy, 0, ['u0', 'u1'])),
      panicking('alone', 'MAGLEV', 0, ['u0']),
    ],
    'layered_runtime: {layers: [{name: s, static_layer: {upstream: {healthy_panic_threshold: 100}}}]}',
  ),
  cases: [
    {
      name: 'the threshold is that of the runtime',
      steps: [
        ...[...Object.keys(panics), 'alone'].flatMap((name) =>
          [1, 2, 3].map((hash) => get('web', `/${name}`, [`x-h: ${hash}`], { ...L, blind: true })),
        ),
        stats('lb_healthy_panic|alone\\.maglev_lb'),
      ],
    },
  ],
};

const attemptFormat = [
  'RESPONSE_CODE',
  'BYTES_RECEIVED',
  ...sides.flatMap((side) => ways.flatMap((way) => [`${side}_WIRE_BYTES_${way}`, `${side}_HEADER_BYTES_${way}`])),
  'METADATA(ROUTE:mine)',
  'METADATA(VIRTUAL_HOST:mine)',
  'DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT',
  'FILTER_CHAIN_NAME',
  'LISTENER_NAME',
]
  .map((operator) => `%${operator}%`)
  .join(' ');
const mine = (value: string) => `metadata: {filter_metadata: {mine: {a: ${value}}}}`;
const upstreamLog: Suite = {
  kind: 'traffic',
  name: 'chance-upstream-log',
  upstreams: { u0: 'http' },
  config: bootstrap(
    [
      listener(
        'web',
        hcm({
          virtualHosts: `- name: all
  domains: ["*"]
  ${mine('host')}
  routes: [{match: {prefix: /}, ${mine('route')}, route: {cluster: u0, retry_policy: {retry_on: 5xx}}, ${untimed}}]`,
          extra: 'generate_request_id: false',
          httpFilters: `- name: router
  typed_config:
    "@type": ${types}.filters.http.router.v3.Router
    upstream_log: [{name: f, typed_config: {"@type": ${types}.access_loggers.file.v3.FileAccessLog, path: "{{log.web}}", log_format: {text_format_source: {inline_string: "${attemptFormat}\\n"}}}}]`,
        }),
      ).replace('- filters:', '- name: chain\n    filters:'),
    ],
    [cluster('u0')],
  ),
  cases: [
    {
      name: 'bytes, metadata and addresses of attempts',
      steps: [
        get('web', '/', ['x-forwarded-for: 1.2.3.4'], L),
        get('web', '/', [], {
          reply: [{ send: response('HTTP/1.1 500 No', ['content-length: 0']) }, { send: ok() }],
          ...L,
        }),
        get('web', '/', [], { reply: response('HTTP/1.1 204 No'), ...L }),
      ],
    },
  ],
};

export const chance: readonly CaseFile[] = [
  headerBytes,
  edge('off', ''),
  edge('on', 'use_remote_address: true'),
  deprecated,
  filterState,
  flagsOfReplies,
  redirectPorts,
  networkPrefixes,
  peeked,
  ranges,
  verdictRanges,
  redirectedBodies,
  panic,
  upstreamLog,
];
