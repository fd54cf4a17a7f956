/** Secrets that are discovered in files: as they come, change, break and go on. */
import { pem } from '../../harness/tls-peers.ts';
import type { Case, Exchange, Step, Suite } from '../case.ts';
import { bootstrap, cluster, indent, listener, tcpProxy } from '../config.ts';

const types = 'type.googleapis.com/envoy.extensions';
const echo = `- {name: e, typed_config: {"@type": ${types}.filters.network.echo.v3.Echo}}\n`;
const discovered = (name: string, file: string) =>
  `{name: ${name}, sds_config: {path_config_source: {path: "{{folder}}/${file}.yaml"}}}`;
const tls = (context: string, common: string) => `transport_socket:
  name: tls
  typed_config: {"@type": ${types}.transport_sockets.tls.v3.${context}, common_tls_context: {${common}}}
`;
const secure = (name: string, common: string) => `- name: ${name}
  stat_prefix: ${name}
  address: {socket_address: {address: 127.0.0.1, port_value: {{${name}}}}}
  filter_chains:
  - filters:
${indent(echo, 4)}
${indent(tls('DownstreamTlsContext', common), 4)}
`;
const certificates = (name: string, file: string) => `tls_certificate_sds_secret_configs: [${discovered(name, file)}]`;

const response = (secret: string) => `resources:\n- {"@type": ${types}.transport_sockets.tls.v3.Secret, ${secret}}\n`;
const certificate = (name: string, chain: string, key = `${chain}-key`) =>
  response(
    `name: ${name}, tls_certificate: {certificate_chain: {filename: "{{folder}}/pem/${chain}.pem"}, private_key: {filename: "{{folder}}/pem/${key}.pem"}}`,
  );
const authority = response('name: ca, validation_context: {trusted_ca: {filename: "{{folder}}/pem/ca.pem"}}');

const config = `node: {id: test-node, cluster: test-cluster}\n${bootstrap(
  [
    secure('served', certificates('cert', 'cert')),
    secure('late', certificates('late', 'late')),
    secure(
      'mutual',
      `${certificates('cert', 'cert')}, validation_context_sds_secret_config: ${discovered('ca', 'ca')}`,
    ),
    listener('up', tcpProxy('up', 'cluster: up')),
  ],
  [cluster('up', ['u0'], tls('UpstreamTlsContext', `validation_context_sds_secret_config: ${discovered('ca', 'ca')}`))],
)}`;

const hello = (to: string, more: Partial<Exchange> = {}): Exchange => ({
  to,
  send: 'hello',
  raw: 5,
  tls: { maxVersion: 'TLSv1.2' },
  ...more,
});
const counted = 'update_(attempt|success|failure|rejected)|key_rotation_failed|init_fetch|version_text';
const wanted = `^sds\\..*(${counted})|server_ssl_socket_factory|client_ssl_socket_factory`;
const write = (file: string, text: string): Step => ({ do: 'write-file', file, text });
const until = (name: string, value: number): Step => ({ do: 'await-stat', name, value });

const changes: readonly Case[] = [
  {
    name: 'as they are at the start',
    steps: [
      hello('served'),
      hello('late'),
      hello('mutual', { tls: { certificate: 'client-plain', maxVersion: 'TLSv1.2' } }),
    ],
  },
  { name: 'upstream', steps: [{ to: 'up', send: 'hello', raw: 5 }] },
  {
    name: 'another certificate, while a connection goes on',
    steps: [
      hello('served', { conn: 'old' }),
      write('cert.yaml', certificate('cert', 'server-rsa')),
      until('sds.cert.update_success', 2),
      until('listener.served.server_ssl_socket_factory.ssl_context_update_by_sds', 2),
      hello('served'),
      { to: 'served', conn: 'old', send: 'still', raw: 5 },
    ],
  },
  {
    name: 'one that comes late',
    steps: [
      write('late.yaml', certificate('late', 'server')),
      until('listener.late.server_ssl_socket_factory.ssl_context_update_by_sds', 1),
      hello('late'),
    ],
  },
  {
    name: 'what cannot be used',
    steps: [
      write('cert.yaml', 'resources: [nope'),
      until('sds.cert.update_failure', 1),
      write('cert.yaml', certificate('other', 'server')),
      until('sds.cert.update_rejected', 1),
      write('cert.yaml', certificate('cert', 'server', 'server-rsa-key')),
      until('sds.cert.update_rejected', 2),
      hello('served', { stats: wanted }),
    ],
  },
];

export const sds: Suite = {
  kind: 'traffic',
  name: 'sds',
  config,
  files: {
    'cert.yaml': certificate('cert', 'server'),
    'late.yaml': 'resources: []\n',
    'ca.yaml': authority,
    ...Object.fromEntries(
      ['ca', 'server', 'server-key', 'server-rsa', 'server-rsa-key'].map((name) => [`pem/${name}.pem`, pem(name)]),
    ),
  },
  upstreams: { u0: { kind: 'echo', tls: { certificate: 'server' } } },
  cases: changes,
};

/** A certificate of files that are replaced while its secret stays: one by one, or all at once by a link, as Kubernetes does it. */
const fileOf = (folder: string, name: string) => `{filename: "{{folder}}/${folder}/${name}.pem"}`;
const rotated = (name: string, folder: string, more = '') =>
  response(
    `name: ${name}, tls_certificate: {certificate_chain: ${fileOf(folder, 'tls')}, private_key: ${fileOf(folder, 'tls-key')}${more}}`,
  );
const pairAs = (folder: string, name: string) => ({
  [`${folder}/tls.pem`]: pem(name),
  [`${folder}/tls-key.pem`]: pem(`${name}-key`),
});
const rotations = '^sds\\.(plain|watched|trust)\\.(update_(attempt|success|failure|rejected)|key_rotation_failed)';
const swap = (to: string): Step => ({ do: 'link', file: 'live/current', to });
const peek = (to: string, more: Partial<Exchange> = {}) => hello(to, more);

export const sdsFiles: Suite = {
  kind: 'traffic',
  name: 'sds-files',
  config: `node: {id: test-node, cluster: test-cluster}\n${bootstrap(
    [
      secure('one', certificates('plain', 'plain')),
      secure('all', certificates('watched', 'watched')),
      secure(
        'trusting',
        `${certificates('plain', 'plain')}, validation_context_sds_secret_config: ${discovered('trust', 'trust')}`,
      ),
    ],
    [],
  )}`,
  files: {
    'plain.yaml': rotated('plain', 'single'),
    'watched.yaml': rotated('watched', 'live/current', ', watched_directory: {path: "{{folder}}/live"}'),
    'trust.yaml': response(`name: trust, validation_context: {trusted_ca: ${fileOf('authority', 'ca')}}`),
    ...pairAs('single', 'server'),
    ...pairAs('live/a', 'server'),
    ...pairAs('live/b', 'server-rsa'),
    'live/bad/tls.pem': pem('server'),
    'live/bad/tls-key.pem': pem('server-rsa-key'),
    'live/nokey/tls.pem': pem('server'),
    'authority/ca.pem': pem('ca'),
  },
  links: { 'live/current': 'a' },
  cases: [
    {
      name: 'one by one: the key alone does not fit, with the certificate it does',
      steps: [
        peek('one', { conn: 'old' }),
        write('single/tls-key.pem', pem('server-rsa-key')),
        until('sds.plain.key_rotation_failed', 2),
        peek('one', { stats: rotations }),
        write('single/tls.pem', pem('server-rsa')),
        until('listener.one.server_ssl_socket_factory.ssl_context_update_by_sds', 2),
        peek('one', { stats: rotations }),
        { to: 'one', conn: 'old', send: 'still', raw: 5 },
      ],
    },
    {
      name: 'all at once, by a link',
      steps: [
        peek('all', { conn: 'old' }),
        swap('b'),
        until('listener.all.server_ssl_socket_factory.ssl_context_update_by_sds', 2),
        peek('all', { stats: rotations }),
        { to: 'all', conn: 'old', send: 'still', raw: 5 },
      ],
    },
    {
      name: 'by a link to what does not fit, or is not there',
      steps: [
        swap('bad'),
        until('sds.watched.key_rotation_failed', 1),
        peek('all', { stats: rotations }),
        swap('nokey'),
        until('sds.watched.key_rotation_failed', 2),
        peek('all', { stats: rotations }),
        swap('a'),
        until('listener.all.server_ssl_socket_factory.ssl_context_update_by_sds', 3),
        peek('all', { stats: rotations }),
      ],
    },
    {
      name: 'an authority',
      steps: [
        peek('trusting', { tls: { certificate: 'client-plain', maxVersion: 'TLSv1.2' } }),
        write('authority/ca.pem', pem('other-ca')),
        until('listener.trusting.server_ssl_socket_factory.ssl_context_update_by_sds', 4),
        peek('trusting', { tls: { certificate: 'client-plain', maxVersion: 'TLSv1.2' } }),
        peek('trusting', { tls: { certificate: 'client-other', maxVersion: 'TLSv1.2' } }),
        write('authority/ca.pem', 'nonsense'),
        until('sds.trust.key_rotation_failed', 1),
        peek('trusting', { tls: { certificate: 'client-other', maxVersion: 'TLSv1.2' }, stats: rotations }),
      ],
    },
  ],
};
