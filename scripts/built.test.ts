/** scripts/start.sh, is-built.sh and bin/nuncio in a made-up clone: which entry is started. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type TestContext, test } from 'node:test';

const files = [
  'api/generated/descriptors.bin',
  'sdk/index.ts',
  'src/exe/cli.ts',
  'src/exe/cli.test.ts',
  'bin/nuncio',
  'scripts/is-built.sh',
  'scripts/start.sh',
  'package.json',
  'package-lock.json',
  'tsconfig.json',
  'tsconfig.build.json',
];

/** Taken from this clone. */
const commands: readonly string[] = ['bin/nuncio', 'scripts/is-built.sh', 'scripts/start.sh'];

class Clone {
  readonly #root: string;

  constructor(t: TestContext) {
    this.#root = mkdtempSync(join(tmpdir(), 'nuncio-clone-'));
    t.after(() => rmSync(this.#root, { recursive: true }));
    for (const file of files) this.write(file);
    for (const file of commands) cpSync(join(import.meta.dirname, '..', file), join(this.#root, file));
    this.write('node', '#!/bin/sh\nshift\nentry=$1\nshift\necho "$entry" "$@"\n');
  }

  write(file: string, text = ''): void {
    const path = join(this.#root, file);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text, { mode: 0o755 });
  }

  /** As if the build had begun right after the last change. */
  build(): void {
    this.write('.cache/built/dist/src/exe/cli.cjs');
    this.write('.cache/built/stamp');
    const paths = ['', 'api', 'bin', 'scripts', 'sdk', 'src', 'src/exe', ...files];
    const seconds = Math.max(...paths.map((path) => statSync(join(this.#root, path)).ctimeMs)) / 1000;
    utimesSync(join(this.#root, '.cache/built/stamp'), seconds + 0.001, seconds + 0.001);
  }

  /** Writes until the clock of files has gone on. What is run stays as it is. */
  change(file: string): void {
    const stamp = statSync(join(this.#root, '.cache/built/stamp')).mtimeMs;
    const path = join(this.#root, file);
    const text = commands.includes(file) ? readFileSync(path, 'utf8') : 'changed';
    do this.write(file, text);
    while (statSync(path).ctimeMs <= stamp + 1);
  }

  /** The entry that `npm start -- ARGS` would run, and the arguments. */
  started(...args: readonly string[]): string {
    return this.#run(['sh', join(this.#root, 'scripts', 'start.sh'), ...args]);
  }

  /** The same of `bin/nuncio ARGS`. */
  launched(unbuilt: string, ...args: readonly string[]): string {
    return this.#run([join(this.#root, 'bin', 'nuncio'), ...args], { NUNCIO_UNBUILT: unbuilt });
  }

  #run([program = '', ...args]: readonly string[], env: Record<string, string> = {}): string {
    const NUNCIO_NODE = join(this.#root, 'node');
    const text = execFileSync(program, args, { encoding: 'utf8', env: { ...process.env, NUNCIO_NODE, ...env } });
    return text
      .replace(`${this.#root}/.cache/built/dist/src/exe/cli.cjs`, 'built')
      .replace(`${this.#root}/src/exe/cli.ts`, 'source');
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

test('bin/nuncio does the same, and takes the sources when it is told to', (t) => {
  const clone = new Clone(t);
  clone.build();
  assert.equal(clone.launched('', '-c', 'a b.yaml'), 'built -c a b.yaml\n');
  assert.equal(clone.launched('1', '-c', 'a b.yaml'), 'source -c a b.yaml\n');
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
