import type { OpenSsl } from '../../native/openssl/openssl.ts';
import { tlsVersions } from './tls-options.ts';

/** Sessions that servers have given us, the newest first; of each native one this holds the reference. */
export class ClientSessions implements Disposable {
  readonly #openSsl: OpenSsl;
  readonly #max: number;
  readonly #sessions: bigint[] = [];

  constructor(openSsl: OpenSsl, max: number) {
    this.#openSsl = openSsl;
    this.#max = max;
  }

  /** Takes a session over; the oldest one makes room. */
  keep(session: bigint): void {
    this.#openSsl.noteMade('session');
    while (this.#sessions.length >= this.#max) this.#free(this.#sessions.pop() as bigint);
    this.#sessions.unshift(session);
  }

  /** Gives the newest one to `use`. One of TLS 1.3 is good for a single connection. */
  useNewest(use: (session: bigint) => void): void {
    const [newest] = this.#sessions;
    if (newest === undefined) return;
    use(newest);
    if (this.#openSsl.call.SSL_SESSION_get_protocol_version(newest) < tlsVersions.tls13) return;
    this.#sessions.shift();
    this.#free(newest);
  }

  #free(session: bigint): void {
    this.#openSsl.call.SSL_SESSION_free(session);
    this.#openSsl.noteReleased('session');
  }

  [Symbol.dispose](): void {
    for (const session of this.#sessions) this.#free(session);
    this.#sessions.length = 0;
  }
}
