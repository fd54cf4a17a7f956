import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runHttpFilterCompliance } from '../../../../../sdk/testing/index.ts';
import { configReader } from '../../../../../test/harness/extension-config.ts';
import { filterContext } from '../../../../../test/harness/filter-context.ts';
import { HttpManagerHarness, testRoute } from '../../../../../test/harness/http-manager.ts';
import { TerminalFilters } from '../../../../../test/harness/terminal-filter.ts';
import { setFilterStateOfRequest } from './index.ts';

const TYPE = 'envoy.extensions.filters.http.set_filter_state.v3.Config';
const { read } = configReader([setFilterStateOfRequest]);

function parse(key: string, text: string) {
  const value = {
    object_key: key,
    factory_key: 'envoy.string',
    format_string: { text_format_source: { inline_string: text } },
  };
  const { config, problems } = read(TYPE, { on_request_headers: [value] } as never);
  assert.deepEqual(problems, []);
  return config as Parameters<typeof setFilterStateOfRequest.createFilterFactory>[0];
}

test('objects are made of the request, then of the route', () => {
  const terminals = new TerminalFilters();
  const create = setFilterStateOfRequest.createFilterFactory(parse('a', 'of %REQ(x-a)%'), filterContext());
  const http = new HttpManagerHarness([create, terminals.create]);
  const ofRoute = parse('b', 'of the route');
  http.route = testRoute({ perFilterConfig: () => ofRoute });
  http.request({ 'x-a': '1' });
  terminals.last.respond(200);
  const state = http.logged.at(-1)?.info.filterState;
  const texts = ['a', 'b'].map((key) => state?.get(key)?.serializeAsString?.());
  assert.deepEqual(texts, ['of 1', 'of the route']);
});

test('a key that no object is known for is refused', () => {
  const value = { object_key: 'nobody', format_string: { text_format_source: { inline_string: 'x' } } };
  const { problems } = read(TYPE, { on_request_headers: [value] } as never);
  assert.match(problems.join(), /'nobody' does not have an object factory/);
});

runHttpFilterCompliance([
  {
    name: 'set_filter_state',
    createFilter: setFilterStateOfRequest.createFilterFactory(parse('a', 'x'), filterContext()),
  },
]);
