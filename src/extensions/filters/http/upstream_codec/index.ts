import { defineUpstreamHttpFilter } from '../../../../../sdk/extension.ts';

/**
 * https://www.envoyproxy.io/docs/envoy/latest/configuration/http/http_filters/upstream_codec_filter: where filters between
 * the router and an upstream end. What it stands for is the router's own (src/worker/router/upstream-codec-filter.ts).
 */
export const upstreamCodec = defineUpstreamHttpFilter({
  name: 'envoy.filters.http.upstream_codec',
  configTypes: ['envoy.extensions.filters.http.upstream_codec.v3.UpstreamCodec'],
  terminal: true,
  parseConfig: () => ({}),
});
