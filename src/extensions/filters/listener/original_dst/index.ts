import { defineListenerFilter } from '../../../../../sdk/extension.ts';
import { OriginalDstFilter } from './filter.ts';

/** Where a redirected client meant to go (envoy.extensions.filters.listener.original_dst.v3.OriginalDst). */
export const originalDst = defineListenerFilter<undefined>({
  name: 'envoy.filters.listener.original_dst',
  configTypes: ['envoy.extensions.filters.listener.original_dst.v3.OriginalDst'],
  parseConfig: () => undefined,
  createFilterFactory: () => () => new OriginalDstFilter(),
});
