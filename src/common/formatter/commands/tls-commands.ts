import type { SslInfo } from '../../../../sdk/network.ts';
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

/** When the peer's certificate begins or ends to be valid: Unix milliseconds in `field`. */
function validity(sslOf: SslOf, field: string): Command {
  return withParams('optional params', 'without length', ({ params }, ctx) => {
    const format = new DateFormat(params === '' ? '%Y-%m-%dT%H:%M:%E3SZ' : params, 'UTC', ctx);
    return new BytesProvider((_context, info) => {
      const value = sslOf(info)?.peer(field);
      return value === undefined ? undefined : format.format(Number(value));
    });
  });
}

/** Commands that read one side's certificate, by the name of Envoy's method. */
function certificateCommands(
  prefix: string,
  sslOf: SslOf,
  side: 'peer' | 'local',
  fields: readonly (readonly [string, string])[],
): (readonly [string, Command])[] {
  return fields.map(([name, field]) => [`${prefix}_${name}`, ssl(sslOf, (facts) => facts[side](field))]);
}

function sessionCommands(prefix: string, sslOf: SslOf): (readonly [string, Command])[] {
  return [
    [`${prefix}_TLS_VERSION`, ssl(sslOf, (facts) => facts.tlsVersion)],
    [`${prefix}_TLS_CIPHER`, ssl(sslOf, (facts) => facts.cipherSuite)],
    [`${prefix}_TLS_SESSION_ID`, ssl(sslOf, (facts) => facts.sessionId)],
    [`${prefix}_TLS_GROUP`, ssl(sslOf, (facts) => facts.tlsGroup)],
    [`${prefix}_PEER_CERT_V_START`, validity(sslOf, 'validFromPeerCertificate')],
    [`${prefix}_PEER_CERT_V_END`, validity(sslOf, 'expirationPeerCertificate')],
  ];
}

const peerFields = [
  ['CERT', 'urlEncodedPemEncodedPeerCertificate'],
  ['SUBJECT', 'subjectPeerCertificate'],
  ['ISSUER', 'issuerPeerCertificate'],
  ['URI_SAN', 'uriSanPeerCertificate'],
  ['DNS_SAN', 'dnsSansPeerCertificate'],
  ['IP_SAN', 'ipSansPeerCertificate'],
] as const;

const downstreamPeerFields = [
  ['EMAIL_SAN', 'emailSansPeerCertificate'],
  ['OTHERNAME_SAN', 'othernameSansPeerCertificate'],
  ['FINGERPRINT_256', 'sha256PeerCertificateDigest'],
  ['FINGERPRINT_1', 'sha1PeerCertificateDigest'],
  ['SERIAL', 'serialNumberPeerCertificate'],
  ['CHAIN_FINGERPRINTS_256', 'sha256PeerCertificateChainDigests'],
  ['CHAIN_FINGERPRINTS_1', 'sha1PeerCertificateChainDigests'],
  ['CHAIN_SERIALS', 'serialNumbersPeerCertificates'],
  ['ISSUER_FINGERPRINT_256', 'sha256PeerCertificateIssuerDigest'],
  ['ISSUER_SERIAL', 'serialNumberPeerCertificateIssuer'],
] as const;

const localFields = [
  ['URI_SAN', 'uriSanLocalCertificate'],
  ['DNS_SAN', 'dnsSansLocalCertificate'],
  ['IP_SAN', 'ipSansLocalCertificate'],
] as const;

const downstreamLocalFields = [
  ['EMAIL_SAN', 'emailSansLocalCertificate'],
  ['OTHERNAME_SAN', 'othernameSansLocalCertificate'],
  ['SUBJECT', 'subjectLocalCertificate'],
] as const;

export const tlsCommands: readonly (readonly [string, Command])[] = [
  ...sessionCommands('DOWNSTREAM', downstream),
  ...sessionCommands('UPSTREAM', upstream),
  ...certificateCommands('DOWNSTREAM_PEER', downstream, 'peer', [...peerFields, ...downstreamPeerFields]),
  ...certificateCommands('DOWNSTREAM_LOCAL', downstream, 'local', [...localFields, ...downstreamLocalFields]),
  ...certificateCommands('UPSTREAM_PEER', upstream, 'peer', peerFields),
  ...certificateCommands('UPSTREAM_LOCAL', upstream, 'local', localFields),
];
