/** scripts/start.sh and is-built.sh in a made-up clone: which `bin/nuncio` is started. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type TestContext, test } from 'node:test';

const files = [
  'api/generated/descriptors.bin',
  'sdk/index.ts',
  'src/exe/cli.ts',
  'src/exe/cli.test.ts',
  'package.json',
  'package-lock.json',
  'tsconfig.json',
  'tsconfig.build.json',
];

class Clone {
  readonly #root: string;

  constructor(t: TestContext) {
    this.#root = mkdtempSync(join(tmpdir(), 'nuncio-clone-'));
    t.after(() => rmSync(this.#root, { recursive: true }));
    for (const file of files) this.write(file);
    for (const name of ['start.sh', 'is-built.sh'])
      cpSync(join(import.meta.dirname, name), join(this.#root, 'scripts', name));
    this.write('bin/nuncio', '#!/bin/sh\necho source "$@"\n');
  }

  write(file: string, text = ''): void {
    const path = join(this.#root, file);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text, { mode: 0o755 });
  }

  /** As if the build had begun right after the last change. */
  build(): void {
    this.write('.cache/built/bin/nuncio', '#!/bin/sh\necho built "$@"\n');
    this.write('.cache/built/stamp');
    const paths = ['', 'api', 'bin', 'scripts', 'sdk', 'src', 'src/exe', 'bin/nuncio', 'scripts/start.sh', ...files];
    const seconds = Math.max(...paths.map((path) => statSync(join(this.#root, path)).ctimeMs)) / 1000;
    utimesSync(join(this.#root, '.cache/built/stamp'), seconds + 0.001, seconds + 0.001);
  }

  /** Writes until the clock of files has gone on. */
  change(file: string): void {
    const stamp = statSync(join(this.#root, '.cache/built/stamp')).mtimeMs;
    do this.write(file, 'changed');
    while (statSync(join(this.#root, file)).ctimeMs <= stamp + 1);
  }

  /** What `npm start -- ARGS` would start. */
  started(...args: readonly string[]): string {
    return execFileSync('sh', [join(this.#root, 'scripts', 'start.sh'), ...args], { encoding: 'utf8' });
  }
}

test('npm start runs the sources where nothing was built', (t) => {
  assert.equal(new Clone(t).started('-c', 'a b.yaml'), 'source -c a b.yaml\n');
});

test('npm start runs what was built, until a source changes', (t) => {
  for (const changed of files.filter((file) => !file.endsWith('.test.ts'))) {
    const clone = new Clone(t);
    clone.build();
    assert.equal(clone.started('-c', 'a b.yaml'), 'built -c a b.yaml\n');
    clone.change(changed);
    assert.equal(clone.started('-c', 'a b.yaml'), 'source -c a b.yaml\n', changed);
  }
});

test('a new file is a change, a test that changes is none', (t) => {
  const clone = new Clone(t);
  clone.build();
  clone.change('src/exe/cli.test.ts');
  assert.equal(clone.started('--version'), 'built --version\n');
  clone.change('src/exe/new.ts');
  assert.equal(clone.started('--version'), 'source --version\n');
});

test('without arguments npm start names the quickstart and what to try', (t) => {
  const text = new Clone(t).started();
  assert.match(text, /http:\/\/127\.0\.0\.1:10000\/blue/);
  assert.match(text, /\nsource -c .*configs\/quickstart\.yaml\n$/);
});
