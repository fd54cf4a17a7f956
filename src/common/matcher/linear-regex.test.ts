import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkSubstitution, compileRegex, isLinearInV8, type LinearRegex } from './linear-regex.ts';

function regex(pattern: string): LinearRegex {
  const compiled = compileRegex(pattern);
  assert.ok(!('error' in compiled), `${pattern}: ${'error' in compiled && compiled.error}`);
  return compiled;
}

test('a full match takes the whole text, by either engine', () => {
  const cases: readonly (readonly [string, string, boolean])[] = [
    ['/user/[0-9]+', '/user/42', true],
    ['/user/[0-9]+', '/user/42/', false],
    ['/a.*', '/a', true],
    ['a|ab', 'ab', true],
    ['(foo|bar)+', 'foobar', true],
    ['[^/]+/b', 'a/b', true],
    ['.*\\.jpg', 'x/y.jpg', true],
    ['a{2,3}', 'aaaa', false],
    ['', '', true],
  ];
  for (const [pattern, text, expected] of cases)
    assert.equal(regex(pattern).fullMatch(text), expected, `${pattern} ${text}`);
});

test('only sequences without ambiguity go to the backtracking engine', () => {
  for (const safe of ['/user/[0-9]+/posts/\\d+', '/a.*', '.*/b', '/[^/]+/x', 'abc', 'a+b+c+']) {
    assert.equal(isLinearInV8(safe), true, safe);
  }
  for (const unsafe of ['(a+)+b', '.*a.*b', 'a?a?aa', 'a*b?a*c', 'a|b', '\\s+', 'é', '(?i)a', '^a$', 'x*x*y']) {
    assert.equal(isLinearInV8(unsafe), false, unsafe);
  }
});

test('a pattern that is exponential for backtracking is matched in linear time', () => {
  assert.equal(regex('(a+)+b').fullMatch('a'.repeat(20_000)), false);
  assert.equal(regex('.*a.*a.*a.*b').fullMatch('a'.repeat(2_000)), false);
});

test('faults have the words of RE2', () => {
  const faults: readonly (readonly [string, RegExp])[] = [
    ['a(b', /missing closing \)/],
    ['*', /missing argument to repetition operator: `\*`/],
    ['(?=a)', /invalid or unsupported Perl syntax/],
    ['\\1', /invalid escape sequence/],
  ];
  for (const [pattern, message] of faults) {
    const compiled = compileRegex(pattern);
    assert.match('error' in compiled ? compiled.error : 'compiled', message);
  }
});

test('substitution replaces every match, groups by number', () => {
  assert.equal(
    regex('^/service/([^/]+)(/.*)$').replaceAll('/service/foo/v1/api', '\\2/instance/\\1'),
    '/v1/api/instance/foo',
  );
  assert.equal(regex('one').replaceAll('/xxx/one/yyy/one/zzz', 'two'), '/xxx/two/yyy/two/zzz');
  assert.equal(regex('a').replaceAll('banana', '\\\\$&'), 'b\\$&n\\$&n\\$&');
  assert.equal(regex('(x)?b').replaceAll('ab', '[\\1\\0]'), 'a[b]');
  assert.equal(regex('b').replaceAll('ab', '[\\1]'), 'ab');
});

test('a substitution that names what is not there is refused', () => {
  assert.equal(checkSubstitution('\\1-\\0', '(a)'), undefined);
  assert.match(checkSubstitution('\\2', '(a)') ?? '', /requests 2 matches, but the regex only has 1/);
  assert.match(checkSubstitution('a\\', 'a') ?? '', /not allowed at end/);
  assert.match(checkSubstitution('\\x', 'a') ?? '', /must be followed by a digit/);
});
