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
