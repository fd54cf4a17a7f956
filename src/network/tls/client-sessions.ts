import type { OpenSsl } from '../../native/openssl/openssl.ts';
import { tlsVersions } from './tls-options.ts';

interface KeptSession {
  readonly purpose: string;
  readonly session: bigint;
  /** By what the server signed when it was made, which OpenSSL does not keep; '' = it did not sign. */
  readonly signature: string;
}

/** Sessions that servers have given us, the newest first; of each native one this holds the reference. */
export class ClientSessions implements Disposable {
  readonly #openSsl: OpenSsl;
  readonly #max: number;
  readonly #sessions: KeptSession[] = [];

  constructor(openSsl: OpenSsl, max: number) {
    this.#openSsl = openSsl;
    this.#max = max;
  }

  /** Takes a session over; the oldest one makes room. */
  keep(purpose: string, session: bigint, signature: string): void {
    this.#openSsl.noteMade('session');
    while (this.#sessions.length >= this.#max) this.#free(this.#sessions.pop());
    this.#sessions.unshift({ purpose, session, signature });
  }

  /** Gives the newest one of that purpose to `use`, and answers its signature. One of TLS 1.3 is good for a single connection. */
  useNewest(purpose: string, use: (session: bigint) => void): string {
    const at = this.#sessions.findIndex((kept) => kept.purpose === purpose);
    const newest = this.#sessions[at];
    if (newest === undefined) return '';
    use(newest.session);
    if (this.#openSsl.call.SSL_SESSION_get_protocol_version(newest.session) < tlsVersions.tls13)
      return newest.signature;
    this.#sessions.splice(at, 1);
    this.#free(newest);
    return newest.signature;
  }

  #free(kept: KeptSession | undefined): void {
    if (kept === undefined) return;
    this.#openSsl.call.SSL_SESSION_free(kept.session);
    this.#openSsl.noteReleased('session');
  }

  [Symbol.dispose](): void {
    for (const kept of this.#sessions) this.#free(kept);
    this.#sessions.length = 0;
  }
}
