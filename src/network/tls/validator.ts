import type { GeneralName } from '../../../sdk/network.ts';
import { dnsNameMatches, type SubjectNameMatcher } from '../../common/tls/subject-names.ts';
import type { PeerVerdict } from '../../native/openssl/handshake-events.ts';
import type { ChainProblem, PeerVerification } from '../../native/openssl/peer-verification.ts';
import type { SslContext } from '../../native/openssl/ssl-context.ts';
import type { TlsCertificateInfo } from './certificate-info.ts';
import type { ValidationStatus } from './tls-info.ts';

/** Names that a peer's certificate must have one of, besides the configured ones or instead of them. */
export interface NamesToMatch {
  /** Compared as they are; DNS names by the rules of certificates. Empty = none are wanted. */
  readonly exact: readonly string[];
  /** Instead of the configured matchers. */
  readonly instead: readonly SubjectNameMatcher[] | undefined;
}
export const noNamesToMatch: NamesToMatch = { exact: [], instead: undefined };

export interface Judgement extends PeerVerdict {
  readonly status: ValidationStatus;
  /** Why not, in Envoy's words; '' when accepted. */
  readonly detail: string;
  /** Errors that the check of a signature came to, as BoringSSL tells them. */
  readonly faults?: readonly string[];
  /** Instead of OpenSSL's, up to TLS 1.2, where it goes in the clear. */
  readonly alert?: number | undefined;
  /** Of the peer's certificate, once a path to what is trusted is found. */
  readonly issuer?: TlsCertificateInfo | undefined;
}

/** Checks certificates of peers (Envoy's CertValidator). */
export interface Validator extends Disposable {
  /** As /certs shows them, and where they came from. */
  readonly authorities: readonly TlsCertificateInfo[];
  readonly authorityPath: string;
  /** Statistics of when authorities expire: their names, and whose; undefined = there is none, and it is never. */
  readonly expirations: readonly (readonly [name: string, authority: TlsCertificateInfo | undefined])[];
  /** Whether authorities are configured by which chains are checked. */
  readonly hasTrust: boolean;
  /** Whether anything at all is asked of a certificate. */
  readonly checks: boolean;
  /** What sessions may be resumed under: everything that would let a certificate in. */
  readonly fingerprint: string;
  /** Gives the contexts what is trusted; answers the mode of verification. */
  prepare(contexts: readonly SslContext[]): number;
  /** Of servers: which authorities clients are told of, and how long chains may be. */
  prepareServer(context: SslContext, requireClientCertificate: boolean): void;
  /** Judges a chain while its handshake waits. */
  verify(verification: PeerVerification, peer: TlsCertificateInfo, names: NamesToMatch): Judgement;
}

export function isOneOf({ kind, text }: GeneralName, wanted: readonly string[]): boolean {
  return wanted.some((name) => (kind === 'DNS' ? dnsNameMatches(name, text) : name === text));
}

/** x509_vfy.h: what stands in no table of alerts becomes certificate_unknown. */
export const refusedByUs = 0x7fff;
export const badCertificate = 28;

/** OpenSSL's words of which BoringSSL has others, or another reason in the same place. */
const boringTexts = new Map([
  ['unsuitable certificate purpose', 'unsupported certificate purpose'],
  ['certificate chain too long', 'unable to get local issuer certificate'],
]);
/** x509_vfy.h: what is wrong with a revocation list, or found in it. */
const crlErrors: ReadonlySet<number> = new Set([3, 5, 8, 11, 12, 15, 16, 23, 33, 44, 54]);

/** X509_V_ERR of which BoringSSL's alert is another one's in OpenSSL: certificates, and revocation lists, of the future are expired. */
const alertCodes = new Map([
  [9, 10],
  [11, 12],
]);

/** By what OpenSSL sends the alert that BoringSSL would. */
export function alertCodeOf(code: number): number {
  return alertCodes.get(code) ?? code;
}

/** As Envoy tells of a chain that is not trusted. */
export function describeProblem({ code, depth, text }: ChainProblem): string {
  const words = boringTexts.get(text) ?? text.replace('self-signed', 'self signed');
  const about = crlErrors.has(code) ? 'certificate revocation check against provided CRLs failed: ' : '';
  return `verify cert failed: X509_verify_cert: certificate verification error at depth ${depth}: ${about}${words}`;
}
