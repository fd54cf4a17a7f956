import type { StatTagInputExtension } from '../../../../sdk/matching.ts';

/** The value of a tag. */
export const statTagValueInput: StatTagInputExtension<undefined> = {
  category: 'envoy.matching.stat_tag_matching_data.input',
  name: 'stat_tag_value_input',
  configTypes: ['envoy.extensions.matching.common_inputs.stats.v3.StatTagValueInput'],
  parseConfig: () => undefined,
  createInput: () => ({ get: ({ value }) => value }),
};
