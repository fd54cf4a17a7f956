import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';

const unfit = process.platform !== 'linux' ? 'it pins processes with taskset and reads /proc' : false;

test('the bench measures the proxy of this clone, whatever else is installed', { skip: unfit }, async () => {
  const last = String(availableParallelism() - 1);
  const args = ['--smoke', '--peers', 'Nuncio (unbuilt)', '--scenario', 'http,idle', '--load-cpu', last];
  const { stdout } = await promisify(execFile)(process.execPath, [join(import.meta.dirname, 'run.ts'), ...args]);
  assert.match(stdout, /\(`http`\)[\s\S]*\| Nuncio \(unbuilt\) \| [0-9.]+ \| [0-9.]+ \|/);
  assert.match(stdout, /\(`idle`\)[\s\S]*\| Nuncio \(unbuilt\) \| -?[0-9.]+ \|/);
});
