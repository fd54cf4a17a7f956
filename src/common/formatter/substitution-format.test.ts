import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ConfigContext, ConfigErrorCollector } from '../../../sdk/config.ts';
import { configReader } from '../../../test/harness/extension-config.ts';
import { loggedStream } from '../../../test/harness/logged-stream.ts';
import type { JsonInput } from '../proto/json-value.ts';
import { parseProtoJson } from '../proto/parse-proto-json.ts';
import { headerCommand } from './commands/header-commands.ts';
import type { FormatterExtension } from './formatter-extension.ts';
import { parseSubstitutionFormat, type SubstitutionFormat } from './substitution-format.ts';

/** Stands for any formatter of its configuration's type. */
const formatter: FormatterExtension = {
  category: 'envoy.formatter',
  name: 'x',
  configTypes: ['envoy.extensions.formatter.metadata.v3.Metadata'],
  parseConfig: () => undefined,
  createCommands: () => new Map([['MINE', headerCommand((context) => context.requestHeaders)]]),
};
const { types, registry } = configReader([formatter]);

function parse(json: JsonInput): SubstitutionFormat {
  const collector = new ConfigErrorCollector();
  const ctx = new ConfigContext(collector, '', types, registry);
  const type = types.requireMessage('envoy.config.core.v3.SubstitutionFormatString');
  const format = parseSubstitutionFormat(parseProtoJson(types, type, json, ctx) as never, ctx);
  collector.throwIfAny();
  return format;
}

test('content types go with the kind unless configured', () => {
  assert.equal(parse({ text_format: 'x' }).contentType, 'text/plain');
  assert.equal(parse({ json_format: { a: 'x' } }).contentType, 'application/json');
  assert.equal(parse({ text_format: 'x', content_type: 'text/html' }).contentType, 'text/html');
});

test('formatters bring their commands', () => {
  const typed_config = { '@type': 'type.googleapis.com/envoy.extensions.formatter.metadata.v3.Metadata' };
  const format = parse({ text_format: '%MINE(x-a)% %PROTOCOL%', formatters: [{ name: 'x', typed_config }] });
  const { context, info } = loggedStream({ 'x-a': 'b' });
  assert.equal(format.formatter.format(context, info), 'b -');
});

test('a format is required', () => {
  assert.throws(() => parse({}), /a format is required/);
});
