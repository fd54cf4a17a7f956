import type { Route, RouteRequest } from '../../../sdk/router.ts';
import type { RouteCandidate } from './route-candidate.ts';
import { RouteIndex } from './route-index.ts';

/** Shorter lists are walked faster than an index is asked. */
const MIN_INDEXED = 16;

/** Routes in their order: the first that matches is a request's. */
export class RouteList {
  readonly #candidates: readonly RouteCandidate[];
  readonly #index: RouteIndex | undefined;

  constructor(candidates: readonly RouteCandidate[]) {
    this.#candidates = candidates;
    this.#index = candidates.length < MIN_INDEXED ? undefined : RouteIndex.of(candidates.map(({ matcher }) => matcher));
  }

  /** @param path without query; '' for a CONNECT without path */
  find(path: string, request: RouteRequest): Route | undefined {
    if (this.#index !== undefined) return this.#findAmong(this.#index.candidates(path), path, request);
    const candidates = this.#candidates;
    for (let i = 0; i < candidates.length; i++) {
      const route = candidates[i]?.match(path, request);
      if (route !== undefined) return route;
    }
    return undefined;
  }

  #findAmong(indexes: readonly number[], path: string, request: RouteRequest): Route | undefined {
    for (let i = 0; i < indexes.length; i++) {
      const route = this.#candidates[indexes[i] as number]?.match(path, request);
      if (route !== undefined) return route;
    }
    return undefined;
  }
}
