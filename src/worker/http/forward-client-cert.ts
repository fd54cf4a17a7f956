import type { RequestHeaderMap } from '../../../sdk/headers.ts';
import type { HttpMatchingData, MatchTree } from '../../../sdk/matching.ts';
import type { Connection } from '../../../sdk/network.ts';
import { HeaderNames } from '../../common/headers/names.ts';
import { type ClientCertDetail, type ClientCertFormat, joinClientCert } from './client-cert-element.ts';

/** What becomes of x-forwarded-client-cert (forward_client_cert_details). */
export type ForwardClientCertMode = 'Sanitize' | 'ForwardOnly' | 'AppendForward' | 'SanitizeSet' | 'AlwaysForwardOnly';
export interface ForwardClientCert {
  readonly mode: ForwardClientCertMode;
  readonly details: readonly ClientCertDetail[];
  /** Of an element that stands alone; one that is appended is written as those before it. */
  readonly format: ClientCertFormat;
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
  const { mode, details, format } = matcher === undefined ? otherwise : choose(matcher, headers, connection, otherwise);
  if (mode === 'AlwaysForwardOnly') return;
  const { ssl } = connection.info;
  if (mode === 'Sanitize' || ssl === undefined || !ssl.peerCertificatePresented) {
    if (present) headers.remove(HeaderNames.ForwardedClientCert);
    return;
  }
  if (mode === 'ForwardOnly') return;
  const before = mode === 'AppendForward' ? headers.get(HeaderNames.ForwardedClientCert) : undefined;
  headers.set(HeaderNames.ForwardedClientCert, joinClientCert(before, ssl, details, format));
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
