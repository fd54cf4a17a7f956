import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PathMatchPolicy } from '../../../../../sdk/router.ts';
import { configReader } from '../../../../../test/harness/extension-config.ts';
import { uriTemplateMatch } from './index.ts';

const TYPE = 'envoy.extensions.path.match.uri_template.v3.UriTemplateMatchConfig';
const { read } = configReader([uriTemplateMatch]);

function policyOf(template: string): PathMatchPolicy {
  const { config, problems } = read(TYPE, { path_template: template });
  assert.deepEqual(problems, [], template);
  return config as PathMatchPolicy;
}

test('globs and variables match segments', () => {
  const cases: readonly (readonly [template: string, path: string, matches: boolean])[] = [
    ['/a/*', '/a/b', true],
    ['/a/*', '/a/b/c', false],
    ['/a/*', '/a/', false],
    ['/a/**', '/a/b/c', true],
    ['/{x}/b', '/a/b', true],
    ['/{x=v*}/b', '/v1/b', true],
    ['/{x=a/*}/c', '/a/b/c', true],
    ['/a/**.m3u8', '/a/b/c.m3u8', true],
    ['/a.b', '/axb', false],
  ];
  for (const [template, path, matches] of cases) {
    assert.equal(policyOf(template).match(path), matches, `${template} ${path}`);
  }
});

test('templates that are none are refused with Envoy’s words', () => {
  const cases: readonly (readonly [template: string, words: string])[] = [
    ['/a/{b', 'Unmatched variable bracket in mixed pattern: "{b"'],
    ['/{a}/{a}', 'Repeated variable name'],
    ['/{1a}', 'Invalid variable name'],
    ['/**/*', 'Glob after text glob.'],
    ['/{a}/{b}/{c}/{d}/{e}/{f}', 'Exceeded variable count limit'],
    ['/{a=}', 'Empty variable match'],
  ];
  for (const [template, words] of cases) {
    const { problems } = read(TYPE, { path_template: template });
    assert.deepEqual(problems, [`path_match_policy.path_template ${template} is invalid: ${words}`]);
  }
});
