import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CustomMatcherExtension, MatchTree } from '../../../../sdk/matching.ts';
import { configReader } from '../../../../test/harness/extension-config.ts';
import { noMatch } from '../../../common/matcher/match-tree.ts';
import type { JsonInput } from '../../../common/proto/json-value.ts';
import { customMatchers } from './index.ts';

const reader = configReader(customMatchers);
const onMatch = { action: { name: 'a', typed_config: { '@type': 'type.googleapis.com/google.protobuf.StringValue' } } };

/** Branches by letter; capital ones end in nothing. What a text leads to. */
function choose(type: string, config: JsonInput, letters: string, text: string | null | undefined): string {
  const { config: checked, problems } = reader.read(`xds.type.matcher.v3.${type}`, config);
  assert.deepEqual(problems, []);
  const extension = customMatchers.find(({ configTypes }) => configTypes[0]?.endsWith(type)) as CustomMatcherExtension;
  assert.equal(extension.branches(checked).length, letters.length);
  const branches = [...letters].map((letter): MatchTree<unknown, { letter: string }> => {
    return letter === letter.toUpperCase() ? noMatch : { match: () => ({ letter }) };
  });
  const tree = extension.createTree(checked, { get: () => text }, branches, { match: () => ({ letter: 'else' }) });
  const result = tree.match(undefined);
  return typeof result === 'string' ? result : result.letter;
}

const range = (text: string, exclusive = false) => {
  const [address_prefix = '', length = ''] = text.split('/');
  return { ranges: [{ address_prefix, prefix_len: Number(length) }], on_match: onMatch, exclusive };
};

test('the narrowest range, wider ones when it ends in nothing', () => {
  const config = { range_matchers: [range('10.0.0.0/8'), range('10.1.0.0/16'), range('10.1.0.0/16'), range('::/0')] };
  const at = (letters: string, text: string | null | undefined) => choose('IPMatcher', config, letters, text);
  assert.equal(at('abcd', '10.1.2.3'), 'b');
  assert.equal(at('aBcd', '10.1.2.3'), 'c');
  assert.equal(at('aBCd', '10.1.2.3'), 'a');
  assert.equal(at('abcd', '10.2.2.3'), 'a');
  assert.equal(at('abcd', '2001::1'), 'd');
  assert.equal(at('abcd', '11.0.0.1'), 'else');
  assert.equal(at('abcd', 'junk'), 'else');
  assert.equal(at('abcd', undefined), 'else');
  assert.equal(at('abcd', null), 'insufficient_data');
});

test('an exclusive range counts only where it is the narrowest', () => {
  const config = { range_matchers: [range('10.0.0.0/8', true), range('10.1.0.0/16')] };
  assert.equal(choose('IPMatcher', config, 'aB', '10.1.2.3'), 'else');
  assert.equal(choose('IPMatcher', config, 'aB', '10.2.2.3'), 'a');
});

test('ranges must be addresses', () => {
  const { problems } = reader.read('xds.type.matcher.v3.IPMatcher', { range_matchers: [range('x/3')] });
  assert.deepEqual(problems, ['range_matchers[0].ranges[0].address_prefix: malformed IP address: x']);
});

const domains = (...lists: readonly string[][]) => ({
  domain_matchers: lists.map((list) => ({ domains: list, on_match: onMatch })),
});

test('a whole name, then the longest wildcard, then the one of all', () => {
  const config = domains(['api.example.com'], ['*.example.com', 'x'], ['*.com'], ['*']);
  const at = (letters: string, name: string) => choose('ServerNameMatcher', config, letters, name);
  assert.equal(at('abcd', 'api.example.com'), 'a');
  assert.equal(at('Abcd', 'api.example.com'), 'b');
  assert.equal(at('abcd', 'deep.api.example.com'), 'b');
  assert.equal(at('abcd', 'example.com'), 'c');
  assert.equal(at('aBcd', 'www.example.com'), 'c');
  assert.equal(at('abcd', 'x'), 'b');
  assert.equal(at('abcd', 'com'), 'd');
  assert.equal(at('abcD', 'org'), 'else');
  assert.equal(at('abcd', ''), 'else');
  assert.equal(at('abcd', '*.com'), 'c');
});

test('domains are checked in Envoy’s words', () => {
  const fault = (...list: string[]) =>
    reader.read('xds.type.matcher.v3.ServerNameMatcher', domains(list)).problems.join();
  assert.match(fault('a', 'a'), /Duplicate domain in ServerNameMatcher: a$/);
  assert.match(fault('a*'), /Invalid wildcard domain format: a\*\. Only '\*' and '\*\.domain' patterns are supported$/);
  assert.match(fault('*.'), /Only '\*' and/);
  assert.match(fault('*.a.*'), /Multiple wildcards are not supported$/);
  assert.equal(fault('*', '*.a', 'b'), '');
});
