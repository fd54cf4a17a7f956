import type { HeaderMutation as MutationProto } from '../../../../../api/generated/envoy/config/common/mutation_rules/v3/mutation_rules_pb.ts';
import type {
  HeaderMutation as HeaderMutationProto,
  Mutations as MutationsProto,
  HeaderMutationPerRoute as PerRouteProto,
} from '../../../../../api/generated/envoy/extensions/filters/http/header_mutation/v3/header_mutation_pb.ts';
import type { ConfigContext } from '../../../../../sdk/config.ts';
import { defineDualHttpFilter } from '../../../../../sdk/extension.ts';
import { parseFormatters } from '../../../../common/formatter/substitution-format.ts';
import { type Mutation, parseMutations } from '../../../../common/http/header-mutation-steps.ts';
import { HeaderMutationFilter } from './filter.ts';
import { parseQueryMutations, type QueryMutation } from './query-mutations.ts';

/** The steps of one level. */
export interface MutationLists {
  readonly request: readonly Mutation[];
  /** After `request`. */
  readonly query: readonly QueryMutation[];
  readonly requestTrailers: readonly Mutation[];
  readonly response: readonly Mutation[];
  readonly responseTrailers: readonly Mutation[];
}

export interface HeaderMutationConfig {
  readonly lists: MutationLists;
  /** The route's steps come last; otherwise the route table's. */
  readonly mostSpecificWins: boolean;
}

const NOTHING: MutationLists = Object.freeze({
  request: [],
  query: [],
  requestTrailers: [],
  response: [],
  responseTrailers: [],
});

function parseLists(config: MutationsProto | undefined, ctx: ConfigContext): MutationLists {
  if (config === undefined) return NOTHING;
  const commands = parseFormatters(config.formatters, ctx);
  const parse = (steps: readonly MutationProto[], field: string) => parseMutations(steps, ctx, field, commands);
  return Object.freeze({
    request: parse(config.requestMutations, 'request_mutations'),
    query: parseQueryMutations(config.queryParameterMutations, ctx.child('query_parameter_mutations'), commands),
    requestTrailers: parse(config.requestTrailersMutations, 'request_trailers_mutations'),
    response: parse(config.responseMutations, 'response_mutations'),
    responseTrailers: parse(config.responseTrailersMutations, 'response_trailers_mutations'),
  });
}

/** envoy.filters.http.header_mutation: adds, overwrites and removes headers, query parameters and trailers, step by step. */
export const [headerMutation, upstreamHeaderMutation] = defineDualHttpFilter<HeaderMutationConfig, MutationLists>({
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
