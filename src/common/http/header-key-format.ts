import type { Http1ProtocolOptions_HeaderKeyFormat } from '../../../api/generated/envoy/config/core/v3/protocol_pb.d.ts';
import type { ConfigContext } from '../../../sdk/config.ts';
import { type Extension, resolveExtension } from '../../../sdk/extension.ts';
import {
  type HeaderKeyFormatter,
  ProperCaseFormatter,
  type StatefulHeaderKeyFormatter,
} from '../headers/key-formatter.ts';

/** How names are written: in lower case, by rule, or as the peer spelled them (a formatter a message). */
export type HeaderKeyFormat =
  | { readonly kind: 'default' }
  | { readonly kind: 'encode_only'; readonly formatter: HeaderKeyFormatter }
  | { readonly kind: 'stateful'; readonly create: () => StatefulHeaderKeyFormatter };

/** Its checked configuration makes the formatter of a message. */
export type StatefulHeaderFormatterExtension = Extension<
  'envoy.http.stateful_header_formatters',
  () => StatefulHeaderKeyFormatter
>;

const asReceived: HeaderKeyFormat = { kind: 'default' };

/** Checks `header_key_format`, for both sides of HTTP/1. */
export function parseHeaderKeyFormat(
  config: Http1ProtocolOptions_HeaderKeyFormat | undefined,
  ctx: ConfigContext,
): HeaderKeyFormat {
  const format = config?.headerFormat;
  if (format?.case === 'properCaseWords') return { kind: 'encode_only', formatter: new ProperCaseFormatter() };
  if (format?.case !== 'statefulFormatter') return asReceived;
  const found = resolveExtension<StatefulHeaderFormatterExtension>(
    ctx.child('stateful_formatter'),
    'envoy.http.stateful_header_formatters',
    { name: format.value.name, typedConfig: format.value.typedConfig },
  );
  return found === undefined ? asReceived : { kind: 'stateful', create: found.config };
}
