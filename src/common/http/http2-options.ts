import type { Http2ProtocolOptions } from '../../../api/generated/envoy/config/core/v3/protocol_pb.d.ts';
import type { ConfigContext } from '../../../sdk/config.ts';

// Identifiers of SETTINGS (RFC 9113 section 6.5.2, RFC 8441 section 3).
const ENABLE_PUSH = 2;
const ENABLE_CONNECT_PROTOCOL = 8;
const NAMED: readonly (readonly [number, keyof Http2ProtocolOptions, string])[] = [
  [1, 'hpackTableSize', 'hpack_table_size'],
  [3, 'maxConcurrentStreams', 'max_concurrent_streams'],
  [4, 'initialStreamWindowSize', 'initial_stream_window_size'],
];

/**
 * Options for HTTP/2 where whether it is spoken is the peer's choice: connections of HTTP/1 have no use for them, but what
 * Envoy finds wrong with them is wrong all the same.
 */
export function checkHttp2Options(options: Http2ProtocolOptions | undefined, ctx: ConfigContext): void {
  if (options === undefined) return;
  const values = new Map<number, number>();
  const inconsistent: number[] = [];
  const at = ctx.child('custom_settings_parameters');
  for (const { identifier = 0, value = 0 } of options.customSettingsParameters) {
    const before = values.get(identifier);
    if (before === undefined) values.set(identifier, value);
    else if (before !== value) inconsistent.push(identifier);
    if (identifier === ENABLE_PUSH && value === 1) {
      at.error('server push is not supported by Envoy and can not be enabled via a SETTINGS parameter.');
    } else if (identifier === ENABLE_CONNECT_PROTOCOL) {
      at.error('the "allow_connect" SETTINGS parameter must only be configured through the named field');
    }
  }
  if (inconsistent.length > 0) {
    const names = inconsistent.map((identifier) => `0x${identifier.toString(16).padStart(2, '0')}`);
    at.error(`inconsistent HTTP/2 custom SETTINGS parameter(s) detected; identifiers = {${names.join()}}`);
  }
  const twice = NAMED.filter(([identifier, field]) => values.has(identifier) && options[field] !== undefined);
  if (twice.length > 0) {
    const names = twice.map(([, , name]) => name).join();
    at.error(
      `the {${names}} HTTP/2 SETTINGS parameter(s) can not be configured through both named and custom parameters`,
    );
  }
}
