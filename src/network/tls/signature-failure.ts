import type { OpenSslError } from '../../native/openssl/openssl.ts';
import type { ChainProblem } from '../../native/openssl/peer-verification.ts';

/** X509_V_ERR of x509_vfy.h: of a certificate, of a revocation list. */
const signatureFailures: readonly number[] = [7, 8];

/** Libraries of OpenSSL (err.h). */
const rsaLibrary = 4;
const evpLibrary = 6;

/** What BoringSSL says for what OpenSSL's RSA (rsaerr.h) does. */
const rsaReasons = new Map<number, string>([
  [138, '67108971:RSA routines:OPENSSL_internal:BLOCK_TYPE_IS_NOT_01'],
  [114, '67109000:RSA routines:OPENSSL_internal:PADDING_CHECK_FAILED'],
  [104, '67108969:RSA routines:OPENSSL_internal:BAD_SIGNATURE'],
  [132, '67108979:RSA routines:OPENSSL_internal:DATA_TOO_LARGE_FOR_MODULUS'],
]);
const badEcdsaSignature = '436207716:ECDSA routines:OPENSSL_internal:BAD_SIGNATURE';
const ofPublicKey = '184549382:X.509 certificate routines:OPENSSL_internal:public key routines';

/** The errors that BoringSSL tells of before the check of a certificate that nobody of that name has signed. */
export function signatureFaults({ code, errors }: ChainProblem): readonly string[] {
  if (!signatureFailures.includes(code)) return [];
  const rsa = errors.filter(({ library }) => library === rsaLibrary);
  const faults = rsa.length > 0 ? rsa.flatMap(({ reason }) => rsaReasons.get(reason) ?? []) : ecdsaFaults(errors);
  return [...faults, ofPublicKey];
}

/** Of a signature that is no pair of numbers BoringSSL tells twice, OpenSSL's ECDSA not at all. */
function ecdsaFaults(errors: readonly OpenSslError[]): readonly string[] {
  const isWellFormed = errors.some(({ library }) => library === evpLibrary);
  return isWellFormed ? [badEcdsaSignature] : [badEcdsaSignature, badEcdsaSignature];
}
