/** Where a request goes: cluster specifier plugins, choices made anew for retries, hashes in place of chance, `vhost_header`. */
import type { Case, Suite } from '../case.ts';
import { bootstrap, cluster, hcm, listener } from '../config.ts';
import { get, type Lines, ok, type Rest, response } from '../requests.ts';

const T = 'type.googleapis.com/envoy';
const format =
  '%REQ(:PATH)% %RESPONSE_CODE% %RESPONSE_FLAGS% %RESPONSE_CODE_DETAILS% %UPSTREAM_CLUSTER% %UPSTREAM_CLUSTER_RAW% attempts=%UPSTREAM_REQUEST_ATTEMPT_COUNT% route=%ROUTE_NAME%';

const action = (name: string) =>
  `{action: {name: a, typed_config: {"@type": ${T}.extensions.router.cluster_specifiers.matcher.v3.ClusterAction, cluster: ${name}}}}`;
const header = (name: string) =>
  `{name: h, typed_config: {"@type": ${T}.type.matcher.v3.HttpRequestHeaderMatchInput, header_name: ${name}}}`;
const plugin = (name: string, matcher: string) =>
  `{name: ${name}, typed_config: {"@type": ${T}.extensions.router.cluster_specifiers.matcher.v3.MatcherClusterSpecifier, cluster_matcher: ${matcher}}}`;
const byHeader = (name: string, map: Readonly<Record<string, string>>, otherwise = '') => {
  const branches = Object.entries(map).map(([value, target]) => `"${value}": ${action(target)}`);
  const rest = otherwise === '' ? '' : `, on_no_match: ${action(otherwise)}`;
  return `{matcher_tree: {input: ${header(name)}, exact_match_map: {map: {${branches.join(', ')}}}}${rest}}`;
};

const again = 'retry_policy: {retry_on: 5xx, num_retries: 3, refresh_cluster_on_retry: true}';
const once = (name: string, text: string) =>
  `{name: ${name}, weight: 1, request_headers_to_add: [{header: {key: x-w, value: ${text}}}], response_headers_to_add: [{header: {key: x-w, value: ${text}}}]}`;
const three = `clusters: [${once('u0', 'zero')}, ${once('u1', 'one')}, ${once('u2', 'two')}]`;
const even = 'clusters: [{name: u0, weight: 1}, {name: u1, weight: 1}, {name: u2, weight: 1}]';

const targets: Readonly<Record<string, string>> = {
  named: 'cluster_specifier_plugin: p',
  twice: 'cluster_specifier_plugin: twice',
  inline: `inline_cluster_specifier_plugin: {extension: ${plugin('i', byHeader('x-to', { a: 'u0', b: 'u1', n: 'nope' }))}}`,
  response: `inline_cluster_specifier_plugin: {extension: ${plugin('i', byHeader('x-to', { a: 'u0' })).replace('HttpRequestHeader', 'HttpResponseHeader')}}`,
  absent: `inline_cluster_specifier_plugin: {is_optional: true, extension: {name: i, typed_config: {"@type": ${T}.config.route.v3.RouteMatch, prefix: /}}}`,
  attempts: `inline_cluster_specifier_plugin: {extension: ${plugin('i', byHeader('x-envoy-attempt-count', { 2: 'u1', 3: 'u2' }, 'u0'))}}, ${again}`,
  lost: `inline_cluster_specifier_plugin: {extension: ${plugin('i', byHeader('x-envoy-attempt-count', { 1: 'nope', 2: 'nope' }, 'u0'))}}, ${again}`,
  same: `inline_cluster_specifier_plugin: {extension: ${plugin('i', byHeader('x-envoy-attempt-count', { 1: 'u1', 2: 'u1' }, 'u0'))}}, retry_policy: {retry_on: 5xx}`,
  header: `cluster_header: x-to, ${again}`,
  weighted: `weighted_clusters: {header_name: x-r, ${three}}, ${again}`,
  plain: `weighted_clusters: {header_name: x-r, ${three}}, retry_policy: {retry_on: 5xx}`,
  headers: `weighted_clusters: {header_name: x-r, clusters: [{cluster_header: x-a, weight: 1}, {cluster_header: x-b, weight: 1}]}, ${again}`,
  hash: `weighted_clusters: {use_hash_policy: true, ${even}}, hash_policy: [{header: {header_name: x-h}}]`,
  ip: `weighted_clusters: {use_hash_policy: true, ${even}}, hash_policy: [{connection_properties: {source_ip: true}}]`,
  cookie: `weighted_clusters: {use_hash_policy: true, ${even}}, hash_policy: [{cookie: {name: k, ttl: 10s}}, {header: {header_name: x-h}}]`,
  typed: `cluster: u0, retry_policy_typed_config: {"@type": ${T}.config.route.v3.RetryPolicy, retry_on: 5xx}`,
  flush: 'cluster: u0, flush_timeout: 1s',
};
const routes = Object.entries(targets)
  .map(([name, text]) => `- {name: ${name}, match: {prefix: /${name}}, route: {${text}}}\n`)
  .join('');

const virtualHosts = `- name: all
  domains: ["*"]
  include_request_attempt_count: true
  routes:
${routes.replace(/^(?=.)/gm, '  ')}`;
const direct = (name: string, domains: string) =>
  `- {name: ${name}, domains: ${domains}, routes: [{match: {prefix: /}, direct_response: {status: 200, body: {inline_string: ${name}}}}]}\n`;
const hosts = [direct('exact', '[a.test]'), direct('suffix', '["*.b.test"]'), direct('port', '["a.test:80"]')];

const log = (name: string) => ({ name, format });
const config = bootstrap(
  [
    listener(
      'web',
      hcm({
        virtualHosts,
        log: log('web'),
        routeConfig: `cluster_specifier_plugins:
- {extension: ${plugin('p', byHeader('x-to', { a: 'u0', b: 'u1' }, 'u2'))}}
- {extension: ${plugin('twice', byHeader('x', {}, 'u0').replace(/matcher_tree.*\}\}, /, ''))}}
- {extension: ${plugin('twice', byHeader('x', {}, 'u1').replace(/matcher_tree.*\}\}, /, ''))}}
- {is_optional: true, extension: {name: gone, typed_config: {"@type": ${T}.config.route.v3.RouteMatch, prefix: /}}}
`,
      }),
    ),
    listener('vh', hcm({ virtualHosts: hosts.join(''), routeConfig: 'vhost_header: X-VH\n', log: log('vh') })),
    listener(
      'vhany',
      hcm({
        virtualHosts: [...hosts.slice(0, 2), direct('any', '["*"]')].join(''),
        routeConfig: 'vhost_header: x-vh\nignore_port_in_host_matching: true\n',
        log: log('vhany'),
      }),
    ),
    listener(
      'vhalone',
      hcm({ virtualHosts: direct('any', '["*"]'), routeConfig: 'vhost_header: x-vh\n', log: log('vhalone') }),
    ),
  ],
  [cluster('u0'), cluster('u1'), cluster('u2')],
);

const L: Rest = { only: '^x-', logs: ['web'] };
const one = (path: string, lines: Lines = [], rest: Rest = {}) => get('web', path, lines, { ...L, ...rest });
const ask = (name: string, ...lines: readonly Lines[]): Case => ({
  name,
  steps: (lines.length === 0 ? [[]] : lines).map((each) => one(`/${name}`, each)),
});
const failing = response('HTTP/1.1 503 no', ['content-length: 0']);
const fail = [{ send: failing }, { send: failing }, { send: failing }, { send: failing }];
/** Fails so often; each upstream answers by its own count, so that all of them are told. */
const failures = (u0: number, u1: number, u2: number) => ({
  reply: {
    u0: [...fail.slice(0, u0), { send: ok('zero') }],
    u1: [...fail.slice(0, u1), { send: ok('one') }],
    u2: [...fail.slice(0, u2), { send: ok('two') }],
  },
});
const vhost = (to: string, ...values: readonly Lines[]): Case => ({
  name: `vhost_header ${to}`,
  steps: values.map((lines) => get(to, '/', lines, { only: '^x-', logs: [to] })),
});

export const clusterChoice: Suite = {
  kind: 'traffic',
  name: 'cluster-choice',
  config,
  upstreams: { u0: 'http', u1: 'http', u2: 'http' },
  cases: [
    ask('named', ['x-to: a'], ['x-to: b'], ['x-to: c'], []),
    ask('twice'),
    ask('inline', ['x-to: a'], ['x-to: b'], ['x-to: n'], []),
    ask('response', ['x-to: a']),
    ask('absent'),
    {
      name: 'attempts go where the plugin says',
      steps: [
        one('/attempts', [], failures(0, 0, 0)),
        one('/attempts', [], failures(1, 0, 0)),
        one('/attempts', [], failures(1, 1, 0)),
        one('/attempts', [], failures(1, 1, 2)),
        one('/lost', [], failures(1, 0, 0)),
        one('/same', [], failures(1, 0, 0)),
      ],
    },
    {
      name: 'cluster_header read anew',
      steps: [one('/header', ['x-to: u1'], failures(0, 1, 0)), one('/header', [], failures(0, 1, 0))],
    },
    {
      name: 'weighted clusters chosen anew',
      steps: [
        one('/weighted', ['x-r: 0'], failures(0, 0, 0)),
        one('/weighted', ['x-r: 0'], failures(1, 0, 0)),
        one('/weighted', ['x-r: 0'], failures(1, 1, 0)),
        one('/weighted', ['x-r: 4'], failures(1, 1, 1)),
        one('/weighted', ['x-r: 5'], failures(2, 2, 2)),
        one('/plain', ['x-r: 1'], failures(0, 1, 0)),
        one('/headers', ['x-r: 1', 'x-a: u0', 'x-b: u2'], failures(0, 0, 1)),
        one('/headers', ['x-r: 1', 'x-b: u2'], failures(0, 0, 1)),
      ],
    },
    ask('hash', ['x-h: a'], ['x-h: b'], ['x-h: c'], ['x-h: d'], ['x-h: a', 'x-h: c']),
    ask('ip', [], ['x-forwarded-for: 10.1.1.1'], ['x-forwarded-for: 10.1.1.2'], ['x-forwarded-for: 10.1.1.4']),
    ask('cookie', ['cookie: k=1'], ['cookie: k=2'], ['x-h: a'], ['x-h: b']),
    { name: 'retry_policy_typed_config', steps: [one('/typed', [], failures(1, 0, 0))] },
    ask('flush'),
    vhost(
      'vh',
      ['x-vh: a.test'],
      ['x-vh: A.Test'],
      ['x-vh: c.b.test'],
      ['x-vh: a.test:80'],
      ['x-vh: b.test'],
      ['x-vh: a.test', 'x-vh: c.b.test'],
      ['x-vh:'],
      ['host: a.test'],
    ),
    vhost('vhany', ['x-vh: a.test:8080'], ['x-vh: zzz'], [], ['x-vh:'], ['host: a.test']),
    vhost('vhalone', [], ['x-vh: zzz']),
  ],
};
