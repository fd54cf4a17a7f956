import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ConfigContext, ConfigErrorCollector } from '../../../sdk/config.ts';
import { lowerAscii, parseListStringMatcher, parseStringMatcher } from './string-matcher.ts';

type Config = Parameters<typeof parseStringMatcher>[0];
type ListConfig = Parameters<typeof parseListStringMatcher>[0];

const configOf = (kind: string, value: unknown, ignoreCase = false) =>
  ({ matchPattern: { case: kind, value }, ignoreCase }) as unknown as Config;

function parse(config: Config) {
  const collector = new ConfigErrorCollector();
  return { matcher: parseStringMatcher(config, new ConfigContext(collector)), collector };
}

test('each kind of pattern', () => {
  const cases: readonly (readonly [kind: string, value: unknown, text: string, matches: boolean])[] = [
    ['exact', 'ab', 'ab', true],
    ['exact', 'ab', 'abc', false],
    ['prefix', 'ab', 'abc', true],
    ['prefix', 'ab', 'cab', false],
    ['suffix', 'ab', 'cab', true],
    ['suffix', 'ab', 'abc', false],
    ['contains', 'b', 'abc', true],
    ['contains', 'b', 'ac', false],
    ['safeRegex', { regex: 'a.c' }, 'abc', true],
    ['safeRegex', { regex: 'b' }, 'abc', false],
  ];
  for (const [kind, value, text, matches] of cases) {
    assert.equal(parse(configOf(kind, value)).matcher.match(text), matches, `${kind} ${text}`);
  }
});

test('case is ignored for ASCII alone', () => {
  assert.equal(parse(configOf('prefix', 'AB', true)).matcher.match('aBc'), true);
  assert.equal(parse(configOf('exact', 'Ä', true)).matcher.match('ä'), false);
  assert.equal(lowerAscii('ÄB'), 'Äb');
});

test('faults are gathered: no pattern, a bad expression, a custom matcher', () => {
  for (const config of [
    configOf('safeRegex', { regex: '(' }),
    configOf('custom', {}),
    { matchPattern: { case: undefined } },
  ]) {
    const { matcher, collector } = parse(config as Config);
    assert.equal(collector.problems.length, 1);
    assert.equal(matcher.match(''), false);
  }
});

test('a list matches when one of it does', () => {
  const list = { patterns: [configOf('exact', 'a'), configOf('exact', 'b')] } as unknown as ListConfig;
  const matcher = parseListStringMatcher(list, new ConfigContext(new ConfigErrorCollector()));
  assert.equal(matcher.match('b'), true);
  assert.equal(matcher.match('c'), false);
});
