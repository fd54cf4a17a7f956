import assert from 'node:assert/strict';
import { test } from 'node:test';
import { configReader } from '../../../test/harness/extension-config.ts';
import { ResponseHeaders } from '../headers/header-map.ts';
import type { JsonInput } from '../proto/json-value.ts';
import { type ErrorMatcher, parseErrorMatcher } from './error-matcher.ts';

function judges(json: JsonInput, headers: Record<string, string>): boolean {
  const type = 'envoy.config.common.matcher.v3.MatchPredicate';
  const { config, problems } = configReader([]).parse(type, json, parseErrorMatcher);
  assert.deepEqual(problems, []);
  const map = new ResponseHeaders();
  for (const [name, value] of Object.entries(headers)) map.add(name, value);
  return (config as ErrorMatcher)(map);
}

const header = (name: string) => ({
  http_response_headers_match: { headers: [{ name, string_match: { exact: '1' } }] },
});

test('an answer is judged by its headers', () => {
  for (const [predicate, one, two] of [
    [header('a'), true, false],
    [{ not_match: header('a') }, false, true],
    [{ or_match: { rules: [header('a'), header('b')] } }, true, true],
    [{ and_match: { rules: [header('a'), { any_match: true }] } }, true, false],
  ] as const) {
    assert.deepEqual([judges(predicate, { a: '1' }), judges(predicate, { b: '1' })], [one, two]);
  }
});

test('what is about requests, trailers or bodies does not match', () => {
  const list = { headers: [{ name: 'a', string_match: { exact: '1' } }] };
  for (const predicate of [
    { http_request_headers_match: list },
    { http_request_trailers_match: list },
    { http_response_trailers_match: list },
    { http_response_generic_body_match: { patterns: [{ string_match: 'x' }] } },
  ]) {
    assert.deepEqual([judges(predicate, { a: '1' }), judges({ not_match: predicate }, { a: '1' })], [false, true]);
  }
});
