import type { Route, RouteRequest } from '../../../sdk/router.ts';
import type { ClusterChoice } from './cluster-choice.ts';
import type { PathMatcher } from './path-matcher.ts';
import type { RouteCondition } from './route-conditions.ts';

/** A route of a virtual host, with what a request must have to get it. */
export class RouteCandidate {
  readonly matcher: PathMatcher;
  readonly #conditions: readonly RouteCondition[] | undefined;
  readonly #route: Route | undefined;
  readonly #choice: ClusterChoice | undefined;

  constructor(
    matcher: PathMatcher,
    conditions: readonly RouteCondition[] | undefined,
    made: { readonly route: Route } | { readonly choice: ClusterChoice },
  ) {
    this.matcher = matcher;
    this.#conditions = conditions;
    this.#route = 'route' in made ? made.route : undefined;
    this.#choice = 'choice' in made ? made.choice : undefined;
  }

  /**
   * The route when the request has all that is asked.
   * @param path without query; '' for a CONNECT without path
   */
  match(path: string, request: RouteRequest): Route | undefined {
    if (!this.matcher.matches(path, request.headers)) return undefined;
    const conditions = this.#conditions;
    if (conditions !== undefined) {
      for (let i = 0; i < conditions.length; i++) if (!conditions[i]?.holds(request)) return undefined;
    }
    return this.#route ?? this.#choice?.choose(request);
  }
}
