/** RBAC with CEL conditions, and with permissions and principals that are extensions. */
import { type CertificateName, pem, type TlsPeer } from '../../harness/tls-peers.ts';
import type { Case, Suite } from '../case.ts';
import { bootstrap, hcm, indent, listener, router, tcpProxy } from '../config.ts';
import { get, stats } from '../requests.ts';

const T = 'type.googleapis.com/envoy.extensions';
const any = '{any: true}';

/** Expressions as google.api.expr.v1alpha1.Expr has them. */
const identifier = (name: string) => `{ident_expr: {name: ${name}}}`;
const select = (operand: string, field: string, more = '') =>
  `{select_expr: {operand: ${operand}, field: ${field}${more}}}`;
const text = (value: string) => `{const_expr: {string_value: "${value}"}}`;
const call = (name: string, ...args: readonly string[]) =>
  `{call_expr: {function: "${name}", args: [${args.join(', ')}]}}`;
const request = (field: string) => select(identifier('request'), field);
const header = (name: string) => call('_[_]', request('headers'), text(name));

const isGet = call('_==_', request('method'), text('GET'));
const isB = call('_==_', header('x-a'), text('b'));
const conditions: Readonly<Record<string, string>> = {
  method: `condition: ${isGet}`,
  header: `condition: ${isB}`,
  either: `condition: ${call('_||_', isB, isGet)}`,
  neither: `condition: ${call('!_', call('_||_', isB, call('_==_', header('x-c'), text('d'))))}`,
  present: `condition: ${call('@in', text('x-a'), request('headers'))}`,
  string: `condition: ${request('method')}`,
  path: `condition: ${call('_==_', request('url_path'), text('/path/a'))}`,
  metadata: `condition: ${select(select(identifier('metadata'), 'filter_metadata'), 'none', ', test_only: true')}`,
  response: `condition: ${call('_==_', select(identifier('response'), 'code'), '{const_expr: {int64_value: 200}}')}`,
  joined: `cel_config: {enable_string_concat: true}, condition: ${call('_==_', call('_+_', request('method'), text('x')), text('GETx'))}`,
  checked: `checked_condition: {expr: ${isGet}}`,
  both: `condition: ${isB}, checked_condition: {expr: ${isGet}}`,
  starts: `condition: ${`{call_expr: {target: ${request('path')}, function: startsWith, args: [${text('/starts/a')}]}}`}`,
};

const format =
  '%REQ(:METHOD)% %REQ(:PATH)% %RESPONSE_CODE% %RESPONSE_CODE_DETAILS% %DYNAMIC_METADATA(envoy.filters.http.rbac)%';
const rules = (policy: string) =>
  `{"@type": ${T}.filters.http.rbac.v3.RBACPerRoute, rbac: {rules: {policies: {p: {${policy}}}}, shadow_rules: {action: DENY, policies: {s: {${policy}}}}}}`;
/** A route for each of the policies. */
const manager = (name: string, policies: Readonly<Record<string, string>>) =>
  hcm({
    routes: Object.entries(policies)
      .map(
        ([path, policy]) =>
          `- {match: {prefix: /${path}/}, direct_response: {status: 200}, typed_per_filter_config: {rbac: ${rules(policy)}}}\n`,
      )
      .join(''),
    statPrefix: name,
    log: { name, format },
    httpFilters: `- {name: rbac, typed_config: {"@type": ${T}.filters.http.rbac.v3.RBAC}}\n${router}`,
  });
const everybody = `permissions: [${any}], principals: [${any}]`;

const connections: Readonly<Record<string, string>> = {
  here: `condition: ${call('_==_', select(identifier('connection'), 'mtls'), '{const_expr: {bool_value: false}}')}`,
  there: `condition: ${call('_==_', request('method'), text('GET'))}`,
  counted: `condition: ${call('_==_', call('size', request('headers')), '{const_expr: {int64_value: 0}}')}`,
};
const tcp = (name: string, policy: string) =>
  listener(
    name,
    `- {name: rbac, typed_config: {"@type": ${T}.filters.network.rbac.v3.RBAC, stat_prefix: ${name}., rules: {policies: {p: {${everybody}, ${policy}}}}}}
${tcpProxy(name, 'cluster: none')}`,
  );

const mtls = (config: string) =>
  `permissions: [${any}], principals: [{custom: {name: m, typed_config: {"@type": ${T}.rbac.principals.mtls_authenticated.v3.Config, ${config}}}}]`;
const upstream = (config: string) =>
  `permissions: [{matcher: {name: m, typed_config: {"@type": ${T}.rbac.matchers.upstream_ip_port.v3.UpstreamIpPortMatcher, ${config}}}}], principals: [${any}]`;
const authenticated = (name: string) =>
  `permissions: [${any}], principals: [{authenticated: {principal_name: ${name}}}]`;
const san = (type: string, matcher: string) => mtls(`san_matcher: {san_type: ${type}, matcher: ${matcher}}`);
const clients: Readonly<Record<string, string>> = {
  anybody: mtls('any_validated_client_certificate: true'),
  dns: san('DNS', '{exact: client.test}'),
  dnsprefix: san('DNS', '{prefix: client}'),
  uri: san('URI', '{prefix: "spiffe://"}'),
  email: san('EMAIL', '{contains: "@"}'),
  ip: san('IP_ADDRESS', '{exact: 127.0.0.1}'),
  byuri: authenticated('{prefix: "spiffe://"}'),
  bydns: authenticated('{suffix: .test}'),
  bysubject: authenticated('{contains: CN}'),
};
const certificateOf = (name: string) =>
  `{certificate_chain: {filename: "{{folder}}/${name}.pem"}, private_key: {filename: "{{folder}}/${name}-key.pem"}}`;
const secure = `- name: tls
  address: {socket_address: {address: 127.0.0.1, port_value: {{tls}}}}
  filter_chains:
  - filters:
${indent(manager('tls', clients), 4)}
    transport_socket:
      name: tls
      typed_config:
        "@type": ${T}.transport_sockets.tls.v3.DownstreamTlsContext
        common_tls_context:
          tls_certificates: [${certificateOf('server')}]
          validation_context: {trusted_ca: {filename: "{{folder}}/ca.pem"}, trust_chain_verification: ACCEPT_UNTRUSTED}
`;

const peers: readonly (CertificateName | undefined)[] = ['client', 'client-plain', 'client-other', undefined];
const nothing: TlsPeer = {};
const extensions: Readonly<Record<string, string>> = {
  upstream: upstream('upstream_ip: {address_prefix: 127.0.0.0, prefix_len: 8}'),
  notupstream: `permissions: [{not_rule: ${upstream('upstream_port_range: {start: 1, end: 9}').replace(/^permissions: \[|\], principals.*$/g, '')}}], principals: [${any}]`,
  nobody: mtls('any_validated_client_certificate: true'),
};

const conditional = Object.fromEntries(
  Object.entries(conditions).map(([name, condition]) => [name, `${everybody}, ${condition}`]),
);
const plain = { ...conditional, ...extensions };

const asked = (name: string): Case => ({
  name,
  steps: [
    get('web', `/${name}/a`, ['x-a: b'], { logs: ['web'], only: '^$' }),
    get('web', `/${name}/a?q`, ['x-a: other', 'x-c: e'], { logs: ['web'], only: '^$' }),
    { to: 'web', send: `PUT /${name}/b HTTP/1.1\r\nhost: test\r\nx-c: d\r\n\r\n`, logs: ['web'], only: '^$' },
  ],
});

export const rbacConditions: Suite = {
  kind: 'traffic',
  name: 'rbac-conditions',
  files: Object.fromEntries(['server', 'server-key', 'ca'].map((name) => [`${name}.pem`, pem(name)])),
  config: bootstrap(
    [
      listener('web', manager('web', plain)),
      ...Object.entries(connections).map(([name, policy]) => tcp(name, policy)),
      secure,
    ],
    ['- {name: none, load_assignment: {cluster_name: none}}\n'],
  ),
  cases: [
    ...Object.keys(plain).map(asked),
    ...Object.keys(connections).map((name) => ({
      name,
      steps: [{ to: name, send: 'hello', raw: 'close' as const, fin: true }, stats(`^${name}\\.rbac\\.`)],
    })),
    ...Object.keys(clients).map((name) => ({
      name: `tls ${name}`,
      steps: peers.map((certificate) =>
        get('tls', `/${name}/`, [], {
          tls: certificate === undefined ? nothing : { certificate },
          logs: ['tls'],
          only: '^$',
        }),
      ),
    })),
    { name: 'statistics', steps: [stats('http\\..*\\.rbac\\.')] },
  ],
};
