import { knownHeaderNames } from './names.ts';

/** 0 for a byte that no header name may hold (RFC 9110 section 5.1), else the byte in lower case. */
export const lowerNameByte: Uint8Array = makeLowerNameBytes();

function makeLowerNameBytes(): Uint8Array {
  const table = new Uint8Array(256);
  for (const char of "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyz") {
    table[char.charCodeAt(0)] = char.charCodeAt(0);
    table[char.toUpperCase().charCodeAt(0)] = char.charCodeAt(0);
  }
  return table;
}

const buckets = 1024;

function hash(length: number, first: number, middle: number, last: number): number {
  return (length * 131 + first * 7 + middle * 61 + last * 257) & (buckets - 1);
}

/** Finds known header names by their bytes, so that no string is made of them. */
class NameTable {
  readonly #names = knownHeaderNames;
  readonly #ids: ReadonlyMap<string, number>;
  /** Number of the name, plus one, by hash; collisions go to the next free place. */
  readonly #places = new Uint8Array(buckets);
  /** All names one after the other. */
  readonly #bytes: Uint8Array;
  readonly #starts: Uint16Array;

  constructor() {
    this.#ids = new Map(this.#names.map((name, id) => [name, id]));
    this.#bytes = new Uint8Array(this.#names.reduce((sum, name) => sum + name.length, 0));
    this.#starts = new Uint16Array(this.#names.length + 1);
    for (const [id, name] of this.#names.entries()) this.#put(id, name);
  }

  /** Number of names: an id is below it. */
  get size(): number {
    return this.#names.length;
  }

  /** Id of the known name in `bytes[start, end)`, upper case allowed; -1 when it is none. */
  find(bytes: Uint8Array, start: number, end: number): number {
    const length = end - start;
    const first = lowerNameByte[bytes[start] as number] as number;
    const middle = lowerNameByte[bytes[start + (length >> 1)] as number] as number;
    const last = lowerNameByte[bytes[end - 1] as number] as number;
    let place = hash(length, first, middle, last);
    for (let id = this.#places[place] as number; id !== 0; id = this.#places[place] as number) {
      if (this.#matches(id - 1, bytes, start, length)) return id - 1;
      place = (place + 1) & (buckets - 1);
    }
    return -1;
  }

  name(id: number): string {
    return this.#names[id] as string;
  }

  /** Id of a name in lower case; -1 when it is not known. */
  idOf(name: string): number {
    return this.#ids.get(name) ?? -1;
  }

  #matches(id: number, bytes: Uint8Array, start: number, length: number): boolean {
    const at = this.#starts[id] as number;
    if ((this.#starts[id + 1] as number) - at !== length) return false;
    const known = this.#bytes;
    for (let i = 0; i < length; i++) {
      if (known[at + i] !== lowerNameByte[bytes[start + i] as number]) return false;
    }
    return true;
  }

  #put(id: number, name: string): void {
    const at = this.#starts[id] as number;
    for (let i = 0; i < name.length; i++) this.#bytes[at + i] = name.charCodeAt(i);
    this.#starts[id + 1] = at + name.length;
    const middle = name.charCodeAt(name.length >> 1);
    let place = hash(name.length, name.charCodeAt(0), middle, name.charCodeAt(name.length - 1));
    while (this.#places[place] !== 0) place = (place + 1) & (buckets - 1);
    this.#places[place] = id + 1;
  }
}

export type { NameTable };

/** The table of `knownHeaderNames`; it never changes. */
export const nameTable: NameTable = new NameTable();
