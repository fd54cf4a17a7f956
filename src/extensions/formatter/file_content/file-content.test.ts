import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ConfigContext, ConfigErrorCollector, type ConfigResources } from '../../../../sdk/config.ts';
import { loggedStream } from '../../../../test/harness/logged-stream.ts';
import { parseFormat } from '../../../common/formatter/formatter.ts';
import { fileContentFormatter } from './index.ts';

const files: Readonly<Record<string, string>> = { '/a/text': 'first\nsecond', '/a/empty': '' };
const resources: ConfigResources = {
  readFile: (path) => {
    const text = files[path];
    return text === undefined ? { error: 'ENOENT' } : new TextEncoder().encode(text);
  },
  environmentVariable: () => undefined,
  directoryExists: (path) => path === '/a',
};

function format(text: string) {
  const collector = new ConfigErrorCollector();
  const ctx = new ConfigContext(collector, '', undefined, undefined, resources);
  const formatter = parseFormat(text, ctx, { commands: fileContentFormatter.createCommands(undefined) });
  const { context, info } = loggedStream({});
  const problems = collector.problems.map(({ message }) => message).join();
  return problems === '' ? formatter.format(context, info) : problems;
}

test('a file stands for its content', () => {
  assert.equal(format('[%FILE_CONTENT(/a/text)%]'), '[first\nsecond]');
  assert.equal(format('[%FILE_CONTENT(/a/text:/a):5%]'), '[first]');
  assert.equal(format('[%FILE_CONTENT(/a/empty)%]'), '[]');
});

test('what is no file is refused', () => {
  assert.equal(format('%FILE_CONTENT(/a/none)%'), 'Invalid path: /a/none');
  assert.equal(format('%FILE_CONTENT(text)%'), 'invalid file path text');
  assert.match(format('%FILE_CONTENT(/a/text:/b)%'), /unable to add filesystem watch for file \/b\//);
  for (const params of ['', ':', 'a:b:c']) {
    assert.match(format(`%FILE_CONTENT(${params})%`), /expected format 'path' or 'path:watch_directory'/);
  }
});
