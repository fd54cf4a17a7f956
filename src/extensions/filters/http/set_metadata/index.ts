import type { Config } from '../../../../../api/generated/envoy/extensions/filters/http/set_metadata/v3/set_metadata_pb.ts';
import type { ConfigContext } from '../../../../../sdk/config.ts';
import { defineHttpFilter } from '../../../../../sdk/extension.ts';
import type { Counter, Scope } from '../../../../../sdk/stats.ts';
import type { Struct } from '../../../../../sdk/stream-info.ts';
import { PrefixedStats } from '../../../../common/stats/prefixed-stats.ts';
import { type MetadataEntry, SetMetadataFilter } from './filter.ts';

/** Envoy gives those of routes no prefix. */
const OF_ROUTES = '';

/** envoy.filters.http.set_metadata: writes fixed values into a request's dynamic metadata. */
export const setMetadata = defineHttpFilter<readonly MetadataEntry[], readonly MetadataEntry[]>({
  name: 'envoy.filters.http.set_metadata',
  configTypes: ['envoy.extensions.filters.http.set_metadata.v3.Config'],

  parseConfig: (message, ctx) => parseEntries(message as Config, ctx),

  parsePerRouteConfig: (message, ctx) => parseEntries(message as Config, ctx),

  bindPerRouteConfig(_entries, { scope }) {
    overwriteDenied(scope, OF_ROUTES);
  },

  createFilterFactory(entries, { scope, statsPrefix }) {
    let ofRoutes: Counter | undefined;
    const shared = {
      entries,
      overwriteDenied: overwriteDenied(scope, statsPrefix),
      overwriteDeniedOfRoutes() {
        ofRoutes ??= overwriteDenied(scope, OF_ROUTES);
        return ofRoutes;
      },
    };
    return () => new SetMetadataFilter(shared);
  },
});

function overwriteDenied(scope: Scope, prefix: string): Counter {
  return new PrefixedStats(scope, `${prefix}set_metadata`).counter('overwrite_denied');
}

function parseEntries(config: Config, ctx: ConfigContext): readonly MetadataEntry[] {
  const entries: MetadataEntry[] = [];
  if (config.value !== undefined && config.metadataNamespace !== '') {
    entries.push({ namespace: config.metadataNamespace, value: config.value as Struct, overwrites: true });
  }
  for (const [i, { metadataNamespace, value, typedValue, allowOverwrite }] of config.metadata.entries()) {
    if (value !== undefined) {
      entries.push({ namespace: metadataNamespace, value: value as Struct, overwrites: allowOverwrite });
    } else if (typedValue !== undefined) {
      ctx.child('metadata', i).child('typed_value').error('typed metadata is not supported yet');
    }
  }
  return Object.freeze(entries);
}
