/** What is told of certificates of odd shapes, as clients, as listeners and as upstreams present them. */
import type { CertificateName } from '../../harness/tls-peers.ts';
import type { Case, Suite } from '../case.ts';
import { bootstrap, cluster, hcm, indent, to } from '../config.ts';
import { get } from '../requests.ts';
import { certificates, file, pemFiles, withKeys } from './tls-context.ts';

const types = 'type.googleapis.com/envoy.extensions.transport_sockets.tls.v3';
const shapes = [
  'nameless',
  'utf8',
  'bmp',
  't61',
  'escapes',
  'many',
  'long',
  'names',
  'empty-names',
  'bad-address',
  'last-century',
  'far',
  'rsa',
  'p521',
  'ed25519',
  'serial-zero',
  'serial-long',
  'chain',
];
const fileOf = (shape: string): CertificateName => `made/odd-${shape}`;
/** Of listeners and clusters. */
const nameOf = (shape: string) => shape.replace('-', '');
/** A listener's certificate must have a name of some kind. */
const served = shapes.filter((shape) => shape !== 'nameless');

const ownFields = ['URI_SAN', 'DNS_SAN', 'IP_SAN', 'EMAIL_SAN', 'OTHERNAME_SAN', 'SUBJECT'];
const peerFields = [
  ...ownFields,
  'ISSUER',
  'SERIAL',
  'FINGERPRINT_1',
  'FINGERPRINT_256',
  'CHAIN_FINGERPRINTS_1',
  'CHAIN_FINGERPRINTS_256',
  'CHAIN_SERIALS',
  'ISSUER_FINGERPRINT_256',
  'ISSUER_SERIAL',
  'CERT_V_START(%Y/%m/%d %H:%M:%S)',
  'CERT_V_END(%b %e %Y %s)',
];
const attributes = (prefix: string) =>
  ['subject', 'uri_san', 'dns_san']
    .flatMap((fact) => [`${fact}_peer_certificate`, `${fact}_local_certificate`])
    .concat('sha256_peer_certificate_digest')
    .map((name) => `CEL(${prefix}.${name})`);
const formatOf = (...commands: readonly string[]) => commands.map((command) => `%${command}%`).join('|');
const upstreamFacts = formatOf(
  'RESPONSE_FLAGS',
  ...['URI_SAN', 'DNS_SAN', 'IP_SAN', 'SUBJECT', 'ISSUER', 'CERT_V_START', 'CERT_V_END(%Y)'].map(
    (field) => `UPSTREAM_PEER_${field}`,
  ),
  ...['URI_SAN', 'DNS_SAN', 'IP_SAN'].map((field) => `UPSTREAM_LOCAL_${field}`),
  'UPSTREAM_TLS_VERSION',
  'UPSTREAM_TLS_CIPHER',
  'UPSTREAM_TLS_GROUP',
  'UPSTREAM_TRANSPORT_FAILURE_REASON',
  ...attributes('upstream'),
);

const trust = `validation_context: {trusted_ca: ${file('made/ca')}, trust_chain_verification: ACCEPT_UNTRUSTED}`;
const socket = (role: string, certificate: string) => `transport_socket:
  name: tls
  typed_config: {"@type": ${types}.${role}TlsContext, common_tls_context: {${certificates(certificate)}, ${trust}}}
`;
const secure = (name: string, certificate: string, filters: string) => `- name: ${name}
  address: {socket_address: {address: 127.0.0.1, port_value: {{${name}}}}}
  filter_chains:
  - filters:
${indent(filters, 4)}
${indent(socket('Downstream', certificate), 4)}
`;
const forwarding = (more: string) =>
  `forward_client_cert_details: SANITIZE_SET\nset_current_client_cert_details: {subject: true, dns: true, uri: true, issuer: true${more}}`;
const manager = (name: string, format: string, more = '') =>
  hcm({ routes: to('u0'), log: { name, format }, extra: forwarding(more) });

const config = bootstrap(
  [
    secure(
      'facts',
      'made/server',
      manager('facts', formatOf(...peerFields.map((field) => `DOWNSTREAM_PEER_${field}`), ...attributes('connection'))),
    ),
    secure('json', 'made/server', manager('json', '%DOWNSTREAM_PEER_CERT%', ', cert: true, format: JSON')),
    ...served.map((shape) =>
      secure(
        `local${nameOf(shape)}`,
        fileOf(shape),
        manager(
          `local${nameOf(shape)}`,
          formatOf(
            'DOWNSTREAM_TLS_CIPHER',
            ...ownFields.map((field) => `DOWNSTREAM_LOCAL_${field}`),
            ...attributes('connection'),
          ),
        ),
      ),
    ),
    secure(
      'up',
      'made/server',
      hcm({
        routes: shapes.map((shape) => to(nameOf(shape), `/${shape}`)).join(''),
        log: { name: 'up', format: upstreamFacts },
      }),
    ),
  ],
  [cluster('u0'), ...shapes.map((shape) => cluster(nameOf(shape), [nameOf(shape)], socket('Upstream', fileOf(shape))))],
);

const ask = (name: string, listener: string, certificate: CertificateName, path = '/'): Case => ({
  name,
  steps: [get(listener, path, [], { tls: { certificate }, only: '^$', logs: [listener] })],
});

export const tlsCertificates: Suite = {
  kind: 'traffic',
  name: 'tls-certificates',
  config,
  files: pemFiles('made/ca', ...withKeys('made/server', ...shapes.map(fileOf))),
  upstreams: {
    u0: 'http',
    ...Object.fromEntries(
      shapes.map((shape) => [
        nameOf(shape),
        { kind: 'http', tls: { certificate: fileOf(shape), asksForCertificate: true } },
      ]),
    ),
  },
  cases: [
    ...shapes.flatMap((shape) => [
      ask(`client ${shape}`, 'facts', fileOf(shape)),
      ask(`client ${shape}, in JSON`, 'json', fileOf(shape)),
    ]),
    ...served.map((shape) => ask(`listener ${shape}`, `local${nameOf(shape)}`, 'made/client')),
    ...shapes.map((shape) => ask(`upstream ${shape}`, 'up', 'made/client', `/${shape}`)),
  ],
};
