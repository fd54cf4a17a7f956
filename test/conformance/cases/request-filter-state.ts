/** What requests leave in filter state, internal redirects and routes that heed it; clusters by groups of attempts. */
import type { Suite } from '../case.ts';
import { bootstrap, cluster, hcm, listener, router } from '../config.ts';
import { get, type Lines, ok, type Rest, stats } from '../requests.ts';

const T = 'type.googleapis.com/envoy.extensions';
const value = (key: string, factory: string, text: string, rest = '') =>
  `{object_key: ${key}, factory_key: ${factory}, ${rest} format_string: {text_format_source: {inline_string: "${text}"}}}`;
const config = (values: readonly string[], more = '') =>
  `{"@type": ${T}.filters.http.set_filter_state.v3.Config, on_request_headers: [${values.join(', ')}], ${more}}`;
const redirecting = (key: string, more = '') =>
  `internal_redirect_policy: {predicates: [{name: p, typed_config: {"@type": ${T}.internal_redirect.filter_state.v3.FilterStateConfig, redirect_enabled_key: ${key}, ${more}}}]}`;
const groups = (more = '') =>
  `inline_cluster_specifier_plugin: {extension: {name: g, typed_config: {"@type": ${T}.router.cluster_specifiers.priority_group.v3.PriorityGroupClusterSpecifier, priority_groups: [{name: first, clusters: [{cluster_name: u0, weight: 1}]}, {name: second, clusters: [{cluster_name: u1, weight: 2}, {cluster_name: u0, weight: 1}]}], ${more}}}}`;
const retry = (more = '') =>
  `retry_policy: {retry_on: "5xx", num_retries: 3, ${more} retry_back_off: {base_interval: 0.001s, max_interval: 0.002s}}`;
const refresh = 'refresh_cluster_on_retry: true,';
const to = (path: string, action: string, more = '') => `- {match: {path: /${path}}, route: {${action}}${more}}\n`;

const routes = [
  '- {match: {prefix: /, filter_state: [{key: go, string_match: {exact: direct}}]}, direct_response: {status: 299}}\n',
  to('switched', `cluster: u0, ${redirecting('switch')}`),
  to('unless', `cluster: u0, ${redirecting('switch', 'redirect_if_absent: true')}`),
  to('string', `cluster: u0, ${redirecting('a')}`),
  to(
    'own',
    'cluster: u0',
    `, typed_per_filter_config: {state: ${config([value('a', 'envoy.string', 'of the route'), value('b', 'envoy.hashable_string', 'own')])}}`,
  ),
  to('groups', `${groups()}, ${retry(refresh)}`),
  to('stays', `${groups()}, ${retry()}`),
  to('header', `${groups('header_name: x-r')}, ${retry(refresh)}`),
  to('u0', 'cluster: u0'),
].join('');
const format =
  '%REQ(:PATH)% %RESPONSE_CODE% %RESPONSE_CODE_DETAILS% %UPSTREAM_CLUSTER% %UPSTREAM_REQUEST_ATTEMPT_COUNT% %FILTER_STATE(a:PLAIN)% %FILTER_STATE(switch:PLAIN)% %FILTER_STATE(b:PLAIN)% %FILTER_STATE(ip:PLAIN)% %FILTER_STATE(go:PLAIN)%';
const httpFilters = `- {name: state, typed_config: ${config(
  [
    value('a', 'envoy.string', '%REQ(x-a)%'),
    value('switch', 'envoy.bool', '%REQ(x-switch)%'),
    value('ip', 'envoy.network.ip', '%REQ(x-ip)%', 'skip_if_empty: true, read_only: true,'),
    value('go', 'envoy.string', '%REQ(x-go)%'),
  ],
  'clear_route_cache: true',
)}}\n${router}`;

const logged: Rest = { logs: ['web'], blind: true };
const ask = (path: string, lines: Lines = [], rest: Rest = {}) => get('web', path, lines, { ...logged, ...rest });
const away = 'HTTP/1.1 302 X\r\nlocation: http://test/u0\r\ncontent-length: 0\r\n\r\n';
const redirected: Rest = { reply: { u0: [{ send: away }, { send: ok() }] } };
const bad = { send: 'HTTP/1.1 503 X\r\ncontent-length: 0\r\n\r\n' };
const failing: Rest = { reply: { u0: [bad, bad, bad, bad], u1: [bad, bad, bad, bad] } };

export const requestFilterState: Suite = {
  kind: 'traffic',
  name: 'request-filter-state',
  upstreams: { u0: 'http', u1: 'http' },
  config: bootstrap(
    [listener('web', hcm({ routes, httpFilters, log: { name: 'web', format } }))],
    [cluster('u0'), cluster('u1')],
  ),
  cases: [
    {
      name: 'objects',
      steps: [
        ask('/u0', ['x-a: one', 'x-switch: true', 'x-ip: 10.0.0.1']),
        ask('/u0', ['x-switch: yes', 'x-ip: none']),
        ask('/u0', ['x-go: direct']),
        ask('/own', ['x-a: one']),
      ],
    },
    {
      name: 'internal redirects',
      steps: ['/switched', '/unless', '/string'].flatMap((path) => [
        ask(path, ['x-switch: true', 'x-a: true'], redirected),
        ask(path, ['x-switch: false'], redirected),
        ask(path, [], redirected),
      ]),
    },
    {
      name: 'groups of clusters',
      steps: [
        ask('/groups'),
        ask('/stays', [], failing),
        ...['0', '1', '2', '18446744073709551615'].map((number) => ask('/header', [`x-r: ${number}`], failing)),
      ],
    },
    { name: 'statistics', steps: [stats('internal_redirect|^cluster\\.u.\\.(retry|upstream_rq_(retry|total|503))')] },
  ],
};

const pair = (first: string, second: string, retries: number) =>
  `inline_cluster_specifier_plugin: {extension: {name: g, typed_config: {"@type": ${T}.router.cluster_specifiers.priority_group.v3.PriorityGroupClusterSpecifier, priority_groups: [{name: one, clusters: [{cluster_name: ${first}, weight: 1}]}, {name: two, clusters: [{cluster_name: ${second}, weight: 1}]}]}}}, retry_policy: {retry_on: "5xx", num_retries: ${retries}, refresh_cluster_on_retry: true, retry_back_off: {base_interval: 0.001s, max_interval: 0.002s}}`;
const pairs: Readonly<Record<string, string>> = {
  'never-again': pair('u0', 'u1', 0),
  'full-before': pair('full', 'u1', 1),
  'full-after': pair('u0', 'full', 1),
  'other-helps': pair('u0', 'u1', 2),
  nobody: pair('u0', 'nohost', 2),
  'last-stays': pair('u0', 'u1', 3),
};
const counted = stats('^cluster\\.(u.|full|nohost)\\.(retry\\.|upstream_rq_(retry|total|503|200|completed))');

/** A retry counts for the cluster that it goes to; whether there may be one is the matter of the one before. */
export const refreshedClusters: Suite = {
  kind: 'traffic',
  name: 'refreshed-clusters',
  upstreams: { u0: 'http', u1: 'http' },
  config: bootstrap(
    [
      listener(
        'web',
        hcm({
          routes: Object.entries(pairs)
            .map(([path, action]) => to(path, action))
            .join(''),
          log: {
            name: 'web',
            format: '%UPSTREAM_CLUSTER% %RESPONSE_CODE% %RESPONSE_FLAGS% %UPSTREAM_REQUEST_ATTEMPT_COUNT%',
          },
        }),
      ),
    ],
    [
      cluster('u0'),
      cluster('u1'),
      cluster('full', ['u0'], 'circuit_breakers: {thresholds: [{max_retries: 0}]}'),
      '- {name: nohost, load_assignment: {cluster_name: nohost}}\n',
    ],
  ),
  cases: Object.keys(pairs).map((path) => ({
    name: path,
    steps: [
      ask(`/${path}`, [], { reply: { u0: [bad], u1: path === 'last-stays' ? [bad, bad, bad] : [{ send: ok() }] } }),
      counted,
    ],
  })),
};
