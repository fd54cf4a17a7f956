import type { RequestHeaderMap } from '../../../sdk/headers.ts';
import type { HttpMatchingData, MatchTree } from '../../../sdk/matching.ts';
import type { CertificateInfo, Connection, SslInfo } from '../../../sdk/network.ts';
import { HeaderNames } from '../../common/headers/names.ts';

/** What becomes of x-forwarded-client-cert (forward_client_cert_details). */
export type ForwardClientCertMode = 'Sanitize' | 'ForwardOnly' | 'AppendForward' | 'SanitizeSet' | 'AlwaysForwardOnly';
/** Keys of set_current_client_cert_details, in the order in which they are written. */
export type ClientCertDetail = 'Cert' | 'Chain' | 'Subject' | 'URI' | 'DNS';

export interface ForwardClientCert {
  readonly mode: ForwardClientCertMode;
  readonly details: readonly ClientCertDetail[];
}

/** Chooses by what a request is and where it comes from (forward_client_cert_matcher). */
export type ForwardClientCertMatcher = MatchTree<HttpMatchingData, ForwardClientCert>;

export interface ForwardClientCertRules {
  readonly matcher: ForwardClientCertMatcher | undefined;
  /** What holds where nothing matches. */
  readonly otherwise: ForwardClientCert;
}

export function mutateForwardedClientCert(
  headers: RequestHeaderMap,
  present: boolean,
  connection: Connection,
  { matcher, otherwise }: ForwardClientCertRules,
): void {
  const { mode, details } = matcher === undefined ? otherwise : choose(matcher, headers, connection, otherwise);
  if (mode === 'AlwaysForwardOnly') return;
  const { ssl } = connection.info;
  if (mode === 'Sanitize' || ssl === undefined || !ssl.peerCertificatePresented) {
    if (present) headers.remove(HeaderNames.ForwardedClientCert);
    return;
  }
  if (mode === 'ForwardOnly') return;
  const element = describeClientCert(ssl, details);
  if (mode === 'AppendForward') headers.append(HeaderNames.ForwardedClientCert, element, ',');
  else headers.set(HeaderNames.ForwardedClientCert, element);
}

function choose(
  matcher: ForwardClientCertMatcher,
  requestHeaders: RequestHeaderMap,
  { streamInfo }: Connection,
  otherwise: ForwardClientCert,
): ForwardClientCert {
  const nothingYet = { requestTrailers: undefined, responseHeaders: undefined, responseTrailers: undefined };
  const result = matcher.match({ streamInfo, requestHeaders, ...nothingYet });
  return typeof result === 'string' ? otherwise : result;
}

function describeClientCert(ssl: SslInfo, details: readonly ClientCertDetail[]): string {
  const parts = (ssl.local?.uriSans ?? []).map((uri) => `By=${uri}`);
  const { peer } = ssl;
  if (peer !== undefined) {
    parts.push(`Hash=${peer.sha256Digest}`);
    for (const detail of details) parts.push(...describeDetail(peer, ssl.peerChain, detail));
  }
  return parts.join(';');
}

function describeDetail(
  peer: CertificateInfo,
  chain: readonly CertificateInfo[],
  detail: ClientCertDetail,
): readonly string[] {
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
  }
}
