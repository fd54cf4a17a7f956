/** envoy.filters.http.rbac: every permission and principal that HTTP without TLS can meet, by route. */
import type { Case, Suite } from '../case.ts';
import { bootstrap, cluster, hcm, listener, router } from '../config.ts';
import { get, type Lines, stats } from '../requests.ts';

const types = 'type.googleapis.com/envoy.extensions.filters.http';
const any = '{any: true}';
const policy = (permission: string, principal = any) => `{permissions: [${permission}], principals: [${principal}]}`;
const allow = (policies: string) => `rules: {action: ALLOW, policies: {${policies}}}`;

const permissions: Readonly<Record<string, string>> = {
  any,
  header: '{header: {name: x-a, string_match: {exact: "1"}}}',
  path: '{url_path: {path: {prefix: /ppath/in}}}',
  ip: '{destination_ip: {address_prefix: 127.0.0.0, prefix_len: 8}}',
  otherip: '{destination_ip: {address_prefix: 10.0.0.0, prefix_len: 8}}',
  port: '{destination_port: {{rbac}}}',
  otherport: '{destination_port: 1}',
  range: '{destination_port_range: {start: 1, end: 65536}}',
  norange: '{destination_port_range: {start: 1, end: 2}}',
  not: '{not_rule: {header: {name: x-a, present_match: true}}}',
  and: '{and_rules: {rules: [{header: {name: x-a, present_match: true}}, {header: {name: x-b, present_match: true}}]}}',
  or: '{or_rules: {rules: [{header: {name: x-a, present_match: true}}, {header: {name: x-b, present_match: true}}]}}',
  meta: '{metadata: {filter: nn, path: [{key: k}], value: {string_match: {exact: v}}}}',
  metainvert: '{metadata: {filter: nn, path: [{key: k}], value: {string_match: {exact: v}}, invert: true}}',
  metanone: '{metadata: {filter: nn, path: [{key: none}], value: {string_match: {exact: v}}, invert: true}}',
  sni: '{requested_server_name: {exact: ""}}',
};
const principals: Readonly<Record<string, string>> = {
  header: '{header: {name: x-a, string_match: {exact: "1"}}}',
  path: '{url_path: {path: {exact: /rpath}}}',
  authenticated: '{authenticated: {}}',
  named: '{authenticated: {principal_name: {exact: a}}}',
  direct: '{direct_remote_ip: {address_prefix: 127.0.0.1, prefix_len: 32}}',
  remote: '{remote_ip: {address_prefix: 1.2.3.0, prefix_len: 24}}',
  not: '{not_id: {header: {name: x-a, present_match: true}}}',
  and: '{and_ids: {ids: [{header: {name: x-a, present_match: true}}, {header: {name: x-b, present_match: true}}]}}',
  or: '{or_ids: {ids: [{header: {name: x-a, present_match: true}}, {header: {name: x-b, present_match: true}}]}}',
  meta: '{metadata: {filter: nn, path: [{key: k}], value: {string_match: {exact: v}}}}',
  state: '{filter_state: {key: none, string_match: {contains: a}}}',
};
const wholes: Readonly<Record<string, string>> = {
  deny: `rules: {action: DENY, policies: {"b d": ${policy(permissions['header'] ?? '')}, a: ${policy(permissions['path'] ?? '')}}}`,
  first: allow(`zz: ${policy(any)}, aa: ${policy(any)}`),
  log: `rules: {action: LOG, policies: {a: ${policy(permissions['header'] ?? '')}}}`,
  empty: 'rules: {}',
  denyempty: 'rules: {action: DENY}',
  shadow: `shadow_rules: {action: DENY, policies: {s: ${policy(permissions['header'] ?? '')}}}`,
  both: `${allow(`e: ${policy(permissions['header'] ?? '')}`)}, shadow_rules: {action: DENY, policies: {s: ${policy(any)}}}, shadow_rules_stat_prefix: sh_, rules_stat_prefix: en_`,
  several: allow(
    `a: {permissions: [${permissions['header']}, ${permissions['path']}], principals: [${principals['direct']}, ${principals['remote']}]}`,
  ),
};

const perRoute = (path: string, config: string) =>
  `- match: {prefix: /${path}}\n  route: {cluster: u0}\n  typed_per_filter_config: {rbac: {"@type": ${types}.rbac.v3.RBACPerRoute, rbac: {${config}}}}\n`;

const routes = [
  ...Object.entries(permissions).map(([name, text]) => perRoute(`p${name}`, allow(`it: ${policy(text)}`))),
  ...Object.entries(principals).map(([name, text]) => perRoute(`r${name}`, allow(`it: ${policy(any, text)}`))),
  ...Object.entries(wholes).map(([name, text]) => perRoute(`w${name}`, text)),
  `- match: {prefix: /disabled}\n  route: {cluster: u0}\n  typed_per_filter_config: {rbac: {"@type": ${types}.rbac.v3.RBACPerRoute}}\n`,
  '- match: {prefix: /}\n  route: {cluster: u0}\n',
];

const config = bootstrap(
  [
    listener(
      'rbac',
      hcm({
        routes: routes.join(''),
        statPrefix: 'rbac',
        log: {
          name: 'rbac',
          format:
            '%RESPONSE_CODE_DETAILS% %RESPONSE_FLAGS% %DYNAMIC_METADATA(envoy.filters.http.rbac)% %DYNAMIC_METADATA(envoy.common)%',
        },
        httpFilters: `- {name: h2m, typed_config: {"@type": ${types}.header_to_metadata.v3.Config, request_rules: [{header: x-k, on_header_present: {metadata_namespace: nn, key: k}}]}}
- {name: rbac, typed_config: {"@type": ${types}.rbac.v3.RBAC, ${allow(`top: ${policy(permissions['header'] ?? '')}`)}, rules_stat_prefix: top}}
${router}`,
      }),
    ),
  ],
  [cluster('u0')],
);

const asked: readonly Lines[] = [
  [],
  ['x-a: 1'],
  ['x-b: 1'],
  ['x-a: 1', 'x-b: 1'],
  ['x-k: v'],
  ['x-forwarded-for: 1.2.3.4'],
];
const ask = (path: string): Case => ({
  name: path,
  steps: asked.map((lines) => get('rbac', path, lines, { logs: ['rbac'], only: '^content' })),
});

export const rbac: Suite = {
  kind: 'traffic',
  name: 'rbac',
  config,
  upstreams: { u0: 'http' },
  cases: [
    ...Object.keys(permissions).map((name) => ask(`/p${name}`)),
    ask('/ppath/in?x#y'),
    ...Object.keys(principals).map((name) => ask(`/r${name}`)),
    ...Object.keys(wholes).map((name) => ask(`/w${name}`)),
    ask('/disabled'),
    ask('/other'),
    { name: 'statistics', steps: [stats('\\.rbac\\..*(allowed|denied)')] },
  ],
};
