import type { PathMatcher } from './path-matcher.ts';

/** More lengths of prefixes than this, and looking each up costs more than it saves. */
const MAX_LENGTHS = 64;

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
    const byLiteral = new Map<string, number[]>();
    const others: number[] = [];
    for (const [i, matcher] of matchers.entries()) {
      const isLiteral = matcher.kind === 'prefix' || matcher.kind === 'path' || matcher.kind === 'separated';
      if (!isLiteral || matcher.ignoreCase) others.push(i);
      else addTo(byLiteral, matcher.literal, i);
    }
    const lengths = [...new Set([...byLiteral.keys()].map((literal) => literal.length))].sort((a, b) => a - b);
    if (lengths.length > MAX_LENGTHS || others.length > matchers.length / 2) return undefined;
    return new RouteIndex(byLiteral, lengths, others);
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
