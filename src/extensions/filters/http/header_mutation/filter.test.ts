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

const parameter = (key: string, value: string | number, action = 'APPEND_IF_EXISTS_OR_ADD') => ({
  append: { record: { key, value }, action },
});

test('query parameters are changed one by one, those of the route last, and come out sorted', () => {
  const query_parameter_mutations = [
    parameter('a', '1'),
    parameter('b', '2', 'ADD_IF_ABSENT'),
    parameter('c', '3', 'OVERWRITE_IF_EXISTS'),
    parameter('d', '4', 'OVERWRITE_IF_EXISTS_OR_ADD'),
    { remove: 'e' },
  ];
  const { config, problems } = read(CONFIG, { mutations: { query_parameter_mutations } });
  assert.deepEqual(problems, []);
  const ofRoute = readPerRoute(PER_ROUTE, {
    mutations: { query_parameter_mutations: [parameter('path', '/%REQ(:path)%')] },
  });
  const paths = ['/', '/p?e=1', '/p?d=w&c=z&b=y&a=x&e=v&a=%2541%zz', '/p?zz&&=q&'].map((path) => {
    const { http, terminals } = start(config as HeaderMutationConfig, [ofRoute.config as MutationLists]);
    http.request({ ':path': path });
    return terminals.last.callbacks.requestHeaders?.path.replace(/&path=.*/, '&P');
  });
  assert.deepEqual(paths, [
    '/?a=1&b=2&d=4&P',
    '/p?a=1&b=2&d=4&P',
    '/p?a=x&a=A%zz&a=1&b=y&c=3&d=4&P',
    '/p?=&=q&a=1&b=2&d=4&P',
  ]);
});

test('what is added is encoded for the query', () => {
  const query_parameter_mutations = [parameter('p', '[%REQ(x)%]/'), parameter('q', '%REQ(none)%')];
  const { config } = read(CONFIG, { mutations: { query_parameter_mutations } });
  const { http, terminals } = start(config as HeaderMutationConfig);
  http.request({ x: "a-._~*/ !'é+%25" });
  assert.equal(terminals.last.callbacks.requestHeaders?.path, '/?p=%5Ba-._%7E*%2F%20%21%27%E9%2B%2525%5D%2F&q=');
});

test("a parameter step says what it does, in Envoy's words", () => {
  const faults = [{}, { append: {} }, parameter('a', 5), { ...parameter('a', '1'), remove: 'b' }].map((step) =>
    read(CONFIG, { mutations: { query_parameter_mutations: [step as never] } }).problems.join(),
  );
  assert.match(faults[0] ?? '', /One of 'append'\/'remove' must be specified\./);
  assert.match(faults[1] ?? '', /No record specified for append mutation\./);
  assert.match(faults[2] ?? '', /Only string value is allowed for record value\./);
  assert.match(faults[3] ?? '', /Only one of 'append'\/'remove can be specified\./);
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
