import type { Config } from '../../../../../api/generated/envoy/extensions/filters/http/header_to_metadata/v3/header_to_metadata_pb.ts';
import { defineHttpFilter } from '../../../../../sdk/extension.ts';
import { type HeaderToMetadataConfig, parseRules } from './config.ts';
import { HeaderToMetadataFilter, HeaderToMetadataStats } from './filter.ts';

/** envoy.filters.http.header_to_metadata: writes headers and cookies into dynamic metadata, by rules. */
export const headerToMetadata = defineHttpFilter<HeaderToMetadataConfig, HeaderToMetadataConfig>({
  name: 'envoy.filters.http.header_to_metadata',
  configTypes: ['envoy.extensions.filters.http.header_to_metadata.v3.Config'],

  parseConfig: (message, ctx) => parseRules(message as Config, ctx),

  parsePerRouteConfig(message, ctx) {
    const config = parseRules(message as Config, ctx);
    if (config.requestRules.length === 0 && config.responseRules.length === 0) {
      ctx.error('header_to_metadata_filter: Per filter configs must at least specify either request or response rules');
    }
    return config;
  },

  bindPerRouteConfig({ statPrefix }, { scope }) {
    HeaderToMetadataStats.of(statPrefix, scope);
  },

  createFilterFactory(config, { scope }) {
    const known = new Map<string, HeaderToMetadataStats>();
    const statsOf = (prefix: string): HeaderToMetadataStats | undefined => {
      const stats = known.get(prefix) ?? HeaderToMetadataStats.of(prefix, scope);
      if (stats !== undefined) known.set(prefix, stats);
      return stats;
    };
    statsOf(config.statPrefix);
    return () => new HeaderToMetadataFilter(config, statsOf);
  },
});
