import type { CipherSuite, SslContext } from '../../native/openssl/ssl-context.ts';

/** A list of ciphers in which some are equally good, so that of those a client's order decides, as in BoringSSL. */
export class CipherOrder {
  readonly #ranks: readonly (readonly CipherSuite[])[];
  readonly #configured: string;
  /** What the last client offered, and its list: most clients of a server are alike. */
  #lastOffered: Uint8Array = new Uint8Array(0);
  #lastList: string | undefined = undefined;

  /** @param ranks the best first; those of one rank are equally good. */
  constructor(ranks: readonly (readonly CipherSuite[])[]) {
    this.#ranks = ranks;
    this.#configured = joined(ranks);
  }

  get hasEquals(): boolean {
    return this.#ranks.some(({ length }) => length > 1);
  }

  /**
   * The list for a client that offers these, two bytes each; undefined when it is the one that is configured.
   * What the client does not offer is left at the end of its rank.
   */
  orderFor(offered: Uint8Array): string | undefined {
    if (areEqual(offered, this.#lastOffered)) return this.#lastList;
    this.#lastList = this.#order(offered);
    this.#lastOffered = offered;
    return this.#lastList;
  }

  #order(offered: Uint8Array): string | undefined {
    const ordered = this.#ranks.map((rank) => (rank.length > 1 ? sorted(rank, offered) : rank));
    const list = joined(ordered);
    return list === this.#configured ? undefined : list;
  }
}

function areEqual(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}

function joined(ranks: readonly (readonly CipherSuite[])[]): string {
  return ranks.flatMap((rank) => rank.map(({ name }) => name)).join(':');
}

function sorted(rank: readonly CipherSuite[], offered: Uint8Array): readonly CipherSuite[] {
  const found: CipherSuite[] = [];
  for (let at = 0; at + 1 < offered.length && found.length < rank.length; at += 2) {
    const id = ((offered[at] as number) << 8) | (offered[at + 1] as number);
    const cipher = rank.find((one) => one.id === id);
    if (cipher !== undefined && !found.includes(cipher)) found.push(cipher);
  }
  return found.length === 0 ? rank : [...found, ...rank.filter((cipher) => !found.includes(cipher))];
}

/** Those of a context up to TLS 1.2, by the list that it was given: `[a|b]` are of one rank. */
export function orderOf(context: SslContext, list: string): CipherOrder {
  const equals = [...list.matchAll(/\[([^\]]*)\]/g)].map(([, names = '']) => names.split('|'));
  const ranks: CipherSuite[][] = [];
  const rankOf = new Map<readonly string[], CipherSuite[]>();
  for (const cipher of context.ciphers) {
    if (cipher.isTls13) continue;
    const group = equals.find((names) => names.includes(cipher.name));
    let rank = group === undefined ? undefined : rankOf.get(group);
    if (rank === undefined) {
      rank = [];
      ranks.push(rank);
      if (group !== undefined) rankOf.set(group, rank);
    }
    rank.push(cipher);
  }
  return new CipherOrder(ranks);
}

/** Those of TLS 1.3, which BoringSSL takes as the client likes them. */
export function tls13OrderOf(context: SslContext): CipherOrder {
  return new CipherOrder([context.ciphers.filter(({ isTls13 }) => isTls13)]);
}
