import type { HeaderMap } from '../../../sdk/headers.ts';
import { isCleanName, isCleanValue } from './clean.ts';
import type { StatefulHeaderKeyFormatter } from './key-formatter.ts';

const colon = 0x3a;

/**
 * Headers as two lists side by side. A message has a dozen: walking them is faster than any index, the more so since
 * names that the proxy knows are the same string objects wherever they come from.
 */
export abstract class HeaderEntries implements HeaderMap {
  readonly #names: string[];
  readonly #values: string[];
  /** All entries may go out: they were checked when they came in. */
  #isClean = true;
  /** Remembers the peer's spelling of names (`preserve_case`); undefined when names go out in lower case. */
  formatter: StatefulHeaderKeyFormatter | undefined = undefined;

  /** Takes the lists over: names and values that a parser has checked, `names` in lower case, as long as `values`, pseudo headers first. */
  constructor(names: string[] = [], values: string[] = []) {
    this.#names = names;
    this.#values = values;
  }

  /** Names of which there is one entry at most: another value is joined to it. */
  protected abstract get inlineNames(): ReadonlySet<string>;

  /** Whether every entry may be sent as it is; false once a bad one was set. */
  get isClean(): boolean {
    return this.#isClean;
  }

  get size(): number {
    return this.#names.length;
  }

  get byteSize(): number {
    let bytes = 0;
    for (const name of this.#names) bytes += name.length;
    for (const value of this.#values) bytes += value.length;
    return bytes;
  }

  get(name: string): string | undefined {
    const names = this.#names;
    for (let i = 0; i < names.length; i++) {
      if (names[i] === name) return this.#values[i];
    }
    return undefined;
  }

  getAll(name: string): readonly string[] {
    const found: string[] = [];
    const names = this.#names;
    for (let i = 0; i < names.length; i++) {
      if (names[i] === name) found.push(this.#values[i] as string);
    }
    return found;
  }

  has(name: string): boolean {
    return this.#indexOf(name, 0) >= 0;
  }

  set(name: string, value: string): void {
    this.#check(name, value);
    const index = this.#indexOf(name, 0);
    if (index < 0) {
      this.#insert(name, value);
      return;
    }
    this.#values[index] = value;
    if (this.#indexOf(name, index + 1) >= 0) this.#removeFrom(name, index + 1);
  }

  add(name: string, value: string): void {
    this.#check(name, value);
    if (this.inlineNames.has(name)) this.append(name, value);
    else this.#insert(name, value);
  }

  append(name: string, value: string, delimiter = ','): void {
    this.#check(name, value);
    const index = this.#indexOf(name, 0);
    if (index < 0) {
      this.#insert(name, value);
      return;
    }
    const before = this.#values[index] as string;
    this.#values[index] = before === '' ? value : before + delimiter + value;
  }

  remove(name: string): number {
    const index = this.#indexOf(name, 0);
    return index < 0 ? 0 : this.#removeFrom(name, index);
  }

  removeIf(predicate: (name: string, value: string) => boolean): number {
    const names = this.#names;
    const values = this.#values;
    let kept = 0;
    for (let i = 0; i < names.length; i++) {
      const name = names[i] as string;
      const value = values[i] as string;
      if (predicate(name, value)) continue;
      names[kept] = name;
      values[kept++] = value;
    }
    return this.#truncate(kept);
  }

  nameAt(index: number): string {
    return this.#names[index] as string;
  }

  valueAt(index: number): string {
    return this.#values[index] as string;
  }

  *entries(): Iterable<readonly [string, string]> {
    for (let i = 0; i < this.#names.length; i++) yield [this.#names[i] as string, this.#values[i] as string];
  }

  /** What a copy takes over besides the lists. */
  protected copyStateTo(copied: HeaderEntries): void {
    copied.formatter = this.formatter;
    copied.#isClean = this.#isClean;
  }

  /** The lists' copies, for `copy()` of a subclass. */
  protected copyLists(): [string[], string[]] {
    return [this.#names.slice(), this.#values.slice()];
  }

  #check(name: string, value: string): void {
    if (this.#isClean && !(isCleanName(name) && isCleanValue(value))) this.#isClean = false;
  }

  #indexOf(name: string, from: number): number {
    const names = this.#names;
    for (let i = from; i < names.length; i++) {
      if (names[i] === name) return i;
    }
    return -1;
  }

  /** At the end; a pseudo header behind the other pseudo headers. */
  #insert(name: string, value: string): void {
    if (name.charCodeAt(0) !== colon) {
      this.#names.push(name);
      this.#values.push(value);
      return;
    }
    let at = 0;
    while (at < this.#names.length && this.#names[at]?.charCodeAt(0) === colon) at++;
    insertAt(this.#names, at, name);
    insertAt(this.#values, at, value);
  }

  #removeFrom(name: string, from: number): number {
    const names = this.#names;
    const values = this.#values;
    let kept = from;
    for (let i = from; i < names.length; i++) {
      if (names[i] === name) continue;
      names[kept] = names[i] as string;
      values[kept++] = values[i] as string;
    }
    return this.#truncate(kept);
  }

  #truncate(kept: number): number {
    const removed = this.#names.length - kept;
    this.#names.length = kept;
    this.#values.length = kept;
    return removed;
  }
}

/** splice() makes a list of what it removes. */
function insertAt(list: string[], index: number, item: string): void {
  list.push(item);
  for (let i = list.length - 1; i > index; i--) list[i] = list[i - 1] as string;
  list[index] = item;
}
