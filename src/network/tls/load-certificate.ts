import { ConfigError } from '../../../sdk/config.ts';
import type { Certificate, PrivateKey } from '../../native/openssl/certificate.ts';
import type { OpenSsl } from '../../native/openssl/openssl.ts';
import { type CertificateChain, readPemChain, readPemKey, readPkcs12 } from '../../native/openssl/pem.ts';
import type { SslContext } from '../../native/openssl/ssl-context.ts';
import { TlsCertificateInfo } from './certificate-info.ts';
import type { CertificateOptions } from './tls-options.ts';

export type KeyKind = 'RSA' | 'EC' | 'other';

/** A certificate that a context presents. */
export interface LoadedCertificate {
  readonly options: CertificateOptions;
  readonly info: TlsCertificateInfo;
  readonly keyKind: KeyKind;
  /** Of an EC key: `P-256`, `P-384` or `P-521`. */
  readonly curve: string;
  readonly isMustStaple: boolean;
}

const curves = new Map<string, string>([
  ['prime256v1', 'P-256'],
  ['secp384r1', 'P-384'],
  ['secp521r1', 'P-521'],
]);
const leastRsaBits = 2048;
const tlsFeature = '1.3.6.1.5.5.7.1.24';
const mustStaple = '3003020105';

/** Gives a context its certificate and key. Throws ConfigError in Envoy's words. */
export function loadCertificate(openSsl: OpenSsl, context: SslContext, options: CertificateOptions): LoadedCertificate {
  if (options.pkcs12.length > 0) return loadPkcs12(openSsl, context, options);
  using chain = readPemChain(openSsl, options.chain);
  if (chain === undefined || !context.useChain(chain)) {
    openSsl.takeErrors();
    throw new ConfigError(`Failed to load certificate chain from ${options.chainPath}`);
  }
  const loaded = describe(openSsl, chain.leaf, options);
  const key = readPemKey(openSsl, options.key, options.password);
  if (isFault(key)) throw keyFault(options.keyPath, key);
  using held = key;
  useKey(openSsl, context, chain.leaf, held, options.keyPath);
  return loaded;
}

function loadPkcs12(openSsl: OpenSsl, context: SslContext, options: CertificateOptions): LoadedCertificate {
  const opened = readPkcs12(openSsl, options.pkcs12, new TextDecoder().decode(options.password));
  if (isFault(opened)) throw new ConfigError(`Failed to load pkcs12 from ${options.pkcs12Path}`);
  using chain: CertificateChain = opened.chain;
  using key = opened.key;
  if (!context.useChain(chain)) {
    openSsl.takeErrors();
    throw new ConfigError(`Failed to load pkcs12 from ${options.pkcs12Path}`);
  }
  const loaded = describe(openSsl, chain.leaf, options);
  useKey(openSsl, context, chain.leaf, key, options.pkcs12Path);
  return loaded;
}

function useKey(openSsl: OpenSsl, context: SslContext, leaf: Certificate, key: PrivateKey, path: string): void {
  if (key.matches(leaf) && context.useKey(key)) return;
  openSsl.takeErrors();
  throw keyFault(path, [key.type === leaf.keyType ? 'key values mismatch' : 'key type mismatch']);
}

function describe(openSsl: OpenSsl, leaf: Certificate, options: CertificateOptions): LoadedCertificate {
  const { keyType } = leaf;
  const path = options.pkcs12.length > 0 ? options.pkcs12Path : options.chainPath;
  const curve = keyType === 'EC' ? curves.get(leaf.curve) : '';
  if (curve === undefined) throw new ConfigError(`Failed to load certificate chain from ${path}`);
  if (keyType === 'RSA' && leaf.keyBits < leastRsaBits) {
    throw new ConfigError(
      `Failed to load certificate chain from ${path}, only RSA certificates with 2048-bit or larger keys are supported`,
    );
  }
  const info = new TlsCertificateInfo(openSsl, leaf.der);
  const feature = info.parts.extensions.get(tlsFeature);
  return {
    options,
    info,
    keyKind: keyType === 'RSA' || keyType === 'EC' ? keyType : 'other',
    curve,
    isMustStaple: feature !== undefined && hexOf(feature) === mustStaple,
  };
}

function hexOf(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

function isFault(value: unknown): value is readonly string[] {
  return Array.isArray(value);
}

/** OpenSSL's reasons under the numbers and names of BoringSSL's, which Envoy shows. */
const boringCauses: readonly (readonly [pattern: RegExp, cause: string])[] = [
  [/unsupported|no start line/, '0900006e:PEM routines:OPENSSL_internal:NO_START_LINE'],
  [/bad password read|empty password|interrupted/, '09000068:PEM routines:OPENSSL_internal:BAD_PASSWORD_READ'],
  [/bad decrypt|wrong/, '1e000065:Cipher functions:OPENSSL_internal:BAD_DECRYPT'],
  [/key values mismatch/, '0b000074:X.509 certificate routines:OPENSSL_internal:KEY_VALUES_MISMATCH'],
  [/key type mismatch/, '0b000073:X.509 certificate routines:OPENSSL_internal:KEY_TYPE_MISMATCH'],
];

function keyFault(path: string, reasons: readonly string[]): ConfigError {
  const known = boringCauses.find(([pattern]) => reasons.some((reason) => pattern.test(reason)));
  const cause = known === undefined ? (reasons[0] ?? 'unknown') : `error:${known[1]}`;
  return new ConfigError(`Failed to load private key from ${path}, Cause: ${cause}`);
}
