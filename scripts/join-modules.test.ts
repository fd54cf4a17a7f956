import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { runInThisContext } from 'node:vm';
import { joinModules, moduleAsCommonJs } from './join-modules.ts';

/** What a text is called on stays a text in strict code; elsewhere it becomes an object. */
const source = 'export function typeOfThis() { return typeof this; }\n';

test('joined modules are strict, as they were', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'join-modules-'));
  try {
    writeFileSync(join(folder, 'a.js'), source);
    writeFileSync(join(folder, 'package.json'), '{"type": "module"}');
    const module: { exports: Record<string, () => { typeOfThis(): string }> } = { exports: {} };
    runInThisContext(await joinModules(['a'], folder))(module, require, '');
    assert.equal(module.exports.a?.().typeOfThis.call('text'), 'string');
    assert.match(moduleAsCommonJs(join(folder, 'a.js')), /^'use strict';/);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

function require(id: string): never {
  throw new Error(`nothing else is needed: ${id}`);
}
