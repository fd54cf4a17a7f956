import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Matcher } from '../../../api/generated/xds/type/matcher/v3/matcher_pb.d.ts';
import type { ConfigContext } from '../../../sdk/config.ts';
import type { ServerFactoryContext } from '../../../sdk/extension.ts';
import type { MatchInputValue, MatchResult } from '../../../sdk/matching.ts';
import { configReader } from '../../../test/harness/extension-config.ts';
import type { JsonInput } from '../proto/json-value.ts';
import { parseMatchTree } from './parse-match-tree.ts';

/** Texts by name; null = not there yet. */
type Data = Readonly<Record<string, MatchInputValue>>;
interface Action {
  readonly chosen: string;
}

/** Stands for any input: reads the text of the header's name. */
const namedInput = {
  category: 'envoy.matching.http.input',
  name: 'test',
  configTypes: ['envoy.type.matcher.v3.HttpRequestHeaderMatchInput'],
  parseConfig: (message: { headerName: string }) => message.headerName,
  createInput: (name: string) => ({ get: (data: Data) => data[name] }),
};

const reader = configReader([namedInput]);

function parseAction(named: { readonly name: string }, ctx: ConfigContext): Action | undefined {
  if (named.name !== 'bad') return { chosen: named.name };
  ctx.error('no such action');
  return undefined;
}

function read(json: JsonInput) {
  const type = 'xds.type.matcher.v3.Matcher';
  return reader.parse(type, json, (message: Matcher, ctx) =>
    parseMatchTree<Data, Action>(message, { inputs: 'envoy.matching.http.input', parseAction }, ctx),
  );
}

function match(json: JsonInput, data: Data): string {
  const { config: make, problems } = read(json);
  assert.deepEqual(problems, []);
  const result: MatchResult<Action> = make?.({} as ServerFactoryContext).match(data) ?? 'no_match';
  return typeof result === 'string' ? result : result.chosen;
}

const typed = (headerName: string) => ({
  '@type': 'type.googleapis.com/envoy.type.matcher.v3.HttpRequestHeaderMatchInput',
  header_name: headerName,
});
const input = (name: string) => ({ name: 'i', typed_config: typed(name) });
const act = (name: string) => ({ action: { name, typed_config: typed('x') } });
const is = (name: string, exact: string) => ({ single_predicate: { input: input(name), value_match: { exact } } });
const when = (predicate: JsonInput, onMatch: JsonInput) => ({ predicate, on_match: onMatch });
const list = (...matchers: JsonInput[]) => ({ matcher_list: { matchers } });
const exact = (name: string, map: { [key: string]: JsonInput }) => ({
  matcher_tree: { input: input(name), exact_match_map: { map } },
});
const prefix = (name: string, map: { [key: string]: JsonInput }) => ({
  matcher_tree: { input: input(name), prefix_match_map: { map } },
});
const orElse = (matcher: object, name: string) => ({ ...matcher, on_no_match: act(name) }) as JsonInput;
const nothing = { matcher: exact('none', { x: act('never') }) };

describe('lists', () => {
  test('end in the first branch whose predicate holds', () => {
    const matcher = list(
      when(is('a', '1'), act('one')),
      when(is('a', '1'), act('two')),
      when(is('a', '3'), act('three')),
    );
    assert.equal(match(matcher, { a: '1' }), 'one');
    assert.equal(match(matcher, { a: '3' }), 'three');
    assert.equal(match(matcher, { a: '4' }), 'no_match');
    assert.equal(match(orElse(matcher, 'else'), { a: '4' }), 'else');
  });

  test('go on behind a branch that ends in nothing or is passed over', () => {
    assert.equal(match(list(when(is('a', '1'), nothing), when(is('a', '1'), act('two'))), { a: '1' }), 'two');
    const kept = { ...act('one'), keep_matching: true };
    assert.equal(match(list(when(is('a', '1'), kept), when(is('a', '1'), act('two'))), { a: '1' }), 'two');
  });

  test('decide nothing while a text may still come', () => {
    const matcher = list(when(is('late', '1'), act('one')), when(is('a', '1'), act('two')));
    assert.equal(match(matcher, { late: null, a: '1' }), 'insufficient_data');
    assert.equal(match({ on_no_match: { ...act('x'), keep_matching: true } }, {}), 'no_match');
  });
});

describe('predicates', () => {
  const both = (kind: string) => list(when({ [kind]: { predicate: [is('a', '1'), is('b', '1')] } }, act('yes')));

  test('are joined by and, or, not', () => {
    assert.equal(match(both('and_matcher'), { a: '1', b: '1' }), 'yes');
    assert.equal(match(both('and_matcher'), { a: '1', b: '2' }), 'no_match');
    assert.equal(match(both('or_matcher'), { a: '0', b: '1' }), 'yes');
    assert.equal(match(list(when({ not_matcher: is('a', '1') }, act('yes'))), { a: '2' }), 'yes');
  });

  test('an absent text equals nothing, not even itself', () => {
    assert.equal(match(list(when(is('a', ''), act('yes'))), {}), 'no_match');
    assert.equal(match(list(when({ not_matcher: is('a', '1') }, act('yes'))), {}), 'yes');
  });

  test('what is open decides only where nothing else does', () => {
    assert.equal(match(both('or_matcher'), { a: null, b: '1' }), 'yes');
    assert.equal(match(both('or_matcher'), { a: null, b: '0' }), 'insufficient_data');
    assert.equal(match(both('and_matcher'), { a: '0', b: null }), 'no_match');
    assert.equal(match(both('and_matcher'), { a: '1', b: null }), 'insufficient_data');
    assert.equal(match(list(when({ not_matcher: is('a', '1') }, act('yes'))), { a: null }), 'insufficient_data');
  });
});

describe('maps', () => {
  test('look a whole text up', () => {
    const matcher = orElse(exact('a', { 1: act('one'), 2: { matcher: exact('b', { 3: act('deep') }) } }), 'else');
    assert.equal(match(matcher, { a: '1' }), 'one');
    assert.equal(match(matcher, { a: '2', b: '3' }), 'deep');
    assert.equal(match(matcher, { a: '2', b: '4' }), 'else');
    assert.equal(match(matcher, {}), 'else');
    assert.equal(match(matcher, { a: null }), 'insufficient_data');
  });

  test('take the longest prefix, a shorter one when that ends in nothing', () => {
    const matcher = prefix('a', { '/': act('root'), '/api': act('api'), '/api/v1': nothing, '/app': act('app') });
    assert.equal(match(matcher, { a: '/x' }), 'root');
    assert.equal(match(matcher, { a: '/apix' }), 'api');
    assert.equal(match(matcher, { a: '/api/v1/x' }), 'api');
    assert.equal(match(matcher, { a: '/app' }), 'app');
    assert.equal(match(matcher, { a: 'x' }), 'no_match');
  });
});

test('a matcher without a matcher is what it is otherwise', () => {
  assert.equal(match({ on_no_match: act('always') }, {}), 'always');
  assert.equal(match({}, {}), 'no_match');
});

test('faults are told with their path and in Envoy’s words', () => {
  const unknown = {
    name: 'u',
    typed_config: { '@type': 'type.googleapis.com/google.protobuf.StringValue', value: '' },
  };
  const predicate = { single_predicate: { input: unknown, custom_match: { ...unknown, name: 'm' } } };
  const matcher = { matcher_list: { matchers: [when(predicate, act('bad'))] }, on_no_match: nothing };
  const told = read(matcher).problems.map((problem) => problem.replace('matcher_list.matchers[0].', ''));
  assert.deepEqual(told, [
    "predicate.single_predicate.input: Didn't find a registered implementation for 'u' with type URL: 'google.protobuf.StringValue'",
    "predicate.single_predicate.custom_match: Didn't find a registered implementation for 'm' with type URL: 'google.protobuf.StringValue'",
    'on_match.action: no such action',
  ]);
  const regex = {
    single_predicate: { input: input('a'), value_match: { safe_regex: { google_re2: {}, regex: '(' } } },
  };
  assert.match(
    read(list(when(regex, act('x')))).problems[0] ?? '',
    /value_match\.safe_regex\.regex: error parsing regexp: missing/,
  );
});

test('a place may forbid inputs and keep_matching', () => {
  const kept = { ...act('x'), keep_matching: true };
  const matcher = { ...exact('a', { 1: act('one') }), on_no_match: kept } as JsonInput;
  const subject = {
    inputs: 'envoy.matching.http.input' as const,
    parseAction,
    inputFault: (type: string) => `not ${type}`,
    keepMatchingFault: 'not kept',
  };
  const { problems } = reader.parse('xds.type.matcher.v3.Matcher', matcher, (message: Matcher, ctx) =>
    parseMatchTree<Data, Action>(message, subject, ctx),
  );
  assert.deepEqual(problems, [
    'on_no_match.keep_matching: not kept',
    'matcher_tree.input: not envoy.type.matcher.v3.HttpRequestHeaderMatchInput',
  ]);
});
