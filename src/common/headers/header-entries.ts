import type { HeaderMap } from '../../../sdk/headers.ts';
import { copyBytes, writeLatin1 } from '../buffer/bytes.ts';
import { isCleanName, isCleanValue } from './clean.ts';
import type { HeadBlock } from './head-memory.ts';
import type { StatefulHeaderKeyFormatter } from './key-formatter.ts';
import { nameTable } from './name-table.ts';
import { allTraits, traitsOfId } from './traits.ts';

const colon = 0x3a;

/** An entry: the known name's id or -1, the name, the value or where its bytes begin, and where they end. */
const stride = 4;
const nameAt = 1;
const valueAt = 2;
const endAt = 3;
const spareEntries = 6;

/**
 * Headers in one flat list. A message has a dozen: walking them is faster than any index, the more so since names that the
 * proxy knows are the same string objects wherever they come from. Values that came over the wire stay bytes until
 * somebody asks for their text, and go out again as those bytes; most never become strings.
 */
export abstract class HeaderEntries implements HeaderMap {
  #slots: (string | number)[];
  #size = 0;
  /** Of all entries that were ever put in. */
  #traits = 0;
  /** Where the values lie that are bytes. */
  readonly #block: HeadBlock | undefined;
  /** All entries may go out: they were checked when they came in. */
  #isClean = true;
  /** Remembers the peer's spelling of names (`preserve_case`); undefined when names go out in lower case. */
  formatter: StatefulHeaderKeyFormatter | undefined = undefined;

  /**
   * @param block of a parser, which then adds the entries with `addParsed`
   * @param entries about how many there will be
   */
  constructor(block: HeadBlock | undefined, entries: number) {
    this.#block = block;
    this.#slots = new Array((entries + spareEntries) * stride);
  }

  /** Whether there may only be one entry of a known name: another value is joined to it. */
  protected abstract isInline(id: number): boolean;

  /** Whether every entry may be sent as it is; false once a bad one was set. */
  get isClean(): boolean {
    return this.#isClean;
  }

  /** Traits (traits.ts) that entries may have; what is not among them is not there. */
  get traits(): number {
    return this.#traits;
  }

  get size(): number {
    return this.#size;
  }

  get byteSize(): number {
    let bytes = 0;
    for (let i = 0; i < this.#size; i++) bytes += this.nameAt(i).length + this.valueLengthAt(i);
    return bytes;
  }

  get(name: string): string | undefined {
    const slots = this.#slots;
    for (let at = 0, end = this.#size * stride; at < end; at += stride) {
      if (slots[at + nameAt] === name) return this.#textAt(at);
    }
    return undefined;
  }

  getAll(name: string): readonly string[] {
    const found: string[] = [];
    for (let at = this.#find(name, 0); at >= 0; at = this.#find(name, at + stride)) found.push(this.#textAt(at));
    return found;
  }

  has(name: string): boolean {
    return this.#find(name, 0) >= 0;
  }

  set(name: string, value: string): void {
    this.#check(name, value);
    this.#set(nameTable.idOf(name), name, value);
  }

  #set(id: number, name: string, value: string): void {
    const at = this.#find(name, 0);
    if (at < 0) {
      this.#insert(id, name, value);
      return;
    }
    this.#slots[at + valueAt] = value;
    const second = this.#find(name, at + stride);
    if (second >= 0) this.#removeFrom(name, second);
  }

  /** First value of a known name, by its id. */
  getKnown(id: number): string | undefined {
    const at = this.#findKnown(id);
    return at < 0 ? undefined : this.#textAt(at);
  }

  /** As `set`, for a value of our own making, which needs no look whether it may go out. */
  setKnown(id: number, value: string): void {
    const traits = traitsOfId(id);
    if (traits !== 0 && (this.#traits & traits) === 0) this.#insert(id, nameTable.name(id), value);
    else this.#set(id, nameTable.name(id), value);
  }

  add(name: string, value: string): void {
    this.#check(name, value);
    const id = nameTable.idOf(name);
    if (id >= 0 && this.isInline(id)) this.append(name, value);
    else this.#insert(id, name, value);
  }

  append(name: string, value: string, delimiter = ','): void {
    this.#check(name, value);
    const at = this.#find(name, 0);
    if (at < 0) {
      this.#insert(nameTable.idOf(name), name, value);
      return;
    }
    const before = this.#textAt(at);
    this.#slots[at + valueAt] = before === '' ? value : before + delimiter + value;
  }

  /** Of a parser: a name in lower case, and where the value lies in the block; both have been checked. */
  addParsed(id: number, name: string, start: number, end: number): void {
    const slots = this.#slots;
    const at = this.#size++ * stride;
    slots[at] = id;
    slots[at + nameAt] = name;
    slots[at + valueAt] = start;
    slots[at + endAt] = end;
    this.#traits |= traitsOfId(id);
  }

  /** The same with a value that is a string. */
  addParsedText(id: number, name: string, value: string): void {
    this.#push(id, name, value);
  }

  /** Of a parser: joins another value to the first one of the name, as Envoy's header map does; false when there is none. */
  joinParsed(name: string, start: number, end: number): boolean {
    const at = this.#find(name, 0);
    if (at < 0) return false;
    this.#slots[at + valueAt] = `${this.#textAt(at)},${this.#block?.texts.read(this.#block.bytes, start, end)}`;
    return true;
  }

  remove(name: string): number {
    const at = this.#find(name, 0);
    return at < 0 ? 0 : this.#removeFrom(name, at);
  }

  removeIf(predicate: (name: string, value: string) => boolean): number {
    let kept = 0;
    for (let i = 0; i < this.#size; i++) {
      if (!predicate(this.nameAt(i), this.valueAt(i))) this.#keep(i * stride, kept++);
    }
    return this.#truncate(kept);
  }

  /** Removes what has one of these traits. */
  removeTraits(traits: number): void {
    if ((this.#traits & traits) === 0) return;
    let kept = 0;
    for (let at = 0; at < this.#size * stride; at += stride) {
      if ((traitsOfId(this.#slots[at] as number) & traits) === 0) this.#keep(at, kept++);
    }
    this.#truncate(kept);
  }

  nameAt(index: number): string {
    return this.#slots[index * stride + nameAt] as string;
  }

  valueAt(index: number): string {
    return this.#textAt(index * stride);
  }

  /** Id of the known name (name-table.ts), or -1. */
  idAt(index: number): number {
    return this.#slots[index * stride] as number;
  }

  valueLengthAt(index: number): number {
    const at = index * stride;
    const value = this.#slots[at + valueAt] as string | number;
    return typeof value === 'string' ? value.length : (this.#slots[at + endAt] as number) - value;
  }

  /** Writes a value as Latin-1; index behind it. */
  writeValueAt(index: number, to: Uint8Array, position: number): number {
    const at = index * stride;
    const value = this.#slots[at + valueAt] as string | number;
    if (typeof value === 'string') {
      writeLatin1(value, to, position);
      return position + value.length;
    }
    const end = this.#slots[at + endAt] as number;
    copyBytes((this.#block as HeadBlock).bytes, value, end, to, position);
    return position + end - value;
  }

  *entries(): Iterable<readonly [string, string]> {
    for (let i = 0; i < this.#size; i++) yield [this.nameAt(i), this.valueAt(i)];
  }

  protected get block(): HeadBlock | undefined {
    return this.#block;
  }

  /** For `copy()` of a subclass, whose copy has the same block. */
  protected copyTo<Copy extends HeaderEntries>(copied: Copy): Copy {
    const entries: HeaderEntries = copied;
    entries.formatter = this.formatter;
    entries.#isClean = this.#isClean;
    entries.#traits = this.#traits;
    entries.#size = this.#size;
    entries.#slots = this.#slots.slice();
    return copied;
  }

  #textAt(at: number): string {
    const value = this.#slots[at + valueAt] as string | number;
    return typeof value === 'string' ? value : this.#readText(at, value);
  }

  #readText(at: number, start: number): string {
    const { bytes, texts } = this.#block as HeadBlock;
    const text = texts.read(bytes, start, this.#slots[at + endAt] as number);
    this.#slots[at + valueAt] = text;
    return text;
  }

  #check(name: string, value: string): void {
    if (this.#isClean && !(isCleanName(name) && isCleanValue(value))) this.#isClean = false;
  }

  #find(name: string, from: number): number {
    const slots = this.#slots;
    for (let at = from, end = this.#size * stride; at < end; at += stride) {
      if (slots[at + nameAt] === name) return at;
    }
    return -1;
  }

  #findKnown(id: number): number {
    const slots = this.#slots;
    for (let at = 0, end = this.#size * stride; at < end; at += stride) {
      if (slots[at] === id) return at;
    }
    return -1;
  }

  /** At the end; a pseudo header behind the other pseudo headers. */
  #insert(id: number, name: string, value: string): void {
    this.#push(id, name, value);
    if (name.charCodeAt(0) !== colon) return;
    const last = this.#size - 1;
    let place = 0;
    while (place < last && this.nameAt(place).charCodeAt(0) === colon) place++;
    if (place === last) return;
    // copyWithin() goes through generic properties, which takes microseconds.
    for (let i = last * stride - 1; i >= place * stride; i--) this.#slots[i + stride] = this.#slots[i] as string;
    this.#put(place * stride, id, name, value);
  }

  #push(id: number, name: string, value: string): void {
    this.#put(this.#size++ * stride, id, name, value);
    this.#traits |= traitsOfId(id);
  }

  #put(at: number, id: number, name: string, value: string): void {
    const slots = this.#slots;
    slots[at] = id;
    slots[at + nameAt] = name;
    slots[at + valueAt] = value;
    slots[at + endAt] = 0;
  }

  #removeFrom(name: string, from: number): number {
    let kept = from / stride;
    for (let at = from; at < this.#size * stride; at += stride) {
      if (this.#slots[at + nameAt] !== name) this.#keep(at, kept++);
    }
    return this.#truncate(kept);
  }

  /** Moves an entry forward, over those that are removed. */
  #keep(at: number, index: number): void {
    const slots = this.#slots;
    const to = index * stride;
    if (to === at) return;
    for (let i = 0; i < stride; i++) slots[to + i] = slots[at + i] as string | number;
  }

  /** Behind the last entry there is nothing to be read; what stays there lives no longer than the map. */
  #truncate(kept: number): number {
    const removed = this.#size - kept;
    this.#size = kept;
    return removed;
  }
}

/** Traits that a map may have: all when it is not ours. */
export function traitsOf(headers: HeaderMap): number {
  return headers instanceof HeaderEntries ? headers.traits : allTraits;
}

/** First value of a known name, by its id. */
export function getKnown(headers: HeaderMap, id: number): string | undefined {
  return headers instanceof HeaderEntries ? headers.getKnown(id) : headers.get(nameTable.name(id));
}

/** As `set`, for a known name, by its id, and a value of our own making. */
export function setKnown(headers: HeaderMap, id: number, value: string): void {
  if (headers instanceof HeaderEntries) headers.setKnown(id, value);
  else headers.set(nameTable.name(id), value);
}

/** Removes what has one of these traits. */
export function removeTraits(headers: HeaderMap, traits: number): void {
  if (headers instanceof HeaderEntries) headers.removeTraits(traits);
  else headers.removeIf((name) => (traitsOfId(nameTable.idOf(name)) & traits) !== 0);
}
