import type { RequestHeaderMap, ResponseHeaderMap } from '../headers.ts';

/** Headers of either kind, as a list of pairs. */
export class TestHeaders implements RequestHeaderMap, ResponseHeaderMap {
  #entries: [string, string][];

  constructor(entries: Iterable<readonly [string, string]> = []) {
    this.#entries = Array.from(entries, ([name, value]) => [name, value]);
  }

  get size(): number {
    return this.#entries.length;
  }

  get byteSize(): number {
    return this.#entries.reduce((sum, [name, value]) => sum + name.length + value.length, 0);
  }

  get(name: string): string | undefined {
    return this.#entries.find((entry) => entry[0] === name)?.[1];
  }

  getAll(name: string): readonly string[] {
    return this.#entries.filter((entry) => entry[0] === name).map((entry) => entry[1]);
  }

  has(name: string): boolean {
    return this.get(name) !== undefined;
  }

  set(name: string, value: string): void {
    const first = this.#entries.find((entry) => entry[0] === name);
    if (first === undefined) {
      this.add(name, value);
      return;
    }
    first[1] = value;
    this.#entries = this.#entries.filter((entry) => entry[0] !== name || entry === first);
  }

  add(name: string, value: string): void {
    this.#entries.push([name, value]);
  }

  append(name: string, value: string, delimiter = ','): void {
    const before = this.get(name);
    if (before === undefined) this.add(name, value);
    else this.set(name, before === '' ? value : before + delimiter + value);
  }

  remove(name: string): number {
    return this.removeIf((other) => other === name);
  }

  removeIf(predicate: (name: string, value: string) => boolean): number {
    const before = this.size;
    this.#entries = this.#entries.filter(([name, value]) => !predicate(name, value));
    return before - this.size;
  }

  nameAt(index: number): string {
    return this.#entries[index]?.[0] ?? '';
  }

  valueAt(index: number): string {
    return this.#entries[index]?.[1] ?? '';
  }

  entries(): Iterable<readonly [string, string]> {
    return this.#entries;
  }

  get method(): string {
    return this.get(':method') ?? '';
  }

  set method(value: string) {
    this.set(':method', value);
  }

  get path(): string {
    return this.get(':path') ?? '';
  }

  set path(value: string) {
    this.set(':path', value);
  }

  get host(): string {
    return this.get(':authority') ?? '';
  }

  set host(value: string) {
    this.set(':authority', value);
  }

  get scheme(): string {
    return this.get(':scheme') ?? '';
  }

  set scheme(value: string) {
    this.set(':scheme', value);
  }

  get status(): number {
    return Number(this.get(':status') ?? 0);
  }

  set status(value: number) {
    this.set(':status', String(value));
  }
}

/** `GET /` of `example.com`, with what is given over it. */
export function testRequestHeaders(headers: Readonly<Record<string, string>> = {}): TestHeaders {
  const base = { ':method': 'GET', ':path': '/', ':authority': 'example.com', ':scheme': 'http' };
  return new TestHeaders(Object.entries({ ...base, ...headers }));
}

export function testResponseHeaders(status = 200, headers: Readonly<Record<string, string>> = {}): TestHeaders {
  return new TestHeaders(Object.entries({ ':status': String(status), ...headers }));
}
