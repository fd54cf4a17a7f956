/** RBAC by matchers, of connections, by URI templates, counted rule by rule. */
import type { Case, Suite } from '../case.ts';
import { bootstrap, cluster, fileLog, hcm, listener, router, tcpProxy } from '../config.ts';
import { get, type Lines, stats } from '../requests.ts';

const T = 'type.googleapis.com/envoy.extensions';
const H =
  '{name: h, typed_config: {"@type": type.googleapis.com/envoy.type.matcher.v3.HttpRequestHeaderMatchInput, header_name: x-a}}';
const ip = `{name: i, typed_config: {"@type": ${T}.matching.common_inputs.network.v3.SourceIPInput}}`;
const action = (name: string, what: string) =>
  `{action: {name: a, typed_config: {"@type": type.googleapis.com/envoy.config.rbac.v3.Action, name: ${name}, action: ${what}}}}`;
const tree = (input: string, map: string, otherwise = '') =>
  `{matcher_tree: {input: ${input}, exact_match_map: {map: {${map}}}}${otherwise === '' ? '' : `, on_no_match: ${otherwise}`}}`;
const any = '{any: true}';
const policies = (text: string, what = 'ALLOW') => `{action: ${what}, policies: {${text}}}`;
const header = (value: string) => `{header: {name: x-a, string_match: {exact: ${value}}}}`;
const template = (text: string) =>
  `{uri_template: {name: u, typed_config: {"@type": ${T}.path.match.uri_template.v3.UriTemplateMatchConfig, path_template: "${text}"}}}`;

const httpFormat =
  '%REQ(:PATH)% %RESPONSE_CODE% %RESPONSE_CODE_DETAILS% %DYNAMIC_METADATA(envoy.filters.http.rbac)% %DYNAMIC_METADATA(envoy.common)%';
const web = (name: string, config: string, routes = '- {match: {prefix: /}, direct_response: {status: 200}}\n') =>
  listener(
    name,
    hcm({
      routes,
      statPrefix: name,
      log: { name, format: httpFormat },
      httpFilters: `- {name: rbac, typed_config: {"@type": ${T}.filters.http.rbac.v3.RBAC, ${config}}}\n${router}`,
    }),
  );

const tcpFormat =
  '%RESPONSE_FLAGS% %CONNECTION_TERMINATION_DETAILS% %DOWNSTREAM_LOCAL_CLOSE_REASON% %DYNAMIC_METADATA(envoy.filters.network.rbac)% %DYNAMIC_METADATA(envoy.common)% rx=%BYTES_RECEIVED% tx=%BYTES_SENT%';
const tcp = (name: string, config: string) =>
  listener(
    name,
    `- {name: rbac, typed_config: {"@type": ${T}.filters.network.rbac.v3.RBAC, stat_prefix: ${name}., ${config}}}
${tcpProxy(name, `cluster: e0\naccess_log:\n${fileLog(name, tcpFormat)}`)}`,
  );

const loopback = '{direct_remote_ip: {address_prefix: 127.0.0.0, prefix_len: 8}}';
const elsewhere = '{direct_remote_ip: {address_prefix: 10.0.0.0, prefix_len: 8}}';
const one = (permission: string, principal = any) => `{permissions: [${permission}], principals: [${principal}]}`;
const connections: Readonly<Record<string, string>> = {
  allow: `rules: ${policies(`p: ${one(any, loopback)}`)}`,
  deny: `rules: ${policies(`"a b": ${one(any, loopback)}`, 'DENY')}`,
  nomatch: `rules: ${policies(`p: ${one(any, elsewhere)}`)}`,
  log: `rules: ${policies(`p: ${one(any, loopback)}`, 'LOG')}`,
  shadow: `shadow_rules: ${policies(`p: ${one(any, elsewhere)}`)}, shadow_rules_stat_prefix: sh_`,
  nothing: 'shadow_rules_stat_prefix: x',
  both: `rules: ${policies(`p: ${one(any, loopback)}`)}, shadow_rules: ${policies(`s: ${one(any, loopback)}`, 'DENY')}`,
  each: `rules: ${policies(`p: ${one(any, loopback)}`)}, enforcement_type: CONTINUOUS`,
  late: `rules: ${policies(`p: ${one(any, loopback)}`, 'DENY')}, delay_deny: 0.1s`,
  matcher: `matcher: ${tree(ip, `127.0.0.1: ${action('here', 'DENY')}`, action('rest', 'ALLOW'))}`,
  logmatch: `matcher: ${tree(ip, `127.0.0.1: ${action('here', 'LOG')}`)}, shadow_matcher: ${tree(ip, `10.1.1.1: ${action('there', 'ALLOW')}`)}`,
  path: `rules: ${policies(`p: ${one('{url_path: {path: {exact: ""}}}')}`)}`,
};

const ask = (to: string, ...lines: readonly Lines[]): Case => ({
  name: to,
  steps: lines.map((each) => get(to, '/', each, { logs: [to], only: '^content' })),
});
const connect = (name: string): Case => ({
  name: `connection ${name}`,
  steps: [
    { to: name, conn: 'c', send: 'hello', raw: 5, logs: [] },
    { to: name, conn: 'c', send: 'x', raw: 'close', fin: true, logs: [name] },
  ],
});

export const rbacMore: Suite = {
  kind: 'traffic',
  name: 'rbac-more',
  upstreams: { e0: 'echo' },
  config: bootstrap(
    [
      web(
        'tree',
        `matcher: ${tree(H, `allow: ${action('one', 'ALLOW')}, deny: ${action('"two three"', 'DENY')}`)}, rules: {}`,
      ),
      web(
        'logtree',
        `matcher: ${tree(H, `allow: ${action('one', 'ALLOW')}, log: ${action('two', 'LOG')}`)}, shadow_matcher: ${tree(H, `deny: ${action('s', 'DENY')}`, action('rest', 'ALLOW'))}`,
      ),
      web('template', `rules: ${policies(`t: ${one(template('/a/{b}'))}`)}`),
      web(
        'perrule',
        `track_per_rule_stats: true, rules_stat_prefix: en, rules: ${policies(`"p 1": ${one(header('a'))}, p2: ${one(header('b'))}`)}, shadow_rules: ${policies(`s.1: ${one(header('a'))}`, 'DENY')}`,
      ),
      web(
        'perrulematch',
        `track_per_rule_stats: true, matcher: ${tree(H, `allow: ${action('one', 'ALLOW')}, deny: ${action('two', 'DENY')}`)}`,
      ),
      ...Object.entries(connections).map(([name, config]) => tcp(name, config)),
    ],
    [cluster('e0')],
  ),
  cases: [
    ask('tree', ['x-a: allow'], ['x-a: deny'], ['x-a: other'], []),
    ask('logtree', ['x-a: allow'], ['x-a: log'], ['x-a: deny'], []),
    {
      name: 'template',
      steps: ['/a/b?c', '/a', '/a/b/c'].map((path) =>
        get('template', path, [], { logs: ['template'], only: '^content' }),
      ),
    },
    ask('perrule', ['x-a: a'], ['x-a: b'], ['x-a: b'], ['x-a: c']),
    ask('perrulematch', ['x-a: allow'], ['x-a: deny'], ['x-a: none']),
    ...Object.keys(connections).map(connect),
    { name: 'statistics', steps: [stats('rbac')] },
  ],
};
