/** Secrets of the bootstrap and of files: how they are found, shown and replaced. */
import { pem, type TlsPeer } from '../../harness/tls-peers.ts';
import type { Case, Suite, VerdictTable } from '../case.ts';
import { bootstrap, cluster, hcm, indent, listener, tcpProxy } from '../config.ts';
import { get, stats } from '../requests.ts';

const certificateOf = (name: string) =>
  `{certificate_chain: {filename: "{{folder}}/${name}.pem"}, private_key: {filename: "{{folder}}/${name}-key.pem"}}`;
const ticketKey = Buffer.from('0123456789'.repeat(8)).toString('base64');

const secrets: Readonly<Record<string, string>> = {
  certificate: `{name: server, tls_certificate: ${certificateOf('server')}}`,
  inline:
    '{name: inline, tls_certificate: {certificate_chain: {inline_string: a}, private_key: {inline_string: b}, password: {inline_string: c}}}',
  authority: '{name: ca, validation_context: {trusted_ca: {filename: "{{folder}}/ca.pem"}}}',
  keys: `{name: keys, session_ticket_keys: {keys: [{inline_bytes: ${ticketKey}}]}}`,
  generic: '{name: generic, generic_secret: {secret: {inline_string: abc}}}',
  generics: '{name: generics, generic_secret: {secrets: {a: {inline_string: abc}, b: {environment_variable: HOME}}}}',
  environment: '{name: env, generic_secret: {secret: {environment_variable: HOME}}}',
};
const listOf = (list: readonly string[]) => `secrets:\n${list.map((secret) => `  - ${secret}\n`).join('')}`;
const withSecrets = (config: string, list: readonly string[]) =>
  config.replace('static_resources:\n', `static_resources:\n  ${listOf(list)}`);

const files = Object.fromEntries(['ca', 'server', 'server-key'].map((name) => [`${name}.pem`, pem(name)]));

const tls = (context: string, common: string) => `transport_socket:
  name: tls
  typed_config:
    "@type": type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.${context}
    common_tls_context: {${common}}
`;
const echo =
  '- {name: e, typed_config: {"@type": type.googleapis.com/envoy.extensions.filters.network.echo.v3.Echo}}\n';
const secure = (name: string, common: string, more = '') => `- name: ${name}
  address: {socket_address: {address: 127.0.0.1, port_value: {{${name}}}}}
  filter_chains:
  - filters:
${indent(echo, 4)}
${indent(tls('DownstreamTlsContext', common) + indent(more, 4), 4)}
`;
const named = 'tls_certificate_sds_secret_configs: [{name: server}]';
const combined = (own: string) =>
  `combined_validation_context: {default_validation_context: {${own}}, validation_context_sds_secret_config: {name: ca}}`;
const byName = (value: string) => `match_typed_subject_alt_names: [{san_type: DNS, matcher: {exact: ${value}}}]`;
const requires = 'require_client_certificate: true';
const authorityNamed = `${named}, validation_context_sds_secret_config: {name: ca}`;

const direct = hcm({ routes: '- {match: {prefix: /}, direct_response: {status: 200}}\n' });
const handshake = (to: string, peer: TlsPeer): Case => ({
  name: `${to}: ${Object.values(peer).join()}`,
  steps: [{ to, send: 'hello', raw: 5, tls: { maxVersion: 'TLSv1.2', ...peer } }],
});

const order = ['certificate', 'inline', 'authority', 'keys', 'generic'];

export const staticSecrets: Suite = {
  kind: 'traffic',
  name: 'static-secrets',
  config: withSecrets(
    bootstrap(
      [
        listener('l', direct),
        secure('named', named, 'session_ticket_keys_sds_secret_config: {name: keys}'),
        secure('trusted', authorityNamed, requires),
        secure('combined', `${named}, ${combined(byName('client.test'))}`, requires),
        listener('up', tcpProxy('up', 'cluster: up')),
      ],
      [cluster('up', ['u0'], tls('UpstreamTlsContext', authorityNamed))],
    ),
    order.map((name) => secrets[name] as string),
  ),
  files,
  upstreams: { u0: { kind: 'echo', tls: { certificate: 'server-rsa', asksForCertificate: true } } },
  cases: [
    handshake('named', {}),
    handshake('named', { maxVersion: 'TLSv1.3' }),
    handshake('trusted', {}),
    handshake('trusted', { certificate: 'client-plain' }),
    handshake('trusted', { certificate: 'client-other' }),
    handshake('combined', { certificate: 'client' }),
    handshake('combined', { certificate: 'client-plain' }),
    { name: 'upstream', steps: [{ to: 'up', send: 'hello', raw: 5 }] },
    { name: 'statistics', steps: [stats('ssl\\.(handshake|fail|no_cert|connection_error|certificate)')] },
    {
      name: 'config_dump',
      steps: [
        get('admin', '/config_dump?resource=static_secrets', [], { only: '^$', normalise: ['json-sorted'] }),
        get('admin', '/config_dump?name_regex=^k&resource=static_secrets', [], {
          only: '^$',
          normalise: ['json-sorted'],
        }),
        get('admin', '/config_dump?mask=static_secrets.name', [], { only: '^$', normalise: ['json-sorted'] }),
        get('admin', '/config_dump?resource=dynamic_active_secrets', [], { only: '^$', normalise: ['json-sorted'] }),
      ],
    },
  ],
};

const inlined = `tls_certificates: [${certificateOf('server')}]`;

/** /certs of one TLS context each: of several, Envoy's order is that of their addresses in memory. */
const certificates = (name: string, config: string, more: Readonly<Record<string, string>> = {}): Suite => ({
  kind: 'traffic',
  name: `certs-${name}`,
  config,
  files: { ...files, ...more },
  cases: [{ name: 'page', steps: [get('admin', '/certs', [], { only: '^$' })] }],
});
const pems = Object.fromEntries(['client', 'client-key'].map((name) => [`${name}.pem`, pem(name)]));
const inlineOf = (name: string) => `{inline_string: ${JSON.stringify(pem(name))}}`;
const inlineClient = `tls_certificates: [{certificate_chain: ${inlineOf('client')}, private_key: ${inlineOf('client-key')}}]`;
const authority = 'validation_context: {trusted_ca: {filename: "{{folder}}/ca.pem"}}';

export const certs: readonly Suite[] = [
  certificates('files', bootstrap([secure('l', `${inlined}, ${authority}`)], [])),
  certificates(
    'several',
    bootstrap([secure('l', `tls_certificates: [${certificateOf('server')}, ${certificateOf('rsa')}]`)], []),
    {
      'rsa.pem': pem('server-rsa'),
      'rsa-key.pem': pem('server-rsa-key'),
    },
  ),
  certificates(
    'chain',
    bootstrap(
      [
        secure(
          'l',
          `tls_certificates: [${certificateOf('chain')}], validation_context: {trusted_ca: {filename: "{{folder}}/authorities.pem"}}`,
        ),
      ],
      [],
    ),
    {
      'chain.pem': pem('made/deep'),
      'chain-key.pem': pem('made/deep-key'),
      'authorities.pem': pem('made/intermediates'),
    },
  ),
  certificates('inline', bootstrap([], [cluster('up', ['1'], tls('UpstreamTlsContext', inlineClient))]), pems),
  certificates('none', bootstrap([], [cluster('up', ['1'], tls('UpstreamTlsContext', ''))])),
  certificates(
    'secret',
    withSecrets(bootstrap([secure('l', authorityNamed)], []), [
      secrets.certificate as string,
      secrets.authority as string,
    ]),
  ),
];

const none = bootstrap([], []);
const rows: readonly (readonly [string, readonly string[]])[] = [
  ...Object.entries(secrets).map(([name, secret]) => [name, [secret]] as const),
  ['all', Object.values(secrets)],
  ['a certificate twice', ['certificate', 'certificate']],
  ['an authority twice', ['authority', 'authority']],
  ['keys twice', ['keys', 'keys']],
  ['a generic one twice', ['generic', 'generic']],
  [
    'one name for two kinds',
    ['{name: a, validation_context: {}}', '{name: a, generic_secret: {secret: {inline_string: a}}}'],
  ],
  ['no kind', ['{name: a}']],
  ['no name', ['{validation_context: {}}']],
  ['two without names', ['{validation_context: {}}', '{validation_context: {}}']],
  ['no keys', ['{name: a, session_ticket_keys: {keys: []}}']],
  ['no file', ['{name: a, tls_certificate: {certificate_chain: {filename: /nowhere}}}']],
  ['generic without content', ['{name: a, generic_secret: {}}']],
  ['generic of a missing file', ['{name: a, generic_secret: {secret: {filename: /nowhere}}}']],
  ['unknown field', ['{name: a, validation_context: {foo: 1}}']],
];

const badKeys = '{name: bad, session_ticket_keys: {keys: [{inline_string: short}]}}';
const badCertificate =
  '{name: bad, tls_certificate: {certificate_chain: {filename: /nowhere}, private_key: {filename: /nowhere}}}';
const known = [...['certificate', 'authority', 'keys'].map((name) => secrets[name] as string), badKeys, badCertificate];
const keysNamed = (name: string) => `session_ticket_keys_sds_secret_config: {name: ${name}}`;

/** What a context says of secrets: name, common context, the rest of the context. */
const references: readonly (readonly [name: string, common: string, more?: string])[] = [
  ['a certificate', named],
  ['a certificate twice', 'tls_certificate_sds_secret_configs: [{name: server}, {name: server}]'],
  ['an unknown certificate', 'tls_certificate_sds_secret_configs: [{name: nope}]'],
  ['an authority as certificate', 'tls_certificate_sds_secret_configs: [{name: ca}]'],
  ['a certificate that cannot be read', 'tls_certificate_sds_secret_configs: [{name: bad}]'],
  ['a certificate without name', 'tls_certificate_sds_secret_configs: [{}]'],
  ['a certificate beside another', `${inlined}, ${named}`],
  ['an authority', authorityNamed],
  ['an unknown authority', authorityNamed.replace('name: ca', 'name: nope')],
  ['a combined authority', `${named}, ${combined(byName('x'))}`],
  ['an unknown combined authority', `${named}, ${combined('').replace('name: ca', 'name: nope')}`],
  [
    'a combined authority without a default',
    `${named}, combined_validation_context: {validation_context_sds_secret_config: {name: ca}}`,
  ],
  ['ticket keys', inlined, keysNamed('keys')],
  ['unknown ticket keys', inlined, keysNamed('nope')],
  ['bad ticket keys', inlined, keysNamed('bad')],
  ['nothing', ''],
  [
    'a certificate of a watched folder',
    `tls_certificates: [${certificateOf('server').replace(/\}$/, ', watched_directory: {path: /tmp}}')}]`,
  ],
  [
    'a discovered certificate, without a node',
    'tls_certificate_sds_secret_configs: [{name: x, sds_config: {path_config_source: {path: "{{folder}}/ca.pem"}}}]',
  ],
];

export const verdictSecrets: VerdictTable = {
  kind: 'verdicts',
  name: 'verdict-secrets',
  files,
  configs: [
    ...rows.map(([name, list]) => ({
      name,
      config: withSecrets(
        none,
        list.map((text) => secrets[text] ?? text),
      ),
    })),
    ...references.map(([name, common, more = '']) => ({
      name: `refers to ${name}`,
      config: withSecrets(bootstrap([secure('l', common, more)], []), known).replaceAll('{{l}}', '0'),
    })),
  ],
};
