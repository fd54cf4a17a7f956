import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fixSpecifiers, leftovers } from './emitted.ts';

test('the sdk by name becomes a relative path', () => {
  const code = `import { a } from '@nuncio/sdk';\nimport "@nuncio/sdk/testing";\nawait import('@nuncio/sdk');\n`;
  const fixed = `import { a } from '../../sdk/index.js';\nimport "../../sdk/testing/index.js";\nawait import('../../sdk/index.js');\n`;
  assert.equal(fixSpecifiers(code, '../../sdk'), fixed);
  assert.equal(fixSpecifiers(`export * from '@nuncio/sdk';`, 'sdk'), `export * from './sdk/index.js';`);
});

test('the URL of a source becomes that of its entry point', () => {
  const code = `new Worker(new URL('./worker.ts', import.meta.url)); new URL('../ui/index.html', import.meta.url)`;
  assert.equal(fixSpecifiers(code, '.'), code.replace('worker.ts', 'worker.cjs'));
});

test('what would not run from dist is found', () => {
  assert.deepEqual(leftovers(`import './a.js'; import b from "./b.ts"; // from './c.js'`), ['from "./b.ts"']);
  assert.equal(leftovers(`import '@nuncio/sdk';`).length, 1);
  assert.deepEqual(leftovers(`const name = 'x.ts';`), []);
});
