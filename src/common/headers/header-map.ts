import type { RequestHeaderMap, ResponseHeaderMap } from '../../../sdk/headers.ts';
import { HeaderEntries } from './header-entries.ts';
import { requestInlineNames, responseInlineNames, trailerInlineNames } from './inline-names.ts';

type Entries = Iterable<readonly [string, string]>;

function fill<Map extends HeaderEntries>(map: Map, entries: Entries): Map {
  for (const [name, value] of entries) map.add(name, value);
  return map;
}

/** In requests `host` is another word for `:authority`, as in Envoy's header map. */
function known(name: string): string {
  return name === 'host' ? ':authority' : name;
}

export class RequestHeaders extends HeaderEntries implements RequestHeaderMap {
  /** Names in lower case. */
  static of(entries: Entries): RequestHeaders {
    return fill(new RequestHeaders(), entries);
  }

  protected override get inlineNames(): ReadonlySet<string> {
    return requestInlineNames;
  }

  override get(name: string): string | undefined {
    return super.get(known(name));
  }

  override getAll(name: string): readonly string[] {
    return super.getAll(known(name));
  }

  override has(name: string): boolean {
    return super.has(known(name));
  }

  override set(name: string, value: string): void {
    super.set(known(name), value);
  }

  override add(name: string, value: string): void {
    super.add(known(name), value);
  }

  override append(name: string, value: string, delimiter = ','): void {
    super.append(known(name), value, delimiter);
  }

  override remove(name: string): number {
    return super.remove(known(name));
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

  copy(): RequestHeaders {
    const copied = new RequestHeaders(...this.copyLists());
    this.copyStateTo(copied);
    return copied;
  }
}

export class ResponseHeaders extends HeaderEntries implements ResponseHeaderMap {
  /** Names in lower case; `:status` among them. */
  static of(entries: Entries): ResponseHeaders {
    return fill(new ResponseHeaders(), entries);
  }

  static withStatus(status: number): ResponseHeaders {
    return new ResponseHeaders([':status'], [String(status)]);
  }

  protected override get inlineNames(): ReadonlySet<string> {
    return responseInlineNames;
  }

  /** 0 when there is none. */
  get status(): number {
    return Number(this.get(':status') ?? 0);
  }

  set status(value: number) {
    this.set(':status', String(value));
  }

  copy(): ResponseHeaders {
    const copied = new ResponseHeaders(...this.copyLists());
    this.copyStateTo(copied);
    return copied;
  }
}

/** Trailers of a request or a response. */
export class Trailers extends HeaderEntries {
  static of(entries: Entries): Trailers {
    return fill(new Trailers(), entries);
  }

  protected override get inlineNames(): ReadonlySet<string> {
    return trailerInlineNames;
  }

  copy(): Trailers {
    const copied = new Trailers(...this.copyLists());
    this.copyStateTo(copied);
    return copied;
  }
}
