/** The package as a user gets it: built, packed, installed in an empty folder, run by whatever Node the machine has. */
import assert from 'node:assert/strict';
import { execFile, execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { promisify } from 'node:util';
import { PortSource } from '../harness/ports.ts';
import { ProxyProcess } from '../harness/proxy-process.ts';
import { proxyConfig } from './proxy-config.ts';

const run = promisify(execFile);
const root = join(import.meta.dirname, '..', '..');
const temp = mkdtempSync(join(tmpdir(), 'nuncio-package-'));
const project = join(temp, 'a project');
const NETWORK_FAULT = /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENOTCACHED|ERR_SOCKET_TIMEOUT/;

/** The machine's own environment: without what an outer `npm test` has put in, its Node among it. */
function userEnv(): NodeJS.ProcessEnv {
  const ofNpm = /^(npm_(lifecycle|package|command|execpath|node_execpath|config_local_prefix)|INIT_CWD$|NODE$)/;
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !ofNpm.test(name)));
  const path = (process.env.PATH ?? '').split(delimiter).filter((folder) => !folder.includes('node_modules'));
  return { ...env, PATH: path.join(delimiter) };
}

function npm(cwd: string, ...args: readonly string[]): Promise<{ stdout: string; stderr: string }> {
  return run('npm', args, { cwd, env: userEnv(), maxBuffer: 64 << 20 });
}

interface Packed {
  readonly filename: string;
  readonly files: readonly { readonly path: string; readonly mode: number }[];
}

/** npm 12 answers with an object by package name, older ones with a list. */
function firstPacked(json: string): Packed {
  const packed = JSON.parse(json) as Packed[] | Record<string, Packed>;
  const [first] = Object.values(packed);
  assert.ok(first, json);
  return first;
}

describe('the packed package', () => {
  const state: { packed?: Packed; offline?: string } = {};

  before(async () => {
    execFileSync(process.execPath, ['scripts/build.ts'], { cwd: root, stdio: 'pipe' });
    const { stdout } = await npm(root, 'pack', '--json', '--ignore-scripts', '--pack-destination', temp);
    state.packed = firstPacked(stdout);
    mkdirSync(project);
    writeFileSync(join(project, 'package.json'), '{ "private": true, "type": "module" }');
    const tarball = join(temp, state.packed.filename);
    const args = ['install', '--prefer-offline', '--no-audit', '--no-fund', tarball];
    await npm(project, ...args).catch((error: Error & { stderr?: string }) => {
      if (!NETWORK_FAULT.test(error.stderr ?? '')) throw error;
      state.offline = `the npm registry is out of reach: ${NETWORK_FAULT.exec(error.stderr ?? '')?.[0]}`;
    });
  });

  after(() => rmSync(temp, { recursive: true, force: true }));

  test('carries what it needs to run and nothing else', () => {
    const files = new Map(state.packed?.files.map(({ path, mode }) => [path, mode]));
    for (const path of [
      'README.md',
      'LICENSE',
      'dist/src/exe/cli.cjs',
      'dist/sdk/index.d.ts',
      'dist/api/generated/descriptors.bin',
    ]) {
      assert.ok(files.has(path), `${path} is missing`);
    }
    assert.equal((files.get('bin/nuncio') ?? 0) & 0o111, 0o111, 'bin/nuncio can be executed');
    const unwanted = [...files.keys()].filter((path) =>
      /\.test\.|^(src|sdk|test|api|bench|scripts)\/|(?<!\.d)\.ts$/.test(path),
    );
    assert.deepEqual(unwanted, []);
  });

  test('npx nuncio --version works with the Node that is there', async (t) => {
    if (state.offline !== undefined) return t.skip(state.offline);
    const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
    const { stdout } = await run('npx', ['--no-install', 'nuncio', '--version'], { cwd: project, env: userEnv() });
    assert.ok(stdout.includes(version), stdout);
  });

  test('a proxied answer comes through, and SIGTERM ends it with code 0 and nothing left', async (t) => {
    if (state.offline !== undefined) return t.skip(state.offline);
    const upstream = createServer((request, response) => response.end(`you asked for ${request.url}`));
    await new Promise<void>((resolve) => upstream.listen(0, '127.0.0.1', resolve));
    t.after(() => upstream.close());
    const ports = new PortSource(process.pid);
    const [adminPort, listenerPort] = [await ports.take(), await ports.take()];
    const configPath = join(temp, 'proxy.yaml');
    const upstreamPort = (upstream.address() as AddressInfo).port;
    writeFileSync(configPath, proxyConfig({ adminPort, listenerPort, upstreamPort }));

    const command = join(project, 'node_modules', '.bin', 'nuncio');
    await using proxy = await ProxyProcess.start({ command, configPath, adminPort, folder: temp });
    const answer = await fetch(`http://127.0.0.1:${listenerPort}/hello`);
    assert.equal(await answer.text(), 'you asked for /hello');

    proxy.signal('SIGTERM');
    assert.deepEqual(await proxy.exited(), { code: 0, signal: null });
    const { stdout } = await run('ps', ['-A', '-o', 'args']);
    assert.ok(!stdout.includes(configPath), 'no process of the proxy is left');
  });

  test('a plugin outside the package gets the sdk’s types', async (t) => {
    if (state.offline !== undefined) return t.skip(state.offline);
    cpSync(join(import.meta.dirname, 'plugin-sample'), join(project, 'plugin'), { recursive: true });
    const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
    await run(process.execPath, [tsc, '-p', 'plugin'], { cwd: project }).catch((error: Error & { stdout?: string }) =>
      assert.fail(error.stdout ?? error.message),
    );
  });
});
