import type { TlsInspector as TlsInspectorProto } from '../../../../../api/generated/envoy/extensions/filters/listener/tls_inspector/v3/tls_inspector_pb.d.ts';
import { defineListenerFilter } from '../../../../../sdk/extension.ts';
import { parseTlsInspector, type TlsInspectorConfig } from './config.ts';
import { filterName, TlsInspectorFilter } from './filter.ts';
import { TlsInspectorStats } from './stats.ts';

/** What a TLS client asks for (envoy.extensions.filters.listener.tls_inspector.v3.TlsInspector). */
export const tlsInspector = defineListenerFilter<TlsInspectorConfig>({
  name: filterName,
  configTypes: ['envoy.extensions.filters.listener.tls_inspector.v3.TlsInspector'],
  parseConfig: (message) => parseTlsInspector(message as TlsInspectorProto),
  createFilterFactory: (config, context) => {
    const stats = new TlsInspectorStats(context.scope);
    return () => new TlsInspectorFilter(config, stats);
  },
});
