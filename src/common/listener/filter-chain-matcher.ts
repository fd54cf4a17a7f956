import type { StringValueSchema } from '@bufbuild/protobuf/wkt';
import type { Matcher } from '../../../api/generated/xds/type/matcher/v3/matcher_pb.d.ts';
import type { ConfigContext } from '../../../sdk/config.ts';
import type { MatchTreeFactory, NamedExtension, NetworkMatchingData } from '../../../sdk/matching.ts';
import { parseMatchTree } from '../matcher/parse-match-tree.ts';

/** Takes the filter chain of a name; a name that no chain has closes the connection. */
export interface FilterChainAction {
  readonly chainName: string;
}

/** `filter_chain_matcher`, checked. Where nothing matches, the default chain is taken. */
export type FilterChainMatcherFactory = MatchTreeFactory<NetworkMatchingData, FilterChainAction>;

type StringValue = import('@bufbuild/protobuf').MessageShape<typeof StringValueSchema>;
const actionType = 'google.protobuf.StringValue';

/** The one action of filter chains is a StringValue, whatever its name. */
function parseAction({ name, typedConfig }: NamedExtension, ctx: ConfigContext): FilterChainAction | undefined {
  const message = typedConfig === undefined ? undefined : ctx.child('typed_config').unpack(typedConfig);
  const type = message?.$typeName ?? '';
  if (type === actionType) return { chainName: (message as StringValue).value };
  ctx.error(`Didn't find a registered implementation for '${name}' with type URL: '${type}'`, {
    expected: `typed_config of type.googleapis.com/${actionType}`,
  });
  return undefined;
}

export function parseFilterChainMatcher(config: Matcher, ctx: ConfigContext): FilterChainMatcherFactory {
  return parseMatchTree(config, { inputs: 'envoy.matching.network.input', parseAction }, ctx);
}

/** A matcher chooses by name: every chain needs one of its own. The default chain needs none. */
export function checkChainNames(names: readonly string[], what: string, ctx: ConfigContext): void {
  for (const [i, name] of names.entries()) {
    const place = ctx.child('filter_chains', i);
    if (name === '') place.error(`${what} "name" field is required when using a listener matcher`);
    else if (names.indexOf(name) < i)
      place.child('name').error(`${what} "name" field is duplicated with value '${name}'`);
  }
}
