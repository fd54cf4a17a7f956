/** What README promises of `npm start`: configs/quickstart.yaml, its ports replaced by free ones, answers as it says. */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { ensureBuilt } from '../../scripts/built.ts';
import { PortSource } from '../harness/ports.ts';
import { ProxyProcess } from '../harness/proxy-process.ts';

const root = join(import.meta.dirname, '..', '..');
const command = join(root, 'bin', 'nuncio');

/** The quickstart with every port replaced by a free one; `ports` tells which. */
async function quickstart(): Promise<{ yaml: string; ports: ReadonlyMap<string, number> }> {
  const text = readFileSync(join(root, 'configs', 'quickstart.yaml'), 'utf8');
  const source = new PortSource(process.pid + 1);
  const ports = new Map<string, number>();
  for (const [, port = ''] of text.matchAll(/port_value: (\d+)/g)) {
    if (!ports.has(port)) ports.set(port, await source.take());
  }
  return { yaml: text.replace(/port_value: (\d+)/g, (_, port) => `port_value: ${ports.get(port)}`), ports };
}

async function serves(t: TestContext, env: Readonly<Record<string, string>>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'nuncio-quickstart-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const { yaml, ports } = await quickstart();
  const configPath = join(folder, 'quickstart.yaml');
  writeFileSync(configPath, yaml);
  const adminPort = ports.get('9901') ?? 0;
  await using proxy = await ProxyProcess.start({ command, configPath, adminPort, folder, env });
  const get = async (path: string, port = '10000') => {
    const answer = await fetch(`http://127.0.0.1:${ports.get(port)}${path}`, { redirect: 'manual' });
    return { status: answer.status, body: await answer.text(), headers: answer.headers };
  };

  const bodies = [await get('/'), await get('/')].map(({ body }) => body).sort();
  assert.deepEqual(bodies, ['Hello from the blue upstream.\n', 'Hello from the green upstream.\n']);
  assert.equal((await get('/blue')).body, 'Hello from the blue upstream.\n');
  assert.equal((await get('/green/x')).body, 'Hello from the green upstream.\n');
  assert.match((await get('/canary')).body, /^Hello from the (blue|green) upstream\.\n$/);
  const old = await get('/old');
  assert.equal(old.status, 301);
  assert.ok(old.headers.get('location')?.endsWith('/hello'));
  const hello = await get('/hello');
  assert.equal(hello.body, 'Hello from the proxy itself.\n');
  assert.equal(hello.headers.get('x-served-through'), 'nuncio');
  assert.match((await get('/', '10001')).body, /^Hello from the (blue|green) upstream\.\n$/);
  assert.match((await get('/stats', '9901')).body, /^http\.ingress\.downstream_rq_total: \d+$/m);

  proxy.signal('SIGTERM');
  assert.deepEqual(await proxy.exited(), { code: 0, signal: null });
}

test('the quickstart serves what README says, and ends with code 0', async (t) => {
  ensureBuilt();
  await serves(t, {});
});

test('so does the TypeScript as it stands', (t) => serves(t, { NUNCIO_UNBUILT: '1' }));

test('the start script names only ports that the quickstart listens on', () => {
  const listened = new Set(
    readFileSync(join(root, 'configs', 'quickstart.yaml'), 'utf8').match(/(?<=port_value: )\d+/g),
  );
  for (const page of ['scripts/start.sh', 'README.md']) {
    const named = readFileSync(join(root, page), 'utf8').match(/(?<=127\.0\.0\.1:)\d+/g) ?? [];
    assert.ok(named.length > 5, page);
    assert.deepEqual(
      named.filter((port) => !listened.has(port)),
      [],
      page,
    );
  }
});
