/** Admin pages and log lines of what is less often looked at: limits of the runtime, forms, times, requests that find no host. */
import type { Suite } from '../case.ts';
import { bootstrap, cluster, fileLog, hcm, indent, listener } from '../config.ts';
import { get, post, stats } from '../requests.ts';

const breakers = 'circuit_breakers';
const layer = `${breakers}.u0.default.max_connections: 77, ${breakers}.u0.high.retry_budget.min_retry_concurrency: 9, ${breakers}.u0.default.max_connection_pools: 3`;
const thresholds =
  '[{retry_budget: {}, track_remaining: true}, {priority: HIGH, max_requests: 5, retry_budget: {budget_percent: {value: 30}}}]';

// What the C library takes for no conversion stands there as it is; a fraction is looked for before all else.
const times = ['%Y', '%ES', '%Ed', '%OY', '%EY', '%Oy', '%#Z', '%12Z', '%05Q', '%3Q', '%1Y', '%Y%3', '%-', 'é%Y', '%é'];
const addresses = ['(-1)', '(0)', '(8)', '(x)'].map((bits) => `%DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT${bits}%`);
const rewritten = '%REQ(:path)% %REQ(:authority)% %REQ(x-add)% %REQ(x-envoy-original-path)%';
const format = `${rewritten} %REQ(x-envoy-expected-rq-timeout-ms)% %REQ(x-envoy-attempt-count)% %RESPONSE_CODE_DETAILS% %METADATA(LISTENER_FILTER_CHAIN:chain:name)% ${addresses.join(' ')} ${times.map((time) => `%START_TIME(${time})%`).join('|')}`;

const host = `- name: all
  domains: ["*"]
  include_request_attempt_count: true
  include_attempt_count_in_response: true
  request_headers_to_add: [{header: {key: x-add, value: "v-%REQ(x-a)%"}}]
  response_headers_to_add: [{header: {key: x-back, value: "%REQ(x-add)% %REQ(:path)%"}}]
  routes:
  - match: {prefix: /none}
    route: {cluster: none, prefix_rewrite: /new, host_rewrite_literal: h.com, append_x_forwarded_host: true, retry_policy: {retry_on: 5xx}, request_mirror_policies: [{cluster: u0}]}
  - match: {prefix: /}
    route: {cluster: u0}
`;
const chain = hcm({ virtualHosts: host, extra: `access_log:\n${fileLog('web', format)}` });
const form = (type: string) => post('admin', '/runtime_modify', 'a=b', [`content-type: ${type}`], { blind: true });
const page = (path: string) => get('admin', path, [], { blind: true });

export const pagesAndLogs: Suite = {
  kind: 'traffic',
  name: 'pages-and-logs',
  upstreams: { u0: 'http' },
  config: bootstrap(
    [listener('web', chain).replace('- filters:', '- metadata: {filter_metadata: {chain: {name: one}}}\n    filters:')],
    [cluster('u0', ['u0'], `circuit_breakers: {thresholds: ${thresholds}}`), '- name: none\n  type: STATIC\n'],
    `layered_runtime:\n  layers:\n${indent(`- {name: base, static_layer: {${layer}}}\n- {name: admin, admin_layer: {}}`, 2)}\n`,
  ),
  cases: [
    {
      name: 'limits of the runtime',
      steps: [page('/clusters?filter=u0'), page('/clusters?format=json&filter=u0'), stats('remaining_(cx|retries)')],
    },
    {
      name: 'a form has no parameters in its type',
      steps: ['; charset=utf-8', ''].map((more) => form(`application/x-www-form-urlencoded${more}`)),
    },
    {
      name: 'a request without a host has been made ready for it',
      steps: [
        get('web', '/none/a?b', ['x-a: 1', 'x-envoy-max-retries: 2'], { logs: ['web'] }),
        stats('^cluster\\.none\\.upstream_rq_(total|503|retry)$'),
        get('web', '/', [], { logs: ['web'] }),
      ],
    },
  ],
};
