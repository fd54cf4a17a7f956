import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { SliceBuffer } from '../../common/buffer/slice-buffer.ts';
import { parseProxyHeader } from './parse-proxy-header.ts';
import type { ProxyHeaderOptions, ProxyHeaderResult, ProxyVersion } from './proxy-header.ts';

const strict: ProxyHeaderOptions = { disallowedVersions: new Set(), optional: false };
const optional: ProxyHeaderOptions = { disallowedVersions: new Set(), optional: true };
const without = (version: ProxyVersion, isOptional: boolean): ProxyHeaderOptions => ({
  disallowedVersions: new Set([version]),
  optional: isOptional,
});

const signature = '\r\n\r\n\0\r\nQUIT\n';
const v4 = '\x0a\x01\x02\x03\x0a\x09\x08\x07\x04\x57\x08\xae';
const v6 = `\x20\x01\x0d\xb8${'\0'.repeat(11)}\x01\x20\x01\x0d\xb8${'\0'.repeat(11)}\x02\x0d\x05\x11\x5c`;

function tlv(type: number, value: string): string {
  return String.fromCharCode(type, value.length >> 8, value.length & 0xff) + value;
}

function v2(body: string, { version = 2, command = 1, family = 0x11, length = body.length } = {}): string {
  return signature + String.fromCharCode((version << 4) | command, family, length >> 8, length & 0xff) + body;
}

function parse(bytes: string, options = strict): ProxyHeaderResult {
  const data = new SliceBuffer();
  data.add(bytes);
  return parseProxyHeader(data, options);
}

/** What was found, in one line. */
function summary(bytes: string, options = strict): string {
  const result = parse(bytes, options);
  if (result.kind === 'malformed' || result.kind === 'disallowed') return `${result.kind} ${result.version}`;
  if (result.kind !== 'header') return result.kind;
  const { version, length, addresses } = result.header;
  if (addresses === undefined) return `${version} ${length} local`;
  return `${version} ${length} ${addresses.source.asString} > ${addresses.destination.asString}`;
}

// What Envoy 1.40 made of them, as recorded.
const cases: readonly (readonly [string, string, string])[] = [
  ['IPv4', 'PROXY TCP4 1.2.3.4 5.6.7.8 111 222\r\nhi', 'v1 36 1.2.3.4:111 > 5.6.7.8:222'],
  ['IPv6', 'PROXY TCP6 1::2 3::4 111 222\r\nhi', 'v1 30 [1::2]:111 > [3::4]:222'],
  ['UNKNOWN', 'PROXY UNKNOWN\r\nhi', 'v1 15 local'],
  ['UNKNOWN with anything behind', 'PROXY UNKNOWN a b c d\r\nhi', 'v1 23 local'],
  ['a leading zero in a port', 'PROXY TCP4 1.2.3.4 5.6.7.8 0111 222\r\n', 'v1 37 1.2.3.4:111 > 5.6.7.8:222'],
  ['a blank before the end', 'PROXY TCP4 1.2.3.4 5.6.7.8 111 222 \r\n', 'v1 37 1.2.3.4:111 > 5.6.7.8:222'],
  ['a missing port', 'PROXY TCP4 1.2.3.4 5.6.7.8 111\r\n', 'malformed v1'],
  ['no address', 'PROXY TCP4 1.2.3 5.6.7.8 111 222\r\n', 'malformed v1'],
  ['a port too large', 'PROXY TCP4 1.2.3.4 5.6.7.8 111 65536\r\n', 'malformed v1'],
  ['two blanks', 'PROXY TCP4  1.2.3.4 5.6.7.8 111 222\r\n', 'malformed v1'],
  ['a multicast source', 'PROXY TCP4 224.0.0.1 5.6.7.8 111 222\r\n', 'malformed v1'],
  ['the broadcast address', 'PROXY TCP4 255.255.255.255 5.6.7.8 111 222\r\n', 'malformed v1'],
  ['the wildcard', 'PROXY TCP4 0.0.0.0 5.6.7.8 111 222\r\n', 'malformed v1'],
  ['an IPv6 address in TCP4', 'PROXY TCP4 1::2 5.6.7.8 111 222\r\n', 'malformed v1'],
  ['an unknown family', 'PROXY TCP5 1.2.3.4 5.6.7.8 111 222\r\n', 'malformed v1'],
  ['a line without end', `PROXY UNKNOWN ${'x'.repeat(200)}\r\n`, 'malformed v1'],
  ['LF alone', 'PROXY TCP4 1.2.3.4 5.6.7.8 111 222\n', 'incomplete'],
  ['lower case', 'proxy TCP4 1.2.3.4 5.6.7.8 111 222\r\n', 'none'],
  ['something else', 'GET / HTTP/1.1\r\nhost: a\r\n\r\n', 'none'],
  ['too little to tell', 'abc', 'incomplete'],
  ['v2 IPv4', `${v2(v4)}hi`, 'v2 28 10.1.2.3:1111 > 10.9.8.7:2222'],
  ['v2 IPv6', v2(v6, { family: 0x21 }), 'v2 52 [2001:db8::1]:3333 > [2001:db8::2]:4444'],
  ['v2 UDP', v2(v4, { family: 0x12 }), 'v2 28 10.1.2.3:1111 > 10.9.8.7:2222'],
  ['v2 LOCAL', v2('', { command: 0, family: 0 }), 'v2 16 local'],
  ['v2 LOCAL with a body', v2(v4 + tlv(2, 'a'), { command: 0 }), 'v2 32 local'],
  ['v2 unspecified family', v2('', { family: 0 }), 'malformed v2'],
  ['v2 Unix sockets', v2('a'.repeat(216), { family: 0x31 }), 'malformed v2'],
  ['v2 of another version', v2(v4, { version: 1 }), 'malformed v2'],
  ['v2 of another command', v2(v4, { command: 2 }), 'malformed v2'],
  ['v2 shorter than its addresses', v2(v4, { length: 5 }), 'malformed v2'],
  ['v2 of no transport', v2(v4, { family: 0x10 }), 'malformed v2'],
  ['v2 with a TLV cut off', v2(`${v4}\x02\0\x05abc`), 'malformed v2'],
  ['v2 with half a TLV', v2(`${v4}\x02\0`), 'malformed v2'],
  ['v2 of a multicast source', v2(`\xe0\0\0\x01${v4.slice(4)}`), 'malformed v2'],
];

describe('headers', () => {
  for (const [name, bytes, expected] of cases) test(name, () => assert.equal(summary(bytes), expected));
});

test('every beginning of a header is incomplete', () => {
  for (const header of [
    'PROXY TCP4 1.2.3.4 5.6.7.8 111 222\r\n',
    v2(v4 + tlv(2, 'authority')),
    v2(v4, { command: 0 }),
  ]) {
    for (let length = 0; length < header.length; length++) {
      assert.equal(summary(header.slice(0, length)), 'incomplete', `${length} bytes`);
    }
  }
});

test('a long header of version 2 says how long', () => {
  const header = v2(v4 + tlv(4, 'p'.repeat(60_000)));
  assert.deepEqual(parse(header.slice(0, 100)), { kind: 'incomplete', length: header.length });
  assert.equal(summary(header).startsWith(`v2 ${header.length} `), true);
});

test('TLVs are copied in order, empty ones too', () => {
  const result = parse(v2(v4 + tlv(2, 'ab') + tlv(0xe1, '\xff\0') + tlv(5, '')));
  assert.equal(result.kind, 'header');
  if (result.kind !== 'header') return;
  assert.deepEqual(
    result.header.tlvs.map(({ type, value }) => [type, ...value]),
    [[2, 0x61, 0x62], [0xe1, 0xff, 0], [5]],
  );
});

test('where a header is optional, what cannot become one passes at once', () => {
  assert.equal(summary('abc', optional), 'none');
  assert.equal(summary('PROXY', optional), 'incomplete');
  assert.equal(summary('\r\n\r', optional), 'incomplete');
  assert.equal(summary('PROXY TCP4 1.2.3.4\r\n', optional), 'malformed v1');
});

test('versions that are not allowed', () => {
  const v1 = 'PROXY TCP4 1.2.3.4 5.6.7.8 111\r\n';
  assert.equal(summary(v1, without('v1', false)), 'disallowed v1');
  assert.equal(summary(v2(v4), without('v2', false)), 'disallowed v2');
  assert.equal(summary(v2(v4), without('v2', true)), 'none');
  assert.equal(summary(v2(v4), without('v1', true)).startsWith('v2 28'), true);
});
