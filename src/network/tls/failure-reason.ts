import type { OpenSslError } from '../../native/openssl/openssl.ts';
import { tlsVersions } from './tls-options.ts';

/** Of OpenSSL (err.h) and of BoringSSL. */
const sslLibrary = 20;
const boringSslLibrary = 16;
const libraryShift = 2 ** 24;

/** sslerr.h of OpenSSL. */
const certificateVerifyFailed = 134;
const noPeerCertificate = 199;
const noSharedCipherReason = 193;
const noSuitableSignature = 118;
const noSharedSignature = 376;
const callbackFailed = 234;
const handshakeFailureAlert = 1040;
/** What BoringSSL says besides of a server that refuses a hello so. */
const onClientHello = '268435610:SSL routines:OPENSSL_internal:HANDSHAKE_FAILURE_ON_CLIENT_HELLO';

const unsupportedProtocol = 258;
const noProtocol = 396;

type Reason = readonly [number: number, name: string];
const noSharedCipher: Reason = [184, 'NO_SHARED_CIPHER'];
const noCommonSignature: Reason = [253, 'NO_COMMON_SIGNATURE_ALGORITHMS'];
const keyUsageIncorrect: Reason = [302, 'KEY_USAGE_BIT_INCORRECT'];
const wrongCurveReason: Reason = [243, 'WRONG_CURVE'];

/**
 * Reasons of OpenSSL for which BoringSSL has another number or another name, so that what people grep for is found.
 * Alerts of the peer have the same numbers and names in both.
 */
const boringReasons = new Map<number, Reason>([
  [certificateVerifyFailed, [125, 'CERTIFICATE_VERIFY_FAILED']],
  [noPeerCertificate, [192, 'PEER_DID_NOT_RETURN_A_CERTIFICATE']],
  [155, [155, 'HTTPS_PROXY_REQUEST']],
  [156, [156, 'HTTP_REQUEST']],
  [noSharedCipherReason, noSharedCipher],
  [181, noSharedCipher],
  [101, [266, 'NO_SHARED_GROUP']],
  [noSuitableSignature, noCommonSignature],
  [noSharedSignature, noCommonSignature],
  [callbackFailed, [133, 'CONNECTION_REJECTED']],
  [unsupportedProtocol, [240, 'UNSUPPORTED_PROTOCOL']],
  [267, [247, 'WRONG_VERSION_NUMBER']],
  [281, [139, 'DECRYPTION_FAILED_OR_BAD_RECORD_MAC']],
  [150, [146, 'ENCRYPTED_LENGTH_TOO_LONG']],
  [146, [146, 'ENCRYPTED_LENGTH_TOO_LONG']],
  [152, [150, 'EXCESSIVE_MESSAGE_SIZE']],
  [198, [146, 'ENCRYPTED_LENGTH_TOO_LONG']],
  [244, [223, 'UNEXPECTED_MESSAGE']],
  [245, [225, 'UNEXPECTED_RECORD']],
  [159, [137, 'DECODE_ERROR']],
  [252, [247, 'WRONG_VERSION_NUMBER']],
  [noProtocol, [240, 'UNSUPPORTED_PROTOCOL']],
]);

/** The same while a server still waits for a whole ClientHello. */
const helloReasons = new Map<number, Reason>([
  [244, [225, 'UNEXPECTED_RECORD']],
  [159, [131, 'CLIENTHELLO_PARSE_FAILED']],
  [160, [131, 'CLIENTHELLO_PARSE_FAILED']],
]);

/** Says only that one of the errors before it happened. */
const recordLayerFailure = 313;

export interface FailureReason {
  /** As Envoy writes it: `TLS_error:|<number>:SSL routines:OPENSSL_internal:<NAME>…:TLS_error_end`. */
  readonly text: string;
  readonly certificateMissing: boolean;
  readonly verificationFailed: boolean;
  /** What BoringSSL has chosen when it breaks for this reason; OpenSSL chooses in another order. */
  readonly chosen: 'nothing' | 'version' | 'version and cipher';
}

export interface FailureContext {
  /** Of the certificate's check; '' when that passed. */
  readonly detail: string;
  /** A server that has not got a whole ClientHello yet. */
  readonly awaitsHello: boolean;
  /** A client whose hello has not been answered yet. */
  readonly awaitsServerHello: boolean;
  /** The version that is agreed on, as on the wire; 0 while none is. */
  readonly version: number;
  /** The client cannot compute with the curve of our certificate, which is why no cipher is shared. */
  readonly wrongCurve: boolean;
  /** Why the certificate was refused, which BoringSSL looks at apart from its check. */
  readonly keyUsageIsWrong: boolean;
}

function hasReason(errors: readonly OpenSslError[], reason: number): boolean {
  return errors.some((error) => error.library === sslLibrary && error.reason === reason);
}

/** Whether a server broke when the version was agreed on, but no cipher. */
export function isAfterVersion(errors: readonly OpenSslError[]): boolean {
  return [noSuitableSignature, noSharedSignature, noSharedCipherReason].some((reason) => hasReason(errors, reason));
}

/** Why a connection broke, from OpenSSL's queue; undefined when that was empty. */
export function describeFailure(queue: readonly OpenSslError[], context: FailureContext): FailureReason | undefined {
  const telling = queue.filter(({ library, reason }) => library !== sslLibrary || reason !== recordLayerFailure);
  const errors = telling.length > 0 ? telling : queue;
  if (errors.length === 0) return undefined;
  const isSsl = (reason: number) => hasReason(errors, reason);
  const verificationFailed = isSsl(certificateVerifyFailed) && !context.keyUsageIsWrong;
  const certificateMissing = isSsl(noPeerCertificate);
  const { detail } = context;
  let text = `TLS_error:${errors.map((error) => `|${describeError(error, context)}`).join('')}`;
  // BoringSSL says it twice.
  if (context.version === tlsVersions.tls13 && isSsl(noSharedCipherReason)) text += text.slice(text.indexOf('|'));
  if (context.awaitsServerHello && isSsl(handshakeFailureAlert)) text += `|${onClientHello}`;
  if (verificationFailed && detail !== '') text += `:${detail}`;
  else if (certificateMissing) text += ':peer did not provide required client certificate';
  const isBeforeHello = context.awaitsHello && [...helloReasons.keys()].some(isSsl);
  const isEarly = isBeforeHello || isSsl(unsupportedProtocol) || isSsl(noProtocol) || isSsl(callbackFailed);
  const isBeforeCipher = isAfterVersion(errors);
  const chosen = isEarly ? 'nothing' : isBeforeCipher ? 'version' : 'version and cipher';
  return { text: `${text}:TLS_error_end`, certificateMissing, verificationFailed, chosen };
}

function describeError(error: OpenSslError, context: FailureContext): string {
  const { library, reason, libraryText, reasonText, code } = error;
  if (library !== sslLibrary) return `${code}:${libraryText}:OPENSSL_internal:${nameOf(reasonText)}`;
  const [number, name] = reasonIn(context, reason) ?? boringReasons.get(reason) ?? [reason, nameOf(reasonText)];
  return `${boringSslLibrary * libraryShift + number}:SSL routines:OPENSSL_internal:${name}`;
}

/** Of reasons that stand for several of BoringSSL's: which one it is. */
function reasonIn(context: FailureContext, reason: number): Reason | undefined {
  if (context.wrongCurve && reason === noSharedCipherReason) return wrongCurveReason;
  // Up to TLS 1.2 it is the ciphers for which signatures are lacking.
  if (context.version < tlsVersions.tls13 && reason === noSharedSignature) return noSharedCipher;
  if (context.keyUsageIsWrong && reason === certificateVerifyFailed) return keyUsageIncorrect;
  return context.awaitsHello ? helloReasons.get(reason) : undefined;
}

/** `tlsv1 alert unknown ca` is `TLSV1_ALERT_UNKNOWN_CA`. Newer OpenSSL says `ssl/tls alert …` where it said `sslv3 alert …`. */
function nameOf(reasonText: string): string {
  const name = reasonText.replace('ssl/tls alert', 'sslv3 alert');
  return name.replaceAll(/[^A-Za-z0-9]+/g, '_').toUpperCase();
}
