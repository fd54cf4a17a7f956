import type { HeaderMutation } from '../../../api/generated/envoy/config/common/mutation_rules/v3/mutation_rules_pb.d.ts';
import type { ConfigContext } from '../../../sdk/config.ts';
import type { RequestHeaderMap } from '../../../sdk/headers.ts';
import type { StreamInfo } from '../../../sdk/stream-info.ts';
import { parseStringMatcher } from '../matcher/string-matcher.ts';
import { parseHeaderMutations } from './header-mutations.ts';

/** One step of a list of envoy.config.common.mutation_rules.v3.HeaderMutation, made in its order. */
export type RequestMutation = (headers: RequestHeaderMap, streamInfo: StreamInfo) => void;

/** Undefined when the list is empty. */
export function parseMutationList(
  configs: readonly HeaderMutation[],
  ctx: ConfigContext,
  field = 'request_headers_mutations',
): readonly RequestMutation[] | undefined {
  if (configs.length === 0) return undefined;
  return configs.map((config, i) => parseMutation(config, ctx.child(field, i)));
}

function parseMutation({ action }: HeaderMutation, ctx: ConfigContext): RequestMutation {
  switch (action.case) {
    case 'remove': {
      const removal = parseHeaderMutations([], [action.value], ctx, 'request');
      return (headers, streamInfo) => removal?.applyToRequest(headers, streamInfo);
    }
    case 'append': {
      const addition = parseHeaderMutations([action.value], [], ctx, 'request');
      return (headers, streamInfo) => addition?.applyToRequest(headers, streamInfo);
    }
    case 'removeOnMatch': {
      const { keyMatcher } = action.value;
      if (keyMatcher === undefined) return ignore;
      const matcher = parseStringMatcher(keyMatcher, ctx.child('remove_on_match').child('key_matcher'));
      return (headers) => {
        headers.removeIf((name) => !name.startsWith(':') && name !== 'host' && matcher.match(name));
      };
    }
    default:
      ctx.error('an action is required', { expected: 'one of remove, append, remove_on_match' });
      return ignore;
  }
}

function ignore(): void {}
