import type { PathMatcher } from './path-matcher.ts';

/** More lengths of prefixes than this, or than a part of the routes, and looking each up costs more than it saves. */
const MAX_LENGTHS = 64;
const ROUTES_PER_LENGTH = 16;

/**
 * Says which of many routes can match a path at all, without asking each: prefixes and whole paths are looked up by
 * their text, a look-up for each length that there is; only regular expressions and their like are always asked.
 */
export class RouteIndex {
  readonly #byLiteral: ReadonlyMap<string, readonly number[]>;
  /** Of the literals, shortest first. */
  readonly #lengths: readonly number[];
  /** Routes whose path is no literal. */
  readonly #others: readonly number[];

  constructor(
    byLiteral: ReadonlyMap<string, readonly number[]>,
    lengths: readonly number[],
    others: readonly number[],
  ) {
    this.#byLiteral = byLiteral;
    this.#lengths = lengths;
    this.#others = others;
  }

  /** Undefined when the routes are too various for an index. */
  static of(matchers: readonly PathMatcher[]): RouteIndex | undefined {
    const builder = new RouteIndexBuilder();
    for (const [i, matcher] of matchers.entries()) builder.add(i, matcher);
    return builder.build();
  }

  /** In the order of the routes. */
  candidates(path: string): readonly number[] {
    let found: readonly number[] = this.#others;
    for (let i = 0; i < this.#lengths.length; i++) {
      const length = this.#lengths[i] as number;
      if (length > path.length) break;
      const hit = this.#byLiteral.get(path.slice(0, length));
      if (hit !== undefined) found = found.length === 0 ? hit : merge(found, hit);
    }
    return found;
  }
}

/** Makes an index of routes that come one by one, in their order. */
export class RouteIndexBuilder {
  readonly #byLiteral = new Map<string, number[]>();
  readonly #others: number[] = [];
  #routes = 0;

  add(index: number, { kind, ignoreCase, literal }: PathMatcher): void {
    this.#routes += 1;
    const isLiteral = kind === 'prefix' || kind === 'path' || kind === 'separated';
    if (!isLiteral || ignoreCase) this.#others.push(index);
    else addTo(this.#byLiteral, literal, index);
  }

  /** Undefined when the routes are too various for an index. */
  build(): RouteIndex | undefined {
    const lengths = new Set<number>();
    for (const literal of this.#byLiteral.keys()) lengths.add(literal.length);
    const mostLengths = Math.max(MAX_LENGTHS, this.#routes / ROUTES_PER_LENGTH);
    if (lengths.size > mostLengths || this.#others.length > this.#routes / 2) return undefined;
    const ascending = [...lengths].sort((a, b) => a - b);
    return new RouteIndex(this.#byLiteral, ascending, this.#others);
  }
}

function addTo(map: Map<string, number[]>, literal: string, index: number): void {
  const known = map.get(literal);
  if (known === undefined) map.set(literal, [index]);
  else known.push(index);
}

/** Two ascending lists as one. */
function merge(a: readonly number[], b: readonly number[]): readonly number[] {
  const merged: number[] = [];
  let i = 0;
  let j = 0;
  while (i < a.length || j < b.length) {
    const fromA = j >= b.length || (i < a.length && (a[i] as number) < (b[j] as number));
    merged.push((fromA ? a[i++] : b[j++]) as number);
  }
  return merged;
}
