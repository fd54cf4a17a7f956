/** What matchers look at besides texts: requests by CEL, values of dynamic metadata; and which inputs go with which matchers where. */
import type { NamedConfig, Suite, VerdictTable } from '../case.ts';
import { bootstrap, cluster, hcm, listener, tcpProxy, to } from '../config.ts';
import { get } from '../requests.ts';

const url = 'type.googleapis.com';
const typed = (type: string, fields = '') =>
  `{name: named, typed_config: {"@type": ${url}/${type}${fields === '' ? '' : `, ${fields}`}}}`;
const network = 'envoy.extensions.matching.common_inputs.network.v3';
const matchers = 'envoy.extensions.matching.input_matchers';

const inputs: Readonly<Record<string, string>> = {
  request: typed('xds.type.matcher.v3.HttpAttributesCelMatchInput'),
  header: typed('envoy.type.matcher.v3.HttpRequestHeaderMatchInput', 'header_name: x-a'),
  metadata: typed(`${network}.DynamicMetadataInput`, 'filter: ns, path: [{key: key}]'),
  'local reply': typed('envoy.type.matcher.v3.HttpResponseLocalReplyMatchInput'),
  'source ip': typed(`${network}.SourceIPInput`),
  'filter state': typed(`${network}.FilterStateInput`, 'key: k'),
  environment: typed('envoy.extensions.matching.common_inputs.environment_variable.v3.Config', 'name: HOME'),
};

const identifier = (name: string) => `{ident_expr: {name: ${name}}}`;
const select = (operand: string, field: string) => `{select_expr: {operand: ${operand}, field: ${field}}}`;
const constant = (kind: string, value: string) => `{const_expr: {${kind}_value: ${value}}}`;
const call = (name: string, ...args: readonly string[]) =>
  `{call_expr: {function: "${name}", args: [${args.join(', ')}]}}`;
const headerOf = (name: string) => call('_[_]', select(identifier('request'), 'headers'), constant('string', name));
const isV = call('_==_', headerOf('x-a'), constant('string', 'v'));

const cel = (expression: string) => `custom_match: ${typed('xds.type.matcher.v3.CelMatcher', expression)}`;
const parsed = (expression: string) => cel(`expr_match: {cel_expr_parsed: {expr: ${expression}}}`);
const ofMetadata = (value: string) => `custom_match: ${typed(`${matchers}.metadata.v3.Metadata`, value)}`;
const exactly = ofMetadata('value: {string_match: {exact: v}}');
const text = 'value_match: {exact: v}';
const addresses = `custom_match: ${typed(`${matchers}.ip.v3.Ip`, 'stat_prefix: s, cidr_ranges: [{address_prefix: 127.0.0.0, prefix_len: 8}]')}`;

const when = (input: string, matcher: string, action: string) =>
  `matcher_list: {matchers: [{predicate: {single_predicate: {input: ${input}, ${matcher}}}, on_match: {action: ${action}}}]}`;
const map = (input: string, action: string) =>
  `matcher_tree: {input: ${input}, exact_match_map: {map: {v: {action: ${action}}}}}`;
const byRange = (input: string, action: string) =>
  `matcher_tree: {input: ${input}, custom_match: ${typed('xds.type.matcher.v3.IPMatcher', `range_matchers: [{ranges: [{address_prefix: 127.0.0.0, prefix_len: 8}], on_match: {action: ${action}}}]`)}}`;

const allow = typed('envoy.config.rbac.v3.Action', 'name: let');
const specifiers = 'envoy.extensions.router.cluster_specifiers.matcher.v3';
const choose = (name: string) => typed(`${specifiers}.ClusterAction`, `cluster: ${name}`);
const chosen = (matcher: string) =>
  `inline_cluster_specifier_plugin: {extension: ${typed(`${specifiers}.MatcherClusterSpecifier`, `cluster_matcher: {${matcher}, on_no_match: {action: ${choose('other')}}}`)}}`;

const input = (name: string) => inputs[name] as string;
const choices: Readonly<Record<string, string>> = {
  header: when(input('request'), parsed(isV), allow),
  path: when(
    input('request'),
    parsed(call('_==_', select(identifier('request'), 'path'), constant('string', '/path'))),
    allow,
  ),
  checked: when(input('request'), cel(`expr_match: {cel_expr_checked: {expr: ${isV}}}`), allow),
  older: when(input('request'), cel(`expr_match: {parsed_expr: {expr: ${isV}}}`), allow),
  both: when(
    input('request'),
    cel(`expr_match: {cel_expr_checked: {expr: ${isV}}, cel_expr_parsed: {expr: ${constant('bool', 'true')}}}`),
    allow,
  ),
  nobool: when(input('request'), parsed(constant('string', 'v')), allow),
  response: when(
    input('request'),
    parsed(call('_==_', select(identifier('response'), 'code'), constant('int64', '200'))),
    allow,
  ),
  inside: when(
    input('request'),
    parsed(
      call(
        '_==_',
        select(call('_[_]', select(identifier('metadata'), 'filter_metadata'), constant('string', 'ns')), 'key'),
        constant('string', 'v'),
      ),
    ),
    allow,
  ),
  metadata: when(input('metadata'), exactly, allow),
  inverted: when(input('metadata'), ofMetadata('value: {string_match: {exact: v}}, invert: true'), allow),
  present: when(input('metadata'), ofMetadata('value: {present_match: true}'), allow),
  null: when(input('metadata'), ofMetadata('value: {null_match: {}}'), allow),
  metatext: when(input('metadata'), text, allow),
  metamap: map(input('metadata'), allow),
  headermeta: when(input('header'), exactly, allow),
};

const set = `- name: metadata
  typed_config:
    "@type": ${url}/envoy.extensions.filters.http.header_to_metadata.v3.Config
    request_rules: [{header: x-m, on_header_present: {metadata_namespace: ns, key: key, type: STRING}}]
`;
const router =
  '- {name: envoy.filters.http.router, typed_config: {"@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router}}\n';
const rbac = (matcher: string) => `- ${typed('envoy.extensions.filters.http.rbac.v3.RBAC', `matcher: {${matcher}}`)}\n`;

/** Envoy 1.40 crashes where a cluster is chosen by what is no text; here a request is let through by it. */
const guarded = hcm({
  routes: Object.entries(choices)
    .map(
      ([name, matcher]) =>
        `- {match: {path: /${name}}, direct_response: {status: 200}, typed_per_filter_config: {rbac: {"@type": ${url}/envoy.extensions.filters.http.rbac.v3.RBACPerRoute, rbac: {matcher: {${matcher}}}}}}\n`,
    )
    .join(''),
  httpFilters: `${set}- {name: rbac, typed_config: {"@type": ${url}/envoy.extensions.filters.http.rbac.v3.RBAC}}\n${router}`,
});
const chosenByText = hcm({
  routes: [
    ['value', when(input('header'), exactly, choose('one'))],
    ['local', when(input('local reply'), 'value_match: {exact: "true"}', choose('one'))],
    ['text', when(input('header'), text, choose('one'))],
  ]
    .map(([name, matcher = '']) => `- {match: {path: /${name}}, route: {${chosen(matcher)}}}\n`)
    .join(''),
  log: { name: 'chosen', format: '%RESPONSE_CODE% %RESPONSE_CODE_DETAILS% %UPSTREAM_CLUSTER%' },
});

const asked = [[], ['x-a: v', 'x-m: v'], ['x-a: w', 'x-m: w']];

export const matcherData: Suite = {
  kind: 'traffic',
  name: 'matcher-data',
  config: bootstrap(
    [listener('guarded', guarded), listener('chosen', chosenByText)],
    [cluster('one'), cluster('other')],
  ),
  upstreams: { one: 'http', other: 'http' },
  cases: [
    ...Object.keys(choices).map((name) => ({
      name,
      steps: asked.map((headers) => get('guarded', `/${name}`, headers, { only: '^$' })),
    })),
    ...['value', 'local', 'text'].map((name) => ({
      name: `a cluster by ${name}`,
      steps: asked.map((headers) => get('chosen', `/${name}`, headers, { only: '^$', logs: ['chosen'], blind: true })),
    })),
  ],
};

/** Where a matcher stands, as a bootstrap around it. */
const places: Readonly<Record<string, (of: (action: string) => string) => string>> = {
  'cluster specifier': (of) =>
    bootstrap(
      [listener('l', hcm({ routes: `- {match: {prefix: /}, route: {${chosen(of(choose('one')))}}}\n` }))],
      [cluster('one', ['1'])],
    ),
  'virtual host': (of) => {
    const route = typed('envoy.config.route.v3.Route', 'match: {prefix: /}, route: {cluster: one}');
    const host = `- name: all\n  domains: ["*"]\n  matcher: {${of(route)}}\n`;
    return bootstrap([listener('l', hcm({ virtualHosts: host }))], [cluster('one', ['1'])]);
  },
  'http rbac': (of) =>
    bootstrap(
      [listener('l', hcm({ routes: to('one'), httpFilters: rbac(of(allow)) + router }))],
      [cluster('one', ['1'])],
    ),
  'network rbac': (of) => {
    const filter = typed('envoy.extensions.filters.network.rbac.v3.RBAC', `stat_prefix: s, matcher: {${of(allow)}}`);
    return bootstrap([listener('l', `- ${filter}\n${tcpProxy('t', 'cluster: one')}`)], [cluster('one', ['1'])]);
  },
  'filter chain': (of) =>
    bootstrap(
      [
        listener(
          'l',
          tcpProxy('t', 'cluster: one'),
          `filter_chain_matcher: {${of(typed('google.protobuf.StringValue', 'value: chain'))}}`,
        ).replace('- filters:', '- name: chain\n    filters:'),
      ],
      [cluster('one', ['1'])],
    ),
  'udp proxy': (of) => {
    const route = typed('envoy.extensions.filters.udp.udp_proxy.v3.Route', 'cluster: one');
    const filter = typed(
      'envoy.extensions.filters.udp.udp_proxy.v3.UdpProxyConfig',
      `stat_prefix: s, matcher: {${of(route)}}`,
    );
    const udp = `- name: l\n  address: {socket_address: {address: 127.0.0.1, port_value: 0, protocol: UDP}}\n  listener_filters: [${filter}]\n`;
    return bootstrap([udp], [cluster('one', ['1'])]);
  },
};

const judged: Readonly<Record<string, (input: string, action: string) => string>> = {
  'a text': (of, action) => when(of, text, action),
  CEL: (of, action) => when(of, parsed(constant('bool', 'true')), action),
  'a value': (of, action) => when(of, exactly, action),
  addresses: (of, action) => when(of, addresses, action),
  'a map': map,
  ranges: byRange,
};

const crossed = Object.entries(places).flatMap(([place, around]) =>
  Object.entries(inputs).flatMap(([name, of]) =>
    Object.entries(judged).map(([matcher, make]): NamedConfig => {
      return {
        name: `${place}: ${name} by ${matcher}`,
        config: around((action) => make(of, action)).replaceAll('{{l}}', '0'),
      };
    }),
  ),
);

const expressions: Readonly<Record<string, string>> = {
  'not set': '',
  empty: 'expr_match: {}',
  'empty, parsed': 'expr_match: {cel_expr_parsed: {}}',
  'as text': 'expr_match: {cel_expr_string: "true"}',
  'an unknown function': 'expr_match: {cel_expr_parsed: {expr: {call_expr: {function: nope}}}}',
  'a field of nothing': 'expr_match: {cel_expr_parsed: {expr: {select_expr: {field: a}}}}',
  'a constant without a value': 'expr_match: {cel_expr_parsed: {expr: {const_expr: {}}}}',
  'a comprehension': `expr_match: {cel_expr_parsed: {expr: {comprehension_expr: {iter_var: x, iter_range: {list_expr: {}}, accu_var: a, accu_init: ${constant('bool', 'true')}, loop_condition: ${constant('bool', 'true')}, loop_step: ${constant('bool', 'true')}, result: ${identifier('a')}}}}}`,
};

export const verdictMatchers: VerdictTable = {
  kind: 'verdicts',
  name: 'verdict-matchers',
  configs: [
    ...crossed,
    ...Object.entries(expressions).map(([name, expression]) => ({
      name: `CEL: ${name}`,
      config: (places['http rbac'] as (of: (action: string) => string) => string)((action) =>
        when(input('request'), cel(expression), action),
      ).replaceAll('{{l}}', '0'),
    })),
  ],
};
