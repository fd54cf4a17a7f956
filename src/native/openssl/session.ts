import type { OpenSsl } from './openssl.ts';
import { OwnedObject } from './owned-object.ts';

/** An SSL_SESSION that a server has given us. */
export class Session extends OwnedObject {
  constructor(openSsl: OpenSsl, pointer: bigint) {
    super(openSsl, 'session', pointer);
  }

  /** As on the wire. */
  get version(): number {
    return this.openSsl.call.SSL_SESSION_get_protocol_version(this.pointer);
  }
}
