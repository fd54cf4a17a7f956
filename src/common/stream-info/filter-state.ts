import type { FilterState, FilterStateLifeSpan, FilterStateObject, SharedObjects } from '../../../sdk/stream-info.ts';

interface Entry {
  readonly value: FilterStateObject;
  readonly shareWithUpstream: boolean;
}

/**
 * Envoy's FilterStateImpl: objects of a request, and below them those of its connection. What is set for the connection
 * goes to the parent, so that the next request sees it. What lives longer or shorter under the same name stays as it is; what is
 * read-only may be set anew: both as in Envoy 1.40.
 */
export class LayeredFilterState implements FilterState {
  readonly #parent: FilterState | undefined;
  #entries: Map<string, Entry> | undefined;
  #hasShared = false;

  constructor(parent?: FilterState) {
    this.#parent = parent;
  }

  get isEmpty(): boolean {
    return this.#entries === undefined && this.#parent?.isEmpty !== false;
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
    if (this.#parent !== undefined) {
      if (lifeSpan === 'Connection') {
        if (this.#entries?.has(name) !== true) this.#parent.set(name, value, readOnly, lifeSpan, shareWithUpstream);
        return;
      }
      if (this.#parent.get(name) !== undefined) return;
    }
    this.#entries ??= new Map();
    this.#entries.set(name, { value, shareWithUpstream });
    if (shareWithUpstream) this.#hasShared = true;
  }

  get shared(): SharedObjects | undefined {
    const above = this.#parent?.shared;
    if (!this.#hasShared) return above;
    const own = [...(this.#entries ?? [])].filter(([, { shareWithUpstream }]) => shareWithUpstream);
    return [...(above ?? []), ...own.map(([name, { value }]) => [name, value] as const)];
  }
}
