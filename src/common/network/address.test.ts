import assert from 'node:assert/strict';
import { test } from 'node:test';
import { InternalAddress, IpAddress, PipeAddress, parseIpAndPort } from './address.ts';
import { ofAddressData, toAddressData } from './listen-transfer.ts';

test('addresses print as Envoy prints them', () => {
  assert.equal(new IpAddress('127.0.0.1', 80).asString, '127.0.0.1:80');
  assert.equal(IpAddress.parse('0:0::1', 443)?.asString, '[::1]:443');
  assert.equal(IpAddress.parse('fe80::1%eth0', 1)?.asString, '[fe80::1%eth0]:1');
  assert.equal(new PipeAddress('/run/x.sock').asString, '/run/x.sock');
  assert.equal(new PipeAddress('\0name').asString, '@name');
  assert.equal(new InternalAddress('listener', 'id').asString, 'envoy://listener/id');
});

test('only IP addresses parse', () => {
  for (const text of ['', 'localhost', '1.2.3', '1.2.3.4%eth0', '::1%', '[::1]']) {
    assert.equal(IpAddress.parse(text, 1), undefined, text);
  }
});

test('an address and its port', () => {
  assert.equal(parseIpAndPort('1.2.3.4:80')?.asString, '1.2.3.4:80');
  assert.equal(parseIpAndPort('[2001:db8::1]:8080')?.asString, '[2001:db8::1]:8080');
  for (const text of ['1.2.3.4:+80', '1.2.3.4:00000080', '1.2.3.4: 80\t'])
    assert.equal(parseIpAndPort(text)?.asString, '1.2.3.4:80', text);
  for (const text of [
    '1.2.3.4',
    '::1:80',
    '[1.2.3.4]:80',
    '1.2.3.4:65536',
    '[::1]',
    'host:80',
    '1.2.3.4:-0',
    '1.2.3.4:+',
    '1.2.3.4:8 0',
  ]) {
    assert.equal(parseIpAndPort(text), undefined, text);
  }
});

test('equality takes kind, text and port', () => {
  const address = new IpAddress('127.0.0.1', 80);
  assert.ok(address.equals(new IpAddress('127.0.0.1', 80)));
  assert.ok(!address.equals(new IpAddress('127.0.0.1', 81)));
  assert.ok(!address.equals(new PipeAddress('127.0.0.1:80')));
  assert.ok(new PipeAddress('@a').equals(new PipeAddress('\0a')));
  assert.ok(!new InternalAddress('a', 'b').equals(new InternalAddress('a')));
});

test('sockets of both families tell IPv4 peers as IPv4', () => {
  assert.equal(IpAddress.ofSocket('::ffff:10.0.0.1', 5).asString, '10.0.0.1:5');
  assert.equal(IpAddress.ofSocket('::ffff', 5).ipVersion, 6);
});

test('loopback and unspecified addresses', () => {
  const of = (text: string): IpAddress => IpAddress.parse(text, 0) as IpAddress;
  assert.ok(['127.0.0.1', '::1'].every((text) => of(text).isLoopback));
  assert.ok(!['127.0.0.2', '::2', '1::1', '::ffff:127.0.0.1'].some((text) => of(text).isLoopback));
  assert.ok(of('0.0.0.0').isAny && of('::').isAny && !of('::1').isAny);
});

test('addresses cross threads as data', () => {
  for (const address of [new IpAddress('::1', 80), new PipeAddress('@x')]) {
    assert.ok(ofAddressData(structuredClone(toAddressData(address))).equals(address));
  }
});
