/** Which virtual host and which route a request meets. Each route answers with its own name. */
import type { Case, Suite } from '../case.ts';
import { bootstrap, cluster, hcm, indent, listener } from '../config.ts';
import { get, gets, request } from '../requests.ts';

/** Routes that answer with their number; `matches` in order. */
function numbered(name: string, domains: string, matches: readonly string[]): string {
  const routes = matches.map((match, index) => {
    const body = `{inline_string: "${name} ${index}"}`;
    return `- {match: ${match}, direct_response: {status: 200, body: ${body}}}`;
  });
  return `- name: ${name}\n  domains: ${domains}\n  routes:\n${indent(routes.join('\n'), 2)}\n`;
}

const header = (kind: string) => `{prefix: /, headers: [{name: x-a, ${kind}}]}`;
const query = (kind: string) => `{prefix: /, query_parameters: [{name: q, ${kind}}]}`;

const headerKinds: readonly (readonly [string, string])[] = [
  ['exact', 'string_match: {exact: Foo}'],
  ['exact ignoring case', 'string_match: {exact: Foo, ignore_case: true}'],
  ['prefix', 'string_match: {prefix: Fo}'],
  ['suffix', 'string_match: {suffix: oo}'],
  ['contains', 'string_match: {contains: o}'],
  ['regex', 'string_match: {safe_regex: {regex: "F.*"}}'],
  ['regex whole value', 'string_match: {safe_regex: {regex: "F"}}'],
  ['present', 'present_match: true'],
  ['absent', 'present_match: false'],
  ['range', 'range_match: {start: -5, end: 10}'],
  ['inverted exact', 'string_match: {exact: Foo}, invert_match: true'],
  ['inverted present', 'present_match: true, invert_match: true'],
  ['inverted range', 'range_match: {start: 0, end: 5}, invert_match: true'],
  ['missing as empty', 'string_match: {exact: ""}, treat_missing_header_as_empty: true'],
  ['inverted missing as empty', 'string_match: {exact: Foo}, invert_match: true, treat_missing_header_as_empty: true'],
  ['exact_match', 'exact_match: Foo'],
  ['prefix_match', 'prefix_match: Fo'],
  ['suffix_match', 'suffix_match: oo'],
  ['contains_match', 'contains_match: o'],
  ['safe_regex_match', 'safe_regex_match: {regex: "F.*"}'],
];

const headerValues: readonly (readonly string[])[] = [
  [],
  ['x-a: Foo'],
  ['x-a: foo'],
  ['x-a: '],
  ['x-a: 3'],
  ['x-a: 10'],
  ['x-a: -5'],
  ['x-a: Foo', 'x-a: Bar'],
];

const queryKinds: readonly (readonly [string, string])[] = [
  ['present', 'present_match: true'],
  ['absent', 'present_match: false'],
  ['exact', 'string_match: {exact: v}'],
  ['exact empty', 'string_match: {exact: ""}'],
  ['regex', 'string_match: {safe_regex: {regex: "v+"}}'],
  ['prefix ignoring case', 'string_match: {prefix: V, ignore_case: true}'],
];

const queries = [
  '/',
  '/?q',
  '/?q=',
  '/?q=v',
  '/?q=vv&q=x',
  '/?x=1&q=v',
  '/?Q=v',
  '/?q=%76',
  '/?q=v#f',
  '/?qq=v',
  '/?q=V',
];

const kindHosts = (part: string, kinds: readonly (readonly [string, string])[], match: (kind: string) => string) =>
  kinds.map(([, kind], index) => numbered(`${part}${index}`, `["${part}${index}.test"]`, [match(kind)])).join('');

const paths = numbered('paths', '["paths.test"]', [
  '{path: /exact}',
  '{path: /CASE, case_sensitive: false}',
  '{path_separated_prefix: /sep}',
  '{path_separated_prefix: /Sep2, case_sensitive: false}',
  '{safe_regex: {regex: "/re/[0-9]+"}}',
  '{prefix: /pre/fix}',
  '{prefix: /pre}',
  '{prefix: /Low, case_sensitive: false}',
  '{path_match_policy: {name: t, typed_config: {"@type": type.googleapis.com/envoy.extensions.path.match.uri_template.v3.UriTemplateMatchConfig, path_template: "/tpl/{a}/x/{b=**}"}}}',
  '{prefix: /, headers: [{name: ":method", string_match: {exact: DELETE}}]}',
  '{prefix: /, headers: [{name: ":authority", string_match: {suffix: ":81"}}]}',
  '{prefix: /, headers: [{name: ":scheme", string_match: {exact: https}}]}',
  '{prefix: /, grpc: {}}',
  '{prefix: /all, headers: [{name: x-a, present_match: true}, {name: x-b, present_match: true}], query_parameters: [{name: q, present_match: true}]}',
  '{prefix: /cookie, cookies: [{name: c, string_match: {exact: v}}]}',
]);

const one = (name: string, domains: string) => numbered(name, domains, ['{prefix: /}']);

const virtualHosts =
  paths +
  one('exact', '["exact.test"]') +
  one('port', '["exact.test:8080"]') +
  one('suffix', '["*.wild.test"]') +
  one('longer suffix', '["*.b.wild.test"]') +
  one('suffix without dot', '["*-x.wild.test"]') +
  one('prefix', '["pre.*"]') +
  one('longer prefix', '["pre.fix.*"]') +
  one('upper', '["UPPER.test"]') +
  one('ipv6', '["[::1]"]') +
  one('none', '["star.test", "other.test"]') +
  kindHosts('header', headerKinds, header) +
  kindHosts('query', queryKinds, query);

const config = bootstrap(
  [
    listener('web', hcm({ virtualHosts, extra: '' })),
    listener('star', hcm({ virtualHosts: one('any', '["*"]') + one('exact', '["exact.test"]') })),
    listener('portless', hcm({ virtualHosts, routeConfig: 'ignore_port_in_host_matching: true' })),
    listener('empty', hcm({ virtualHosts: '- {name: none, domains: ["*"]}' })),
    listener(
      'tls',
      hcm({
        virtualHosts: `- {name: t, domains: ["*"], require_tls: ALL, routes: [{match: {prefix: /}, direct_response: {status: 200}}]}`,
      }),
    ),
  ],
  [cluster('u0')],
);

const hosts = [
  'exact.test',
  'EXACT.test',
  'exact.test.',
  'exact.test:8080',
  'exact.test:80',
  'a.wild.test',
  'wild.test',
  '.wild.test',
  'a.b.wild.test',
  'b.wild.test',
  'c-x.wild.test',
  '-x.wild.test',
  'A.WILD.TEST',
  'pre.a',
  'pre.',
  'pre.fix.a',
  'pre.fix',
  'pre',
  'upper.test',
  'UPPER.TEST',
  '[::1]',
  '[::1]:80',
  'other.test',
  'unknown.test',
  'a.wild.test:81',
];

function hostCases(to: string): Case {
  return {
    name: `domains on ${to}`,
    steps: hosts.map((host) => get(to, '/', [`host: ${host}`], { only: '^$', blind: true })),
  };
}

const bare = { only: '^$', blind: true } as const;
const onPaths = ['host: paths.test'];

export const routeMatch: Suite = {
  kind: 'traffic',
  name: 'route-match',
  config,
  upstreams: { u0: 'http' },
  cases: [
    hostCases('web'),
    hostCases('star'),
    hostCases('portless'),
    gets('no routes at all', 'empty', ['/'], [], { blind: true }),
    gets('require_tls', 'tls', ['/a?b', '/'], ['host: t.test:8080'], { blind: true }),
    gets(
      'paths',
      'web',
      [
        '/exact',
        '/exact/',
        '/exact?x',
        '/Exact',
        '/case',
        '/CaSe',
        '/sep',
        '/sep/',
        '/sep/x',
        '/sep?x',
        '/sepa',
        '/sep2/x',
        '/re/12',
        '/re/',
        '/re/12/',
        '/re/1?x=2',
        '/pre',
        '/pre/fix',
        '/pre/fixed',
        '/prefix',
        '/LOW/x',
        '/tpl/1/x/2',
        '/tpl/1/x/2/3',
        '/tpl/1/x',
        '/tpl//x/2',
        '/nothing',
        '/',
        '//exact',
        '/./exact',
        '/%65xact',
      ],
      onPaths,
      bare,
    ),
    { name: 'method', steps: [{ to: 'web', send: request('DELETE /m HTTP/1.1', onPaths), ...bare }] },
    { name: 'authority', steps: [get('portless', '/m', ['host: paths.test:81'], bare)] },
    { name: 'scheme', steps: [get('web', '/m', [...onPaths, 'x-forwarded-proto: https'], bare)] },
    { name: 'absolute https', steps: [get('web', 'https://paths.test/m', [], bare)] },
    {
      name: 'grpc',
      steps: [
        get('web', '/m', [...onPaths, 'content-type: application/grpc'], bare),
        get('web', '/m', [...onPaths, 'content-type: application/grpc+proto'], bare),
        get('web', '/m', [...onPaths, 'content-type: application/grpcfoo'], bare),
      ],
    },
    {
      name: 'all criteria',
      steps: [
        get('web', '/all?q', [...onPaths, 'x-a: 1', 'x-b: 2'], bare),
        get('web', '/all?q', [...onPaths, 'x-a: 1'], bare),
        get('web', '/all', [...onPaths, 'x-a: 1', 'x-b: 2'], bare),
      ],
    },
    {
      name: 'cookies',
      steps: ['c=v', 'c=w', 'd=1; c=v', 'c=v; c=w', 'c="v"', 'cc=v'].map((cookie) =>
        get('web', '/cookie', [...onPaths, `cookie: ${cookie}`], bare),
      ),
    },
    ...headerKinds.map(([name], index) => ({
      name: `header ${name}`,
      steps: headerValues.map((lines) => get('web', '/', [`host: header${index}.test`, ...lines], bare)),
    })),
    ...queryKinds.map(([name], index) => gets(`query ${name}`, 'web', queries, [`host: query${index}.test`], bare)),
  ],
};
