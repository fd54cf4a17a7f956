/** How C's libraries take back each kind of object that a thread owns. */
export const releasedBy = {
  context: 'SSL_CTX_free',
  connection: 'SSL_free',
  certificate: 'X509_free',
  key: 'EVP_PKEY_free',
  session: 'SSL_SESSION_free',
  store: 'X509_STORE_free',
  bio: 'BIO_free',
} as const;

/** Native objects of which each has one owner. */
export type NativeKind = keyof typeof releasedBy;

const kinds = Object.keys(releasedBy) as NativeKind[];
const tags = Object.fromEntries(kinds.map((kind, i) => [kind, BigInt(i)])) as Readonly<Record<NativeKind, bigint>>;
/** What malloc(3) gives is aligned to 16 bytes: the bits below tell the kind. */
const tagBits = 0xfn;

/** Objects beyond are not written down: more than descriptors that are (native-ledger.ts). */
const mostObjects = 1 << 20;
/** Takes up space as it is used. */
export const objectLedgerBytes: number = (1 + mostObjects) * 8;

/**
 * Which objects of C's libraries a thread owns: a word each, its pointer and its kind, in shared memory, so that another
 * thread can give them back. The first word tells how many were ever in use. One writer.
 */
export class ObjectLedger {
  readonly #words: BigUint64Array;
  readonly #free: number[] = [];
  #used: number;

  constructor(memory: SharedArrayBuffer, start: number) {
    this.#words = new BigUint64Array(memory, start, 1 + mostObjects);
    this.#used = Number(this.#words[0]);
  }

  /** Answers the object's place; 0 when there is none left. */
  own(kind: NativeKind, pointer: bigint): number {
    const place = this.#free.pop() ?? this.#nextPlace();
    if (place > 0) this.#words[place] = pointer | tags[kind];
    return place;
  }

  /** To be called before it is released. */
  disown(place: number): void {
    if (place === 0) return;
    this.#words[place] = 0n;
    this.#free.push(place);
  }

  /** How many there are, of a kind or of all. */
  count(kind?: NativeKind): number {
    let count = 0;
    this.#forEach((each) => {
      if (kind === undefined || each === kind) count++;
    });
    return count;
  }

  /** Hands all to `release`, and has none afterwards. Answers how many. */
  takeAll(release: (kind: NativeKind, pointer: bigint) => void): number {
    let count = 0;
    this.#forEach((kind, pointer, place) => {
      this.#words[place] = 0n;
      release(kind, pointer);
      count++;
    });
    this.#words[0] = 0n;
    this.#used = 0;
    this.#free.length = 0;
    return count;
  }

  #nextPlace(): number {
    if (this.#used === mostObjects) return 0;
    this.#words[0] = BigInt(++this.#used);
    return this.#used;
  }

  #forEach(use: (kind: NativeKind, pointer: bigint, place: number) => void): void {
    const used = Number(this.#words[0]);
    for (let place = 1; place <= used; place++) {
      const word = this.#words[place] as bigint;
      if (word !== 0n) use(kinds[Number(word & tagBits)] as NativeKind, word & ~tagBits, place);
    }
  }
}
