import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ListenerFactoryContext } from '../../../../../sdk/extension.ts';
import type { ListenerFilterCallbacks } from '../../../../../sdk/network.ts';
import { configReader } from '../../../../../test/harness/extension-config.ts';
import { loggedStream } from '../../../../../test/harness/logged-stream.ts';
import { SliceBuffer } from '../../../../common/buffer/slice-buffer.ts';
import { ProxyProtocolState } from '../../../../common/network/proxy-protocol-state.ts';
import { createStatsMemory } from '../../../../common/stats/stats-memory.ts';
import { StatsStore } from '../../../../common/stats/stats-store.ts';
import type { ProxyProtocolConfig } from './config.ts';
import { proxyProtocol } from './index.ts';

const type = 'envoy.extensions.filters.listener.proxy_protocol.v3.ProxyProtocol';
const reader = configReader([proxyProtocol]);
type Json = Parameters<typeof reader.read>[1];

const tlvs = '\x02\0\x09authority\xe1\0\x03\xff\0z\xea\0\x03vpc';
const v2 = `\r\n\r\n\0\r\nQUIT\n\x21\x11\0${String.fromCharCode(12 + tlvs.length)}\x0a\x01\x02\x03\x0a\x09\x08\x07\x04\x57\x08\xae${tlvs}`;
const v1 = 'PROXY TCP4 1.2.3.4 5.6.7.8 111 222\r\n';
const rules = [
  { tlv_type: 2, on_tlv_present: { key: 'auth' } },
  { tlv_type: 0xe1, on_tlv_present: { metadata_namespace: 'my.ns', key: 'e1' } },
];

/** A socket that sent some bytes through a filter. */
function run(json: Json, bytes: string) {
  const { config, problems } = reader.read(type, json);
  assert.deepEqual(problems, []);
  const store = new StatsStore(createStatsMemory());
  const scope = store.createScope();
  const filter = proxyProtocol.createFilterFactory(
    config as ProxyProtocolConfig,
    { scope } as unknown as ListenerFactoryContext,
  )();
  const { info: streamInfo } = loggedStream();
  const continued: boolean[] = [];
  const callbacks = {
    info: streamInfo.downstreamConnection,
    streamInfo,
    continueFilterChain: (success: boolean) => continued.push(success),
  } as unknown as ListenerFilterCallbacks;
  assert.equal(filter.onAccept(callbacks), 'StopIteration');
  const data = new SliceBuffer();
  data.add(bytes);
  const status = filter.onData?.(data);
  const count = (name: string): number => scope.counter(name).value;
  return { filter, streamInfo, status, continued, left: data.toString(), count };
}

test('the addresses of the header take the place of the socket, its bytes are gone', () => {
  const { status, left, streamInfo, count } = run({}, `${v1}hi`);
  assert.deepEqual([status, left], ['Continue', 'hi']);
  const { remoteAddress, localAddress, directRemoteAddress, localAddressRestored } = streamInfo.downstreamConnection;
  assert.deepEqual([remoteAddress.asString, localAddress.asString], ['1.2.3.4:111', '5.6.7.8:222']);
  assert.deepEqual([directRemoteAddress.asString, localAddressRestored], ['127.0.0.1:35948', true]);
  assert.equal(count('proxy_proto.versions.v1.found'), 1);
});

test('without addresses in the header those of the socket stay', () => {
  const { status, streamInfo } = run({}, 'PROXY UNKNOWN\r\n');
  assert.equal(status, 'Continue');
  const { remoteAddress, localAddressRestored } = streamInfo.downstreamConnection;
  assert.deepEqual([remoteAddress.asString, localAddressRestored], ['127.0.0.1:35948', false]);
});

test('what is no header closes the socket', () => {
  const { status, continued, count } = run({ stat_prefix: 'p' }, 'GET / HTTP/1.1\r\n');
  assert.deepEqual([status, continued], ['StopIteration', [false]]);
  assert.equal(count('downstream_cx_proxy_proto_error'), 1);
  assert.equal(count('proxy_proto.p.not_found_disallowed'), 1);
});

test('or passes, untouched, where headers are optional', () => {
  const { status, left, count } = run({ allow_requests_without_proxy_protocol: true }, 'GET /');
  assert.deepEqual([status, left], ['Continue', 'GET /']);
  assert.equal(count('proxy_proto.not_found_allowed'), 1);
});

test('a bad header is an error of its version', () => {
  const { continued, count } = run({}, 'PROXY TCP4 1.2.3.4\r\n');
  assert.deepEqual(continued, [false]);
  assert.equal(count('proxy_proto.versions.v1.error'), 1);
});

test('a version that is not allowed is counted as such, and is no error', () => {
  const { continued, count } = run({ disallowed_versions: ['V2'] }, v2);
  assert.deepEqual(continued, [false]);
  const counts = ['versions.v2.found', 'versions.v2.disallowed'].map((name) => count(`proxy_proto.${name}`));
  assert.deepEqual([...counts, count('downstream_cx_proxy_proto_error')], [1, 1, 0]);
});

test('rules keep TLVs as dynamic metadata; bytes that are not UTF-8 become exclamation marks', () => {
  const { streamInfo } = run({ rules }, v2);
  assert.deepEqual(streamInfo.dynamicMetadata('envoy.filters.listener.proxy_protocol'), { auth: 'authority' });
  assert.deepEqual(streamInfo.dynamicMetadata('my.ns'), { e1: '!\0z' });
});

test('or in the filter state, or in base64', () => {
  const base64 = { tlv_type: 0xea, on_tlv_present: { key: 'vpc', value_string_encoding: 'BASE64' } };
  const { streamInfo } = run({ rules: [...rules, base64], tlv_location: 'FILTER_STATE' }, v2);
  const state = streamInfo.filterState.get('envoy.network.proxy_protocol.tlv');
  assert.deepEqual(state?.serializeAsValue?.(), { auth: 'authority', e1: '!\0z', vpc: 'dnBj' });
  assert.equal(state?.getField?.('none'), undefined);
  assert.equal(streamInfo.dynamicMetadata('my.ns'), undefined);
});

test('TLVs for the upstream: none, some, all', () => {
  const passed = (json: Json): number[] => {
    const state = run(json, v2).streamInfo.filterState.get('envoy.network.proxy_protocol_options');
    assert.ok(state instanceof ProxyProtocolState);
    return state.tlvs.map((tlv) => tlv.type);
  };
  assert.deepEqual(passed({}), []);
  assert.deepEqual(passed({ pass_through_tlvs: { match_type: 'INCLUDE', tlv_type: [0xe1] } }), [0xe1]);
  assert.deepEqual(passed({ pass_through_tlvs: { match_type: 'INCLUDE_ALL' } }), [2, 0xe1, 0xea]);
});

test('a long header asks for more bytes', () => {
  const { filter, status } = run({}, '\r\n\r\n\0\r\nQUIT\n\x21\x11\xff\xff');
  assert.equal(status, 'StopIteration');
  assert.equal(filter.maxReadBytes > 65_535 + 16, true);
});
