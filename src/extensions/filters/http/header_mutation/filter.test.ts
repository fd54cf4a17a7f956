import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runHttpFilterCompliance } from '../../../../../sdk/testing/index.ts';
import { configReader } from '../../../../../test/harness/extension-config.ts';
import { HttpManagerHarness, testRoute } from '../../../../../test/harness/http-manager.ts';
import { TerminalFilters } from '../../../../../test/harness/terminal-filter.ts';
import { type HeaderMutationConfig, headerMutation, type MutationLists } from './index.ts';

const CONFIG = 'envoy.extensions.filters.http.header_mutation.v3.HeaderMutation';
const PER_ROUTE = 'envoy.extensions.filters.http.header_mutation.v3.HeaderMutationPerRoute';
const { read, readPerRoute } = configReader([headerMutation]);

const append = (key: string, value: string, append_action = 'APPEND_IF_EXISTS_OR_ADD') => ({
  append: { header: { key, value }, append_action },
});

function start(config: HeaderMutationConfig, perRoute: readonly MutationLists[] = []) {
  const terminals = new TerminalFilters();
  const createFilter = headerMutation.createFilterFactory(config, undefined as never);
  const http = new HttpManagerHarness([createFilter, terminals.create]);
  http.route = testRoute({ perFilterConfigs: () => perRoute });
  return { http, terminals };
}

test('steps are made in their order, on requests and responses', () => {
  const request_mutations = [
    append('a', '2'),
    append('b', 'new', 'ADD_IF_ABSENT'),
    append('c', 'over', 'OVERWRITE_IF_EXISTS_OR_ADD'),
    append('d', 'not', 'OVERWRITE_IF_EXISTS'),
    append('empty', ''),
    { remove: 'gone' },
    { remove_on_match: { key_matcher: { prefix: 'x-internal-' } } },
  ];
  const response_mutations = [append('r', '1'), { remove: 'secret' }];
  const { config, problems } = read(CONFIG, { mutations: { request_mutations, response_mutations } });
  assert.deepEqual(problems, []);
  const { http, terminals } = start(config as HeaderMutationConfig);
  const stream = http.request({ a: '1', b: 'old', c: 'old', gone: '1', 'x-internal-a': '1' });
  const seen = terminals.last.callbacks.requestHeaders;
  assert.deepEqual(seen?.getAll('a'), ['1', '2']);
  assert.deepEqual(
    ['b', 'c', 'd', 'empty', 'gone', 'x-internal-a'].map((name) => seen?.get(name)),
    ['old', 'over', undefined, undefined, undefined, undefined],
  );
  terminals.last.respondHeaders(200, { secret: '1' });
  assert.equal(stream.headers?.get('r'), '1');
  assert.equal(stream.headers?.has('secret'), false);
});

test('steps of routes follow; which of their levels is last can be chosen', () => {
  const level = (value: string) =>
    readPerRoute(PER_ROUTE, { mutations: { request_mutations: [append('a', value, 'OVERWRITE_IF_EXISTS_OR_ADD')] } })
      .config as MutationLists;
  const levels = [level('table'), level('route')];
  for (const [most_specific_header_mutations_wins, expected] of [
    [false, 'table'],
    [true, 'route'],
  ] as const) {
    const { config } = read(CONFIG, { most_specific_header_mutations_wins });
    const { http, terminals } = start(config as HeaderMutationConfig, levels);
    http.request();
    assert.equal(terminals.last.callbacks.requestHeaders?.get('a'), expected);
  }
});

test('what is not there yet is refused by name', () => {
  const query_parameter_mutations = [{ remove: 'a' }];
  const { problems } = read(CONFIG, { mutations: { query_parameter_mutations } });
  assert.match(problems[0] ?? '', /mutations\.query_parameter_mutations: .*is not supported yet/);
});

const someMutations = read(CONFIG, {
  mutations: { request_mutations: [append('a', '1')], response_mutations: [{ remove: 'b' }] },
});
runHttpFilterCompliance([
  {
    name: 'header_mutation',
    createFilter: headerMutation.createFilterFactory(someMutations.config as HeaderMutationConfig, undefined as never),
  },
]);
