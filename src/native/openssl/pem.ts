import { Certificate, PrivateKey } from './certificate.ts';
import type { OpenSsl } from './openssl.ts';

/** err.h, pem.h. */
const pemLibrary = 9;
const noStartLine = 108;
/** PEM_BUFSIZE, what a password may take. */
const passwordBytes = 1024;

/** Words of an X509_INFO (x509.h): x509, crl. */
const infoWords = 2;

/** A certificate, the ones that are sent with it, and its key if it came along. */
export interface CertificateChain extends Disposable {
  readonly leaf: Certificate;
  readonly intermediates: readonly Certificate[];
}

class Chain implements CertificateChain {
  readonly leaf: Certificate;
  readonly intermediates: readonly Certificate[];

  constructor(leaf: Certificate, intermediates: readonly Certificate[]) {
    this.leaf = leaf;
    this.intermediates = intermediates;
  }

  [Symbol.dispose](): void {
    this.leaf[Symbol.dispose]();
    for (const certificate of this.intermediates) certificate[Symbol.dispose]();
  }
}

/** The chain in a PEM text, its own certificate first; undefined when there is none or one of them does not open. */
export function readPemChain(openSsl: OpenSsl, pem: Uint8Array): CertificateChain | undefined {
  const { call } = openSsl;
  return openSsl.withBio(pem, (bio) => {
    const leaf = call.PEM_read_bio_X509_AUX(bio, 0n, 0n, 0n);
    if (leaf === 0n) {
      call.ERR_clear_error();
      return undefined;
    }
    const certificates: Certificate[] = [];
    for (
      let next = call.PEM_read_bio_X509(bio, 0n, 0n, 0n);
      next !== 0n;
      next = call.PEM_read_bio_X509(bio, 0n, 0n, 0n)
    )
      certificates.push(new Certificate(openSsl, next));
    const chain = new Chain(new Certificate(openSsl, leaf), certificates);
    if (endedWell(openSsl)) return chain;
    chain[Symbol.dispose]();
    return undefined;
  });
}

/** Whether the last error only says that no further block follows. */
function endedWell(openSsl: OpenSsl): boolean {
  const last = openSsl.takeErrors().at(-1);
  return last?.library === pemLibrary && last.reason === noStartLine;
}

/** The key in a PEM text, or the reasons why not. */
export function readPemKey(openSsl: OpenSsl, pem: Uint8Array, password: Uint8Array): PrivateKey | readonly string[] {
  const { call } = openSsl;
  // Without a password none is tried, not an empty one either.
  if (password.length === 0 && new TextDecoder().decode(pem).includes('ENCRYPTED')) return ['bad password read'];
  // OpenSSL asks for it by its default callback, which takes the C string given with it; '' rather than the terminal.
  const secret = new Uint8Array(passwordBytes);
  secret.set(password.subarray(0, passwordBytes - 1));
  const key = openSsl.withBio(pem, (bio) =>
    openSsl.withPointer(secret, (pointer) => call.PEM_read_bio_PrivateKey(bio, 0n, 0n, pointer)),
  );
  secret.fill(0);
  if (key !== 0n) {
    call.ERR_clear_error();
    return new PrivateKey(openSsl, key);
  }
  return openSsl.takeErrors().map(({ reasonText }) => reasonText);
}

/** A chain and its key from PKCS #12, or the reasons why not. */
export function readPkcs12(
  openSsl: OpenSsl,
  bytes: Uint8Array,
  password: string,
): { readonly chain: CertificateChain; readonly key: PrivateKey } | readonly string[] {
  const { call, scratch } = openSsl;
  const container = openSsl.withBio(bytes, (bio) => call.d2i_PKCS12_bio(bio, 0n));
  if (container === 0n) return openSsl.takeErrors().map(({ reasonText }) => reasonText);
  for (let word = 0; word < 3; word++) scratch.writePointer(word, 0n);
  const { pointer } = scratch;
  const ok = call.PKCS12_parse(container, password, pointer, pointer + 8n, pointer + 16n);
  call.PKCS12_free(container);
  if (ok !== 1) return openSsl.takeErrors().map(({ reasonText }) => reasonText);
  call.ERR_clear_error();
  const [key, leaf, rest] = [scratch.pointerAt(0), scratch.pointerAt(1), scratch.pointerAt(2)];
  const intermediates = takeStack(openSsl, rest).map((x509) => new Certificate(openSsl, x509));
  if (key !== 0n && leaf !== 0n)
    return { chain: new Chain(new Certificate(openSsl, leaf), intermediates), key: new PrivateKey(openSsl, key) };
  for (const certificate of intermediates) certificate[Symbol.dispose]();
  if (key !== 0n) call.EVP_PKEY_free(key);
  if (leaf !== 0n) call.X509_free(leaf);
  return ['no certificate with a key'];
}

/** The elements of a stack, which is freed without them. */
function takeStack(openSsl: OpenSsl, stack: bigint): bigint[] {
  const elements = stackElements(openSsl, stack);
  if (stack !== 0n) openSsl.call.OPENSSL_sk_free(stack);
  return elements;
}

/** The elements of a stack that someone else holds. */
export function stackElements(openSsl: OpenSsl, stack: bigint): bigint[] {
  const { call } = openSsl;
  const count = stack === 0n ? 0 : call.OPENSSL_sk_num(stack);
  return Array.from({ length: count }, (_, i) => call.OPENSSL_sk_value(stack, i));
}

/**
 * Calls `use` with each certificate and each revocation list of a PEM text (as pointers that hold while it runs; 0 where
 * there is none). False when the text does not open.
 */
export function forEachPemInfo(openSsl: OpenSsl, pem: Uint8Array, use: (x509: bigint, crl: bigint) => void): boolean {
  const { call } = openSsl;
  const stack = openSsl.withBio(pem, (bio) => call.PEM_X509_INFO_read_bio(bio, 0n, 0n, 0n));
  call.ERR_clear_error();
  if (stack === 0n) return false;
  for (const info of takeStack(openSsl, stack)) {
    const words = openSsl.pointersAt(info, infoWords);
    use(words[0] as bigint, words[1] as bigint);
    call.X509_INFO_free(info);
  }
  return true;
}
