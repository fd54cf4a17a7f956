import { defineListenerFilter } from '../../../../../sdk/extension.ts';
import { HttpInspectorFilter } from './filter.ts';
import { HttpInspectorStats } from './stats.ts';

/** Which HTTP a plaintext client speaks (envoy.extensions.filters.listener.http_inspector.v3.HttpInspector). */
export const httpInspector = defineListenerFilter<undefined>({
  name: 'envoy.filters.listener.http_inspector',
  configTypes: ['envoy.extensions.filters.listener.http_inspector.v3.HttpInspector'],
  parseConfig: () => undefined,
  createFilterFactory: (_config, context) => {
    const stats = new HttpInspectorStats(context.scope);
    return () => new HttpInspectorFilter(stats);
  },
});
