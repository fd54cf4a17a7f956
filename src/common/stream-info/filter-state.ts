import type { FilterState, FilterStateLifeSpan, FilterStateObject } from '../../../sdk/stream-info.ts';

interface Entry {
  readonly value: FilterStateObject;
  readonly readOnly: boolean;
  readonly shareWithUpstream: boolean;
}

/**
 * Envoy's FilterStateImpl: objects of a request, and below them those of its connection. What is set for the connection
 * goes to the parent, so that the next request sees it.
 */
export class LayeredFilterState implements FilterState {
  readonly #parent: FilterState | undefined;
  #entries: Map<string, Entry> | undefined;

  constructor(parent?: FilterState) {
    this.#parent = parent;
  }

  get(name: string): FilterStateObject | undefined {
    return this.#entries?.get(name)?.value ?? this.#parent?.get(name);
  }

  set(
    name: string,
    value: FilterStateObject,
    readOnly = true,
    lifeSpan: FilterStateLifeSpan = 'FilterChain',
    shareWithUpstream = false,
  ): void {
    if (lifeSpan === 'Connection' && this.#parent !== undefined) {
      this.#parent.set(name, value, readOnly, lifeSpan, shareWithUpstream);
      return;
    }
    if (this.#entries?.get(name)?.readOnly === true) {
      throw new Error(`FilterState::setData<T> called twice on same ReadOnly state: ${name}.`);
    }
    this.#entries ??= new Map();
    this.#entries.set(name, { value, readOnly, shareWithUpstream });
  }

  /** What a connection to an upstream inherits, by name. */
  *sharedWithUpstream(): Iterable<readonly [string, FilterStateObject]> {
    if (this.#parent instanceof LayeredFilterState) yield* this.#parent.sharedWithUpstream();
    for (const [name, { value, shareWithUpstream }] of this.#entries ?? []) {
      if (shareWithUpstream) yield [name, value];
    }
  }
}
