import type { TcpProxy_TunnelingConfig } from '../../../../../api/generated/envoy/extensions/filters/network/tcp_proxy/v3/tcp_proxy_pb.d.ts';
import type { ConfigContext } from '../../../../../sdk/config.ts';
import { type RequestIdExtension, resolveExtension } from '../../../../../sdk/extension.ts';
import { parseFormatters } from '../../../../common/formatter/substitution-format.ts';
import { HeaderNames } from '../../../../common/headers/names.ts';
import { parseHeaderFormat } from '../../../../common/router/header-format.ts';
import { parseHeadersToAdd } from '../../../../common/router/header-mutations.ts';
import type { Tunneling, TunnelRequestIds } from '../../../../worker/tcp/tunneling.ts';

/** How connections go inside of HTTP requests. */
export function parseTunneling(config: TcpProxy_TunnelingConfig, ctx: ConfigContext): Tunneling {
  ctx.requireSupported(config, [
    'hostname',
    'usePost',
    'headersToAdd',
    'propagateResponseHeaders',
    'postPath',
    'propagateResponseTrailers',
    'formatters',
    'requestIdExtension',
    'requestIdHeader',
    'requestIdMetadataKey',
  ]);
  const { hostname, usePost, postPath } = config;
  if (!usePost && postPath !== '') ctx.error("Can't set a post path when POST method isn't used");
  const commands = parseFormatters(config.formatters, ctx);
  return {
    hostname: parseHeaderFormat(hostname, ctx.child('hostname'), { commands, omitEmptyValues: false }),
    postPath: usePost ? postPath || '/' : undefined,
    headersToAdd: parseHeadersToAdd(config.headersToAdd, ctx, 'headers_to_add', { commands }),
    propagateResponseHeaders: config.propagateResponseHeaders,
    propagateResponseTrailers: config.propagateResponseTrailers,
    requestIds: parseRequestIds(config, ctx),
  };
}

/** Header and metadata key mean nothing without an extension, as in Envoy. */
function parseRequestIds(config: TcpProxy_TunnelingConfig, ctx: ConfigContext): TunnelRequestIds | undefined {
  const { typedConfig } = config.requestIdExtension ?? {};
  if (typedConfig === undefined) return undefined;
  const resolved = resolveExtension<RequestIdExtension>(ctx.child('request_id_extension'), 'envoy.request_id', {
    name: '',
    typedConfig,
  });
  return (
    resolved && {
      extension: resolved.extension,
      config: resolved.config,
      header: config.requestIdHeader.toLowerCase() || HeaderNames.RequestId,
      metadataKey: config.requestIdMetadataKey || 'tunnel_request_id',
    }
  );
}
