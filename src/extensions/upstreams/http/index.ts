import type { HttpProtocolOptions } from '../../../../api/generated/envoy/extensions/upstreams/http/v3/http_protocol_options_pb.ts';
import type { Extension } from '../../../../sdk/extension.ts';
import {
  HTTP_PROTOCOL_OPTIONS,
  type HttpUpstreamOptions,
  parseHttpProtocolOptions,
} from '../../../common/upstream/http-protocol-options.ts';

/** `typed_extension_protocol_options` of a cluster that speaks HTTP. */
export const httpProtocolOptions: Extension<'envoy.upstream_options', HttpUpstreamOptions> = {
  category: 'envoy.upstream_options',
  name: HTTP_PROTOCOL_OPTIONS,
  configTypes: [HTTP_PROTOCOL_OPTIONS],
  parseConfig: (message, ctx) => parseHttpProtocolOptions(message as HttpProtocolOptions, ctx),
};
