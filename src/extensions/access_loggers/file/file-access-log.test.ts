import assert from 'node:assert/strict';
import { test } from 'node:test';
import { configReader } from '../../../../test/harness/extension-config.ts';
import { logLine } from '../../../../test/harness/log-line.ts';
import type { JsonInput } from '../../../common/proto/json-value.ts';
import { fileAccessLog } from './index.ts';

const type = 'envoy.extensions.access_loggers.file.v3.FileAccessLog';

const forms: readonly (readonly [string, Record<string, JsonInput>, string])[] = [
  ['format', { format: '%REQ(none)% x\n' }, '- x\n'],
  ['json_format', { json_format: { a: '%RESPONSE_CODE%' } }, '{"a":0}\n'],
  ['typed_json_format', { typed_json_format: { a: '%RESPONSE_CODE%' } }, '{"a":0}\n'],
  ['text_format', { log_format: { text_format: '%REQ(:path)%' } }, '/p?q'],
  ['text_format_source', { log_format: { text_format_source: { inline_string: '%PROTOCOL%' } } }, '-'],
  ['omit_empty_values', { log_format: { json_format: { a: '%PROTOCOL%' }, omit_empty_values: true } }, '{}\n'],
];
for (const [name, form, line] of forms) {
  test(`a file log with ${name}`, () => {
    assert.deepEqual(logLine([fileAccessLog], type, { path: '/x/y.log', ...form }), { path: '/x/y.log', line });
  });
}

test('without a format there is the default line', () => {
  const { line } = logLine([fileAccessLog], type, { path: '/x' });
  assert.match(line, /^\[2026-11-21T12:06:02\.124Z\] "- \/p\?q -" 0 - 0 0 5 .*"-"\n$/);
});

test('a file that cannot be written is refused with the system’s words', () => {
  const resources = {
    readFile: () => ({ error: '' }),
    environmentVariable: () => undefined,
    checkLogFile: (path: string) => (path === '/no' ? 'Permission denied' : undefined),
  };
  const problems = (path: string) => configReader([fileAccessLog], resources).read(type, { path }).problems;
  assert.deepEqual([problems('/no'), problems('/yes')], [["path: unable to open file '/no': Permission denied"], []]);
});

test('a formatter that is not there and a command that is not are refused with the place', () => {
  const typed_config = { '@type': 'type.googleapis.com/envoy.extensions.formatter.cel.v3.Cel' };
  const log_format = {
    text_format_source: { inline_string: '%NOPE%' },
    formatters: [{ name: 'envoy.formatter.cel', typed_config }],
  };
  assert.deepEqual(configReader([fileAccessLog]).read(type, { path: '/x', log_format }).problems, [
    "log_format.formatters[0]: Didn't find a registered implementation for 'envoy.formatter.cel' with type URL: 'envoy.extensions.formatter.cel.v3.Cel'",
    'log_format: Not supported field in StreamInfo: NOPE',
  ]);
});
