import type { TcpProxy_TunnelingConfig } from '../../../../../api/generated/envoy/extensions/filters/network/tcp_proxy/v3/tcp_proxy_pb.d.ts';
import type { ConfigContext } from '../../../../../sdk/config.ts';
import { parseFormatters } from '../../../../common/formatter/substitution-format.ts';
import { parseHeaderFormat } from '../../../../common/router/header-format.ts';
import { parseHeadersToAdd } from '../../../../common/router/header-mutations.ts';
import type { Tunneling } from '../../../../worker/tcp/tunneling.ts';

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
  };
}
