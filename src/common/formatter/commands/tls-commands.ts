import type { CertificateInfo, SslInfo } from '../../../../sdk/network.ts';
import type { StreamInfo } from '../../../../sdk/stream-info.ts';
import { bare, type Command, withParams } from '../command-syntax.ts';
import { DateFormat } from '../date-format.ts';
import { BytesProvider } from '../provider.ts';

type SslOf = (info: StreamInfo) => SslInfo | undefined;

const downstream: SslOf = (info) => info.downstreamConnection.ssl;
const upstream: SslOf = (info) => info.upstream?.connectionInfo?.ssl;

/** Of plaintext, and of what the certificate does not have, there is nothing. */
function ssl(sslOf: SslOf, read: (ssl: SslInfo) => string | readonly string[] | undefined): Command {
  return bare(
    new BytesProvider((_context, info) => {
      const facts = sslOf(info);
      if (facts === undefined) return undefined;
      const value = read(facts);
      return (typeof value === 'string' ? value : value?.join(',')) || undefined;
    }),
  );
}

/** When the peer's certificate begins or ends to be valid. */
function validity(sslOf: SslOf, field: 'validFromMs' | 'expirationMs'): Command {
  return withParams('optional params', 'without length', ({ params }, ctx) => {
    const format = new DateFormat(params === '' ? '%Y-%m-%dT%H:%M:%E3SZ' : params, 'UTC', ctx);
    return new BytesProvider((_context, info) => {
      const value = sslOf(info)?.peer?.[field];
      return value === undefined ? undefined : format.format(value);
    });
  });
}

type CertificateReader = (certificate: CertificateInfo) => string | readonly string[];
type CertificateField = readonly [name: string, read: CertificateReader];

/** Commands that read one side's certificate. */
function certificateCommands(
  prefix: string,
  sslOf: SslOf,
  side: 'peer' | 'local',
  fields: readonly CertificateField[],
): (readonly [string, Command])[] {
  return fields.map(([name, read]) => [
    `${prefix}_${name}`,
    ssl(sslOf, (facts) => (facts[side] === undefined ? undefined : read(facts[side]))),
  ]);
}

/** Commands that read what the peer sent besides its own certificate. */
function chainCommands(prefix: string, sslOf: SslOf): (readonly [string, Command])[] {
  const all = (read: (certificate: CertificateInfo) => string) =>
    ssl(sslOf, ({ peerChain }) => peerChain.map((certificate) => read(certificate)));
  const issuer = (read: (certificate: CertificateInfo) => string) =>
    ssl(sslOf, ({ peerIssuer }) => (peerIssuer === undefined ? undefined : read(peerIssuer)));
  return [
    [`${prefix}_CHAIN_FINGERPRINTS_256`, all(({ sha256Digest }) => sha256Digest)],
    [`${prefix}_CHAIN_FINGERPRINTS_1`, all(({ sha1Digest }) => sha1Digest)],
    [`${prefix}_CHAIN_SERIALS`, all(({ serialNumber }) => serialNumber)],
    [`${prefix}_ISSUER_FINGERPRINT_256`, issuer(({ sha256Digest }) => sha256Digest)],
    [`${prefix}_ISSUER_SERIAL`, issuer(({ serialNumber }) => serialNumber)],
  ];
}

function sessionCommands(prefix: string, sslOf: SslOf): (readonly [string, Command])[] {
  return [
    [`${prefix}_TLS_VERSION`, ssl(sslOf, (facts) => facts.tlsVersion)],
    [`${prefix}_TLS_CIPHER`, ssl(sslOf, (facts) => facts.cipherSuite)],
    [`${prefix}_TLS_SESSION_ID`, ssl(sslOf, (facts) => facts.sessionId)],
    [`${prefix}_TLS_GROUP`, ssl(sslOf, (facts) => facts.tlsGroup)],
    [`${prefix}_PEER_CERT_V_START`, validity(sslOf, 'validFromMs')],
    [`${prefix}_PEER_CERT_V_END`, validity(sslOf, 'expirationMs')],
  ];
}

const sanFields: readonly CertificateField[] = [
  ['URI_SAN', ({ uriSans }) => uriSans],
  ['DNS_SAN', ({ dnsSans }) => dnsSans],
  ['IP_SAN', ({ ipSans }) => ipSans],
];

const furtherSanFields: readonly CertificateField[] = [
  ['EMAIL_SAN', ({ emailSans }) => emailSans],
  ['OTHERNAME_SAN', ({ otherNameSans }) => otherNameSans],
];

const peerFields: readonly CertificateField[] = [
  ['CERT', ({ pem }) => encodeURIComponent(pem)],
  ['SUBJECT', ({ subject }) => subject],
  ['ISSUER', ({ issuer }) => issuer],
  ...sanFields,
];

const downstreamPeerFields: readonly CertificateField[] = [
  ...peerFields,
  ...furtherSanFields,
  ['FINGERPRINT_256', ({ sha256Digest }) => sha256Digest],
  ['FINGERPRINT_1', ({ sha1Digest }) => sha1Digest],
  ['SERIAL', ({ serialNumber }) => serialNumber],
];

const downstreamLocalFields: readonly CertificateField[] = [
  ...sanFields,
  ...furtherSanFields,
  ['SUBJECT', ({ subject }) => subject],
];

export const tlsCommands: readonly (readonly [string, Command])[] = [
  ...sessionCommands('DOWNSTREAM', downstream),
  ...sessionCommands('UPSTREAM', upstream),
  ...chainCommands('DOWNSTREAM_PEER', downstream),
  ...certificateCommands('DOWNSTREAM_PEER', downstream, 'peer', downstreamPeerFields),
  ...certificateCommands('DOWNSTREAM_LOCAL', downstream, 'local', downstreamLocalFields),
  ...certificateCommands('UPSTREAM_PEER', upstream, 'peer', peerFields),
  ...certificateCommands('UPSTREAM_LOCAL', upstream, 'local', sanFields),
];
