import type { HeaderMutation as HeaderMutationProto } from '../../../../../api/generated/envoy/extensions/http/early_header_mutation/header_mutation/v3/header_mutation_pb.ts';
import type { EarlyHeaderMutationExtension } from '../../../../../sdk/extension.ts';
import type { RequestHeaderMap } from '../../../../../sdk/headers.ts';
import type { StreamInfo } from '../../../../../sdk/stream-info.ts';
import { applyMutations, type Mutation, parseMutations } from '../../../../common/http/header-mutation-steps.ts';

/** The steps of envoy.filters.http.header_mutation, before routes and filters see the request. */
export const earlyHeaderMutation: EarlyHeaderMutationExtension<readonly Mutation[]> = {
  category: 'envoy.http.early_header_mutation',
  name: 'envoy.http.early_header_mutation.header_mutation',
  configTypes: ['envoy.extensions.http.early_header_mutation.header_mutation.v3.HeaderMutation'],

  parseConfig: (message, ctx) => parseMutations((message as HeaderMutationProto).mutations, ctx, 'mutations'),

  createEarlyHeaderMutation: (mutations) => ({
    mutate(headers: RequestHeaderMap, streamInfo: StreamInfo): boolean {
      applyMutations(mutations, headers, { requestHeaders: headers, responseHeaders: undefined, streamInfo });
      return true;
    },
  }),
};
