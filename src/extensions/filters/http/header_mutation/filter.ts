import type { HeaderMap, RequestHeaderMap, ResponseHeaderMap } from '../../../../../sdk/headers.ts';
import type {
  DecoderFilterCallbacks,
  FilterHeadersStatus,
  FilterTrailersStatus,
  HttpFilter,
} from '../../../../../sdk/http.ts';
import { applyMutations } from '../../../../common/http/header-mutation-steps.ts';
import type { HeaderMutationConfig, MutationLists } from './index.ts';
import { applyQueryMutations } from './query-mutations.ts';

export class HeaderMutationFilter implements HttpFilter {
  readonly #config: HeaderMutationConfig;
  #callbacks!: DecoderFilterCallbacks;
  /** In the order in which they are applied, after the filter's own; of the route that the request had first. */
  #ofRoute: readonly MutationLists[] | undefined = undefined;

  constructor(config: HeaderMutationConfig) {
    this.#config = config;
  }

  setDecoderFilterCallbacks(callbacks: DecoderFilterCallbacks): void {
    this.#callbacks = callbacks;
  }

  decodeHeaders(headers: RequestHeaderMap): FilterHeadersStatus {
    this.#mutateRequest(this.#config.lists, headers);
    for (const lists of this.#routeLists()) this.#mutateRequest(lists, headers);
    return 'Continue';
  }

  decodeTrailers(trailers: HeaderMap): FilterTrailersStatus {
    this.#apply('requestTrailers', trailers);
    return 'Continue';
  }

  encodeHeaders(headers: ResponseHeaderMap): FilterHeadersStatus {
    this.#apply('response', headers);
    return 'Continue';
  }

  encodeTrailers(trailers: HeaderMap): FilterTrailersStatus {
    this.#apply('responseTrailers', trailers);
    return 'Continue';
  }

  #mutateRequest(lists: MutationLists, headers: RequestHeaderMap): void {
    applyMutations(lists.request, headers, this.#callbacks);
    if (lists.query.length > 0) applyQueryMutations(lists.query, headers, this.#callbacks);
  }

  #apply(list: 'requestTrailers' | 'response' | 'responseTrailers', target: HeaderMap): void {
    applyMutations(this.#config.lists[list], target, this.#callbacks);
    for (const lists of this.#routeLists()) applyMutations(lists[list], target, this.#callbacks);
  }

  #routeLists(): readonly MutationLists[] {
    if (this.#ofRoute !== undefined) return this.#ofRoute;
    const lists = this.#callbacks.perRouteConfigs<MutationLists>();
    this.#ofRoute = this.#config.mostSpecificWins ? lists : lists.toReversed();
    return this.#ofRoute;
  }
}
