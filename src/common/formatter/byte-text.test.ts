import assert from 'node:assert/strict';
import { test } from 'node:test';
import { textOfBytes, toByteText } from './byte-text.ts';
import { jsonOfValue } from './json-text.ts';

test('bytes that are no UTF-8 come through a text as they are', () => {
  for (const bytes of [
    '',
    'abc',
    '\xc3\xa9',
    '\xf0\x90\x92\x80',
    '\x86',
    'a\xffb\xc3',
    '\xed\xa0\x80',
    '\xc3\xa9\xff',
  ]) {
    assert.equal(toByteText(textOfBytes(bytes)), bytes);
  }
  assert.equal(textOfBytes('\xc3\xa9'), 'é');
});

test('in JSON they are told byte by byte, as Envoy does', () => {
  assert.equal(jsonOfValue(textOfBytes('a\x86')), '"a\\u0086"');
  assert.equal(jsonOfValue({ k: textOfBytes('\xff') }), '{"k":"\\u00ff"}');
});
