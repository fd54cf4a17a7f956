import type { CertificateInfo, GeneralName, GeneralNameKind } from '../../../sdk/network.ts';
import { Certificate, sha1, sha256 } from '../../native/openssl/certificate.ts';
import type { OpenSsl } from '../../native/openssl/openssl.ts';
import { readX509, type X509Parts } from './x509.ts';

/** What a certificate says of itself, read from its DER when first asked. */
export class TlsCertificateInfo implements CertificateInfo {
  readonly der: Uint8Array;
  readonly #openSsl: OpenSsl;
  #parts: X509Parts | undefined = undefined;
  #names: { readonly subject: string; readonly issuer: string } | undefined = undefined;
  #sha256: string | undefined = undefined;
  #sha1: string | undefined = undefined;
  #pem: string | undefined = undefined;

  constructor(openSsl: OpenSsl, der: Uint8Array) {
    this.#openSsl = openSsl;
    this.der = der;
  }

  get parts(): X509Parts {
    this.#parts ??= readX509(this.der);
    return this.#parts;
  }

  get subject(): string {
    return this.#distinguishedNames().subject;
  }

  get issuer(): string {
    return this.#distinguishedNames().issuer;
  }

  get commonName(): string {
    return this.parts.commonName;
  }

  get organizationNames(): readonly string[] {
    return this.parts.organizationNames;
  }

  get serialNumber(): string {
    return serialText(this.parts.serial);
  }

  get sha256Digest(): string {
    this.#sha256 ??= hex(sha256(this.#openSsl, this.der));
    return this.#sha256;
  }

  get sha1Digest(): string {
    this.#sha1 ??= hex(sha1(this.#openSsl, this.der));
    return this.#sha1;
  }

  get subjectAltNames(): readonly GeneralName[] {
    return this.parts.subjectAltNames;
  }

  get uriSans(): readonly string[] {
    return this.#namesOf('URI');
  }

  get dnsSans(): readonly string[] {
    return this.#namesOf('DNS');
  }

  get emailSans(): readonly string[] {
    return this.#namesOf('EMAIL');
  }

  get ipSans(): readonly string[] {
    return this.#namesOf('IP_ADDRESS');
  }

  get otherNameSans(): readonly string[] {
    return this.#namesOf('OTHER_NAME');
  }

  get oids(): readonly string[] {
    return [...this.parts.extensions.keys()];
  }

  get validFromMs(): number {
    return this.parts.validFromMs;
  }

  get expirationMs(): number {
    return this.parts.expirationMs;
  }

  get pem(): string {
    this.#pem ??= pemText(this.der);
    return this.#pem;
  }

  #namesOf(kind: GeneralNameKind): string[] {
    return this.parts.subjectAltNames.filter((name) => name.kind === kind).map(({ text }) => text);
  }

  #distinguishedNames(): { readonly subject: string; readonly issuer: string } {
    if (this.#names === undefined) {
      using certificate = Certificate.fromDer(this.#openSsl, this.der);
      this.#names = { subject: certificate?.subject ?? '', issuer: certificate?.issuer ?? '' };
    }
    return this.#names;
  }
}

export function hex(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += byte.toString(16).padStart(2, '0');
  return text;
}

/** As BN_bn2hex writes it, in lower case: whole bytes without a sign's zero; `0` for zero. */
function serialText(content: Uint8Array): string {
  const first = content.findIndex((byte) => byte !== 0);
  return first < 0 ? '0' : hex(content.subarray(first));
}

const pemLineLength = 64;

function pemText(der: Uint8Array): string {
  const base64 = btoa(String.fromCharCode(...der));
  const lines = base64.match(new RegExp(`.{1,${pemLineLength}}`, 'g')) ?? [];
  return ['-----BEGIN CERTIFICATE-----', ...lines, '-----END CERTIFICATE-----', ''].join('\n');
}
