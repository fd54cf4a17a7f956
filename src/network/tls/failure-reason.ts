import type { SystemError } from '../../../sdk/system-error.ts';
import type { OpenSslError } from '../../native/openssl/openssl.ts';
import type { RequiredExtension } from './client-hello.ts';
import { tlsVersions } from './tls-options.ts';

/** Of OpenSSL (err.h) and of BoringSSL. */
const sslLibrary = 20;
const boringSslLibrary = 16;
const systemLibrary = 2;
const libraryShift = 2 ** 24;

/** sslerr.h of OpenSSL. */
const certificateVerifyFailed = 134;
const noPeerCertificate = 199;
const noSharedCipherReason = 193;
const noSharedGroup = 101;
const noSuitableSignature = 118;
const noSharedSignature = 376;
const badKeyShare = 108;
const badExtensionReason = 110;
const missingSignatures = 112;
const missingGroups = 209;
const noCiphers = 183;
const noCompressions = 187;
const renegotiationMismatch = 337;
const wrongCompressions = 341;
const noPlainCompression = 342;
const missingSessionModes = 310;
const callbackFailed = 234;
const handshakeFailureAlert = 1040;
/** Reasons of alerts of the peer. */
const firstAlert = 1000;
const lastAlert = 1255;
/** What BoringSSL says besides of a server that refuses a hello so. */
const onClientHello = '268435610:SSL routines:OPENSSL_internal:HANDSHAKE_FAILURE_ON_CLIENT_HELLO';

const unsupportedProtocol = 258;
const noProtocol = 396;

type Reason = readonly [number: number, name: string];
const noSharedCipher: Reason = [184, 'NO_SHARED_CIPHER'];
const noCommonSignature: Reason = [253, 'NO_COMMON_SIGNATURE_ALGORITHMS'];
const keyUsageIncorrect: Reason = [302, 'KEY_USAGE_BIT_INCORRECT'];
const badRecord: Reason = [139, 'DECRYPTION_FAILED_OR_BAD_RECORD_MAC'];
const noGroup: Reason = [266, 'NO_SHARED_GROUP'];
const parseFailed: Reason = [131, 'CLIENTHELLO_PARSE_FAILED'];
const badCompressions: Reason = [256, 'INVALID_COMPRESSION_LIST'];
const badExtension: Reason = [149, 'ERROR_PARSING_EXTENSION'];
const parseExtensions: Reason = [190, 'PARSE_TLSEXT'];
const mismatch: Reason = [202, 'RENEGOTIATION_MISMATCH'];
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
  [noSharedGroup, noGroup],
  [noSuitableSignature, noCommonSignature],
  [noSharedSignature, noCommonSignature],
  [callbackFailed, [133, 'CONNECTION_REJECTED']],
  [unsupportedProtocol, [240, 'UNSUPPORTED_PROTOCOL']],
  [267, [247, 'WRONG_VERSION_NUMBER']],
  [281, badRecord],
  [443, badRecord],
  [150, [146, 'ENCRYPTED_LENGTH_TOO_LONG']],
  [146, [146, 'ENCRYPTED_LENGTH_TOO_LONG']],
  [152, [150, 'EXCESSIVE_MESSAGE_SIZE']],
  [198, [146, 'ENCRYPTED_LENGTH_TOO_LONG']],
  [244, [223, 'UNEXPECTED_MESSAGE']],
  [245, [225, 'UNEXPECTED_RECORD']],
  [159, [137, 'DECODE_ERROR']],
  [252, [247, 'WRONG_VERSION_NUMBER']],
  [noProtocol, [240, 'UNSUPPORTED_PROTOCOL']],
  [noCiphers, parseFailed],
  [noCompressions, parseFailed],
  [wrongCompressions, badCompressions],
  [noPlainCompression, badCompressions],
  [missingSessionModes, [164, 'MISSING_EXTENSION']],
  [badExtensionReason, badExtension],
  [renegotiationMismatch, mismatch],
  [306, [108, 'BAD_ECPOINT']],
  [373, [157, 'INAPPROPRIATE_FALLBACK']],
]);

/** For which OpenSSL refuses a hello whose keys or signatures are not all there. */
const ofKeys: readonly number[] = [noSharedGroup, badKeyShare, missingSignatures, missingGroups];
/** What BoringSSL says of it. */
const lacking: Readonly<Record<RequiredExtension, Reason>> = {
  signatureAlgorithms: noCommonSignature,
  supportedGroups: noGroup,
  keyShare: [258, 'MISSING_KEY_SHARE'],
};

/** The same while a server still waits for a whole ClientHello. */
const helloReasons = new Map<number, Reason>([
  [244, [225, 'UNEXPECTED_RECORD']],
  [159, parseFailed],
  [160, parseFailed],
]);

/** Of hellos, found before a cipher is chosen. */
const extensionFaults: readonly number[] = [
  badExtensionReason,
  renegotiationMismatch,
  missingSessionModes,
  wrongCompressions,
  noPlainCompression,
];

/** What BoringSSL says before a record is found to be bad: that it was not deciphered, or too short for that. */
const badDecrypt = '503316581:Cipher functions:OPENSSL_internal:BAD_DECRYPT';
const badLength = '268435568:SSL routines:OPENSSL_internal:BAD_PACKET_LENGTH';
/** By which OpenSSL's ciphers tell of the same (err.h, proverr.h). */
const providerLibrary = 57;
const invalidAad = 108;
const renegotiation = '268435638:SSL routines:OPENSSL_internal:NO_RENEGOTIATION';
/** What BoringSSL adds when it is to say goodbye on a connection that has broken. */
const isShutDown = '268435650:SSL routines:OPENSSL_internal:PROTOCOL_IS_SHUTDOWN';

/** Says only that one of the errors before it happened. */
const recordLayerFailure = 313;

export interface FailureReason {
  /** As Envoy writes it: `TLS_error:|<number>:SSL routines:OPENSSL_internal:<NAME>…:TLS_error_end`. */
  readonly text: string;
  readonly certificateMissing: boolean;
  readonly verificationFailed: boolean;
  /** How many errors Envoy counts for it. */
  readonly count: number;
  /** What BoringSSL has chosen when it breaks for this reason; OpenSSL chooses in another order. */
  readonly chosen: 'nothing' | 'version' | 'version and cipher';
}

export interface FailureContext {
  /** Of the certificate's check; '' when that passed. */
  readonly detail: string;
  /** What the check of a signature came to before that. */
  readonly faults: readonly string[] | undefined;
  /** It breaks in the handshake, not after it. */
  readonly isHandshake: boolean;
  /** A server that has not got a whole ClientHello yet. */
  readonly awaitsHello: boolean;
  /** A client whose hello has not been answered yet. */
  readonly awaitsServerHello: boolean;
  /** The version that is agreed on, as on the wire; 0 while none is. */
  readonly version: number;
  /** The client cannot compute with the curve of our certificate, which is why no cipher is shared. */
  readonly wrongCurve: boolean;
  /** What the client of TLS 1.3 should have sent and has not. */
  readonly lack: RequiredExtension | undefined;
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
  const errors = tellingErrors(queue);
  if (errors.length === 0) return undefined;
  const isSsl = (reason: number) => hasReason(errors, reason);
  const verificationFailed = isSsl(certificateVerifyFailed) && !context.keyUsageIsWrong;
  const certificateMissing = isSsl(noPeerCertificate);
  const { detail } = context;
  const faults = verificationFailed ? (context.faults ?? []) : [];
  const told = [...faults, ...errors.map((error) => describeError(error, context))];
  let text = `TLS_error:${told.map((one) => `|${one}`).join('')}`;
  // BoringSSL says it twice.
  if (context.version === tlsVersions.tls13 && isSsl(noSharedCipherReason)) text += text.slice(text.indexOf('|'));
  if (context.awaitsServerHello && isSsl(handshakeFailureAlert)) text += `|${onClientHello}`;
  if (verificationFailed && detail !== '') text += `:${detail}`;
  else if (certificateMissing) text += ':peer did not provide required client certificate';
  const isBeforeHello = context.awaitsHello && [...helloReasons.keys()].some(isSsl);
  const isUnread = isSsl(noCiphers) || isSsl(noCompressions);
  const isEarly = isBeforeHello || isUnread || isSsl(unsupportedProtocol) || isSsl(noProtocol) || isSsl(callbackFailed);
  const isBeforeCipher =
    isAfterVersion(errors) || context.lack === 'signatureAlgorithms' || extensionFaults.some(isSsl);
  const chosen = isEarly ? 'nothing' : isBeforeCipher ? 'version' : 'version and cipher';
  const failure = { text: `${text}:TLS_error_end`, certificateMissing, verificationFailed, count: 1, chosen } as const;
  const isAlert = errors.some(
    ({ library, reason }) => library === sslLibrary && reason >= firstAlert && reason <= lastAlert,
  );
  return context.isHandshake || isAlert ? failure : withGoodbye(failure);
}

/** Why a connection broke whose peer began another handshake. */
export const renegotiationFailure: FailureReason = withGoodbye({
  text: `TLS_error:|${renegotiation}:TLS_error_end`,
  certificateMissing: false,
  verificationFailed: false,
  count: 1,
  chosen: 'version and cipher',
});

/** Why a connection broke beneath TLS. */
export function describeSystemError({ errno, message }: SystemError): string {
  return `TLS_error:|${systemLibrary * libraryShift + errno}:system library:OPENSSL_internal:${message}:TLS_error_end`;
}

/** When the handshake had come to its end: the farewell that BoringSSL then fails to send is an error of its own. */
function withGoodbye(failure: FailureReason): FailureReason {
  return { ...failure, text: `${failure.text}|${isShutDown}:TLS_error_end`, count: failure.count + 1 };
}

/** Without those that say only that one of the others happened. */
function tellingErrors(queue: readonly OpenSslError[]): readonly OpenSslError[] {
  const isOfRecord = queue.some(({ reason }) => boringReasons.get(reason) === badRecord);
  const telling = queue.filter(
    ({ library, reason }) =>
      (library !== sslLibrary || reason !== recordLayerFailure) && (library !== providerLibrary || !isOfRecord),
  );
  const short = telling.find(({ library, reason }) => library === providerLibrary && reason === invalidAad);
  if (short !== undefined) return [short];
  return telling.length > 0 ? telling : queue;
}

function describeError(error: OpenSslError, context: FailureContext): string {
  const { library, reason, libraryText, reasonText, code } = error;
  if (library === providerLibrary && reason === invalidAad) return `${badLength}|${textOf(badRecord)}`;
  if (library !== sslLibrary) return `${code}:${libraryText}:OPENSSL_internal:${nameOf(reasonText)}`;
  const told = reasonIn(context, reason) ?? boringReasons.get(reason) ?? [reason, nameOf(reasonText)];
  if (told === mismatch) return `${textOf(told)}|${textOf(badExtension)}|${textOf(parseExtensions)}`;
  if (told === badExtension) return `${textOf(told)}|${textOf(parseExtensions)}`;
  return told === badRecord ? `${badDecrypt}|${textOf(told)}` : textOf(told);
}

function textOf([number, name]: Reason): string {
  return `${boringSslLibrary * libraryShift + number}:SSL routines:OPENSSL_internal:${name}`;
}

/** Of reasons that stand for several of BoringSSL's: which one it is. */
function reasonIn(context: FailureContext, reason: number): Reason | undefined {
  const isOldSignature = context.version < tlsVersions.tls13 && reason === noSharedSignature;
  if (context.wrongCurve && (isOldSignature || reason === noSharedCipherReason)) return wrongCurveReason;
  if (context.lack !== undefined && ofKeys.includes(reason)) return lacking[context.lack];
  // Up to TLS 1.2 it is the ciphers for which signatures are lacking.
  if (isOldSignature) return noSharedCipher;
  if (context.keyUsageIsWrong && reason === certificateVerifyFailed) return keyUsageIncorrect;
  return context.awaitsHello ? helloReasons.get(reason) : undefined;
}

/** `tlsv1 alert unknown ca` is `TLSV1_ALERT_UNKNOWN_CA`. Newer OpenSSL says `ssl/tls alert …` where it said `sslv3 alert …`. */
function nameOf(reasonText: string): string {
  const name = reasonText.replace('ssl/tls alert', 'sslv3 alert');
  return name.replaceAll(/[^A-Za-z0-9]+/g, '_').toUpperCase();
}
