import type { HeaderMap, RequestHeaderMap, ResponseHeaderMap } from '../../../../../sdk/headers.ts';
import type {
  DecoderFilterCallbacks,
  FilterHeadersStatus,
  FilterTrailersStatus,
  HttpFilter,
} from '../../../../../sdk/http.ts';
import type { HeaderMutationConfig, MutationLists } from './index.ts';
import { applyMutations } from './mutations.ts';

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
    this.#apply('request', headers);
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

  #apply(list: keyof MutationLists, target: HeaderMap): void {
    applyMutations(this.#config.lists[list], target, this.#callbacks);
    this.#ofRoute ??= this.#routeLists();
    for (const lists of this.#ofRoute) applyMutations(lists[list], target, this.#callbacks);
  }

  #routeLists(): readonly MutationLists[] {
    const lists = this.#callbacks.perRouteConfigs<MutationLists>();
    return this.#config.mostSpecificWins ? lists : lists.toReversed();
  }
}
