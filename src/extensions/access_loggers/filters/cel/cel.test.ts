import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ServerFactoryContext } from '../../../../../sdk/extension.ts';
import { configReader } from '../../../../../test/harness/extension-config.ts';
import { loggedStream } from '../../../../../test/harness/logged-stream.ts';
import { parseAccessLogFilter } from '../../../../common/access-log/access-log-filter.ts';
import { celAccessLogFilter } from './index.ts';

const reader = configReader([celAccessLogFilter]);

function parse(expression: string, celConfig = {}) {
  const typedConfig = {
    '@type': 'type.googleapis.com/envoy.extensions.access_loggers.filters.cel.v3.ExpressionFilter',
    expression,
    cel_config: celConfig,
  };
  const json = { extension_filter: { name: 'c', typed_config: typedConfig } };
  const { config, problems } = reader.parse('envoy.config.accesslog.v3.AccessLogFilter', json, parseAccessLogFilter);
  return { filter: config as ReturnType<typeof parseAccessLogFilter>, problems };
}

function logs(expression: string, celConfig = {}): boolean {
  const { filter, problems } = parse(expression, celConfig);
  assert.deepEqual(problems, []);
  const { context, info } = loggedStream({ ':path': '/A' });
  info.responseCode = 404;
  return filter({} as ServerFactoryContext).evaluate(context, info);
}

test('logs what the expression is true for', () => {
  assert.equal(logs('response.code == 404'), true);
  assert.equal(logs('response.code < 400'), false);
});

test('logs nothing when the evaluation fails or gives no boolean', () => {
  assert.equal(logs("request.headers['nope'] == 'x'"), false);
  assert.equal(logs('response.code'), false);
});

test('strings are joined, made and changed only where cel_config allows it', () => {
  assert.equal(logs("'a' + 'b' == 'ab'"), false);
  assert.equal(logs("'a' + 'b' == 'ab'", { enable_string_concat: true }), true);
  assert.equal(logs("string(response.code) == '404'", { enable_string_conversion: true }), true);
  assert.equal(logs("request.path.lowerAscii() == '/a'", { enable_string_functions: true }), true);
  assert.match(parse("request.path.lowerAscii() == '/a'").problems[0] ?? '', /No overload found .* for lowerAscii$/);
});

test('what does not parse is refused', () => {
  assert.match(parse('response.code >=').problems[0] ?? '', /Not able to parse filter expression: INVALID_ARGUMENT/);
});
