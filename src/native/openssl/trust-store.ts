import type { OpenSsl } from './openssl.ts';
import { OwnedObject } from './owned-object.ts';

/** An X509_STORE: authorities that are trusted together, and what they have revoked. */
export class TrustStore extends OwnedObject {
  constructor(openSsl: OpenSsl) {
    super(openSsl, 'store', openSsl.call.X509_STORE_new());
  }

  add(x509: bigint): void {
    const { call } = this.openSsl;
    call.X509_STORE_add_cert(this.pointer, x509);
    call.ERR_clear_error();
  }

  addRevocations(crl: bigint): void {
    const { call } = this.openSsl;
    call.X509_STORE_add_crl(this.pointer, crl);
    call.ERR_clear_error();
  }

  setFlags(flags: bigint): void {
    this.openSsl.call.X509_STORE_set_flags(this.pointer, flags);
  }
}
