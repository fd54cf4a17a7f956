import type {
  HeaderMutation as HeaderMutationProto,
  Mutations as MutationsProto,
  HeaderMutationPerRoute as PerRouteProto,
} from '../../../../../api/generated/envoy/extensions/filters/http/header_mutation/v3/header_mutation_pb.ts';
import type { ConfigContext } from '../../../../../sdk/config.ts';
import { defineHttpFilter } from '../../../../../sdk/extension.ts';
import { HeaderMutationFilter } from './filter.ts';
import { type Mutation, parseMutations } from './mutations.ts';

/** The steps of one level. */
export interface MutationLists {
  readonly request: readonly Mutation[];
  readonly requestTrailers: readonly Mutation[];
  readonly response: readonly Mutation[];
  readonly responseTrailers: readonly Mutation[];
}

export interface HeaderMutationConfig {
  readonly lists: MutationLists;
  /** The route's steps come last; otherwise the route table's. */
  readonly mostSpecificWins: boolean;
}

const NOTHING: MutationLists = Object.freeze({ request: [], requestTrailers: [], response: [], responseTrailers: [] });

function parseLists(config: MutationsProto | undefined, ctx: ConfigContext): MutationLists {
  if (config === undefined) return NOTHING;
  const supported = [
    'requestMutations',
    'responseMutations',
    'requestTrailersMutations',
    'responseTrailersMutations',
  ] as const;
  ctx.requireSupported(config, supported);
  return Object.freeze({
    request: parseMutations(config.requestMutations, ctx, 'request_mutations'),
    requestTrailers: parseMutations(config.requestTrailersMutations, ctx, 'request_trailers_mutations'),
    response: parseMutations(config.responseMutations, ctx, 'response_mutations'),
    responseTrailers: parseMutations(config.responseTrailersMutations, ctx, 'response_trailers_mutations'),
  });
}

/** envoy.filters.http.header_mutation: adds, overwrites and removes headers and trailers, step by step. */
export const headerMutation = defineHttpFilter<HeaderMutationConfig, MutationLists>({
  name: 'envoy.filters.http.header_mutation',
  configTypes: ['envoy.extensions.filters.http.header_mutation.v3.HeaderMutation'],
  perRouteConfigTypes: ['envoy.extensions.filters.http.header_mutation.v3.HeaderMutationPerRoute'],

  parseConfig(message, ctx) {
    const config = message as HeaderMutationProto;
    return Object.freeze({
      lists: parseLists(config.mutations, ctx.child('mutations')),
      mostSpecificWins: config.mostSpecificHeaderMutationsWins,
    });
  },

  parsePerRouteConfig: (message, ctx) => parseLists((message as PerRouteProto).mutations, ctx.child('mutations')),

  createFilterFactory: (config) => () => new HeaderMutationFilter(config),
});
