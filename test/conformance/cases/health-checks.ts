/** Active health checks: what the first checks of a start come to, and which configurations there can be. */
import type { Suite, VerdictTable } from '../case.ts';
import { bootstrap, cluster, hcm, listener } from '../config.ts';
import { clusterWith, type Row, rows } from '../minimal.ts';
import { get, stats } from '../requests.ts';

const times = 'timeout: 5s, interval: 600s, no_traffic_interval: 600s, unhealthy_threshold: 2, healthy_threshold: 2';
const checked = (name: string, hosts: readonly string[], check: string, extra = '') =>
  cluster(
    name,
    hosts,
    `common_lb_config: {healthy_panic_threshold: {value: 0}}\nhealth_checks: [{${times}, ${check}}]\n${extra}`,
  );
const http = (fields: string) => `http_health_check: {path: /health, ${fields}}`;

const hex = (text: string) => Buffer.from(text, 'latin1').toString('hex');

const names: Readonly<Record<string, string>> = {
  http: checked('http', ['u0', '1'], http('host: foo')),
  status: checked('status', ['u0'], http('expected_statuses: [{start: 201, end: 202}]')),
  retriable: checked(
    'retriable',
    ['u0'],
    http('expected_statuses: [{start: 201, end: 202}], retriable_statuses: [{start: 200, end: 201}]'),
  ),
  body: checked('body', ['u0'], http('receive: [{text: "6f"}, {binary: aw==}]')),
  otherbody: checked('otherbody', ['u0'], http('receive: [{text: "6b"}, {text: "6f"}]')),
  service: checked('service', ['u0'], http('service_name_matcher: {prefix: a}')),
  once: checked('once', ['u0'], `reuse_connection: false, ${http('method: POST, send: {text: "6869"}')}`),
  tcp: checked('tcp', ['u1', '1'], 'tcp_health_check: {}'),
  // An echo shows what was sent: only with its header is the check passed.
  ...Object.fromEntries(
    Object.entries({
      proxyone: ['V1', 'PROXY TCP4 127.0.0.1 127.0.0.1 ', '\r\nhi'],
      proxytwo: ['V2', '\r\n\r\n\0\r\nQUIT\n \0\0\0hi'],
      proxyother: ['V1', '\r\n\r\n\0\r\nQUIT\n'],
    }).map(([name, [version = '', ...parts]]) => [
      name,
      checked(
        name,
        ['u2'],
        `tcp_health_check: {proxy_protocol_config: {version: ${version}}, send: {text: "6869"}, receive: [${parts.map((part) => `{text: "${hex(part)}"}`).join(', ')}]}`,
      ),
    ]),
  ),
  elsewhere: `- name: elsewhere
  health_checks: [{${times}, tcp_health_check: {}}]
  load_assignment:
    cluster_name: elsewhere
    endpoints:
    - lb_endpoints:
      - endpoint: {address: {socket_address: {address: 127.0.0.1, port_value: 1}}, health_check_config: {port_value: {{u1}}}}
      - endpoint: {address: {socket_address: {address: 127.0.0.1, port_value: 1}}, health_check_config: {disable_active_health_check: true}}
      - endpoint: {address: {socket_address: {address: 127.0.0.1, port_value: {{u1}}}}, health_check_config: {address: {socket_address: {address: 127.0.0.1, port_value: 1}}}}
`,
};
const routes = Object.keys(names)
  .map((name) => `- {match: {prefix: /${name}/}, route: {cluster: ${name}}}\n`)
  .join('');
const format = '%REQ(:PATH)% %RESPONSE_CODE% %RESPONSE_FLAGS% %RESPONSE_CODE_DETAILS% %UPSTREAM_HOST%';

export const healthChecks: Suite = {
  kind: 'traffic',
  name: 'health-checks',
  config: bootstrap([listener('web', hcm({ routes, log: { name: 'web', format } }))], Object.values(names)),
  upstreams: { u0: 'http', u1: 'http', u2: 'echo' },
  cases: Object.keys(names).map((name) => ({
    name,
    steps: [
      // Of two hosts that are well any may be the first.
      ...(name === 'elsewhere' || name.startsWith('proxy')
        ? []
        : [get('web', `/${name}/`, [], { logs: ['web'], only: '^$' })]),
      get('admin', `/clusters?filter=^${name}$`, [], { blind: true, only: '^$' }),
      get('admin', `/clusters?format=json&filter=^${name}$`, [], { blind: true, only: '^$' }),
      stats(
        `^cluster\\.${name}\\.(health_check|membership|upstream_cx_(total|${name.startsWith('proxy') ? '' : '.x_bytes|'}destroy|http1)|lb_healthy_panic)`,
      ),
      ...(name === 'http' ? [stats('^cluster_manager')] : []),
    ],
  })),
};

const base = 'timeout: 1s, interval: 1s, unhealthy_threshold: 2, healthy_threshold: 2';
const one = (text: string) => `health_checks: [{${base}, ${text}}]`;
const table: readonly Row[] = [
  ['none', 'health_checks: []'],
  ['no kind', `health_checks: [{${base}}]`],
  ['no thresholds', 'health_checks: [{timeout: 1s, interval: 1s, tcp_health_check: {}}]'],
  ['no timeout', 'health_checks: [{interval: 1s, unhealthy_threshold: 2, healthy_threshold: 2, tcp_health_check: {}}]'],
  [
    'timeout 0',
    'health_checks: [{timeout: 0s, interval: 1s, unhealthy_threshold: 2, healthy_threshold: 2, tcp_health_check: {}}]',
  ],
  ['two without names', `health_checks: [{${base}, tcp_health_check: {}}, {${base}, tcp_health_check: {}}]`],
  ['tcp', one('tcp_health_check: {}')],
  ['tcp proxy', one('tcp_health_check: {proxy_protocol_config: {version: V2, added_tlvs: [{type: 5, value: eHg=}]}}')],
  ['tcp payloads', one('tcp_health_check: {send: {text: "00ff"}, receive: [{text: "Ab"}, {binary: aw==}]}')],
  ['tcp no hex', one('tcp_health_check: {send: {text: "zz"}}')],
  ['tcp half a byte', one('tcp_health_check: {receive: [{text: "abc"}]}')],
  ['http', one('http_health_check: {path: /}')],
  ['http without path', one('http_health_check: {}')],
  ['http host with newline', one('http_health_check: {path: /, host: "a\\nb"}')],
  [
    'http headers',
    one(
      'http_health_check: {path: /, request_headers_to_add: [{header: {key: x, value: y}}], request_headers_to_remove: [user-agent]}',
    ),
  ],
  [
    'http header :path',
    one('http_health_check: {path: /, request_headers_to_add: [{header: {key: ":path", value: y}}]}'),
  ],
  [
    'http statuses',
    one(
      'http_health_check: {path: /, expected_statuses: [{start: 200, end: 300}], retriable_statuses: [{start: 500, end: 600}]}',
    ),
  ],
  ['http empty range', one('http_health_check: {path: /, expected_statuses: [{start: 200, end: 200}]}')],
  ['http low range', one('http_health_check: {path: /, expected_statuses: [{start: 99, end: 200}]}')],
  ['http high range', one('http_health_check: {path: /, retriable_statuses: [{start: 500, end: 601}]}')],
  ['http method CONNECT', one('http_health_check: {path: /, method: CONNECT}')],
  ['http method HEAD', one('http_health_check: {path: /, method: HEAD}')],
  ['http GET with payload', one('http_health_check: {path: /, send: {text: "61"}}')],
  ['http POST with payload', one('http_health_check: {path: /, method: POST, send: {text: "61"}}')],
  [
    'http receive over the buffer',
    one('http_health_check: {path: /, receive: [{text: "616161"}], response_buffer_size: 2}'),
  ],
  ['http receive any size', one('http_health_check: {path: /, receive: [{text: "616161"}], response_buffer_size: 0}')],
  ['http service name', one('http_health_check: {path: /, service_name_matcher: {exact: a}}')],
  ['grpc without HTTP/2', one('grpc_health_check: {}')],
  ['custom unknown', one('custom_health_check: {name: foo}')],
  [
    'times',
    one(
      'initial_jitter: 1s, interval_jitter: 1s, interval_jitter_percent: 10, no_traffic_interval: 5s, no_traffic_healthy_interval: 6s, unhealthy_interval: 1s, unhealthy_edge_interval: 1s, healthy_edge_interval: 1s, reuse_connection: false, alt_port: 7, http_health_check: {path: /}',
    ),
  ],
  [
    'tls options',
    one(
      'tls_options: {alpn_protocols: [http/1.1]}, transport_socket_match_criteria: {a: b}, http_health_check: {path: /}',
    ),
  ],
  [
    'event log',
    one(
      'event_log_path: /dev/null, always_log_health_check_failures: true, always_log_health_check_success: true, tcp_health_check: {}',
    ),
  ],
  ['event log nowhere', one('event_log_path: /nowhere/at/all, tcp_health_check: {}')],
  [
    'event sink',
    one(
      'event_logger: [{name: f, typed_config: {"@type": type.googleapis.com/envoy.extensions.health_check.event_sinks.file.v3.HealthCheckEventFileSink, event_log_path: /dev/null}}], tcp_health_check: {}',
    ),
  ],
  [
    'event sink without path',
    one(
      'event_logger: [{name: f, typed_config: {"@type": type.googleapis.com/envoy.extensions.health_check.event_sinks.file.v3.HealthCheckEventFileSink}}], tcp_health_check: {}',
    ),
  ],
  [
    'ignore_new_hosts_until_first_hc',
    `${one('tcp_health_check: {}')}\ncommon_lb_config: {ignore_new_hosts_until_first_hc: true, update_merge_window: 0s}`,
  ],
];

export const verdictHealthChecks: VerdictTable = {
  kind: 'verdicts',
  name: 'verdict-health-checks',
  configs: rows('check', clusterWith, table),
};
