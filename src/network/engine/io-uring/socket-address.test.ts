import assert from 'node:assert/strict';
import { test } from 'node:test';
import { InternalAddress, IpAddress, PipeAddress } from '../../../common/network/address.ts';
import { decodeSocketAddress, encodeSocketAddress } from './socket-address.ts';

const noInterfaces = (): number => 0;

test('addresses survive the way to the system and back', () => {
  const addresses = [
    new IpAddress('192.0.2.1', 65_535),
    new IpAddress('255.0.0.128', 1),
    new IpAddress('2001:db8::ff00:1', 443),
    new IpAddress('fe80::1%3', 80),
    new PipeAddress('/run/socket'),
    new PipeAddress('@abstract'),
  ];
  for (const address of addresses) {
    const encoded = encodeSocketAddress(address, noInterfaces);
    assert.ok(encoded instanceof Uint8Array);
    assert.equal(decodeSocketAddress(encoded)?.asString, address.asString);
  }
});

test('the bytes are those of ip(7)', () => {
  const encoded = encodeSocketAddress(new IpAddress('127.0.0.1', 0x1234), noInterfaces);
  assert.deepEqual([...(encoded as Uint8Array)].slice(0, 8), [2, 0, 0x12, 0x34, 127, 0, 0, 1]);
});

test('a scope’s name is looked up; mapped IPv4 is told as IPv4', () => {
  const scoped = encodeSocketAddress(new IpAddress('fe80::1%eth0', 1), (name) => (name === 'eth0' ? 7 : 0));
  assert.equal(decodeSocketAddress(scoped as Uint8Array)?.ip, 'fe80::1%7');
  const mapped = encodeSocketAddress(new IpAddress('::ffff:1.2.3.4', 1), noInterfaces);
  assert.equal(decodeSocketAddress(mapped as Uint8Array)?.ip, '1.2.3.4');
});

test('what has no form of the system’s is an error by name', () => {
  assert.equal(encodeSocketAddress(new InternalAddress('listener'), noInterfaces), 'EAFNOSUPPORT');
  assert.equal(encodeSocketAddress(new IpAddress('nonsense', 1), noInterfaces), 'EINVAL');
  assert.equal(encodeSocketAddress(new PipeAddress(`/${'x'.repeat(108)}`), noInterfaces), 'ENAMETOOLONG');
  assert.equal(decodeSocketAddress(Uint8Array.of(1, 0)), undefined);
});
