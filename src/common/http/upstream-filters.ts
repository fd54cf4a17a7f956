/** Lists of filters between the router and an upstream. They must end in the codec, which the router brings itself. */
import type { HttpFilter } from '../../../api/generated/envoy/extensions/filters/network/http_connection_manager/v3/http_connection_manager_pb.d.ts';
import type { ConfigContext } from '../../../sdk/config.ts';
import type { UpstreamHttpFilterExtension } from '../../../sdk/extension.ts';
import { type FilterConfig, parseFilterList } from './http-filters.ts';

export type UpstreamFilterConfig = FilterConfig<UpstreamHttpFilterExtension>;

const CATEGORY = 'envoy.filters.http.upstream';
const CODEC = 'envoy.extensions.filters.http.upstream_codec.v3.UpstreamCodec';

/** `upstream_http_filters` of a router, without the codec; undefined = there is none of them. */
export function parseRouterFilters(
  configs: readonly HttpFilter[],
  ctx: ConfigContext,
): readonly UpstreamFilterConfig[] | undefined {
  if (configs.length === 0) return undefined;
  return withoutCodec(
    parseFilterList<UpstreamHttpFilterExtension>(CATEGORY, configs, ctx, {
      field: 'upstream_http_filters',
      chainType: 'router upstream http',
      aboutEnd: 'When upstream_http_filters are specified, they must explicitly end with an UpstreamCodec filter.',
    }),
  );
}

/** `http_filters` of a cluster, likewise. They stand in place of the router's, even when there is none but the codec. */
export function parseClusterFilters(
  configs: readonly HttpFilter[],
  ctx: ConfigContext,
): readonly UpstreamFilterConfig[] | undefined {
  if (configs.length === 0) return undefined;
  if (!isCodec(configs.at(-1) as HttpFilter)) {
    ctx
      .child('http_filters', configs.length - 1)
      .error(`The codec filter is the only valid terminal upstream HTTP filter, use '${CODEC}'`);
    return undefined;
  }
  return withoutCodec(
    parseFilterList<UpstreamHttpFilterExtension>(CATEGORY, configs, ctx, {
      field: 'http_filters',
      chainType: 'upstream http',
    }),
  );
}

function isCodec({ configType }: HttpFilter): boolean {
  return configType.case === 'typedConfig' && configType.value.typeUrl.split('/').at(-1) === CODEC;
}

function withoutCodec(filters: readonly UpstreamFilterConfig[]): readonly UpstreamFilterConfig[] {
  return filters.filter(({ filter }) => filter.extension.terminal !== true);
}
