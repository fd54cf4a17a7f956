import type { Route } from '../../../sdk/router.ts';
import type { RouteCandidate } from './route-candidate.ts';
import type { RouteRequest } from './route-conditions.ts';

/** Routes in their order: the first that matches is a request's. */
export class RouteList {
  readonly #candidates: readonly RouteCandidate[];

  constructor(candidates: readonly RouteCandidate[]) {
    this.#candidates = candidates;
  }

  /** @param path without query; '' for a CONNECT without path */
  find(path: string, isConnect: boolean, request: RouteRequest): Route | undefined {
    const candidates = this.#candidates;
    for (let i = 0; i < candidates.length; i++) {
      const route = candidates[i]?.match(path, isConnect, request);
      if (route !== undefined) return route;
    }
    return undefined;
  }
}
