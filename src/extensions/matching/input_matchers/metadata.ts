import type { Metadata } from '../../../../api/generated/envoy/extensions/matching/input_matchers/metadata/v3/metadata_pb.d.ts';
import type { InputMatcherExtension } from '../../../../sdk/matching.ts';
import type { StructValue } from '../../../../sdk/stream-info.ts';
import { parseValueMatcher } from '../../../common/matcher/value-matcher.ts';

type Judge = (value: StructValue | undefined) => boolean;

/** Judges a value of dynamic metadata; a text is none. */
export const metadataMatcher: InputMatcherExtension<Judge> = {
  category: 'envoy.matching.input_matchers',
  name: 'envoy.matching.matchers.metadata_matcher',
  configTypes: ['envoy.extensions.matching.input_matchers.metadata.v3.Metadata'],

  parseConfig(message, ctx) {
    const { value, invert } = message as Metadata;
    const matches = value === undefined ? undefined : parseValueMatcher(value, ctx.child('value'));
    return (found) => (found !== undefined && matches?.(found) === true) !== invert;
  },

  createMatcher: (judge) => ({
    match: () => false,
    matchData: (data) => data.kind === 'metadata' && judge(data.value),
  }),
};
