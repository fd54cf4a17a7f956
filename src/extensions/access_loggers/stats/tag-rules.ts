import type { TransformStat } from '../../../../api/generated/envoy/extensions/matching/actions/transform_stat/v3/transform_stat_pb.d.ts';
import type { Matcher } from '../../../../api/generated/xds/type/matcher/v3/matcher_pb.d.ts';
import type { ConfigContext } from '../../../../sdk/config.ts';
import type { MatchTree, MatchTreeFactory, NamedExtension, StatTagMatchingData } from '../../../../sdk/matching.ts';
import { parseMatchTree } from '../../../common/matcher/parse-match-tree.ts';

const TRANSFORM = 'envoy.extensions.matching.actions.transform_stat.v3.TransformStat';

/** What becomes of a tag. */
export type TagAction =
  | { readonly kind: 'keep' }
  /** And of the statistic: it is not counted. */
  | { readonly kind: 'drop_stat' }
  | { readonly kind: 'drop_tag' }
  | { readonly kind: 'update'; readonly value: string };

const KEEP: TagAction = { kind: 'keep' };

export type TagRules = MatchTree<StatTagMatchingData, TagAction>;

export function parseTagRules(config: Matcher, ctx: ConfigContext): MatchTreeFactory<StatTagMatchingData, TagAction> {
  return parseMatchTree<StatTagMatchingData, TagAction>(
    config,
    { inputs: 'envoy.matching.stat_tag_matching_data.input', parseAction },
    ctx,
  );
}

/** What the rules say of a value. */
export function tagAction(rules: TagRules | undefined, value: string): TagAction {
  const found = rules?.match({ value });
  return found === undefined || found === 'no_match' || found === 'insufficient_data' ? KEEP : found;
}

function parseAction({ name, typedConfig }: NamedExtension, ctx: ConfigContext): TagAction | undefined {
  const message = typedConfig === undefined ? undefined : ctx.child('typed_config').unpack(typedConfig);
  const type = message?.$typeName ?? '';
  if (type !== TRANSFORM) {
    ctx.error(`Didn't find a registered implementation for '${name}' with type URL: '${type}'`, {
      expected: `typed_config of type.googleapis.com/${TRANSFORM}`,
    });
    return undefined;
  }
  const { dropStat, dropTag, updateTag } = message as TransformStat;
  if (dropStat !== undefined) return { kind: 'drop_stat' };
  if (dropTag !== undefined) return { kind: 'drop_tag' };
  return updateTag === undefined ? KEEP : { kind: 'update', value: updateTag.newTagValue };
}
