import assert from 'node:assert/strict';
import { BlockList } from 'node:net';
import { test } from 'node:test';
import fc from 'fast-check';
import { CidrRange } from './cidr.ts';
import { formatIp, type IpWords } from './ip.ts';
import { PrefixTable } from './prefix-table.ts';

/** Few different bits, so that ranges nest and addresses hit them. */
const bits = fc.constantFrom(0, 0x8000_0000, 0xc000_0000, 0xff00_0000, 0xff80_0000, 1, 0xffff_ffff, 0xff00_0001);
const words = fc.oneof(
  bits.map((a): IpWords => [a]),
  fc.tuple(bits, bits, bits, bits).map((all): IpWords => all),
);
const range = fc
  .tuple(words, fc.nat(128))
  .map(([address, length]) => new CidrRange(address, Math.min(length, 32 * address.length)));

test('ranges hold what the system’s lists say', () => {
  fc.assert(
    fc.property(range, words, (held, address) => {
      const list = new BlockList();
      const family = held.ipVersion === 4 ? 'ipv4' : 'ipv6';
      list.addSubnet(formatIp(held.words), held.bits, family);
      const sameVersion = address.length === held.words.length;
      if (sameVersion) assert.equal(held.contains(address), held.bits === 0 || list.check(formatIp(address), family));
      else assert.ok(!held.contains(address));
    }),
  );
});

test('the table finds what a look at every range finds', () => {
  fc.assert(
    fc.property(fc.array(range, { maxLength: 30 }), fc.array(words, { maxLength: 20 }), (ranges, addresses) => {
      const table = new PrefixTable(ranges.map((each) => [each, each] as const));
      for (const address of addresses) {
        const holding = ranges.filter((each) => each.contains(address)).sort((a, b) => b.bits - a.bits);
        assert.deepEqual(
          table.all(address).map((each) => each.asString),
          holding.map((each) => each.asString),
        );
        assert.equal(table.has(address), holding.length > 0);
        assert.equal(table.longest(address)?.bits, holding[0]?.bits);
      }
    }),
  );
});

test('of equal prefixes the last one given wins', () => {
  const any = new CidrRange([0], 0);
  const ten = CidrRange.parse('10.0.0.0/8') as CidrRange;
  const table = new PrefixTable([
    [any, 'any'],
    [ten, 'first'],
    [ten, 'second'],
  ]);
  assert.equal(table.longest([0x0a01_0203]), 'second');
  assert.deepEqual(table.all([0x0a01_0203]), ['second', 'first', 'any']);
  assert.deepEqual(table.all([0x0b01_0203]), ['any']);
});

test('ranges parse and print with the host bits cleared', () => {
  assert.equal(CidrRange.parse('10.1.2.3/8')?.asString, '10.0.0.0/8');
  assert.equal(CidrRange.parse('2001:db8:ffff::1/33')?.asString, '2001:db8:8000::/33');
  assert.equal(CidrRange.of('1.2.3.4', 40)?.asString, '1.2.3.4/32');
  assert.equal(CidrRange.parse('::/0')?.asString, '::/0');
  for (const text of ['1.2.3.4', '1.2.3/8', '/8', '1.2.3.4/-1', '1.2.3.4/x'])
    assert.equal(CidrRange.parse(text), undefined);
});
