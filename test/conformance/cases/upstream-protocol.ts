/** Which HTTP clusters are configured for, in both ways of saying it, where it comes down to HTTP/1.1. */
import type { VerdictTable } from '../case.ts';
import { bootstrap, cluster, hcm, listener, to } from '../config.ts';

const type = 'envoy.extensions.upstreams.http.v3.HttpProtocolOptions';
const typed = (fields: string) =>
  `typed_extension_protocol_options: {${type}: {"@type": type.googleapis.com/${type}, ${fields}}}`;
const byClient = (fields: string) => typed(`use_downstream_protocol_config: {${fields}}`);
const http1 = typed('explicit_http_config: {http_protocol_options: {}}');
const settings = (...pairs: readonly (readonly [number, number])[]) =>
  `custom_settings_parameters: [${pairs.map(([id, value]) => `{identifier: ${id}, value: ${value}}`).join(', ')}]`;

const http2: Readonly<Record<string, string>> = {
  plain: '',
  'some options': 'max_concurrent_streams: 10, hpack_table_size: 0, connection_keepalive: {timeout: 1s}',
  'a window too small': 'initial_stream_window_size: 1',
  'the same setting twice': settings([5, 1], [5, 1]),
  'settings that differ': settings([5, 1], [5, 2], [300, 1], [300, 3]),
  'no push': settings([2, 0]),
  push: settings([2, 1]),
  connect: settings([8, 1]),
  'named twice': `max_concurrent_streams: 5, ${settings([3, 1])}`,
  'named once': settings([3, 1]),
  'an identifier too large': settings([65536, 1]),
};
const clusters: Readonly<Record<string, string>> = {
  'as the client': byClient(''),
  'as the client, HTTP/3': byClient('http3_protocol_options: {}'),
  'HTTP/3': typed('explicit_http_config: {http3_protocol_options: {}}'),
  'a header validator': typed(
    'explicit_http_config: {http_protocol_options: {}}, header_validation_config: {name: x, typed_config: {"@type": type.googleapis.com/google.protobuf.Struct}}',
  ),
  'old, both': 'http_protocol_options: {}\nhttp2_protocol_options: {}',
  'old, as the client': 'protocol_selection: USE_DOWNSTREAM_PROTOCOL',
  'old, as the client, both':
    'protocol_selection: USE_DOWNSTREAM_PROTOCOL\nhttp_protocol_options: {}\nhttp2_protocol_options: {}',
  'old, as the client, push': `protocol_selection: USE_DOWNSTREAM_PROTOCOL\nhttp2_protocol_options: {${settings([2, 1])}}`,
  'new and old': `${http1}\nhttp_protocol_options: {}\nhttp2_protocol_options: {${settings([2, 1])}}\nprotocol_selection: USE_DOWNSTREAM_PROTOCOL`,
};
const world = (of: string, manager = '') =>
  bootstrap([listener('web', hcm({ routes: to('c'), extra: manager }))], [cluster('c', ['9'], of)]);

export const verdictUpstreamProtocol: VerdictTable = {
  kind: 'verdicts',
  name: 'verdict-upstream-protocol',
  configs: [
    ...Object.entries(http2).flatMap(([name, options]) => [
      { name: `cluster: ${name}`, config: world(byClient(`http2_protocol_options: {${options}}`)) },
      { name: `listener: ${name}`, config: world('', `http2_protocol_options: {${options}}`) },
    ]),
    ...Object.entries(clusters).map(([name, of]) => ({ name, config: world(of) })),
  ],
};
