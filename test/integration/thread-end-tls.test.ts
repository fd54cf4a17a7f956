import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { Worker } from 'node:worker_threads';
import { NativeLedger, type Reclaimed } from '../../src/native/native-ledger.ts';

const mebibyte = 1_048_576;
const pairs = 250;
/** A handshake each, and both contexts with their certificate, its key and the wire's two BIOs at the very least. */
const leastObjects = 2 * pairs + 2 + 2;

/** A thread that holds connections with TLS, both ends of each, and then does as it is told. */
const holder = (then: string): string => `
  const { parentPort, workerData } = require('node:worker_threads');
  const ready = () => parentPort.postMessage('ready');
  async function hold() {
    const { TlsWorldForTests } = await import(${JSON.stringify(join(import.meta.dirname, '../harness/tls-pair.ts'))});
    const world = new TlsWorldForTests({ ledgerMemory: workerData });
    const [server, client] = [world.server(), world.client()];
    const kept = [];
    for (let i = 0; i < ${pairs}; i++) kept.push(world.connect(server, client).pump());
    // Keeps the thread alive.
    setInterval(() => kept.length, 1000);
    ${then}
  }
  hold();
`;

/** Ends by itself or by `end`. Answers what was given back. */
async function endOne(then: string, end: (thread: Worker) => unknown = () => {}): Promise<Reclaimed> {
  const ledger = new NativeLedger();
  const resourceLimits = { maxOldGenerationSizeMb: 40 };
  const thread = new Worker(holder(then), { eval: true, workerData: ledger.memory, resourceLimits });
  thread.on('error', () => {});
  const gone = new Promise((resolve) => thread.once('exit', resolve));
  await new Promise((resolve) => thread.once('message', resolve));
  end(thread);
  await gone;
  const reclaimed = ledger.reclaim();
  assert.equal(ledger.objects.count(), 0);
  assert.deepEqual(ledger.reclaim(), { descriptors: 0, mappings: 0, objects: 0 });
  return reclaimed;
}

function assertAll({ objects, mappings }: Reclaimed): void {
  assert.ok(objects >= leastObjects, `${objects} objects`);
  // The wire's two, and what arguments are passed in.
  assert.equal(mappings, 3);
}

test('a thread with TLS connections that is terminated: all that OpenSSL held for it is given back', async () => {
  const terminated = () => endOne('ready();', (thread) => thread.terminate());
  assertAll(await terminated());
  const before = process.memoryUsage.rss();
  for (let i = 0; i < 2; i++) assertAll(await terminated());
  // What is kept would be 20 MiB more.
  const grown = process.memoryUsage.rss() - before;
  assert.ok(grown < 10 * mebibyte, `${(grown / mebibyte).toFixed(1)} MiB more`);
});

test('and of one that runs out of memory', async () => {
  assertAll(await endOne('ready(); const hoard = []; for (;;) hoard.push({ a: 1 });'));
});
