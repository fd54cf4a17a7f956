import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Http2ProtocolOptions } from '../../../api/generated/envoy/config/core/v3/protocol_pb.d.ts';
import { configReader } from '../../../test/harness/extension-config.ts';
import { checkHttp2Options } from './http2-options.ts';

const { parse } = configReader([]);

function problems(fields: object): readonly string[] {
  const check = (message: Http2ProtocolOptions, ctx: Parameters<typeof checkHttp2Options>[1]) =>
    checkHttp2Options(message, ctx);
  return parse('envoy.config.core.v3.Http2ProtocolOptions', fields as never, check).problems;
}
const settings = (...pairs: readonly (readonly [number, number])[]) => ({
  custom_settings_parameters: pairs.map(([identifier, value]) => ({ identifier, value })),
});

test('settings that Envoy takes are taken', () => {
  assert.deepEqual(problems({}), []);
  assert.deepEqual(problems({ max_concurrent_streams: 5, ...settings([2, 0], [5, 1], [5, 1]) }), []);
});

test('settings that contradict one another, or a field, are refused in the words of Envoy', () => {
  const at = 'custom_settings_parameters: ';
  assert.deepEqual(problems(settings([5, 1], [5, 2], [300, 1], [300, 2])), [
    `${at}inconsistent HTTP/2 custom SETTINGS parameter(s) detected; identifiers = {0x05,0x12c}`,
  ]);
  assert.deepEqual(problems({ hpack_table_size: 1, max_concurrent_streams: 5, ...settings([1, 1], [3, 1]) }), [
    `${at}the {hpack_table_size,max_concurrent_streams} HTTP/2 SETTINGS parameter(s) can not be configured through both named and custom parameters`,
  ]);
  assert.match(problems(settings([2, 1])).join(), /server push is not supported by Envoy/);
  assert.match(problems(settings([8, 0])).join(), /"allow_connect" SETTINGS parameter must only/);
});
