/** Query of an admin request, as Envoy reads it: `+` stays a plus, of two equal keys the first counts. */
export class QueryParams {
  readonly #values: ReadonlyMap<string, string>;

  constructor(values: ReadonlyMap<string, string>) {
    this.#values = values;
  }

  /** Reads what stands behind the first `?` of a path. */
  static ofPath(path: string): QueryParams {
    const mark = path.indexOf('?');
    return new QueryParams(mark < 0 ? new Map() : parsePairs(path.slice(mark + 1)));
  }

  static ofForm(body: string): QueryParams {
    return new QueryParams(parsePairs(body));
  }

  get size(): number {
    return this.#values.size;
  }

  has(name: string): boolean {
    return this.#values.has(name);
  }

  get(name: string): string | undefined {
    return this.#values.get(name);
  }

  entries(): IterableIterator<[string, string]> {
    return this.#values.entries();
  }
}

function parsePairs(text: string): Map<string, string> {
  const values = new Map<string, string>();
  if (text === '') return values;
  for (const pair of text.split('&')) {
    const equals = pair.indexOf('=');
    const name = percentDecode(equals < 0 ? pair : pair.slice(0, equals));
    const value = equals < 0 ? '' : percentDecode(pair.slice(equals + 1));
    if (!values.has(name)) values.set(name, value);
  }
  return values;
}

/** What is no valid escape stays as it is. */
function percentDecode(text: string): string {
  if (!text.includes('%')) return text;
  const bytes: number[] = [];
  for (const piece of text.match(/%[0-9a-fA-F]{2}|[^%]+|%/g) ?? []) {
    if (piece.length === 3 && piece.startsWith('%')) bytes.push(Number.parseInt(piece.slice(1), 16));
    else bytes.push(...new TextEncoder().encode(piece));
  }
  return new TextDecoder().decode(Uint8Array.from(bytes));
}
