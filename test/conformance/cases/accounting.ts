/** What is counted of bytes and pools: over TLS the bytes that were written, not what became of them; no HTTP anywhere. */
import { pem } from '../../harness/tls-peers.ts';
import type { Suite } from '../case.ts';
import { bootstrap, cluster, fileLog, hcm, indent, listener, tcpProxy, to } from '../config.ts';
import { get, post, stats } from '../requests.ts';

const type = 'type.googleapis.com/envoy.extensions.transport_sockets.tls.v3';
const upstreamTls = `transport_socket:
  name: tls
  typed_config: {"@type": ${type}.UpstreamTlsContext}
`;
const downstreamTls = `transport_socket:
  name: tls
  typed_config:
    "@type": ${type}.DownstreamTlsContext
    common_tls_context:
      tls_certificates:
      - {certificate_chain: {filename: "{{folder}}/server.pem"}, private_key: {filename: "{{folder}}/server-key.pem"}}
`;
const secure = (name: string, filters: string, log = '') => `- name: ${name}
  address: {socket_address: {address: 127.0.0.1, port_value: {{${name}}}}}
${log}  filter_chains:
  - filters:
${indent(filters, 4)}
${indent(downstreamTls, 4)}
`;
const bytes = '^(http\\.web|tcp\\.tcp|cluster\\..*)\\..*_cx_[rt]x_bytes_(total|buffered)$';
// Its length is that of a time.
const routes = to('u0', '/', 'response_headers_to_remove: [x-envoy-upstream-service-time]');

export const tlsBytes: Suite = {
  kind: 'traffic',
  name: 'tls-bytes',
  files: { 'server.pem': pem('server'), 'server-key.pem': pem('server-key') },
  upstreams: { u0: { kind: 'http', tls: {} }, e0: { kind: 'echo', tls: {} } },
  config: bootstrap(
    [secure('web', hcm({ routes, statPrefix: 'web' })), secure('tcp', tcpProxy('tcp', 'cluster: e0'))],
    [cluster('u0', ['u0'], upstreamTls), cluster('e0', ['e0'], upstreamTls)],
  ),
  cases: [
    {
      name: 'http',
      steps: [
        get('web', '/', [], { tls: {}, only: '^$' }),
        post('web', '/', 'x'.repeat(70_000), [], { tls: {}, only: '^$', blind: true }),
        { do: 'await-stat', name: 'http.web.downstream_cx_active', value: 0 },
        stats(bytes),
      ],
    },
    {
      name: 'tcp',
      steps: [
        { to: 'tcp', tls: {}, send: 'x'.repeat(70_000), raw: 70_000, blind: true },
        { do: 'await-stat', name: 'tcp.tcp.downstream_cx_total', value: 1 },
        { do: 'await-stat', name: 'cluster.e0.upstream_cx_active', value: 0 },
        stats(bytes),
      ],
    },
  ],
};

const logged = (name: string) =>
  `  access_log:\n${indent(fileLog(name, 'sent %BYTES_SENT%, received %BYTES_RECEIVED%, %RESPONSE_CODE_DETAILS%'), 2)}\n`;
const answer = `- name: d
  typed_config:
    "@type": type.googleapis.com/envoy.extensions.filters.network.direct_response.v3.Config
    response: {inline_string: bytes for nobody}
`;

/** What is written before the handshake is done counts as sent to the log, though it never goes out. */
export const tlsEarlyBytes: Suite = {
  kind: 'traffic',
  name: 'tls-early-bytes',
  files: { 'server.pem': pem('server'), 'server-key.pem': pem('server-key') },
  upstreams: { g0: 'greet' },
  config: bootstrap(
    [secure('direct', answer, logged('direct')), secure('proxied', tcpProxy('tcp', 'cluster: g0'), logged('proxied'))],
    [cluster('g0', ['g0'])],
  ),
  cases: [
    { name: 'a filter that answers at once', steps: [{ to: 'direct', conn: 'c', raw: 'close', logs: ['direct'] }] },
    {
      name: 'an upstream that speaks first',
      steps: [
        { to: 'proxied', conn: 'c', raw: 0, reply: { g0: [{ send: 'hello' }] } },
        { do: 'await-stat', name: 'cluster.g0.upstream_cx_rx_bytes_total', value: 5 },
        { to: 'proxied', conn: 'c', fin: true, raw: 'close', logs: ['proxied'] },
        stats('^tcp\\.tcp\\.downstream_cx_tx_bytes_total$'),
      ],
    },
  ],
};

/** Pools of TCP connections are not counted, and there is no dump of routes where nothing routes. */
export const tcpAlone: Suite = {
  kind: 'traffic',
  name: 'tcp-alone',
  upstreams: { e0: 'echo' },
  config: bootstrap(
    [listener('tcp', tcpProxy('tcp', 'cluster: e0'))],
    [cluster('e0', ['e0'], 'circuit_breakers: {thresholds: [{max_connection_pools: 0, track_remaining: true}]}')],
  ),
  cases: [
    {
      name: 'pools',
      steps: [{ to: 'tcp', conn: 'open', send: 'hello', raw: 5 }, stats('^cluster\\.e0\\..*(pool|remaining_cx)')],
    },
    {
      name: 'dump',
      steps: ['clusters', 'listeners', 'static_route_configs', 'dynamic_route_configs', 'route_scopes'].map(
        (resource) => get('admin', `/config_dump?resource=${resource}`, [], { blind: true, only: '^$' }),
      ),
    },
  ],
};

const filters = 'type.googleapis.com/envoy.extensions.filters';
const inspected = (options: string) => `- name: inspected
  stat_prefix: inspected
  address: {socket_address: {address: 127.0.0.1, port_value: {{inspected}}}}
  listener_filters: [{name: t, typed_config: {"@type": ${filters}.listener.tls_inspector.v3.TlsInspector}}]
  ${options}
  filter_chains:
  - filters: [{name: e, typed_config: {"@type": ${filters}.network.echo.v3.Echo}}]
`;
const seen = stats('^listener\\.inspected\\.downstream_(pre_cx|listener_filter|cx_(total|active)$)');

/** How sockets end that listener filters still look at: by a reset, in order, for want of time. */
export const listenerFilterEnds: Suite = {
  kind: 'traffic',
  name: 'listener-filter-ends',
  config: bootstrap([inspected('listener_filters_timeout: 1s')], []),
  cases: [
    {
      name: 'reset',
      steps: [
        { to: 'inspected', conn: 'c', raw: 0 },
        { do: 'await-stat', name: 'listener.inspected.downstream_pre_cx_active', value: 1 },
        { to: 'inspected', conn: 'c', raw: 0, reset: true },
        { do: 'await-stat', name: 'listener.inspected.downstream_listener_filter_error', value: 1 },
        seen,
      ],
    },
    {
      name: 'end',
      steps: [
        { to: 'inspected', send: '\x16\x03', raw: 'close', fin: true },
        { do: 'await-stat', name: 'listener.inspected.downstream_listener_filter_remote_close', value: 1 },
        seen,
      ],
    },
    {
      name: 'timeout',
      steps: [{ to: 'inspected', raw: 'close' }, { to: 'inspected', send: '\x16\x03\x01', raw: 'close' }, seen],
    },
  ],
};

/** As before, where time that runs out is no reason to close. */
export const listenerFilterContinues: Suite = {
  kind: 'traffic',
  name: 'listener-filter-continues',
  config: bootstrap([inspected('listener_filters_timeout: 0.4s\n  continue_on_listener_filters_timeout: true')], []),
  cases: [
    {
      name: 'with what came',
      steps: [
        { to: 'inspected', conn: 'c', send: '\x16\x03\x01', raw: 3 },
        { to: 'inspected', conn: 'c', send: 'more', raw: 4 },
        seen,
      ],
    },
  ],
};

const budgets = {
  plain: 'retry_budget: {}',
  five: 'max_retries: 5, retry_budget: {budget_percent: {value: 50}}',
  none: 'max_retries: 5',
};

/** What is left of retries before and after the first one. */
export const retryBudgets: Suite = {
  kind: 'traffic',
  name: 'retry-budgets',
  upstreams: { u0: 'http' },
  config: bootstrap(
    [
      listener(
        'web',
        hcm({
          routes: Object.keys(budgets)
            .map(
              (name) =>
                `- {match: {prefix: /${name}/}, route: {cluster: ${name}, retry_policy: {retry_on: 5xx, num_retries: 1}}}\n`,
            )
            .join(''),
        }),
      ),
    ],
    Object.entries(budgets).map(([name, threshold]) =>
      cluster(name, ['u0'], `circuit_breakers: {thresholds: [{${threshold}, track_remaining: true}]}`),
    ),
  ),
  cases: [
    {
      name: 'left',
      steps: [
        stats('(remaining_retries|rq_retry_open)$'),
        ...Object.keys(budgets).map((name) =>
          get('web', `/${name}/`, [], { reply: 'HTTP/1.1 500 No\r\ncontent-length: 0\r\n\r\n', only: '^$' }),
        ),
        stats('(remaining_retries|rq_retry_open|upstream_rq_retry)$'),
      ],
    },
  ],
};
