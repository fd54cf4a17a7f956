import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runHttpFilterCompliance } from '../../../../../sdk/testing/index.ts';
import { configReader } from '../../../../../test/harness/extension-config.ts';
import { filterContext } from '../../../../../test/harness/filter-context.ts';
import { HttpManagerHarness } from '../../../../../test/harness/http-manager.ts';
import { TerminalFilters } from '../../../../../test/harness/terminal-filter.ts';
import type { MetadataEntry } from './filter.ts';
import { setMetadata } from './index.ts';

const { read } = configReader([setMetadata]);

function factory(json: Parameters<typeof read>[1]) {
  const { config, problems } = read('envoy.extensions.filters.http.set_metadata.v3.Config', json);
  assert.deepEqual(problems, []);
  return setMetadata.createFilterFactory(config as readonly MetadataEntry[], filterContext());
}

test('values are written; those that may overwrite are merged into what is there', () => {
  const entry = (metadata_namespace: string, value: Record<string, unknown>, allow_overwrite = false) =>
    ({ metadata_namespace, value, allow_overwrite }) as never;
  const createFilter = factory({
    metadata_namespace: 'a',
    value: { x: 1, list: [1], deep: { p: 1 } },
    metadata: [entry('a', { x: 2 }), entry('a', { y: 3, list: [2], deep: { q: 2 } }, true), entry('b', { z: 's' })],
  });
  const terminals = new TerminalFilters();
  const http = new HttpManagerHarness([createFilter, terminals.create]);
  http.request();
  const { streamInfo } = terminals.last.callbacks;
  assert.deepEqual(streamInfo.dynamicMetadata('a'), { x: 1, list: [1, 2], deep: { p: 1, q: 2 }, y: 3 });
  assert.deepEqual(streamInfo.dynamicMetadata('b'), { z: 's' });
});

runHttpFilterCompliance([
  { name: 'set_metadata', createFilter: factory({ metadata_namespace: 'a', value: { x: 1 } }) },
]);
