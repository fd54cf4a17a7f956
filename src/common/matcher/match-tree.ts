import type { MatchInput, MatchResult, MatchTree } from '../../../sdk/matching.ts';

/** Ends in an action. */
export class ActionNode<Action extends object> implements MatchTree<unknown, Action> {
  readonly #action: Action;
  constructor(action: Action) {
    this.#action = action;
  }
  match(): MatchResult<Action> {
    return this.#action;
  }
}

/** Ends without one: an absent `on_no_match`. */
export const noMatch: MatchTree<unknown, never> = { match: () => 'no_match' };

/** `keep_matching`: what is found here is passed over. */
export class PassedOver<Data, Action extends object> implements MatchTree<Data, Action> {
  readonly #inner: MatchTree<Data, Action>;
  constructor(inner: MatchTree<Data, Action>) {
    this.#inner = inner;
  }
  match(data: Data): MatchResult<Action> {
    return this.#inner.match(data) === 'insufficient_data' ? 'insufficient_data' : 'no_match';
  }
}

/** A condition on the data; undefined while it cannot be decided. */
export interface MatchPredicate<Data> {
  matches(data: Data): boolean | undefined;
}

/** `matcher_list`: the first branch whose predicate holds and that ends in an action. */
export class ListTree<Data, Action extends object> implements MatchTree<Data, Action> {
  readonly #predicates: readonly MatchPredicate<Data>[];
  readonly #branches: readonly MatchTree<Data, Action>[];
  readonly #onNoMatch: MatchTree<Data, Action>;

  constructor(
    matchers: readonly (readonly [MatchPredicate<Data>, MatchTree<Data, Action>])[],
    onNoMatch: MatchTree<Data, Action>,
  ) {
    this.#predicates = matchers.map(([predicate]) => predicate);
    this.#branches = matchers.map(([, branch]) => branch);
    this.#onNoMatch = onNoMatch;
  }

  match(data: Data): MatchResult<Action> {
    for (let i = 0; i < this.#predicates.length; i++) {
      const holds = (this.#predicates[i] as MatchPredicate<Data>).matches(data);
      if (holds === undefined) return 'insufficient_data';
      if (!holds) continue;
      const result = (this.#branches[i] as MatchTree<Data, Action>).match(data);
      if (result !== 'no_match') return result;
    }
    return this.#onNoMatch.match(data);
  }
}

/** A tree that looks one text up and tries the branches found, best first. */
export abstract class LookupTree<Data, Action extends object> implements MatchTree<Data, Action> {
  readonly #input: MatchInput<Data>;
  readonly #onNoMatch: MatchTree<Data, Action>;

  constructor(input: MatchInput<Data>, onNoMatch: MatchTree<Data, Action>) {
    this.#input = input;
    this.#onNoMatch = onNoMatch;
  }

  match(data: Data): MatchResult<Action> {
    const value = this.#input.get(data);
    if (value === null) return 'insufficient_data';
    if (typeof value === 'string') {
      const result = this.find(value, data);
      if (result !== 'no_match') return result;
    }
    return this.#onNoMatch.match(data);
  }

  protected abstract find(value: string, data: Data): MatchResult<Action>;
}

/** `exact_match_map`. */
export class ExactMapTree<Data, Action extends object> extends LookupTree<Data, Action> {
  readonly #branches: ReadonlyMap<string, MatchTree<Data, Action>>;

  constructor(
    input: MatchInput<Data>,
    branches: ReadonlyMap<string, MatchTree<Data, Action>>,
    onNoMatch: MatchTree<Data, Action>,
  ) {
    super(input, onNoMatch);
    this.#branches = branches;
  }

  protected find(value: string, data: Data): MatchResult<Action> {
    return this.#branches.get(value)?.match(data) ?? 'no_match';
  }
}

/** `prefix_match_map`: the longest prefix first, shorter ones when it ends in nothing. */
export class PrefixMapTree<Data, Action extends object> extends LookupTree<Data, Action> {
  readonly #branches: ReadonlyMap<string, MatchTree<Data, Action>>;
  /** Of the keys, longest first: one look-up each. */
  readonly #lengths: readonly number[];

  constructor(
    input: MatchInput<Data>,
    branches: ReadonlyMap<string, MatchTree<Data, Action>>,
    onNoMatch: MatchTree<Data, Action>,
  ) {
    super(input, onNoMatch);
    this.#branches = branches;
    this.#lengths = [...new Set([...branches.keys()].map(({ length }) => length))].sort((a, b) => b - a);
  }

  protected find(value: string, data: Data): MatchResult<Action> {
    for (const length of this.#lengths) {
      if (length > value.length) continue;
      const result = this.#branches.get(value.slice(0, length))?.match(data) ?? 'no_match';
      if (result !== 'no_match') return result;
    }
    return 'no_match';
  }
}
