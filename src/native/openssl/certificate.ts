import type { OpenSsl } from './openssl.ts';
import { OwnedObject } from './owned-object.ts';

/** EVP_PKEY_get_base_id(3). */
const keyTypes = new Map<number, KeyType>([
  [6, 'RSA'],
  [408, 'EC'],
  [1087, 'ED25519'],
]);
export type KeyType = 'RSA' | 'EC' | 'ED25519' | 'other';

const rfc2253 = 0x111_0317n;

/** An X509, of which this holds one reference. */
export class Certificate extends OwnedObject {
  constructor(openSsl: OpenSsl, pointer: bigint) {
    super(openSsl, 'certificate', pointer);
  }

  static fromDer(openSsl: OpenSsl, der: Uint8Array): Certificate | undefined {
    const pointer = openSsl.withPointer(der, (bytes) => {
      openSsl.scratch.writePointer(0, bytes);
      return openSsl.call.d2i_X509(0n, openSsl.scratch.pointer, BigInt(der.length));
    });
    if (pointer !== 0n) return new Certificate(openSsl, pointer);
    openSsl.call.ERR_clear_error();
    return undefined;
  }

  get der(): Uint8Array<ArrayBuffer> {
    return derOf(this.openSsl, this.pointer);
  }

  get keyType(): KeyType {
    const { call } = this.openSsl;
    const key = call.X509_get0_pubkey(this.pointer);
    return key === 0n ? 'other' : (keyTypes.get(call.EVP_PKEY_get_base_id(key)) ?? 'other');
  }

  get keyBits(): number {
    const { call } = this.openSsl;
    const key = call.X509_get0_pubkey(this.pointer);
    return key === 0n ? 0 : call.EVP_PKEY_get_bits(key);
  }

  /** Of an EC key, by OpenSSL's name (`prime256v1`); '' for others. */
  get curve(): string {
    const { call, scratch } = this.openSsl;
    const key = call.X509_get0_pubkey(this.pointer);
    if (key === 0n) return '';
    if (call.EVP_PKEY_get_group_name(key, scratch.pointer, 64n, 0n) === 1) return scratch.text();
    call.ERR_clear_error();
    return '';
  }

  /** RFC 2253. */
  get subject(): string {
    return this.#name(this.openSsl.call.X509_get_subject_name(this.pointer));
  }

  get issuer(): string {
    return this.#name(this.openSsl.call.X509_get_issuer_name(this.pointer));
  }

  #name(name: bigint): string {
    const { call } = this.openSsl;
    const bio = call.BIO_new(call.BIO_s_mem());
    call.X509_NAME_print_ex(bio, name, 0, rfc2253);
    const text = this.openSsl.drainBio(bio);
    call.BIO_free(bio);
    return text;
  }
}

/** DER of an X509 that someone else holds. */
export function derOf(openSsl: OpenSsl, x509: bigint): Uint8Array<ArrayBuffer> {
  const { call, scratch } = openSsl;
  const length = call.i2d_X509(x509, 0n);
  if (length <= 0) {
    call.ERR_clear_error();
    return new Uint8Array(0);
  }
  const der = new Uint8Array(length);
  openSsl.withPointer(der, (pointer) => {
    scratch.writePointer(0, pointer);
    call.i2d_X509(x509, scratch.pointer);
  });
  return der;
}

/** A private key, of which this holds one reference. */
export class PrivateKey extends OwnedObject {
  constructor(openSsl: OpenSsl, pointer: bigint) {
    super(openSsl, 'key', pointer);
  }

  get type(): KeyType {
    return keyTypes.get(this.openSsl.call.EVP_PKEY_get_base_id(this.pointer)) ?? 'other';
  }

  matches(certificate: Certificate): boolean {
    const matches = this.openSsl.call.X509_check_private_key(certificate.pointer, this.pointer) === 1;
    if (!matches) this.openSsl.call.ERR_clear_error();
    return matches;
  }
}

/** Digests of bytes. */
export function sha256(openSsl: OpenSsl, bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return digest(openSsl, bytes, openSsl.call.EVP_sha256(), 32);
}

export function sha1(openSsl: OpenSsl, bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return digest(openSsl, bytes, openSsl.call.EVP_sha1(), 20);
}

function digest(openSsl: OpenSsl, bytes: Uint8Array, method: bigint, length: number): Uint8Array<ArrayBuffer> {
  const { call, scratch } = openSsl;
  openSsl.withPointer(bytes, (pointer) =>
    call.EVP_Digest(pointer, BigInt(bytes.length), scratch.pointer, 0n, method, 0n),
  );
  return scratch.bytes.slice(0, length);
}
