import type {
  Http1ProtocolOptions,
  HttpProtocolOptions,
} from '../../../../../api/generated/envoy/config/core/v3/protocol_pb.ts';
import type { HttpConnectionManager } from '../../../../../api/generated/envoy/extensions/filters/network/http_connection_manager/v3/http_connection_manager_pb.ts';
import type { ConfigContext } from '../../../../../sdk/config.ts';
import { defaultServerOptions, type Http1ServerOptions } from '../../../../codec/http1/options.ts';
import { parseHeaderKeyFormat } from '../../../../common/http/header-key-format.ts';
import { parseStringMatcher } from '../../../../common/matcher/string-matcher.ts';
import { headerLimit } from '../../../../common/runtime/runtime-guards.ts';

const UNDERSCORES_ACTIONS = ['ALLOW', 'REJECT_REQUEST', 'DROP_HEADER'] as const;

/** What the HTTP/1 codec of the connections is told; `bufferLimitBytes` comes with the listener. */
export function parseHttp1Options(
  config: HttpConnectionManager,
  common: HttpProtocolOptions | undefined,
  ctx: ConfigContext,
): Http1ServerOptions {
  const http1 = config.httpProtocolOptions;
  const at = ctx.child('http_protocol_options');
  if (http1 !== undefined) checkSupported(http1, at);
  const runtime = ctx.resources?.runtime;
  const { maxHeadersCount, maxHeadersBytes } = defaultServerOptions;
  const maxKb = maxHeadersBytes / 1024;
  return {
    ...defaultServerOptions,
    maxHeadersBytes: 1024 * (config.maxRequestHeadersKb ?? headerLimit(runtime, 'max_request_headers_size_kb', maxKb)),
    maxHeadersCount: common?.maxHeadersCount ?? headerLimit(runtime, 'max_request_headers_count', maxHeadersCount),
    headersWithUnderscoresAction: UNDERSCORES_ACTIONS[common?.headersWithUnderscoresAction ?? 0] ?? 'ALLOW',
    acceptHttp10: http1?.acceptHttp10 ?? false,
    defaultHostForHttp10: http1?.defaultHostForHttp10 ?? '',
    allowAbsoluteUrl: http1?.allowAbsoluteUrl ?? true,
    enableTrailers: http1?.enableTrailers ?? false,
    allowChunkedLength: http1?.allowChunkedLength ?? false,
    allowCustomMethods: http1?.allowCustomMethods ?? false,
    headerKeyFormat: parseHeaderKeyFormat(http1?.headerKeyFormat, at.child('header_key_format')),
    ignoreUpgrade: parseIgnoredUpgrades(http1, at),
    streamErrorOnInvalidHttpMessage:
      http1?.overrideStreamErrorOnInvalidHttpMessage ?? config.streamErrorOnInvalidHttpMessage ?? false,
    validateScheme: config.useRemoteAddress === true && config.xffNumTrustedHops === 0,
  };
}

function checkSupported(http1: Http1ProtocolOptions, ctx: ConfigContext): void {
  ctx.requireSupported(http1, [
    'allowAbsoluteUrl',
    'acceptHttp10',
    'defaultHostForHttp10',
    'headerKeyFormat',
    'enableTrailers',
    'allowChunkedLength',
    'overrideStreamErrorOnInvalidHttpMessage',
    'allowCustomMethods',
    'ignoreHttp11Upgrade',
    // Of upstreams alone; and of Envoy's choice among its own parsers.
    'sendFullyQualifiedUrl',
    'useBalsaParser',
  ]);
}

function parseIgnoredUpgrades(
  http1: Http1ProtocolOptions | undefined,
  ctx: ConfigContext,
): ((protocol: string) => boolean) | undefined {
  const configs = http1?.ignoreHttp11Upgrade ?? [];
  if (configs.length === 0) return undefined;
  const matchers = configs.map((config, i) => parseStringMatcher(config, ctx.child('ignore_http_11_upgrade', i)));
  return (protocol) => matchers.some((matcher) => matcher.match(protocol));
}
