import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { loadBuiltinExtensions } from './builtin-extensions.ts';
import { featureTable, withTable } from './feature-table.ts';

const echo = {
  category: 'envoy.filters.network',
  name: 'envoy.filters.network.echo',
  configTypes: ['a.Echo'],
} as const;
const tcp = {
  category: 'envoy.filters.network',
  name: 'envoy.filters.network.tcp_proxy',
  configTypes: ['a.T', 'b.T'],
} as const;
const router = { category: 'envoy.filters.http', name: 'envoy.filters.http.router', configTypes: ['a.R'] } as const;

test('a category is named once, over its extensions in order', () => {
  const rows = featureTable([tcp, echo, router]).split('\n').slice(2);
  assert.deepEqual(rows, [
    '| envoy.filters.http | `envoy.filters.http.router` | `a.R` |',
    '| envoy.filters.network | `envoy.filters.network.echo` | `a.Echo` |',
    '|  | `envoy.filters.network.tcp_proxy` | `a.T`<br>`b.T` |',
  ]);
});

test('a page without its markers is refused', () => {
  assert.throws(() => withTable('# Page\n', 'table'), /has no/);
});

test('README’s table is that of the registry (npm run docs writes it)', async (t) => {
  const extensions = await loadBuiltinExtensions();
  if (extensions === undefined) return t.skip('src/extensions/builtin.ts is not there yet');
  const readme = readFileSync(join(import.meta.dirname, '..', 'README.md'), 'utf8');
  assert.equal(readme, withTable(readme, featureTable(extensions)));
});
