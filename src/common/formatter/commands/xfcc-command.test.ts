import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loggedStream, testConfig } from '../../../../test/harness/logged-stream.ts';
import { xfccCommand, xfccValue } from './xfcc-command.ts';

/** Header, and what stands for `uri`. */
const rows: readonly (readonly [string, string | undefined])[] = [
  ['By=test;URI=abc;DNS=example.com', 'abc'],
  ['By=test; uri = "a,b;c=d" ;DNS=x', 'a,b;c=d'],
  [String.raw`URI="a\"b\\c\d"`, String.raw`a"b\c\d`],
  ['By=1,URI=first,URI=second', 'first'],
  ['URI=', ''],
  ['URI', ''],
  ['By=1;DNS=a', undefined],
  ['', undefined],
  ['By="open,URI=a', undefined],
  ['URI=a,By="open', 'a'],
  [String.raw`By="\\";URI=a`, 'a'],
  [String.raw`By="\";URI=a"`, undefined],
];

for (const [header, value] of rows) {
  test(`the uri of ${JSON.stringify(header)} is ${JSON.stringify(value)}`, () => {
    assert.equal(xfccValue(header, 'uri'), value);
  });
}

test('keys are known in any case, others refused', () => {
  const { ctx, faults } = testConfig();
  const { context, info } = loggedStream({ 'x-forwarded-client-cert': 'Hash=abcdef' });
  const provider = xfccCommand.create({ params: 'HASH', maxLength: 2 }, ctx);
  assert.equal(provider?.text(context, info), 'abcdef');
  assert.equal(provider?.json(context, info), '"abcdef"');
  assert.equal(provider?.text(loggedStream().context, info), undefined);
  xfccCommand.create({ params: '', maxLength: undefined }, ctx);
  xfccCommand.create({ params: 'X', maxLength: undefined }, ctx);
  assert.deepEqual(faults(), [
    'XFCC_VALUE command requires a subcommand',
    'XFCC_VALUE command does not support subcommand: x',
  ]);
});
