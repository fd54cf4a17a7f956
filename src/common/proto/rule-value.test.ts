import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadDescriptors } from '../../../api/load-descriptors.ts';
import { compileRules } from './rule-value.ts';
import { TypeRegistry } from './type-registry.ts';

/** `[kind of rules, the rules, a value that keeps them, one that breaks them, what is told of that]`. */
type Row = readonly [string, object, unknown, unknown, string];

const seconds = (count: number, nanos = 0) => ({ seconds: BigInt(count), nanos });
const bytes = (...values: number[]) => Uint8Array.from(values);
const protocols = new TypeRegistry(loadDescriptors()).requireEnum('envoy.config.core.v3.SocketAddress.Protocol');

/** What the rules tell of a value. */
function told([kind, rules]: Row, value: unknown): string[] {
  const lists = { in: [], notIn: [], wellKnown: { case: undefined } };
  const check = compileRules({ case: kind, value: { ...lists, ...rules } } as never, protocols);
  const faults: string[] = [];
  check?.(value, (text) => faults.push(text));
  return faults;
}

const rows: readonly Row[] = [
  ['uint32', { const: 5 }, 5, 6, 'value must equal 5'],
  ['uint32', { gt: 5 }, 6, 5, 'value must be greater than 5'],
  ['uint32', { gte: 5 }, 5, 4, 'value must be greater than or equal to 5'],
  ['uint32', { lt: 5 }, 4, 5, 'value must be less than 5'],
  ['uint32', { lte: 5 }, 5, 6, 'value must be less than or equal to 5'],
  ['uint64', { gt: 1n, lte: 5n }, 5n, 1n, 'value must be inside range (1, 5]'],
  ['uint64', { gt: 1n, lte: 5n }, 2n, 6n, 'value must be inside range (1, 5]'],
  ['double', { gte: 0, lt: 1 }, 0, 1, 'value must be inside range [0, 1)'],
  ['int32', { gt: 9, lt: 3 }, 10, 5, 'value must be outside range (9, 3)'],
  ['int32', { gt: 9, lt: 3 }, 2, 9, 'value must be outside range (9, 3)'],
  ['uint32', { in: [1, 2] }, 2, 3, 'value must be in list [1, 2]'],
  ['uint32', { notIn: [1, 2] }, 3, 2, 'value must not be in list [1, 2]'],
  ['uint32', { gte: 5, ignoreEmpty: true }, 0, 4, 'value must be greater than or equal to 5'],
  ['bool', { const: true }, true, false, 'value must equal true'],
  ['enum', { definedOnly: true }, 1, 7, 'value must be one of the defined enum values'],
  ['enum', { const: 1 }, 1, 0, 'value must equal UDP'],
  ['enum', { notIn: [0] }, 1, 0, 'value must not be in list [TCP]'],
  ['duration', { gt: seconds(0) }, seconds(0, 1), seconds(0), 'value must be greater than 0s'],
  [
    'duration',
    { lte: seconds(1, 5e8) },
    seconds(1, 5e8),
    seconds(1, 6e8),
    'value must be less than or equal to 1.500s',
  ],
  ['timestamp', { gte: seconds(3) }, seconds(3), seconds(2, 9), 'value must be greater than or equal to 3s'],
  ['any', { in: ['t/a'] }, { typeUrl: 't/a' }, { typeUrl: 't/b' }, 'value must be in list [t/a]'],
  ['any', { notIn: ['t/a'] }, { typeUrl: 't/b' }, { typeUrl: 't/a' }, 'value must not be in list [t/a]'],
  ['bytes', { len: 2n }, bytes(1, 2), bytes(1), 'value length must be 2 bytes'],
  ['bytes', { minLen: 2n }, bytes(1, 2), bytes(1), 'value length must be at least 2 bytes'],
  ['bytes', { maxLen: 1n }, bytes(1), bytes(1, 2), 'value length must be at most 1 bytes'],
  ['bytes', { minLen: 2n, ignoreEmpty: true }, bytes(), bytes(1), 'value length must be at least 2 bytes'],
  ['bytes', { const: bytes(1, 2) }, bytes(1, 2), bytes(1, 3), 'value must equal a constant'],
  ['bytes', { in: [bytes(1), bytes(2)] }, bytes(2), bytes(3), 'value must be in a list'],
  ['bytes', { notIn: [bytes(1)] }, bytes(2), bytes(1), 'value must not be in a list'],
  ['string', { const: 'a' }, 'a', 'b', 'value must equal a'],
  ['string', { in: ['a', 'b'] }, 'b', 'c', 'value must be in list [a, b]'],
  ['string', { notIn: ['a', 'b'] }, 'c', 'b', 'value must not be in list [a, b]'],
  ['string', { len: 2n }, '😀é', 'abc', 'value length must be 2 characters'],
  ['string', { minLen: 2n }, 'éé', '😀', 'value length must be at least 2 characters'],
  ['string', { maxLen: 1n }, '😀', 'ab', 'value length must be at most 1 characters'],
  ['string', { lenBytes: 2n }, 'é', 'a', 'value length must be 2 bytes'],
  ['string', { minBytes: 3n }, '€', 'ab', 'value length must be at least 3 bytes'],
  ['string', { maxBytes: 2n }, 'é', '€', 'value length must be at most 2 bytes'],
  ['string', { pattern: 'a.c' }, 'a\nc', 'xabc', 'value does not match regex pattern "a.c"'],
  ['string', { prefix: 'ab' }, 'abc', 'cab', 'value does not have prefix "ab"'],
  ['string', { suffix: 'ab' }, 'cab', 'abc', 'value does not have suffix "ab"'],
  ['string', { contains: 'b' }, 'abc', 'ac', 'value does not contain substring "b"'],
  ['string', { notContains: 'b' }, 'ac', 'abc', 'value contains substring "b"'],
  ['string', { minLen: 3n, ignoreEmpty: true }, '', 'a', 'value length must be at least 3 characters'],
];

for (const row of rows) {
  const [kind, rules, good, bad, fault] = row;
  const printed = JSON.stringify(rules, (_, value) => (typeof value === 'bigint' ? Number(value) : value));
  test(`${kind} ${printed}`, () => {
    assert.deepEqual(told(row, good), []);
    assert.deepEqual(told(row, bad), [fault]);
  });
}

/** Formats: good ones, bad ones. */
const formats = {
  email: [['a@b.c'], ['a', 'a b@c', 'a@b@c']],
  hostname: [
    ['a', 'a-b.c', 'example.com.'],
    ['-a', 'a-', 'a_b', 'a..b', '', 'x'.repeat(64)],
  ],
  ip: [
    ['1.2.3.4', '::1'],
    ['1.2.3', '1.2.3.256', 'a'],
  ],
  ipv4: [['255.0.9.10'], ['::1', '1.2.3.4.5']],
  ipv6: [['2001:db8::1'], ['1.2.3.4', ':::']],
  uri: [['http://a/b'], ['/b', 'a']],
  uriRef: [['/b', 'http://a'], ['http://[']],
  address: [['a.b', '1.2.3.4', '::1'], ['a_b']],
  uuid: [['01234567-89ab-cdef-0123-456789abcdef'], ['0123456789abcdef0123456789abcdef']],
} as const;

for (const [format, [good, bad]] of Object.entries(formats)) {
  test(`string ${format}`, () => {
    const row: Row = ['string', { wellKnown: { case: format, value: true } }, '', '', ''];
    for (const value of good) assert.deepEqual(told(row, value), [], value);
    for (const value of bad) assert.equal(told(row, value).length, 1, value);
  });
}

test('header names and values, and what is let through where strict is false', () => {
  const row = (value: 1 | 2, more: object = {}): Row => [
    'string',
    { wellKnown: { case: 'wellKnownRegex', value }, ...more },
    '',
    '',
    '',
  ];
  assert.deepEqual(told(row(1), 'x-a'), []);
  assert.deepEqual(told(row(1), ':path'), []);
  assert.deepEqual(told(row(1), 'x a'), ['value must be a valid HTTP header name']);
  assert.deepEqual(told(row(2), 'any value\t'), []);
  assert.deepEqual(told(row(2), 'a\u0001'), ['value must be a valid HTTP header value']);
  for (const kind of [1, 2] as const) {
    assert.deepEqual(told(row(kind, { strict: false }), 'x a\u0001'), []);
    assert.equal(told(row(kind, { strict: false }), 'a\nb').length, 1);
  }
});
