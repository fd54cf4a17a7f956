/** An element of x-forwarded-client-cert: what a client's certificate says. */
import type { CertificateInfo, SslInfo } from '../../../sdk/network.ts';

/** Keys of set_current_client_cert_details, in the order in which they are written. */
export type ClientCertDetail = 'Cert' | 'Chain' | 'Subject' | 'URI' | 'DNS' | 'Issuer';
export type ClientCertFormat = 'Text' | 'Json';

/** The header's value with an element for `ssl`; behind a JSON list it is written as JSON, behind anything else as text. */
export function joinClientCert(
  before: string | undefined,
  ssl: SslInfo,
  details: readonly ClientCertDetail[],
  format: ClientCertFormat,
): string {
  if (before === undefined || before === '') {
    return format === 'Json' ? `[${asJson(ssl, details)}]` : asText(ssl, details);
  }
  if (before.startsWith('[') && before.endsWith(']')) return `${before.slice(0, -1)},${asJson(ssl, details)}]`;
  return `${before},${asText(ssl, details)}`;
}

function asText({ local, peer, peerChain }: SslInfo, details: readonly ClientCertDetail[]): string {
  const parts = (local?.uriSans ?? []).map((uri) => `By=${uri}`);
  if (peer !== undefined) {
    parts.push(`Hash=${peer.sha256Digest}`);
    for (const detail of details) parts.push(...textOf(detail, peer, peerChain));
  }
  return parts.join(';');
}

function textOf(detail: ClientCertDetail, peer: CertificateInfo, chain: readonly CertificateInfo[]): readonly string[] {
  switch (detail) {
    case 'Cert':
      return [`Cert="${encodeURIComponent(peer.pem)}"`];
    case 'Chain':
      return [`Chain="${encodeURIComponent(chain.map(({ pem }) => pem).join(''))}"`];
    case 'Subject':
      return [`Subject="${peer.subject}"`];
    case 'URI':
      return peer.uriSans.length === 0 ? ['URI='] : peer.uriSans.map((uri) => `URI=${uri}`);
    case 'DNS':
      return peer.dnsSans.map((name) => `DNS=${name}`);
    case 'Issuer':
      return [`Issuer="${peer.issuer}"`];
  }
}

/** Lists that are empty are left out. */
function asJson({ local, peer, peerChain }: SslInfo, details: readonly ClientCertDetail[]): string {
  const fields: Record<string, string | readonly string[]> = {};
  if (local !== undefined && local.uriSans.length > 0) fields['by'] = local.uriSans;
  if (peer !== undefined) {
    fields['hash'] = peer.sha256Digest;
    for (const detail of details) {
      const value = jsonOf(detail, peer, peerChain);
      if (value.length > 0) fields[detail.toLowerCase()] = value;
    }
  }
  return JSON.stringify(fields);
}

function jsonOf(
  detail: ClientCertDetail,
  peer: CertificateInfo,
  chain: readonly CertificateInfo[],
): string | readonly string[] {
  switch (detail) {
    case 'Cert':
      return peer.pem;
    case 'Chain':
      return chain.map(({ pem }) => pem);
    case 'Subject':
      return peer.subject;
    case 'URI':
      return peer.uriSans;
    case 'DNS':
      return peer.dnsSans;
    case 'Issuer':
      return peer.issuer;
  }
}
