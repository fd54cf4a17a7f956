import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runHttpFilterCompliance } from '../../../../../sdk/testing/index.ts';
import { configReader } from '../../../../../test/harness/extension-config.ts';
import { filterContext } from '../../../../../test/harness/filter-context.ts';
import { HttpManagerHarness, testRoute } from '../../../../../test/harness/http-manager.ts';
import { TerminalFilters } from '../../../../../test/harness/terminal-filter.ts';
import type { HeaderToMetadataConfig } from './config.ts';
import { convertValue } from './convert-value.ts';
import { headerToMetadata } from './index.ts';

const TYPE = 'envoy.extensions.filters.http.header_to_metadata.v3.Config';
const { read } = configReader([headerToMetadata]);
type Json = Parameters<typeof read>[1];

function parse(json: Json): HeaderToMetadataConfig {
  const { config, problems } = read(TYPE, json);
  assert.deepEqual(problems, []);
  return config as HeaderToMetadataConfig;
}

function start(json: Json, perRoute?: HeaderToMetadataConfig) {
  const context = filterContext();
  const terminals = new TerminalFilters();
  const createFilter = headerToMetadata.createFilterFactory(parse(json), context);
  const http = new HttpManagerHarness([createFilter, terminals.create]);
  http.route = testRoute({ perFilterConfig: () => perRoute });
  const ask = (headers: Record<string, string>, namespace = 'n') => {
    http.request(headers);
    return terminals.last.callbacks.streamInfo.dynamicMetadata(namespace);
  };
  const counter = (name: string) => context.scope.counter(`http_filter_name.p.${name}`).value;
  return { ask, terminals, counter };
}

const rule = (source: object, key: string, target: object = {}) => ({
  ...source,
  on_header_present: { key, metadata_namespace: 'n', ...target },
});

test('numbers are those that absl::SimpleAtod reads', () => {
  const number = (text: string) => convertValue(text, { base64: false, type: 'NUMBER' });
  assert.deepEqual(['0x10', '-0x.8p2', '-inf', ' 1e2 ', '0x', '1,2'].map(number), [
    { value: 16 },
    { value: -2 },
    { value: Number.NEGATIVE_INFINITY },
    { value: 100 },
    undefined,
    undefined,
  ]);
});

test('values are taken from headers and cookies, of the type that is asked for', () => {
  const request_rules = [
    rule({ header: 'A' }, 'text'),
    rule({ header: 'a' }, 'fixed', { value: 'v' }),
    rule({ header: 'b' }, 'number', { type: 'NUMBER' }),
    rule({ header: 'a' }, 'no-number', { type: 'NUMBER' }),
    rule({ header: 'c' }, 'decoded', { encode: 'BASE64' }),
    rule({ header: 'd' }, 'value', { encode: 'BASE64', type: 'PROTOBUF_VALUE' }),
    rule({ cookie: 'k' }, 'cookie'),
    rule({ header: 'a' }, 'rewritten', { regex_value_rewrite: { pattern: { regex: '(x)y' }, substitution: '\\1!' } }),
  ];
  const { ask } = start({ request_rules } as never);
  assert.deepEqual(ask({ a: 'xyxy', b: ' 1.5e1', c: 'w6k', d: 'GgFz', cookie: 'j=1; k="2"' }), {
    text: 'xyxy',
    fixed: 'v',
    number: 15,
    decoded: 'é',
    value: 's',
    cookie: '2',
    rewritten: 'x!x!',
  });
});

test('what is missing can stand for something; a header can be taken away; counts tell', () => {
  const request_rules = [
    {
      ...rule({ header: 'a', remove: true }, 'a'),
      on_header_missing: { key: 'no', metadata_namespace: 'n', value: '1' },
    },
    { header: 'a', on_header_missing: { key: 'gone', metadata_namespace: 'n', value: 'yes' } },
    rule({ header: 'a' }, 'nothing'),
    rule({ header: 'b' }, 'b', { encode: 'BASE64' }),
    rule({ header: 'long' }, 'long'),
    rule({ header: 'b' }, 'empty', { regex_value_rewrite: { pattern: { regex: '.*' } } }),
  ];
  const { ask, terminals, counter } = start({ stat_prefix: 'p', request_rules } as never);
  assert.deepEqual(ask({ a: '1', b: '!', long: 'l'.repeat(8192) }), { a: '1', gone: 'yes' });
  assert.equal(terminals.last.callbacks.requestHeaders?.has('a'), false);
  const names = ['request_rules_processed', 'request_metadata_added', 'request_header_not_found'];
  const failures = ['base64_decode_failed', 'header_value_too_long', 'regex_substitution_failed'];
  assert.deepEqual([...names, ...failures].map(counter), [6, 2, 1, 1, 1, 1]);
});

test("a route's rules stand in for the filter's, on requests and responses", () => {
  const perRoute = parse({
    request_rules: [{ header: 'a', on_header_present: { key: 'route' } }],
    response_rules: [rule({ header: 'r' }, 'response')],
  } as never);
  const { ask, terminals } = start({ request_rules: [rule({ header: 'a' }, 'filter')] } as never, perRoute);
  assert.deepEqual(ask({ a: '1' }, 'envoy.filters.http.header_to_metadata'), { route: '1' });
  terminals.last.respondHeaders(200, { r: '2' });
  assert.deepEqual(terminals.last.callbacks.streamInfo.dynamicMetadata('n'), { response: '2' });
});

test("rules that contradict themselves are refused in Envoy's words", () => {
  const faults = (json: object) => read(TYPE, { request_rules: [json] } as never).problems.join();
  const present = { on_header_present: { key: 'k' } };
  assert.match(faults({ header: 'a', cookie: 'b', ...present }), /Cannot specify both header and cookie/);
  assert.match(faults(present), /One of Cookie or Header option needs to be specified/);
  assert.match(faults({ cookie: 'a' }), /rule for cookie 'a' has neither/);
  assert.match(faults({ cookie: 'a', remove: true, ...present }), /Cannot specify remove for cookie/);
  assert.match(faults({ header: 'a', on_header_missing: { key: 'k' } }), /on_header_missing rule with an empty value/);
});

runHttpFilterCompliance([
  {
    name: 'header_to_metadata',
    createFilter: headerToMetadata.createFilterFactory(
      parse({ request_rules: [rule({ header: 'a' }, 'k')], response_rules: [rule({ header: 'b' }, 'k')] } as never),
      filterContext(),
    ),
  },
]);
