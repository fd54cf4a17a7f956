import type { RequestHeaderMap } from '../../../sdk/headers.ts';
import type { Connection, SslInfo } from '../../../sdk/network.ts';
import { HeaderNames } from '../../common/headers/names.ts';

/** What becomes of x-forwarded-client-cert (forward_client_cert_details). */
export type ForwardClientCertMode = 'Sanitize' | 'ForwardOnly' | 'AppendForward' | 'SanitizeSet' | 'AlwaysForwardOnly';
/** Keys of set_current_client_cert_details, in the order in which they are written. */
export type ClientCertDetail = 'Cert' | 'Chain' | 'Subject' | 'URI' | 'DNS';

export interface ForwardClientCert {
  readonly mode: ForwardClientCertMode;
  readonly details: readonly ClientCertDetail[];
}

export function mutateForwardedClientCert(
  headers: RequestHeaderMap,
  present: boolean,
  { info }: Connection,
  { mode, details }: ForwardClientCert,
): void {
  if (mode === 'AlwaysForwardOnly') return;
  const { ssl } = info;
  if (mode === 'Sanitize' || ssl === undefined || !ssl.peerCertificatePresented) {
    if (present) headers.remove(HeaderNames.ForwardedClientCert);
    return;
  }
  if (mode === 'ForwardOnly') return;
  const element = describeClientCert(ssl, details);
  if (mode === 'AppendForward') headers.append(HeaderNames.ForwardedClientCert, element, ',');
  else headers.set(HeaderNames.ForwardedClientCert, element);
}

function describeClientCert(ssl: SslInfo, details: readonly ClientCertDetail[]): string {
  const parts = listOf(ssl.local('uriSan')).map((uri) => `By=${uri}`);
  const [digest] = listOf(ssl.peer('sha256PeerCertificateDigest'));
  if (digest !== undefined) parts.push(`Hash=${digest}`);
  for (const detail of details) parts.push(...describeDetail(ssl, detail));
  return parts.join(';');
}

function describeDetail(ssl: SslInfo, detail: ClientCertDetail): string[] {
  switch (detail) {
    case 'Cert':
      return listOf(ssl.peer('urlEncodedPemEncodedPeerCertificate')).map((pem) => `Cert="${pem}"`);
    case 'Chain':
      return listOf(ssl.peer('urlEncodedPemEncodedPeerCertificateChain')).map((pem) => `Chain="${pem}"`);
    case 'Subject':
      return [`Subject="${listOf(ssl.peer('subjectPeerCertificate'))[0] ?? ''}"`];
    case 'URI': {
      const uris = listOf(ssl.peer('uriSanPeerCertificate'));
      return uris.length === 0 ? ['URI='] : uris.map((uri) => `URI=${uri}`);
    }
    case 'DNS':
      return listOf(ssl.peer('dnsSansPeerCertificate')).map((name) => `DNS=${name}`);
  }
}

function listOf(value: string | readonly string[] | undefined): readonly string[] {
  if (value === undefined || value === '') return [];
  return typeof value === 'string' ? [value] : value;
}
