import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ConfigContext, ConfigErrorCollector } from '../../../sdk/config.ts';
import { readDataSource } from './data-source.ts';

type Source = Parameters<typeof readDataSource>[0];

function read(specifier: Source['specifier']): { text: string; problems: readonly string[] } {
  const collector = new ConfigErrorCollector();
  const resources = {
    readFile: (path: string) => (path === '/known' ? new TextEncoder().encode('file') : { error: 'no such file' }),
    environmentVariable: (name: string) => (name === 'KNOWN' ? 'variable' : undefined),
  };
  const ctx = new ConfigContext(collector, 'body', undefined, undefined, resources);
  const text = new TextDecoder().decode(readDataSource({ specifier } as Source, ctx));
  return { text, problems: collector.problems.map(({ path, message }) => `${path}: ${message}`) };
}

test('every kind of source is read', () => {
  assert.equal(read({ case: 'inlineString', value: 'é' }).text, 'é');
  assert.equal(read({ case: 'inlineBytes', value: new TextEncoder().encode('b') }).text, 'b');
  assert.equal(read({ case: 'filename', value: '/known' }).text, 'file');
  assert.equal(read({ case: 'environmentVariable', value: 'KNOWN' }).text, 'variable');
});

test('what cannot be had is a fault at its place', () => {
  assert.deepEqual(read({ case: 'filename', value: '/x' }).problems, [
    'body.filename: unable to read file: /x: no such file',
  ]);
  assert.deepEqual(read({ case: 'environmentVariable', value: 'X' }).problems, [
    "body.environment_variable: Environment variable doesn't exist: X",
  ]);
  assert.deepEqual(read({ case: undefined }).problems, ['body: a specifier is required']);
});
