import type { OpenSsl } from '../../native/openssl/openssl.ts';
import { Session } from '../../native/openssl/session.ts';
import { tlsVersions } from './tls-options.ts';

interface KeptSession {
  readonly purpose: string;
  readonly session: Session;
  /** By what the server signed when it was made, which OpenSSL does not keep; '' = it did not sign. */
  readonly signature: string;
}

/** Sessions that servers have given us, the newest first. */
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
    while (this.#sessions.length >= this.#max) this.#sessions.pop()?.session[Symbol.dispose]();
    this.#sessions.unshift({ purpose, session: new Session(this.#openSsl, session), signature });
  }

  /** Gives the newest one of that purpose to `use`, and answers its signature. One of TLS 1.3 is good for a single connection. */
  useNewest(purpose: string, use: (session: bigint) => void): string {
    const at = this.#sessions.findIndex((kept) => kept.purpose === purpose);
    const newest = this.#sessions[at];
    if (newest === undefined) return '';
    const { session, signature } = newest;
    use(session.pointer);
    if (session.version < tlsVersions.tls13) return signature;
    this.#sessions.splice(at, 1);
    session[Symbol.dispose]();
    return signature;
  }

  [Symbol.dispose](): void {
    for (const { session } of this.#sessions) session[Symbol.dispose]();
    this.#sessions.length = 0;
  }
}
