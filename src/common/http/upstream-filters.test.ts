import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { HttpFilter } from '../../../api/generated/envoy/extensions/filters/network/http_connection_manager/v3/http_connection_manager_pb.d.ts';
import { ConfigContext, ConfigErrorCollector } from '../../../sdk/config.ts';
import { defineDualHttpFilter, defineHttpFilter, defineUpstreamHttpFilter } from '../../../sdk/extension.ts';
import { configReader } from '../../../test/harness/extension-config.ts';
import { parseClusterFilters, parseRouterFilters } from './upstream-filters.ts';

const CODEC = 'envoy.extensions.filters.http.upstream_codec.v3.UpstreamCodec';
const createFilterFactory = () => () => ({});
const extensions = [
  ...defineDualHttpFilter({
    name: 'dual',
    configTypes: ['test.Dual'],
    parseConfig: () => 'checked',
    createFilterFactory,
  }),
  defineHttpFilter({ name: 'client', configTypes: ['test.Client'], parseConfig: () => 0, createFilterFactory }),
  defineUpstreamHttpFilter({ name: 'codec', configTypes: [CODEC], terminal: true, parseConfig: () => 0 }),
];
const { registry } = configReader(extensions);

function filter(type: string, more: Partial<HttpFilter> = {}): HttpFilter {
  const value = { typeUrl: `type.googleapis.com/${type}`, value: new Uint8Array() };
  const config = { name: 'n', configType: { case: 'typedConfig', value }, isOptional: false, disabled: false, ...more };
  return config as HttpFilter;
}

function read(parse: typeof parseRouterFilters, ...filters: readonly HttpFilter[]) {
  const collector = new ConfigErrorCollector();
  const unpacker = { unpack: (any: { typeUrl: string }) => ({ $typeName: any.typeUrl.split('/')[1] ?? '' }) };
  const ctx = new ConfigContext(collector, 'at', unpacker, registry);
  const found = parse(filters, ctx);
  const problems = collector.problems.map(({ path, message }) => `${path}: ${message}`);
  return { problems, names: found?.map((one) => one.filter.extension.name) };
}

const dual = filter('test.Dual');
const codec = filter(CODEC);

test('a list is what stands before the codec', () => {
  for (const parse of [parseRouterFilters, parseClusterFilters]) {
    assert.deepEqual(read(parse, dual, dual, codec), { problems: [], names: ['dual', 'dual'] });
    assert.deepEqual(read(parse, codec), { problems: [], names: [] });
    assert.deepEqual(read(parse), { problems: [], names: undefined });
  }
});

test('a list that does not end in the codec is refused in the words of Envoy', () => {
  assert.deepEqual(read(parseRouterFilters, dual).problems, [
    'at.upstream_http_filters[0]: Error: non-terminal filter named n of type dual is the last filter in a router upstream http filter chain. When upstream_http_filters are specified, they must explicitly end with an UpstreamCodec filter.',
  ]);
  assert.deepEqual(read(parseClusterFilters, dual).problems, [
    `at.http_filters[0]: The codec filter is the only valid terminal upstream HTTP filter, use '${CODEC}'`,
  ]);
});

test('the codec has no other place, and cannot be off', () => {
  assert.deepEqual(read(parseClusterFilters, codec, codec).problems, [
    'at.http_filters[0]: Error: terminal filter named n of type codec must be the last filter in a upstream http filter chain.',
  ]);
  assert.deepEqual(read(parseRouterFilters, filter(CODEC, { disabled: true })).problems, [
    'at.upstream_http_filters[0]: Error: the last (terminal) filter (n) in the chain cannot be disabled by default.',
  ]);
});

test('filters for clients alone are unknown here; an optional one is left out', () => {
  const client = filter('test.Client');
  assert.deepEqual(read(parseRouterFilters, client, codec).problems, [
    "at.upstream_http_filters[0]: Didn't find a registered implementation for 'n' with type URL: 'test.Client'",
  ]);
  const optional = filter('test.Client', { isOptional: true });
  assert.deepEqual(read(parseClusterFilters, optional, codec), { problems: [], names: [] });
  // Envoy takes it, too.
  assert.deepEqual(read(parseRouterFilters, dual, optional), { problems: [], names: ['dual'] });
});
