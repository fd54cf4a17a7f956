import type { InputMatcher, MatchInput } from '../../../sdk/matching.ts';
import type { MatchPredicate } from './match-tree.ts';

/** `single_predicate`: what is absent matches nothing. */
export class SinglePredicate<Data> implements MatchPredicate<Data> {
  readonly #input: MatchInput<Data>;
  readonly #matcher: InputMatcher;

  constructor(input: MatchInput<Data>, matcher: InputMatcher) {
    this.#input = input;
    this.#matcher = matcher;
  }

  matches(data: Data): boolean | undefined {
    const value = this.#input.get(data);
    if (value === null) return undefined;
    if (typeof value === 'string') return this.#matcher.match(value);
    return value !== undefined && this.#matcher.matchData?.(value) === true;
  }
}

/** `or_matcher`: one that holds decides, whatever is open. */
export class AnyPredicate<Data> implements MatchPredicate<Data> {
  readonly #predicates: readonly MatchPredicate<Data>[];

  constructor(predicates: readonly MatchPredicate<Data>[]) {
    this.#predicates = predicates;
  }

  matches(data: Data): boolean | undefined {
    let open = false;
    for (let i = 0; i < this.#predicates.length; i++) {
      const holds = (this.#predicates[i] as MatchPredicate<Data>).matches(data);
      if (holds === true) return true;
      if (holds === undefined) open = true;
    }
    return open ? undefined : false;
  }
}

/** `and_matcher`: the first that does not hold, or is open, decides. */
export class AllPredicate<Data> implements MatchPredicate<Data> {
  readonly #predicates: readonly MatchPredicate<Data>[];

  constructor(predicates: readonly MatchPredicate<Data>[]) {
    this.#predicates = predicates;
  }

  matches(data: Data): boolean | undefined {
    for (let i = 0; i < this.#predicates.length; i++) {
      const holds = (this.#predicates[i] as MatchPredicate<Data>).matches(data);
      if (holds !== true) return holds;
    }
    return true;
  }
}

/** `not_matcher`. */
export class NotPredicate<Data> implements MatchPredicate<Data> {
  readonly #inner: MatchPredicate<Data>;

  constructor(inner: MatchPredicate<Data>) {
    this.#inner = inner;
  }

  matches(data: Data): boolean | undefined {
    const holds = this.#inner.matches(data);
    return holds === undefined ? undefined : !holds;
  }
}
