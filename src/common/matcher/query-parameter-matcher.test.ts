import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ConfigContext, ConfigErrorCollector } from '../../../sdk/config.ts';
import { matchesAllParameters, parseQuery, parseQueryParameterMatcher } from './query-parameter-matcher.ts';

type Config = Parameters<typeof parseQueryParameterMatcher>[0];

const matcherOf = (name: string, specifier: unknown) =>
  parseQueryParameterMatcher(
    { name, queryParameterMatchSpecifier: specifier } as unknown as Config,
    new ConfigContext(new ConfigErrorCollector()),
  );

test('parameters come in their order, undecoded, without the fragment', () => {
  assert.deepEqual(parseQuery('/p?a=1&b&c=%76=x#d=2'), [
    ['a', '1'],
    ['b', ''],
    ['c', '%76=x'],
  ]);
  assert.deepEqual(parseQuery('/p'), []);
});

test('the first of several values counts', () => {
  const matcher = matcherOf('a', {
    case: 'stringMatch',
    value: { matchPattern: { case: 'exact', value: '1' }, ignoreCase: false },
  });
  assert.equal(matcher.matches(parseQuery('/?a=1&a=2')), true);
  assert.equal(matcher.matches(parseQuery('/?a=2&a=1')), false);
  assert.equal(matcher.matches(parseQuery('/')), false);
});

test('presence and absence', () => {
  const present = matcherOf('a', { case: 'presentMatch', value: true });
  const absent = matcherOf('a', { case: 'presentMatch', value: false });
  assert.equal(present.matches(parseQuery('/?a')), true);
  assert.equal(absent.matches(parseQuery('/?a')), false);
  assert.equal(absent.matches(parseQuery('/?b')), true);
  assert.equal(matchesAllParameters([present, absent], parseQuery('/?a')), false);
});
