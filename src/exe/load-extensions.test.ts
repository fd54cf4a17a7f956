import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadExtensions } from './load-extensions.ts';

test('an extension is disabled by category and name; other words are told, and disable nothing', async () => {
  const warnings: string[] = [];
  const disabled = ['envoy.filters.http/envoy.filters.http.fault', 'envoy.filters.http.cors', 'a/b/c'];
  const extensions = await loadExtensions([], disabled, (text) => warnings.push(text));
  assert.equal(extensions.byName('envoy.filters.http', 'envoy.filters.http.fault'), undefined);
  assert.notEqual(extensions.byName('envoy.filters.http', 'envoy.filters.http.cors'), undefined);
  assert.deepEqual(warnings, [
    "failed to disable invalid extension name 'envoy.filters.http.cors'",
    "failed to disable unknown extension 'a/b/c'",
  ]);
});
