/** Secrets of the bootstrap and of files: how they are found, shown and replaced. */
import { pem } from '../../harness/tls-peers.ts';
import type { Suite, VerdictTable } from '../case.ts';
import { bootstrap, hcm, listener } from '../config.ts';
import { get } from '../requests.ts';

const certificateOf = (name: string) =>
  `{certificate_chain: {filename: "{{folder}}/${name}.pem"}, private_key: {filename: "{{folder}}/${name}-key.pem"}}`;
const ticketKey = Buffer.from('0123456789'.repeat(8)).toString('base64');

const secrets: Readonly<Record<string, string>> = {
  certificate: `{name: server, tls_certificate: ${certificateOf('server')}}`,
  inline:
    '{name: inline, tls_certificate: {certificate_chain: {inline_string: a}, private_key: {inline_string: b}, password: {inline_string: c}}}',
  authority: '{name: ca, validation_context: {trusted_ca: {filename: "{{folder}}/ca.pem"}}}',
  keys: `{name: keys, session_ticket_keys: {keys: [{inline_bytes: ${ticketKey}}, {filename: /nowhere}]}}`,
  generic: '{name: generic, generic_secret: {secret: {inline_string: abc}}}',
  generics: '{name: generics, generic_secret: {secrets: {a: {inline_string: abc}, b: {environment_variable: HOME}}}}',
  environment: '{name: env, generic_secret: {secret: {environment_variable: HOME}}}',
};
const listOf = (list: readonly string[]) => `secrets:\n${list.map((secret) => `  - ${secret}\n`).join('')}`;
const withSecrets = (config: string, list: readonly string[]) =>
  config.replace('static_resources:\n', `static_resources:\n  ${listOf(list)}`);

const files = Object.fromEntries(['ca', 'server', 'server-key'].map((name) => [`${name}.pem`, pem(name)]));

const direct = hcm({ routes: '- {match: {prefix: /}, direct_response: {status: 200}}\n' });
const order = ['inline', 'authority', 'keys', 'generic'];

export const staticSecrets: Suite = {
  kind: 'traffic',
  name: 'static-secrets',
  config: withSecrets(
    bootstrap([listener('l', direct)], []),
    order.map((name) => secrets[name] as string),
  ),
  files,
  cases: [
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

export const verdictSecrets: VerdictTable = {
  kind: 'verdicts',
  name: 'verdict-secrets',
  files,
  configs: rows.map(([name, list]) => ({
    name,
    config: withSecrets(
      none,
      list.map((text) => secrets[text] ?? text),
    ),
  })),
};
