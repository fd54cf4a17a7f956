import assert from 'node:assert/strict';
import { test } from 'node:test';
import { configReader } from '../../../../../test/harness/extension-config.ts';
import type { StatefulHeaderKeyFormatter } from '../../../../common/headers/key-formatter.ts';
import { preserveCase } from './index.ts';

const type = 'envoy.extensions.http.header_formatters.preserve_case.v3.PreserveCaseFormatterConfig';
const { read } = configReader([preserveCase]);

function formatter(json: Record<string, unknown>): StatefulHeaderKeyFormatter {
  const { config, problems } = read(type, json as never);
  assert.deepEqual(problems, []);
  return (config as () => StatefulHeaderKeyFormatter)();
}

test('names go out as the peer spelled them, others as they are', () => {
  const names = formatter({});
  names.processKey('X-MiXed');
  names.reasonPhrase = 'Fine';
  assert.equal(names.format('x-mixed'), 'X-MiXed');
  assert.equal(names.format('x-envoy-added'), 'x-envoy-added');
  assert.equal(names.reasonPhrase, '');
});

test('options: the reason phrase is passed on, our own names are in proper case', () => {
  const names = formatter({ forward_reason_phrase: true, formatter_type_on_envoy_headers: 'PROPER_CASE' });
  names.reasonPhrase = 'Fine';
  assert.equal(names.reasonPhrase, 'Fine');
  assert.equal(names.format('x-envoy-added'), 'X-Envoy-Added');
});

test('each message has a formatter of its own', () => {
  const create = read(type, {}).config as () => StatefulHeaderKeyFormatter;
  create().processKey('X-A');
  assert.equal(create().format('x-a'), 'x-a');
});
