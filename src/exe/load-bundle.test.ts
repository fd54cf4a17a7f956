import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';

const loader = JSON.stringify(join(import.meta.dirname, 'load-bundle.ts'));

/** A bundle whose entry point says hello, and what runs it in a process of its own. */
function install(t: TestContext) {
  const folder = mkdtempSync(join(tmpdir(), 'nuncio-bundle-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const names = Array.from({ length: 200 }, (_, at) => `function f${at}(a) { return a + ${at}; }`).join('\n');
  const hello = "() => ({ text: 'hello from ' + importMetaUrl + ', ' + typeof require('node:fs').readFileSync })";
  writeFileSync(
    join(folder, 'bundle-1.cjs'),
    `(function (module, require, importMetaUrl) {\n${names}\nmodule.exports = { hello: ${hello} };\n})`,
  );
  const program = `
    import { createRequire } from 'node:module';
    import { loadBundle } from ${loader};
    const require = createRequire(import.meta.url);
    const bundle = loadBundle({ folder: ${JSON.stringify(folder)}, name: 'bundle-1.cjs', require });
    bundle.keepCode();
    console.log(bundle.entryPoints.hello().text);
    // A process that has hardly run keeps nothing: as if this one had run for long.
    if (process.env.LONG) process.uptime = () => 5;
  `;
  const run = (env: Record<string, string>) =>
    spawnSync(process.execPath, ['--input-type=module', '-e', program], { encoding: 'utf8', env });
  return { folder, run };
}

test('entry points run with the scope of the script, and nothing is kept when nobody asked for it', (t) => {
  const { folder, run } = install(t);
  const { stdout, stderr } = run({ LONG: '1' });
  assert.match(stdout, /^hello from file:\/\/.*bundle-1\.cjs, function\n$/, stderr);
  assert.deepEqual(readdirSync(folder), ['bundle-1.cjs']);
});

test('the code that V8 made is kept, whole, by a process that ran for a while, and used by the next', (t) => {
  const { folder, run } = install(t);
  const kept = join(folder, 'kept');
  const env = { NODE_COMPILE_CACHE: kept };
  const ours = () => readdirSync(kept).filter((name) => name.startsWith('bundle'));
  run(env);
  assert.deepEqual(ours(), []);
  const { stderr } = run({ ...env, LONG: '1' });
  assert.deepEqual(ours(), ['bundle-1.cjs.main.code'], stderr);
  const code = readFileSync(join(kept, 'bundle-1.cjs.main.code'));

  // Shipped beside the script it is good as well: nothing is made anew.
  rmSync(kept, { recursive: true });
  writeFileSync(join(folder, 'bundle-1.cjs.main.code'), code);
  assert.match(run({ ...env, LONG: '1' }).stdout, /^hello/);
  assert.deepEqual(ours(), []);
});

test('code that does not fit is not run: it is made anew', (t) => {
  const { folder, run } = install(t);
  const kept = join(folder, 'kept');
  writeFileSync(join(folder, 'bundle-1.cjs.main.code'), 'made by another V8');
  const { stdout, stderr } = run({ NODE_COMPILE_CACHE: kept, LONG: '1' });
  assert.match(stdout, /^hello/, stderr);
  assert.ok(readdirSync(kept).includes('bundle-1.cjs.main.code'));
});
