import assert from 'node:assert/strict';
import { test } from 'node:test';
import { tagRegexFault } from './tag-regex-fault.ts';

// Recorded from Envoy 1.40.
test('what std::regex does not know is a fault', () => {
  for (const pattern of ['\\C', '\\z', '\\pL', '[\\C]', '\\k<n>', '\\x4', '\\c']) {
    assert.match(tagRegexFault(pattern) ?? '', /invalid escaped character/, pattern);
  }
  for (const pattern of ['\\1', '(a)\\2', '\\8']) assert.match(tagRegexFault(pattern) ?? '', /back reference/, pattern);
  for (const pattern of ['(?<=a)', '(?<n>a)']) assert.match(tagRegexFault(pattern) ?? '', /not preceded/, pattern);
  for (const pattern of ['a{,5}', 'a{', 'a{x'])
    assert.match(tagRegexFault(pattern) ?? '', /in a \{\} expression/, pattern);
  for (const pattern of ['}', ']', 'a]']) assert.match(tagRegexFault(pattern) ?? '', /did not consume/, pattern);
  for (const pattern of ['[\\d-z]', '[a-\\d]']) assert.match(tagRegexFault(pattern) ?? '', /character range/, pattern);
  assert.match(tagRegexFault('[[:nope:]]') ?? '', /character class name/);
});

test('what it knows is none', () => {
  const good = [
    '^cluster\\.((.+?)\\.)',
    '\\d\\w\\s\\D\\W\\S\\b\\B',
    '\\x41\\u0041\\cA\\0',
    '(a)\\1',
    '\\_\\-\\/\\@',
    '[\\b\\]]',
  ];
  const more = [
    '[[:alpha:]_]',
    '(?:a)(?=b)(?!c)',
    'a{1}b{1,}c{1,2}',
    '[{}()]',
    '\\{\\}\\[\\]',
    '[]',
    '[^]',
    'é[é]',
    '[\\w.-]+$',
  ];
  for (const pattern of [...good, ...more]) assert.equal(tagRegexFault(pattern), undefined, pattern);
});
