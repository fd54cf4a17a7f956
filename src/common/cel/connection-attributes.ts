import { type CelInput, celUint } from '@bufbuild/cel';
import type { SslInfo } from '../../../sdk/network.ts';
import type { StreamInfo } from '../../../sdk/stream-info.ts';
import type { AttributeTable } from './lazy-map.ts';

function first(value: string | readonly string[] | undefined): string | undefined {
  return typeof value === 'string' ? value : value?.[0];
}

function present(value: string | undefined): string | undefined {
  return value === '' ? undefined : value;
}

/** Of TLS on either side; all absent without. */
export function tlsAttributes<Source>(
  sslOf: (source: Source) => SslInfo | undefined,
): readonly (readonly [string, (source: Source) => CelInput | undefined])[] {
  const of = (read: (ssl: SslInfo) => CelInput | undefined) => (source: Source) => {
    const ssl = sslOf(source);
    return ssl === undefined ? undefined : read(ssl);
  };
  return [
    ['tls_version', of((ssl) => ssl.tlsVersion)],
    ['subject_local_certificate', of((ssl) => first(ssl.local('subjectLocalCertificate')) ?? '')],
    ['subject_peer_certificate', of((ssl) => first(ssl.peer('subjectPeerCertificate')) ?? '')],
    ['uri_san_local_certificate', of((ssl) => first(ssl.local('uriSanLocalCertificate')))],
    ['uri_san_peer_certificate', of((ssl) => first(ssl.peer('uriSanPeerCertificate')))],
    ['dns_san_local_certificate', of((ssl) => first(ssl.local('dnsSansLocalCertificate')))],
    ['dns_san_peer_certificate', of((ssl) => first(ssl.peer('dnsSansPeerCertificate')))],
    ['sha256_peer_certificate_digest', of((ssl) => present(first(ssl.peer('sha256PeerCertificateDigest'))))],
  ];
}

export const connectionAttributes: AttributeTable<StreamInfo> = new Map<
  string,
  (info: StreamInfo) => CelInput | undefined
>([
  ['id', (info) => celUint(BigInt(info.downstreamConnection.connectionId))],
  ['mtls', (info) => info.downstreamConnection.ssl?.peerCertificatePresented ?? false],
  ['requested_server_name', (info) => info.downstreamConnection.requestedServerName],
  ['termination_details', (info) => info.connectionTerminationDetails],
  ['transport_failure_reason', (info) => present(info.downstreamTransportFailureReason)],
  ...tlsAttributes((info: StreamInfo) => info.downstreamConnection.ssl),
]);
