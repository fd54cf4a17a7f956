import type { MetadataMatcher as MetadataMatcherConfig } from '../../../api/generated/envoy/type/matcher/v3/metadata_pb.d.ts';
import type { ConfigContext } from '../../../sdk/config.ts';
import type { Struct } from '../../../sdk/stream-info.ts';
import { metadataValue } from '../stream-info/metadata-path.ts';
import { parseValueMatcher } from './value-matcher.ts';

/** Judges metadata by namespace: what is absent does not match, unless the matcher is inverted. */
export type MetadataMatcher = (metadataOf: (namespace: string) => Struct | undefined) => boolean;

/** A checked envoy.type.matcher.v3.MetadataMatcher. */
export function parseMetadataMatcher(config: MetadataMatcherConfig, ctx: ConfigContext): MetadataMatcher {
  const { filter, path, value, invert } = config;
  const keys = path.map(({ segment }) => segment.value ?? '');
  const matches = value === undefined ? undefined : parseValueMatcher(value, ctx.child('value'));
  return (metadataOf) => {
    const found = metadataValue(metadataOf(filter), keys);
    return (found !== undefined && matches?.(found) === true) !== invert;
  };
}
