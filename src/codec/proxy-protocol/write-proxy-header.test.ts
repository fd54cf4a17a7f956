import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ProxyProtocolTlv } from '../../../sdk/network.ts';
import { SliceBuffer } from '../../common/buffer/slice-buffer.ts';
import { IpAddress, PipeAddress } from '../../common/network/address.ts';
import { parseProxyHeader } from './parse-proxy-header.ts';
import type { ProxyHeader } from './proxy-header.ts';
import { writeV1, writeV2, writeV2Local } from './write-proxy-header.ts';

const client = new IpAddress('10.1.2.3', 1111);
const server = new IpAddress('10.9.8.7', 2222);
const client6 = new IpAddress('2001:db8::1', 3333);
const server6 = new IpAddress('2001:db8::2', 4444);
const pipe = new PipeAddress('/tmp/x');

const text = (bytes: Uint8Array): string => String.fromCharCode(...bytes);

function tlv(type: number, bytes: number): ProxyProtocolTlv {
  return { type, value: new Uint8Array(bytes).fill(type) };
}

/** What our own parser reads from it. */
function read(bytes: Uint8Array): ProxyHeader {
  const data = new SliceBuffer();
  data.add(bytes);
  const result = parseProxyHeader(data, { disallowedVersions: new Set(), optional: false });
  if (result.kind !== 'header') throw new Error(`read as ${result.kind}`);
  assert.equal(result.header.length, bytes.length);
  return result.header;
}

function addressesOf({ addresses }: ProxyHeader): string {
  return `${addresses?.source.asString} > ${addresses?.destination.asString}`;
}

test('version 1 is a line of text', () => {
  assert.equal(text(writeV1(client, server)), 'PROXY TCP4 10.1.2.3 10.9.8.7 1111 2222\r\n');
  assert.equal(text(writeV1(client6, server6)), 'PROXY TCP6 2001:db8::1 2001:db8::2 3333 4444\r\n');
  assert.equal(text(writeV1(pipe, server)), 'PROXY UNKNOWN\r\n');
});

test('version 2 has the addresses in network order, then the TLVs', () => {
  const { header, isWhole } = writeV2(client, server, [tlv(2, 1)]);
  assert.equal(
    text(header),
    '\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x10\x0a\x01\x02\x03\x0a\x09\x08\x07\x04\x57\x08\xae\x02\0\x01\x02',
  );
  assert.equal(isWhole, true);
  assert.equal(addressesOf(read(writeV2(client6, server6, []).header)), '[2001:db8::1]:3333 > [2001:db8::2]:4444');
});

test('where one end is of IPv6 the other goes as mapped', () => {
  const header = read(writeV2(client, server6, []).header);
  assert.equal(addressesOf(header), '[::ffff:10.1.2.3]:1111 > [2001:db8::2]:4444');
});

test('a connection without such addresses is LOCAL', () => {
  assert.equal(text(writeV2Local()), '\r\n\r\n\0\r\nQUIT\n\x20\0\0\0');
  assert.deepEqual(writeV2(pipe, server, [tlv(2, 1)]).header, writeV2Local());
});

test('TLVs that make it too long are left out, shorter ones behind them are not', () => {
  const { header, isWhole } = writeV2(client, server, [tlv(1, 60_000), tlv(2, 6000), tlv(3, 5000)]);
  assert.equal(isWhole, false);
  assert.deepEqual(
    read(header).tlvs.map(({ type, value }) => [type, value.length]),
    [
      [1, 60_000],
      [3, 5000],
    ],
  );
});
