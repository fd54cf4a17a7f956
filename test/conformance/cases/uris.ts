/** Parts of URIs where Envoy has a mind of its own: paths of redirects, parameters of paths, ports of hosts, locations that are followed. */
import type { Case, Suite } from '../case.ts';
import { bootstrap, cluster, hcm, indent, listener } from '../config.ts';
import { get, gets, ok, response } from '../requests.ts';

const format = '%REQ(:PATH)% %REQ(X-ENVOY-ORIGINAL-PATH)% %REQ(:AUTHORITY)% %RESPONSE_CODE% %ROUTE_NAME%';
const logs = { logs: ['web'] } as const;
const route = (match: string, action: string) => `- {match: {${match}}, ${action}}\n`;
const named = (match: string, name: string) =>
  route(match, `name: "${name}", direct_response: {status: 200, body: {inline_string: "${name}"}}`);
const regex = (pattern: string, substitution: string) =>
  `regex_rewrite: {pattern: {regex: "${pattern}"}, substitution: "${substitution}"}`;

/** What a redirect makes of its path; `:path` and `x-envoy-original-path` as response headers see them. */
const redirects: Readonly<Record<string, string>> = {
  path: 'path_redirect: abc',
  query: 'path_redirect: "?q=1"',
  prefix: 'prefix_rewrite: abc',
  regex: regex('^/r/regex', 'abc'),
  nothing: regex('^/r/nothing', ''),
  format: 'path_rewrite: "%REQ(x-to)%"',
  stripped: 'path_rewrite: "%REQ(x-to)%", strip_query: true',
};
const seen = 'response_headers_to_add: [{header: {key: x-seen, value: "%REQ(:path)% %REQ(x-envoy-original-path)%"}}]';
const followed = 'internal_redirect_policy: {response_headers_to_copy: [x-copied]}';
const routes = [
  ...Object.entries(redirects).map(([name, text]) => route(`prefix: /r/${name}`, `redirect: {${text}}, ${seen}`)),
  route('prefix: /nothing', `route: {cluster: up, ${regex('^/nothing', '')}}`),
  route('prefix: /follow', `route: {cluster: up, ${followed}}`),
  route(
    'prefix: /cross',
    'route: {cluster: up, internal_redirect_policy: {allow_cross_scheme_redirect: true, predicates: [{name: s, typed_config: {"@type": type.googleapis.com/envoy.extensions.internal_redirect.safe_cross_scheme.v3.SafeCrossSchemeConfig}}]}}',
  ),
  route('prefix: /mirror', 'route: {cluster: up, request_mirror_policies: [{cluster: shadow}]}'),
  route('prefix: /pre', 'route: {cluster: up, prefix_rewrite: /new}'),
  route('path: /ex/act', 'route: {cluster: up, prefix_rewrite: /new}'),
  route('path_separated_prefix: /sep/a', 'route: {cluster: up, prefix_rewrite: /new}'),
  route('safe_regex: {regex: "/rx/a"}', 'route: {cluster: up, prefix_rewrite: /new}'),
  named('path: /a/b', 'path'),
  named('path: /a', 'a'),
  named('prefix: /a/c/', 'prefix'),
  named('prefix: /', 'rest'),
].join('');
const host = (name: string, domains: string) =>
  `- name: ${name}\n  domains: [${domains}]\n  routes: [{match: {prefix: /}, direct_response: {status: 200, body: {inline_string: ${name}}}}]\n`;
const virtualHosts = `${host('one', 'one.test')}${host('six', '"[::1]", "::1", "::1:80"')}- name: all\n  domains: ["*"]\n  routes:\n${indent(routes, 2)}\n`;
const log = { name: 'web', format };
const ignoring = 'ignore_path_parameters_in_path_matching: true\nignore_port_in_host_matching: true';
const oldHttp = 'http_protocol_options: {accept_http_10: true, default_host_for_http_10: def.test}';
const listeners = {
  plain: hcm({ virtualHosts, log }),
  ignoring: hcm({ virtualHosts, log, routeConfig: ignoring }),
  portless: hcm({ virtualHosts, log, extra: 'strip_any_host_port: true' }),
  old: hcm({ virtualHosts, log, extra: oldHttp }),
};

const follow = (path: string, location: string) =>
  get('plain', path, [], {
    ...logs,
    reply: [{ send: response('HTTP/1.1 302 x', [`location: ${location}`, 'content-length: 0']) }, { send: ok('end') }],
  });
const hosts = ['one.test:', 'one.test:x', 'one.test:99999', '::1', '::1:80', '[::1]:', ':80'];
const asking = (to: string, names: readonly string[], path = '/x'): Case => ({
  name: `hosts, ${to} ${path}`,
  steps: names.map((name) => get(to, path, [`host: ${name}`], logs)),
});

export const uris: Suite = {
  kind: 'traffic',
  name: 'uris',
  config: bootstrap(
    Object.entries(listeners).map(([name, filter]) => listener(name, filter)),
    [cluster('up'), cluster('shadow')],
  ),
  upstreams: { up: 'http', shadow: 'http' },
  cases: [
    gets(
      'paths of redirects',
      'plain',
      ['path', 'query', 'prefix/a', 'regex/a', 'nothing', 'nothing?z', 'format'].map((name) => `/r/${name}`),
      [],
      logs,
    ),
    ...['/to', '/to?z=1', 'to', '?z'].map((path) =>
      gets(`path_rewrite ${path}`, 'plain', ['/r/format?q', '/r/stripped?q'], [`x-to: ${path}`], logs),
    ),
    gets('an expression that leaves nothing', 'plain', ['/nothing', '/nothing?z', '/nothing/a'], [], logs),
    gets(
      'parameters',
      'ignoring',
      [
        '/a;x/b',
        '/a;x/b;y',
        '/a;/b',
        '/a;x?y/b',
        '/a/c;x/',
        '/a/c;x',
        '/pre;x/y?z',
        '/ex;1/act',
        '/ex/act;1',
        '/sep;1/a/b',
        '/sep/a;1/b',
        '/rx;1/a',
      ],
      [],
      logs,
    ),
    asking('plain', hosts),
    asking('ignoring', hosts),
    asking('portless', hosts),
    asking('plain', ['a:80', 'a:b', 'a:', '::1', '[::1]', '[::1]:80'], '/mirror'),
    {
      name: 'a host of HTTP/1.0 that is empty',
      steps: ['', 'host:\r\n'].map((line) => ({ to: 'old', send: `GET /pre HTTP/1.0\r\n${line}\r\n`, ...logs })),
    },
    {
      name: 'locations',
      steps: [
        'http://test/a/b#f',
        'HTTP://test/a/b',
        'http://user@test/pre',
        'http://te_st/pre',
        'http://test/pre a',
        'http://test/pre\xe9',
        'http://test?q=1',
        'http://test#f',
        'ftp://test/pre',
        'http://test:x/pre',
        '/pre',
      ].map((location) => follow('/follow', location)),
    },
    {
      name: 'locations of other schemes',
      steps: ['https', 'ftp'].map((scheme) => follow('/cross', `${scheme}://test/pre`)),
    },
  ],
};
