import assert from 'node:assert/strict';
import { test } from 'node:test';
import { configReader } from '../../../test/harness/extension-config.ts';
import { type MetadataMatcher, parseMetadataMatcher } from './metadata-matcher.ts';

const { parse } = configReader([]);

function matcher(json: object): MetadataMatcher {
  const type = 'envoy.type.matcher.v3.MetadataMatcher';
  const { config, problems } = parse(type, json as never, (message: never, ctx) => parseMetadataMatcher(message, ctx));
  assert.deepEqual(problems, []);
  return config as MetadataMatcher;
}

test('a value on a path of keys is judged; what is absent matches only an inverted matcher', () => {
  const json = { filter: 'ns', path: [{ key: 'a' }, { key: 'b' }], value: { string_match: { exact: 'v' } } };
  const metadata = (b: string) => (namespace: string) => (namespace === 'ns' ? { a: { b } } : undefined);
  const plain = matcher(json);
  assert.deepEqual([plain(metadata('v')), plain(metadata('w')), plain(() => undefined)], [true, false, false]);
  const inverted = matcher({ ...json, invert: true });
  assert.deepEqual([inverted(metadata('v')), inverted(metadata('w')), inverted(() => undefined)], [false, true, true]);
});
