import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AccessLoggerExtension, ServerFactoryContext } from '../../../../sdk/extension.ts';
import { configReader } from '../../../../test/harness/extension-config.ts';
import { loggedStream } from '../../../../test/harness/logged-stream.ts';
import { builtinExtensions } from '../../builtin.ts';

const file = 'envoy.extensions.access_loggers.file.v3.FileAccessLog';
const reader = configReader(builtinExtensions);
type Json = Parameters<typeof reader.read>[1];

/** What one request writes, and to which path. */
function logOne(type: string, json: Json): { readonly path: string; readonly line: string } {
  const { config, problems } = reader.read(type, json);
  assert.deepEqual(problems, []);
  const written = { path: '', line: '' };
  const accessLogManager = {
    createAccessLog: (path: string) => {
      written.path = path;
      return {
        write: (line: string) => {
          written.line += line;
        },
        reopen: () => {},
        flush: () => {},
      };
    },
  };
  const logger = reader.registry.byConfigType('envoy.access_loggers', type) as AccessLoggerExtension;
  const { context, info } = loggedStream({ ':path': '/p?q' });
  logger.createAccessLog(config, { accessLogManager } as unknown as ServerFactoryContext).log(context, info);
  return written;
}

const forms: readonly (readonly [string, Record<string, unknown>, string])[] = [
  ['format', { format: '%REQ(none)% x\n' }, '- x\n'],
  ['json_format', { json_format: { a: '%RESPONSE_CODE%' } }, '{"a":0}\n'],
  ['typed_json_format', { typed_json_format: { a: '%RESPONSE_CODE%' } }, '{"a":0}\n'],
  ['text_format', { log_format: { text_format: '%REQ(:path)%' } }, '/p?q'],
  ['text_format_source', { log_format: { text_format_source: { inline_string: '%PROTOCOL%' } } }, '-'],
  ['omit_empty_values', { log_format: { json_format: { a: '%PROTOCOL%' }, omit_empty_values: true } }, '{}\n'],
];
for (const [name, form, line] of forms) {
  test(`a file log with ${name}`, () => {
    assert.deepEqual(logOne(file, { path: '/x/y.log', ...form } as Json), { path: '/x/y.log', line });
  });
}

test('without a format there is the default line', () => {
  assert.match(logOne(file, { path: '/x' }).line, /^\[2026-11-21T12:06:02\.124Z\] "- \/p\?q -" 0 - 0 0 5 .*"-"\n$/);
});

test('stdout and stderr log to the standard streams', () => {
  for (const [name, path] of [
    ['StdoutAccessLog', '/dev/stdout'],
    ['StderrAccessLog', '/dev/stderr'],
  ] as const) {
    const type = `envoy.extensions.access_loggers.stream.v3.${name}`;
    const form = { log_format: { text_format_source: { inline_string: 'x\n' } } };
    assert.deepEqual(logOne(type, form), { path, line: 'x\n' });
  }
});

test('formatters bring their commands', () => {
  const formatters = [
    {
      name: 'envoy.formatter.req_without_query',
      typed_config: { '@type': 'type.googleapis.com/envoy.extensions.formatter.req_without_query.v3.ReqWithoutQuery' },
    },
  ];
  const log_format = { text_format_source: { inline_string: '%REQ_WITHOUT_QUERY(:path)%' }, formatters };
  assert.equal(logOne(file, { path: '/x', log_format } as Json).line, '/p');
});

test('a formatter that is not there and a command that is not are refused with the place', () => {
  const typed_config = { '@type': 'type.googleapis.com/envoy.extensions.formatter.cel.v3.Cel' };
  const log_format = {
    text_format_source: { inline_string: '%NOPE%' },
    formatters: [{ name: 'envoy.formatter.cel', typed_config }],
  };
  assert.deepEqual(reader.read(file, { path: '/x', log_format } as Json).problems, [
    "log_format.formatters[0]: Didn't find a registered implementation for 'envoy.formatter.cel' with type URL: 'envoy.extensions.formatter.cel.v3.Cel'",
    'log_format: Not supported field in StreamInfo: NOPE',
  ]);
});
