import type { HeaderMap } from '../../../sdk/headers.ts';
import { copyRun, type WordMemory, writeLatin1 } from '../buffer/bytes.ts';
import { isCleanName, isCleanValue } from './clean.ts';
import type { HeadBlock } from './head-memory.ts';
import type { StatefulHeaderKeyFormatter } from './key-formatter.ts';
import { namePrefixLength, prefixLength, prefixPlace, writeNamePrefix, writePrefix } from './line-prefixes.ts';
import { nameTable } from './name-table.ts';
import { pseudoHeaderNames } from './names.ts';
import { allTraits, traitsOfId } from './traits.ts';

const colon = 0x3a;

/** An entry: the id of the known name or else the name, the value's text, `unread` while nobody has asked for it, and its place. */
const stride = 3;
const textAt = 1;
const placeAt = 2;

const unread = 0;
/** The place of a value that has no bytes. */
const nowhere = 0;

/**
 * Headers in one flat list. A message has a dozen: walking them is faster than any index, the more so since names that the
 * proxy knows are the same string objects wherever they come from. Values that came over the wire stay bytes until
 * somebody asks for their text, and go out again as those bytes; most never become strings.
 */
export abstract class HeaderEntries implements HeaderMap {
  // Declared alone, and no method private to V8: it makes `super()` part of its caller for a class without either, and calls the
  // runtime for any other.
  declare private slots: (string | number)[];
  declare private count: number;
  /** Of all entries that were ever put in. */
  declare private anyTraits: number;
  /** Where the values lie that came as bytes. */
  declare protected readonly block: HeadBlock | undefined;
  /** From there on places are counted. */
  declare protected readonly base: number;
  /** All entries may go out: they were checked when they came in. */
  declare private clean: boolean;
  /** Remembers the peer's spelling of names (`preserve_case`); undefined when names go out in lower case. */
  declare formatter: StatefulHeaderKeyFormatter | undefined;

  /**
   * @param block of a parser, which then adds the entries with `addParsed`
   * @param entries about how many there will be, those that are added later among them
   * @param base index in the block from which the places of its values are counted
   * @param model a map whose entries, at the same places, it begins with
   */
  constructor(block: HeadBlock | undefined, entries: number, base: number, model: HeaderEntries | undefined) {
    this.slots = model === undefined ? new Array(entries * stride) : model.slots.slice();
    this.count = model === undefined ? 0 : model.count;
    this.anyTraits = model === undefined ? 0 : model.anyTraits;
    this.block = block;
    this.base = base;
    this.clean = true;
    this.formatter = undefined;
  }

  /** Whether there may only be one entry of a known name: another value is joined to it. */
  protected abstract isInline(id: number): boolean;

  /** Whether every entry may be sent as it is; false once a bad one was set. */
  get isClean(): boolean {
    return this.clean;
  }

  /** Traits (traits.ts) that entries may have; what is not among them is not there. */
  get traits(): number {
    return this.anyTraits;
  }

  get size(): number {
    return this.count;
  }

  get byteSize(): number {
    let bytes = 0;
    for (let i = 0; i < this.count; i++) bytes += this.nameAt(i).length + this.valueLengthAt(i);
    return bytes;
  }

  get(name: string): string | undefined {
    const at = this.find(keyOf(name), 0);
    return at < 0 ? undefined : this.readAt(at);
  }

  getAll(name: string): readonly string[] {
    const found: string[] = [];
    const key = keyOf(name);
    for (let at = this.find(key, 0); at >= 0; at = this.find(key, at + stride)) found.push(this.readAt(at));
    return found;
  }

  has(name: string): boolean {
    return this.find(keyOf(name), 0) >= 0;
  }

  hasKnown(id: number): boolean {
    return this.find(id, 0) >= 0;
  }

  set(name: string, value: string): void {
    this.check(name, value);
    this.setKey(keyOf(name), value);
  }

  private setKey(key: number | string, value: string): void {
    const at = this.find(key, 0);
    if (at < 0) {
      this.insert(key, value);
      return;
    }
    this.putText(at, value);
    const second = this.find(key, at + stride);
    if (second >= 0) this.removeFrom(key, second);
  }

  /** First value of a known name, by its id. */
  getKnown(id: number): string | undefined {
    return this.textOf(id);
  }

  /** As `set`, for a value of our own making, which needs no look whether it may go out. */
  setKnown(id: number, value: string): void {
    const traits = traitsOfId(id);
    if (traits !== 0 && (this.anyTraits & traits) === 0) this.insert(id, value);
    else this.setKey(id, value);
  }

  add(name: string, value: string): void {
    this.check(name, value);
    const key = keyOf(name);
    if (typeof key === 'number' && this.isInline(key)) this.append(name, value);
    else this.insert(key, value);
  }

  append(name: string, value: string, delimiter = ','): void {
    this.check(name, value);
    const key = keyOf(name);
    const at = this.find(key, 0);
    if (at < 0) {
      this.insert(key, value);
      return;
    }
    this.putText(at, joined(this.readAt(at), value, delimiter));
  }

  /** Of a parser: an id or a name in lower case that has none, and where the value lies from the base on; both were checked. */
  addParsed(key: number | string, start: number, end: number): void {
    const slots = this.slots;
    const at = this.count++ * stride;
    const place = placeOf(start, end);
    slots[at] = key;
    slots[at + textAt] = place === nowhere ? this.readBytes(start, end) : unread;
    slots[at + placeAt] = place;
    if (typeof key === 'number') this.anyTraits |= traitsOfId(key);
  }

  /** The same with a value that is a string. */
  addParsedText(id: number, value: string): void {
    this.push(id, value);
  }

  /** Of an entry from the model: its value here. */
  putTextAt(index: number, text: string): void {
    this.putText(index * stride, text);
  }

  /** Of an entry from the model: the bytes here are others. */
  forgetTextAt(index: number): void {
    this.slots[index * stride + textAt] = unread;
  }

  /** Of a parser: joins another value to the first one of the name, as Envoy's header map does; false when there is none. */
  joinParsed(id: number, start: number, end: number): boolean {
    const at = this.find(id, 0);
    if (at < 0) return false;
    this.putText(at, joined(this.readAt(at), this.readBytes(start, end), ','));
    return true;
  }

  remove(name: string): number {
    const key = keyOf(name);
    const at = this.find(key, 0);
    return at < 0 ? 0 : this.removeFrom(key, at);
  }

  removeIf(predicate: (name: string, value: string) => boolean): number {
    let kept = 0;
    for (let i = 0; i < this.count; i++) {
      if (!predicate(this.nameAt(i), this.valueAt(i))) this.keep(i * stride, kept++);
    }
    return this.truncate(kept);
  }

  /** Removes what has one of these traits. */
  removeTraits(traits: number): void {
    if ((this.anyTraits & traits) === 0) return;
    let kept = 0;
    for (let at = 0; at < this.count * stride; at += stride) {
      const key = this.slots[at];
      if (typeof key !== 'number' || (traitsOfId(key) & traits) === 0) this.keep(at, kept++);
    }
    this.truncate(kept);
  }

  nameAt(index: number): string {
    const key = this.slots[index * stride] as number | string;
    return typeof key === 'number' ? nameTable.name(key) : key;
  }

  valueAt(index: number): string {
    return this.readAt(index * stride);
  }

  valueLengthAt(index: number): number {
    const at = index * stride;
    const text = this.slots[at + textAt] as string | number;
    return typeof text === 'string' ? text.length : lengthOf(this.slots[at + placeAt] as number);
  }

  /** How many bytes `writeLines` writes. */
  get lineBytes(): number {
    let bytes = 0;
    for (let i = 0; i < this.count; i++) {
      const key = this.slots[i * stride] as number | string;
      const prefix = typeof key === 'number' ? prefixLength(prefixPlace(key)) : namePrefixLength(key);
      if (prefix > 0) bytes += prefix + this.valueLengthAt(i);
    }
    return bytes;
  }

  /**
   * Writes the lines of HTTP/1, a line end before each: no pseudo headers, but `:authority` as Host. Maybe up to `wordSlack`
   * bytes more. Index behind them; -1 when it would be beyond `limit`.
   */
  writeLines(to: WordMemory, position: number, limit: number): number {
    const slots = this.slots;
    const { bytes, words } = to;
    const end = this.count * stride;
    let at = position;
    for (let slot = 0; slot < end; slot = (slot + stride) | 0) {
      const key = slots[slot] as number | string;
      const known = typeof key === 'number' ? prefixPlace(key) : 0;
      const prefix = typeof key === 'number' ? prefixLength(known) : namePrefixLength(key);
      if (prefix === 0) continue;
      const text = slots[slot + textAt] as string | number;
      const place = slots[slot + placeAt] as number;
      const length = place === nowhere ? (text as string).length : lengthOf(place);
      const valueAt = at + prefix;
      at = valueAt + length;
      if (at > limit) return -1;
      if (typeof key === 'number') writePrefix(known, words, valueAt - prefix);
      else writeNamePrefix(key, bytes, valueAt - prefix);
      if (place === nowhere) writeLatin1(text as string, bytes, valueAt);
      else this.copyValue(place, length, to, valueAt);
    }
    return at;
  }

  /**
   * Writes a text: from the bytes of the entry at `index` when it is the value of that. Maybe up to `wordSlack` bytes more.
   * Index behind it.
   */
  writeText(text: string, index: number, to: WordMemory, at: number): number {
    const slots = this.slots;
    const slot = index * stride;
    const place = slots[slot + textAt] === text ? (slots[slot + placeAt] as number) : nowhere;
    if (place === nowhere) writeLatin1(text, to.bytes, at);
    else this.copyValue(place, text.length, to, at);
    return at + text.length;
  }

  /** First value of a known name of which there is one at most; `index` is where it mostly is. */
  protected textNear(id: number, index: number): string | undefined {
    const slots = this.slots;
    const slot = index * stride;
    if (slots[slot] !== id) return this.textOf(id);
    const text = slots[slot + textAt] as string | number;
    return typeof text === 'string' ? text : this.readText(slot);
  }

  private textOf(id: number): string | undefined {
    const at = this.find(id, 0);
    return at < 0 ? undefined : this.readAt(at);
  }

  private copyValue(place: number, length: number, to: WordMemory, at: number): void {
    const start = this.base + startOf(place);
    copyRun(this.block as HeadBlock, start, start + length, to, at);
  }

  *entries(): Iterable<readonly [string, string]> {
    for (let i = 0; i < this.count; i++) yield [this.nameAt(i), this.valueAt(i)];
  }

  /** For `copy()` of a subclass, whose copy has the same block. */
  protected copyTo<Copy extends HeaderEntries>(copied: Copy): Copy {
    const entries: HeaderEntries = copied;
    entries.formatter = this.formatter;
    entries.clean = this.clean;
    entries.anyTraits = this.anyTraits;
    entries.count = this.count;
    entries.slots = this.slots.slice();
    return copied;
  }

  private readAt(at: number): string {
    const text = this.slots[at + textAt] as string | number;
    return typeof text === 'string' ? text : this.readText(at);
  }

  /** The bytes remain: whoever writes the value copies them, which costs less than its text does. */
  private readText(at: number): string {
    const place = this.slots[at + placeAt] as number;
    const start = startOf(place);
    const text = this.readBytes(start, start + lengthOf(place));
    this.slots[at + textAt] = text;
    return text;
  }

  private readBytes(start: number, end: number): string {
    const { bytes, words, texts } = this.block as HeadBlock;
    return texts.read(bytes, words, this.base + start, this.base + end);
  }

  private check(name: string, value: string): void {
    if (this.clean && !(isCleanName(name) && isCleanValue(value))) this.clean = false;
  }

  private find(key: number | string, from: number): number {
    return typeof key === 'number' ? this.findId(key, from) : this.findName(key, from);
  }

  private findId(id: number, from: number): number {
    const slots = this.slots;
    for (let at = from, end = this.count * stride; at < end; at += stride) if (slots[at] === id) return at;
    return -1;
  }

  private findName(name: string, from: number): number {
    const slots = this.slots;
    for (let at = from, end = this.count * stride; at < end; at += stride) if (slots[at] === name) return at;
    return -1;
  }

  /** At the end; a pseudo header behind the other pseudo headers. */
  private insert(key: number | string, value: string): void {
    this.push(key, value);
    if (isPseudo(key)) this.moveForward(key, value);
  }

  private moveForward(key: number | string, value: string): void {
    const slots = this.slots;
    const last = (this.count - 1) * stride;
    let at = last;
    while (at > 0 && !isPseudo(slots[at - stride] as number | string)) at -= stride;
    if (at === last) return;
    // copyWithin() goes through generic properties, which takes microseconds.
    for (let i = last - 1; i >= at; i--) slots[i + stride] = slots[i] as string;
    this.put(at, key, value);
  }

  private push(key: number | string, value: string): void {
    this.put(this.count++ * stride, key, value);
    if (typeof key === 'number') this.anyTraits |= traitsOfId(key);
  }

  private put(at: number, key: number | string, value: string): void {
    const slots = this.slots;
    slots[at] = key;
    slots[at + textAt] = value;
    slots[at + placeAt] = nowhere;
  }

  private putText(at: number, value: string): void {
    this.slots[at + textAt] = value;
    this.slots[at + placeAt] = nowhere;
  }

  private removeFrom(key: number | string, from: number): number {
    let kept = from / stride;
    for (let at = from; at < this.count * stride; at += stride) {
      if (this.slots[at] !== key) this.keep(at, kept++);
    }
    return this.truncate(kept);
  }

  /** Moves an entry forward, over those that are removed. */
  private keep(at: number, index: number): void {
    const slots = this.slots;
    const to = index * stride;
    if (to === at) return;
    for (let i = 0; i < stride; i++) slots[to + i] = slots[at + i] as string | number;
  }

  /** Behind the last entry there is nothing. */
  private truncate(kept: number): number {
    const slots = this.slots;
    for (let i = kept * stride; i < this.count * stride; i++) slots[i] = unread;
    const removed = this.count - kept;
    this.count = kept;
    return removed;
  }
}

/** Start and length in one small number; `nowhere` when they are too large for it. No value begins at the base, where the lines do. */
function placeOf(start: number, end: number): number {
  const length = end - start;
  return length < 0x1_0000 && start < 0x8000 && start >= -0x8000 ? (start << 16) | length : nowhere;
}

function startOf(place: number): number {
  return place >> 16;
}

function lengthOf(place: number): number {
  return place & 0xffff;
}

/** The id of a known name, else the name itself. */
function keyOf(name: string): number | string {
  const id = nameTable.idOf(name);
  return id < 0 ? name : id;
}

function isPseudo(key: number | string): boolean {
  return typeof key === 'number' ? key < pseudoHeaderNames : key.charCodeAt(0) === colon;
}

/** Traits that a map may have: all when it is not ours. */
export function traitsOf(headers: HeaderMap): number {
  return headers instanceof HeaderEntries ? headers.traits : allTraits;
}

/** Whether there is a header of a known name (but `host`), by its id: its value need not be read. */
export function hasKnown(headers: HeaderMap, id: number): boolean {
  return headers instanceof HeaderEntries ? headers.hasKnown(id) : headers.has(nameTable.name(id));
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

/** One value of two; an empty one leaves no trace. */
function joined(before: string, value: string, delimiter: string): string {
  if (value === '') return before;
  return before === '' ? value : before + delimiter + value;
}
