import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { defineHttpFilter } from '../../sdk/index.ts';
import { mapSdkSpecifier } from './sdk-specifier.ts';

test('a plugin in any folder gets the very sdk of the proxy, while the mapping stands', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'nuncio-plugin-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const code =
    "import { defineHttpFilter as define, type HttpFilter } from '@nuncio/sdk';\nexport const got: unknown = define;\n";
  const [first, second] = [join(folder, 'first.ts'), join(folder, 'second.ts')];
  for (const file of [first, second]) writeFileSync(file, code);

  const mapping = mapSdkSpecifier();
  const plugin = (await import(pathToFileURL(first).href)) as { got: unknown };
  assert.equal(plugin.got, defineHttpFilter);

  mapping[Symbol.dispose]();
  await assert.rejects(import(pathToFileURL(second).href), /Cannot find package '@nuncio\/sdk'/);
});
