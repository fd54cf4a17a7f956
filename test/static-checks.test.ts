/** The type checker and the linter, as tests: one command says whether all is well. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';

const root = join(import.meta.dirname, '..');

function outputOf(bin: string, ...args: readonly string[]): Promise<{ failed: boolean; text: string }> {
  return new Promise((resolve) => {
    const command = [join(root, 'node_modules', bin), ...args];
    execFile(process.execPath, command, { cwd: root, maxBuffer: 16 << 20 }, (error, stdout, stderr) =>
      resolve({ failed: error !== null, text: `${stdout}${stderr}` }),
    );
  });
}

test('TypeScript finds no error', async () => {
  const { failed, text } = await outputOf('typescript/bin/tsc', '-p', '.');
  assert.ok(!failed, text);
});

test('Biome finds nothing to mend in format or lint', async () => {
  const { failed, text } = await outputOf(
    '@biomejs/biome/bin/biome',
    'check',
    '--colors=off',
    '--error-on-warnings',
    '.',
  );
  assert.ok(!failed, text);
});
