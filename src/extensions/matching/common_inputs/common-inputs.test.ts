import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { MatchInputValue } from '../../../../sdk/matching.ts';
import { testConfig } from '../../../../test/harness/logged-stream.ts';
import { environmentVariableInput } from './index.ts';

function read(name: string): MatchInputValue {
  const variables: Readonly<Record<string, string>> = { HOME: '/root', EMPTY: '' };
  const { ctx } = testConfig({
    readFile: () => ({ error: 'none' }),
    environmentVariable: (variable) => variables[variable],
  });
  const config = environmentVariableInput.parseConfig({ name } as never, ctx);
  return environmentVariableInput.createInput(config).get(undefined);
}

test('a variable of the environment is a text, one that is not set is none', () => {
  assert.equal(read('HOME'), '/root');
  assert.equal(read('EMPTY'), '');
  assert.equal(read('NONE'), undefined);
});
