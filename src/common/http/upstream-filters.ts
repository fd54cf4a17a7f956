import type { HttpFilter } from '../../../api/generated/envoy/extensions/filters/network/http_connection_manager/v3/http_connection_manager_pb.d.ts';
import type { ConfigContext } from '../../../sdk/config.ts';

/** The filter that stands for the upstream's codec: alone, it is what there is without a list. */
const UPSTREAM_CODEC = 'envoy.extensions.filters.http.upstream_codec.v3.UpstreamCodec';

/** Filters between the router and an upstream, in `field`: none but the codec yet. */
export function checkUpstreamFilters(filters: readonly HttpFilter[], field: string, ctx: ConfigContext): void {
  for (const [i, { configType }] of filters.entries()) {
    const type = configType.case === 'typedConfig' ? configType.value.typeUrl.split('/').at(-1) : undefined;
    if (type === UPSTREAM_CODEC && i === filters.length - 1) continue;
    ctx.child(field, i).error(`upstream HTTP filters are not supported yet, but for ${UPSTREAM_CODEC}`);
  }
}
