/** What random compositions of features showed (test/fuzz/traffic.ts): one small case for each. */
import type { Case, Exchange, Suite } from '../case.ts';
import { bootstrap, cluster, hcm, listener, router } from '../config.ts';
import { get, ok, post, request, response } from '../requests.ts';

const types = 'type.googleapis.com/envoy.extensions';
const format = '%REQ(:PATH)% %RESPONSE_CODE% %RESPONSE_FLAGS% %RESPONSE_CODE_DETAILS% %METADATA(VIRTUAL_HOST:mine:a)%';
const overwrite = (key: string, action = 'OVERWRITE_IF_EXISTS_OR_ADD') =>
  `{append: {header: {key: ${key}, value: over}, append_action: ${action}}}`;

const overwritten = (key: string) => `{header: {key: ${key}, value: route}, append_action: OVERWRITE_IF_EXISTS}`;

const filters = `
- name: buf
  typed_config: {"@type": ${types}.filters.http.buffer.v3.Buffer, max_request_bytes: 6}
- name: hm
  typed_config:
    "@type": ${types}.filters.http.header_mutation.v3.HeaderMutation
    mutations:
      request_mutations: [${overwrite('user-agent', 'OVERWRITE_IF_EXISTS')}, ${overwrite('x-q')}]
      response_mutations:
      - {append: {header: {key: x-seen, value: "%REQ(:method)%|%PROTOCOL%"}}}
      - ${overwrite('location', 'OVERWRITE_IF_EXISTS')}
      - ${overwrite('server')}
      - ${overwrite('x-a')}
${router}`;

const virtualHosts = `
- name: known
  domains: ["known.test", "*.known.test"]
  metadata: {filter_metadata: {mine: {a: of known}}}
  routes:
  - {match: {prefix: /old}, redirect: {path_redirect: /new}, stat_prefix: redirected, response_headers_to_add: [{header: {key: x-a, value: route}}]}
  - {match: {prefix: /direct}, direct_response: {status: 200, body: {inline_string: direct}}, stat_prefix: direct}
  - {match: {prefix: /host}, route: {cluster: u0, host_rewrite: "%REQ(x-none)%.test"}, stat_prefix: forwarded}
  - {match: {prefix: /group}, route: {cluster: u0, regex_rewrite: {pattern: {regex: "o"}, substitution: "[\\\\1]"}}}
  - {match: {prefix: /over}, route: {cluster: u0}, request_headers_to_add: [${overwritten('user-agent')}, ${overwritten('x-q')}], response_headers_to_add: [${['server', 'location', 'x-a', 'cache-control'].map(overwritten).join(', ')}]}
  - {match: {prefix: /up}, route: {cluster: u0}}
- name: rest
  domains: ["*"]
  metadata: {filter_metadata: {mine: {a: of rest}}}
  per_request_buffer_limit_bytes: 1000
  routes: [{match: {prefix: /only, headers: [{name: x-not, exact_match: a, invert_match: true}]}, route: {cluster: u0}}]
`;

const weighted = `- name: weighted
  load_assignment:
    cluster_name: weighted
    endpoints:
    - locality: {region: r}
      load_balancing_weight: 3
      lb_endpoints: [{endpoint: {address: {socket_address: {address: 127.0.0.1, port_value: 1}}}}]
`;

const L = { logs: ['web'] } as const;
const c = (name: string, ...steps: readonly Exchange[]): Case => ({ name, steps });
const known = 'host: known.test';
const raw = (start: string, lines: readonly string[], body = ''): Exchange => ({
  to: 'web',
  send: request(start, lines, body),
  ...L,
});

export const composed: Suite = {
  kind: 'traffic',
  name: 'composed',
  upstreams: { u0: 'http' },
  config: bootstrap(
    [
      listener(
        'web',
        hcm({
          virtualHosts,
          httpFilters: filters,
          log: { name: 'web', format },
          extra:
            'upgrade_configs: [{upgrade_type: websocket}]\nnormalize_path: true\npath_with_escaped_slashes_action: REJECT_REQUEST',
        }),
      ),
    ],
    [cluster('u0'), weighted],
    'node: {metadata: {a: b, c: {d: [1]}}}',
  ),
  cases: [
    c(
      'filters see early replies',
      raw('FOO /up HTTP/1.1', [known]),
      raw('GET /up HTTP/1.1', [known, 'transfer-encoding: identity']),
      raw('GET /up HTTP/1.1', [known, 'content-length: x']),
      raw('GET up HTTP/1.1', [known]),
      raw('GET /up HTTP/1.0', [known]),
      { to: 'web', send: 'GET /up HTTP/1.1\r\n\r\n', ...L },
    ),
    c('an early reply is no upgrade', raw('GET up HTTP/1.1', [known, 'connection: upgrade', 'upgrade: websocket']), {
      ...raw('GET /up#f HTTP/1.1', [known, 'connection: upgrade', 'upgrade: websocket']),
      stats: '^http\\.in\\.downstream_cx_upgrades_total$',
    }),
    c(
      'a body above the limit closes',
      post('web', '/up', '1234567', [known], L),
      post('web', '/up', '123456', [known], L),
    ),
    c(
      'the same in chunks',
      raw('POST /up HTTP/1.1', [known, 'transfer-encoding: chunked'], '7\r\n1234567\r\n0\r\n\r\n'),
      raw('POST /none HTTP/1.1', [known, 'transfer-encoding: chunked'], '7\r\n1234567\r\n0\r\n\r\n'),
    ),
    c('the virtual host without a route', get('web', '/none', [known], L), get('web', '/none', ['host: x'], L)),
    c('an empty host', get('web', '/only', ['host: '], L), get('web', '/none', ['host: '], L)),
    c(
      'overwriting puts last',
      get('web', '/old', [known], L),
      get('web', '/direct', [known], L),
      get('web', '/up', [known, 'user-agent: mine', 'x-q: 1', 'x-r: 2'], {
        ...L,
        reply: ok('hi', ['location: /l', 'x-a: up', 'x-z: z']),
      }),
    ),
    c(
      'overwriting on a route puts last',
      get('web', '/over', [known, 'user-agent: mine', 'x-q: 1', 'x-r: 2'], {
        ...L,
        reply: ok('hi', ['server: up', 'x-a: up', 'location: /l', 'cache-control: no', 'x-z: z']),
      }),
    ),
    c('a host of nothing', get('web', '/host', [known], L)),
    c('a group that is not there', get('web', '/group/foo', [known], L)),
    c(
      'odd status codes',
      get('web', '/up', [known], { ...L, reply: response('HTTP/1.1 600 Far', ['content-length: 0']) }),
      get('web', '/up', [known], { ...L, reply: response('HTTP/1.1 599 Far', ['content-length: 0']) }),
      {
        ...get('admin', '/ready'),
        only: '^$',
        blind: true,
        stats: '^cluster\\.u0\\..*(rq_\\d|rq_unknown|bytes_buffered)|^vhost\\..*(rq_total|rq_timeout)$',
      },
    ),
    c(
      'admin pages',
      get('admin', '/stats?type=Gauges&filter=soft_drain'),
      get('admin', '/config_dump?include_eds&resource=static_endpoint_configs&name_regex=weighted'),
      { ...get('admin', '/server_info'), normalise: ['json-shape'] },
    ),
    c('deprecated fields are counted', {
      ...get('admin', '/ready'),
      only: '^$',
      blind: true,
      stats: '^runtime\\.deprecated',
    }),
    c(
      'buffered bytes of an open connection',
      { ...get('web', '/direct', [known]), conn: 'a' },
      {
        ...get('admin', '/ready'),
        only: '^$',
        blind: true,
        stats: '^http\\.in\\.downstream_cx_rx_bytes_buffered$',
      },
    ),
  ],
};
