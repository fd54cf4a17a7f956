import type { CelInput } from '@bufbuild/cel';
import type { SslInfo } from '../../../sdk/network.ts';
import type { StreamInfo } from '../../../sdk/stream-info.ts';
import type { AttributeTable } from './lazy-map.ts';
import { celLibrary } from './library.ts';

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
    ['subject_local_certificate', of((ssl) => ssl.local?.subject ?? '')],
    ['subject_peer_certificate', of((ssl) => ssl.peer?.subject ?? '')],
    ['uri_san_local_certificate', of((ssl) => ssl.local?.uriSans[0])],
    ['uri_san_peer_certificate', of((ssl) => ssl.peer?.uriSans[0])],
    ['dns_san_local_certificate', of((ssl) => ssl.local?.dnsSans[0])],
    ['dns_san_peer_certificate', of((ssl) => ssl.peer?.dnsSans[0])],
    ['peer_certificate', of((ssl) => ssl.peer && encodeURIComponent(ssl.peer.pem))],
    ['sha256_peer_certificate_digest', of((ssl) => ssl.peer?.sha256Digest)],
  ];
}

export const connectionAttributes: AttributeTable<StreamInfo> = new Map<
  string,
  (info: StreamInfo) => CelInput | undefined
>([
  ['id', (info) => celLibrary().celUint(BigInt(info.downstreamConnection.connectionId))],
  ['mtls', (info) => info.downstreamConnection.ssl?.peerCertificatePresented ?? false],
  ['requested_server_name', (info) => info.downstreamConnection.requestedServerName],
  ['termination_details', (info) => info.connectionTerminationDetails],
  ['transport_failure_reason', (info) => present(info.downstreamTransportFailureReason)],
  ...tlsAttributes((info: StreamInfo) => info.downstreamConnection.ssl),
]);
