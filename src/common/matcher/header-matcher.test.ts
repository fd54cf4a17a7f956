import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ConfigContext, ConfigErrorCollector } from '../../../sdk/config.ts';
import { RequestHeaders } from '../headers/header-map.ts';
import { matchesAll, parseHeaderMatcher } from './header-matcher.ts';

type Config = Parameters<typeof parseHeaderMatcher>[0];

const ctx = () => new ConfigContext(new ConfigErrorCollector());
const matcherOf = (specifier: unknown, more: Partial<Config> = {}) =>
  parseHeaderMatcher(
    {
      name: 'X-A',
      headerMatchSpecifier: specifier,
      invertMatch: false,
      treatMissingHeaderAsEmpty: false,
      ...more,
    } as Config,
    ctx(),
  );
const headersOf = (...values: readonly string[]) => RequestHeaders.of(values.map((value) => ['x-a', value] as const));
const exact = (value: string) => ({
  case: 'stringMatch',
  value: { matchPattern: { case: 'exact', value }, ignoreCase: false },
});

test('a header of several values has the value when one of them does', () => {
  const matcher = matcherOf(exact('b'));
  assert.equal(matcher.matches(headersOf('a', 'b')), true);
  assert.equal(matcher.matches(headersOf('a,b')), false);
  assert.equal(matcherOf(exact('b'), { invertMatch: true }).matches(headersOf('a', 'b')), false);
  assert.equal(matcherOf(exact('b'), { invertMatch: true }).matches(headersOf('a', 'c')), true);
});

test('a header that is not there matches nothing, unless it counts as empty', () => {
  assert.equal(matcherOf(exact('')).matches(headersOf()), false);
  assert.equal(matcherOf(exact('x'), { invertMatch: true }).matches(headersOf()), false);
  assert.equal(matcherOf(exact(''), { treatMissingHeaderAsEmpty: true }).matches(headersOf()), true);
  const inverted = matcherOf(exact('x'), { invertMatch: true, treatMissingHeaderAsEmpty: true });
  assert.equal(inverted.matches(headersOf()), true);
});

test('host is another word for :authority, in any case', () => {
  const request = RequestHeaders.of([[':authority', 'b']]);
  assert.equal(matcherOf(exact('b'), { name: 'Host' }).matches(request), true);
  assert.equal(matcherOf(exact('a'), { name: 'host' }).matches(request), false);
  assert.equal(matcherOf(exact('b'), { name: 'host' }).matches(headersOf('b')), false);
});

test('presence, absence and both inverted', () => {
  const cases: readonly (readonly [specifier: unknown, invert: boolean, whenThere: boolean])[] = [
    [{ case: 'presentMatch', value: true }, false, true],
    [{ case: 'presentMatch', value: true }, true, false],
    [{ case: 'presentMatch', value: false }, false, false],
    [{ case: undefined }, false, true],
  ];
  for (const [specifier, invertMatch, whenThere] of cases) {
    const matcher = matcherOf(specifier, { invertMatch });
    assert.equal(matcher.matches(headersOf('')), whenThere);
    assert.equal(matcher.matches(headersOf()), !whenThere);
  }
});

test('ranges hold whole decimal numbers, their end excluded', () => {
  const matcher = matcherOf({ case: 'rangeMatch', value: { start: -5n, end: 10n } });
  for (const value of ['-5', '9', '0']) assert.equal(matcher.matches(headersOf(value)), true, value);
  for (const value of ['10', '-6', '1.5', '0x1', 'a', ''])
    assert.equal(matcher.matches(headersOf(value)), false, value);
});

test('every kind of value: which it matches, which not', () => {
  const regex = { regex: 'a.*c' };
  const contains = { matchPattern: { case: 'contains', value: 'B' }, ignoreCase: true };
  const kinds: readonly (readonly [
    specifier: string,
    value: unknown,
    good: readonly string[],
    bad: readonly string[],
  ])[] = [
    ['exactMatch', 'abc', ['abc'], ['abcd', 'xabc', 'ABC', '']],
    ['prefixMatch', 'abc', ['abc', 'abcd'], ['xabc', 'ab']],
    ['suffixMatch', 'abc', ['abc', 'xabc'], ['abcd', 'bc']],
    ['containsMatch', 'abc', ['abc', 'xabcd'], ['ab c']],
    ['safeRegexMatch', regex, ['ac', 'abbc'], ['xac', 'acx']],
    ['stringMatch', contains, ['abc', 'B'], ['ac']],
  ];
  for (const [kind, value, good, bad] of kinds) {
    const matcher = matcherOf({ case: kind, value });
    for (const text of good) assert.equal(matcher.matches(headersOf(text)), true, `${kind} ${text}`);
    for (const text of bad) assert.equal(matcher.matches(headersOf(text)), false, `${kind} ${text}`);
  }
});

test('all matchers must match; none means yes', () => {
  assert.equal(matchesAll([], headersOf()), true);
  assert.equal(matchesAll([matcherOf(exact('a')), matcherOf(exact('b'))], headersOf('a')), false);
});
