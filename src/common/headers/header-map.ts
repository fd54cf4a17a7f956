import type { RequestHeaderMap, ResponseHeaderMap } from '../../../sdk/headers.ts';
import type { HeadBlock } from './head-memory.ts';
import { HeaderEntries } from './header-entries.ts';
import { inlineIds, requestInlineNames, responseInlineNames, trailerInlineNames } from './inline-names.ts';
import { nameTable } from './name-table.ts';
import { HeaderNames } from './names.ts';

const authorityId = nameTable.idOf(HeaderNames.Authority);
const hostId = nameTable.idOf(HeaderNames.Host);
const methodId = nameTable.idOf(HeaderNames.Method);
const pathId = nameTable.idOf(HeaderNames.Path);
const schemeId = nameTable.idOf(HeaderNames.Scheme);
const statusId = nameTable.idOf(HeaderNames.Status);

/** Where the parser puts pseudo headers, and the proxy the scheme. */
const authorityPlace = 0;
export const pathPlace = 1;
const methodPlace = 2;
const schemePlace = 3;
const statusPlace = 0;

type Entries = Iterable<readonly [string, string]>;

function fill<Map extends HeaderEntries>(map: Map, entries: Entries): Map {
  for (const [name, value] of entries) map.add(name, value);
  return map;
}

const requestInlineIds = inlineIds(requestInlineNames);
const responseInlineIds = inlineIds(responseInlineNames);
const trailerInlineIds = inlineIds(trailerInlineNames);
const usualEntries = 12;
const zero = 0x30;

/** In requests `host` is another word for `:authority`, as in Envoy's header map. */
function known(name: string): string {
  return name === 'host' ? ':authority' : name;
}

export class RequestHeaders extends HeaderEntries implements RequestHeaderMap {
  constructor(
    block: HeadBlock | undefined = undefined,
    entries = usualEntries,
    base = 0,
    model: RequestHeaders | undefined = undefined,
  ) {
    super(block, entries, base, model);
  }

  /** Names in lower case. */
  static of(entries: Entries): RequestHeaders {
    return fill(new RequestHeaders(), entries);
  }

  protected override isInline(id: number): boolean {
    return requestInlineIds[id] === 1;
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

  override getKnown(id: number): string | undefined {
    return super.getKnown(id === hostId ? authorityId : id);
  }

  override setKnown(id: number, value: string): void {
    super.setKnown(id === hostId ? authorityId : id, value);
  }

  get method(): string {
    return this.textNear(methodId, methodPlace) ?? '';
  }

  set method(value: string) {
    this.set(':method', value);
  }

  get path(): string {
    return this.textNear(pathId, pathPlace) ?? '';
  }

  set path(value: string) {
    this.set(':path', value);
  }

  get host(): string {
    return this.textNear(authorityId, authorityPlace) ?? '';
  }

  set host(value: string) {
    this.set(':authority', value);
  }

  get scheme(): string {
    return this.textNear(schemeId, schemePlace) ?? '';
  }

  set scheme(value: string) {
    this.set(':scheme', value);
  }

  copy(): RequestHeaders {
    return this.copyTo(new RequestHeaders(this.block, 0, this.base));
  }
}

export class ResponseHeaders extends HeaderEntries implements ResponseHeaderMap {
  /** The value of `:status` that was asked for last, and its number. */
  declare private statusText: string;
  declare private statusNumber: number;

  constructor(
    block: HeadBlock | undefined = undefined,
    entries = usualEntries,
    base = 0,
    model: ResponseHeaders | undefined = undefined,
  ) {
    super(block, entries, base, model);
    this.statusText = '';
    this.statusNumber = 0;
  }

  /** Names in lower case; `:status` among them. */
  static of(entries: Entries): ResponseHeaders {
    return fill(new ResponseHeaders(), entries);
  }

  static withStatus(status: number): ResponseHeaders {
    const headers = new ResponseHeaders();
    headers.add(':status', statusText(status));
    return headers;
  }

  protected override isInline(id: number): boolean {
    return responseInlineIds[id] === 1;
  }

  /** 0 when there is none. */
  get status(): number {
    const text = this.textNear(statusId, statusPlace) ?? '';
    if (text !== this.statusText) {
      this.statusText = text;
      this.statusNumber = statusOf(text);
    }
    return this.statusNumber;
  }

  set status(value: number) {
    this.setKnown(statusId, statusText(value));
  }

  copy(): ResponseHeaders {
    return this.copyTo(new ResponseHeaders(this.block, 0, this.base));
  }
}

/** Trailers of a request or a response. */
export class Trailers extends HeaderEntries {
  constructor(block: HeadBlock | undefined = undefined, entries = usualEntries, base = 0) {
    super(block, entries, base, undefined);
  }

  static of(entries: Entries): Trailers {
    return fill(new Trailers(), entries);
  }

  protected override isInline(id: number): boolean {
    return trailerInlineIds[id] === 1;
  }

  copy(): Trailers {
    return this.copyTo(new Trailers(this.block, 0, this.base));
  }
}

const statusTexts: readonly string[] = Array.from({ length: 600 }, (_, status) => String(status));

function statusOf(text: string): number {
  if (text.length !== 3) return Number(text);
  const status = text.charCodeAt(0) * 100 + text.charCodeAt(1) * 10 + text.charCodeAt(2) - zero * 111;
  return statusTexts[status] === text ? status : Number(text);
}

/** The value of `:status`. */
export function statusText(status: number): string {
  return statusTexts[status] ?? String(status);
}
