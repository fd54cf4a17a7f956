import assert from 'node:assert/strict';
import { isIPv4, isIPv6 } from 'node:net';
import { test } from 'node:test';
import fc from 'fast-check';
import { formatIp, type IpWords, parseIp, parseIpv4, parseIpv6 } from './ip.ts';

const word = fc.nat({ max: 0xffff_ffff });
const sparse = fc.oneof(fc.constant(0), fc.constantFrom(0xffff, 1, 0x1_0000), word);

test('IPv6 texts are canonical: what the URL standard writes, save IPv4 tails', () => {
  fc.assert(
    fc.property(sparse, sparse, sparse, sparse, (a, b, c, d) => {
      const words: IpWords = [a, b, c, d];
      const text = formatIp(words);
      assert.ok(isIPv6(text), text);
      assert.deepEqual(parseIp(text), words);
      if (!text.includes('.')) assert.equal(`[${text}]`, new URL(`http://[${text}]`).hostname);
    }),
  );
});

test('IPv4 texts survive a round', () => {
  fc.assert(
    fc.property(word, (value) => {
      const text = formatIp([value]);
      assert.ok(isIPv4(text));
      assert.deepEqual(parseIp(text), [value]);
    }),
  );
});

test('accepts and refuses what the system does', () => {
  const piece = fc.constantFrom('', '0', '00', '1', '255', '256', 'f', 'ffff', '10000', ':', '::', '.', '1.2.3.4', 'g');
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 12 }), fc.constantFrom('', ':', '.'), (pieces, joint) => {
      const text = pieces.join(joint);
      assert.equal(parseIpv4(text) !== undefined, isIPv4(text), text);
      assert.equal(parseIpv6(text) !== undefined, isIPv6(text), text);
    }),
    { numRuns: 2000 },
  );
  assert.equal(parseIp('1.2.3.04'), undefined);
  assert.equal(parseIp('::1%lo'), undefined);
});

test('known texts', () => {
  for (const [text, canonical] of [
    ['2001:DB8:0:0:0:0:0:1', '2001:db8::1'],
    ['0:0:0:0:0:0:0:0', '::'],
    ['1:0:0:2:0:0:0:3', '1:0:0:2::3'],
    ['1:0:2:3:4:5:6:7', '1:0:2:3:4:5:6:7'],
    ['::ffff:102:304', '::ffff:1.2.3.4'],
    ['::1.2.3.4', '::1.2.3.4'],
    ['::1', '::1'],
  ] as const) {
    assert.equal(formatIp(parseIp(text) as IpWords), canonical);
  }
});
