import type { OpenSsl } from '../../native/openssl/openssl.ts';
import { tlsVersions } from './tls-options.ts';

const versionNames = new Map<number, string>([
  [tlsVersions.tls10, 'TLSv1'],
  [tlsVersions.tls11, 'TLSv1.1'],
  [tlsVersions.tls12, 'TLSv1.2'],
  [tlsVersions.tls13, 'TLSv1.3'],
]);

/** OpenSSL's names of groups by those of BoringSSL, which Envoy's statistics have. */
const groupNames = new Map<string, string>([
  ['x25519', 'X25519'],
  ['secp224r1', 'P-224'],
  ['secp256r1', 'P-256'],
  ['prime256v1', 'P-256'],
  ['secp384r1', 'P-384'],
  ['secp521r1', 'P-521'],
]);

/** Objects of OpenSSL (obj_mac.h). */
const keyNames = new Map<number, string>([
  [6, 'rsa_pkcs1'],
  [912, 'rsa_pss_rsae'],
  [408, 'ecdsa'],
  [1087, 'ed25519'],
]);
const digestNames = new Map<number, string>([
  [64, 'sha1'],
  [114, 'md5_sha1'],
  [672, 'sha256'],
  [673, 'sha384'],
  [674, 'sha512'],
]);
const ecdsaNames = new Map<string, string>([
  ['sha1', 'ecdsa_sha1'],
  ['sha256', 'ecdsa_secp256r1_sha256'],
  ['sha384', 'ecdsa_secp384r1_sha384'],
  ['sha512', 'ecdsa_secp521r1_sha512'],
]);

export interface CipherName {
  readonly name: string;
  /** IANA's number. */
  readonly id: number;
}

export const noCipher: CipherName = { name: '', id: 0xffff };

/** Names of what handshakes choose, as BoringSSL writes them. */
export class SessionNames {
  readonly #openSsl: OpenSsl;
  readonly #ciphers = new Map<bigint, CipherName>();

  constructor(openSsl: OpenSsl) {
    this.#openSsl = openSsl;
  }

  version(version: number): string {
    return versionNames.get(version) ?? '';
  }

  cipher(pointer: bigint): CipherName {
    if (pointer === 0n) return noCipher;
    const known = this.#ciphers.get(pointer);
    if (known !== undefined) return known;
    const { call } = this.#openSsl;
    const name = this.#openSsl.textAt(call.SSL_CIPHER_get_name(pointer));
    const cipher = { name, id: call.SSL_CIPHER_get_protocol_id(pointer) };
    this.#ciphers.set(pointer, cipher);
    return cipher;
  }

  group(name: string): string {
    return groupNames.get(name) ?? name;
  }

  /** Of a signature by such a key and digest; '' when the peer did not sign. */
  signature({ type, digest }: { readonly type: number; readonly digest: number }): string {
    const key = keyNames.get(type);
    if (key === undefined) return '';
    const hash = digestNames.get(digest) ?? '';
    if (key === 'ecdsa') return ecdsaNames.get(hash) ?? '';
    return key === 'ed25519' ? key : `${key}_${hash}`;
  }
}
