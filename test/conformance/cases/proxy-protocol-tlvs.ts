/** What rules of proxy_protocol keep of the TLVs of a header: twice told, cut off, of bad addresses, not UTF-8. */
import type { Suite } from '../case.ts';
import { bootstrap, fileLog, indent } from '../config.ts';

const types = 'type.googleapis.com/envoy.extensions';
const filterName = 'envoy.filters.listener.proxy_protocol';
const keys = ['authority', 'vpc', 'bytes', 'five'];
const format = [
  '%DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT%',
  ...keys.map((key) => `${key}=%DYNAMIC_METADATA(${filterName}:${key})%`),
  'elsewhere=%DYNAMIC_METADATA(elsewhere:zero)%',
  ...keys.map((key) => `${key}=%FILTER_STATE(envoy.network.proxy_protocol.tlv:FIELD:${key})%`),
].join(' ');
const rule = (type: number, key: string, more = '') => `{tlv_type: ${type}, on_tlv_present: {key: ${key}${more}}}`;
const rules = `rules: [${[
  rule(2, 'authority'),
  rule(3, 'authority'),
  rule(0xea, 'vpc'),
  rule(6, 'bytes', ', value_string_encoding: BASE64'),
  rule(5, 'five'),
  rule(0, 'zero', ', metadata_namespace: elsewhere'),
].join(', ')}]`;
const listener = (name: string, options: string) => `- name: ${name}
  address: {socket_address: {address: 127.0.0.1, port_value: {{${name}}}}}
  listener_filters: [{name: p, typed_config: {"@type": ${types}.filters.listener.proxy_protocol.v3.ProxyProtocol, ${options}}}]
  access_log:
${indent(fileLog(name, format), 2)}
  filter_chains: [{filters: [{name: d, typed_config: {"@type": ${types}.filters.network.direct_response.v3.Config, response: {inline_string: served}}}]}]
`;

const tlv = (type: number, value: string, length = value.length) =>
  String.fromCharCode(type, length >> 8, length & 255) + value;
const good = '\x0b\x01\x01\x01\x0a\x02\x02\x02\x11\x5c\0\x50';
const header = (tlvs: string, addresses = good, command = 0x21): string => {
  const length = addresses.length + tlvs.length;
  return `\r\n\r\n\0\r\nQUIT\n${String.fromCharCode(command, 0x11, length >> 8, length & 255)}${addresses}${tlvs}`;
};

const headers: Readonly<Record<string, string>> = {
  several: header(tlv(0, '\xff') + tlv(2, 'foo.com') + tlv(0xf, 'x') + tlv(0xea, '\x01vpc') + tlv(6, '\xf0\0')),
  'one type twice': header(tlv(2, 'foo.com') + tlv(2, 'bar.net') + tlv(5, '')),
  'one key of two types': header(tlv(3, 'three') + tlv(2, 'two')),
  'not UTF-8': header(tlv(2, '\xc3\xa9\xff"') + tlv(5, 'a\0b')),
  'one that is cut off': header(tlv(2, 'told') + tlv(5, 'long', 9)),
  'one without its length': header(tlv(2, 'told') + '\x05\0'),
  'addresses that are none': header(tlv(2, 'told'), '\0'.repeat(12)),
  'of the proxy itself': header(tlv(2, 'told'), good, 0x20),
  'longer than the first read': header(tlv(4, 'x'.repeat(5000)) + tlv(2, 'last')),
};

export const proxyProtocolTlvs: Suite = {
  kind: 'traffic',
  name: 'proxy-protocol-tlvs',
  config: bootstrap([listener('metadata', rules), listener('state', `${rules}, tlv_location: FILTER_STATE`)], []),
  cases: ['metadata', 'state'].flatMap((to) =>
    Object.entries(headers).map(([name, send]) => ({
      name: `${to}: ${name}`,
      steps: [{ to, send, raw: 'close' as const, logs: [to] }],
    })),
  ),
};
