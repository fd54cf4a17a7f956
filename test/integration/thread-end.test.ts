import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { Worker } from 'node:worker_threads';
import { NativeLedger } from '../../src/native/native-ledger.ts';

const patienceMs = 5000;

/** A thread that listens, and greets whoever connects; `port` is told to `say`. */
const greeter = (say: string): string => `
  const path = ${JSON.stringify(join(import.meta.dirname, '../../src/network/engine/io-uring'))};
  const load = (file) => import(path + '/' + file);
  async function serve(ledgerMemory) {
    const { createIoUringEngine } = await load('open-io-uring.ts');
    const { RealDispatcher } = await load('../../../event/real-dispatcher.ts');
    const { IpAddress } = await load('../../../common/network/address.ts');
    const { SliceBuffer } = await load('../../../common/buffer/slice-buffer.ts');
    const { NativeLedger } = await load('../../../native/native-ledger.ts');
    const ledger = ledgerMemory && new NativeLedger(ledgerMemory);
    const engine = createIoUringEngine(new RealDispatcher('worker_0'), { ledger });
    const bound = engine.bind({ address: new IpAddress('127.0.0.1', 0), reusePort: true });
    const ignore = { onConnected() {}, onEnd() {}, onWritable() {}, onClose() {} };
    engine.listen(bound.transfer(), {
      onAcceptError() {},
      onAccept(socket) {
        const text = new SliceBuffer();
        text.add('hello');
        socket.start({ ...ignore, onData(data) { data.drain(data.length); } });
        socket.write(text);
      },
    });
    const datagrams = engine.bindUdp({ address: new IpAddress('127.0.0.1', 0) });
    engine.openUdp(datagrams.transfer());
    datagrams.close();
    // Keeps the thread alive, and the main thread's descriptor is not what is tested.
    setInterval(() => {}, 1000);
    bound.close();
    ${say}(bound.address.port);
  }
`;

const openDescriptors = (): number => readdirSync('/proc/self/fd').length;
const mappedBytes = (): number =>
  [...readFileSync('/proc/self/maps', 'utf8').matchAll(/^([0-9a-f]+)-([0-9a-f]+) /gm)]
    .map(([, start, end]) => Number.parseInt(end ?? '', 16) - Number.parseInt(start ?? '', 16))
    .reduce((sum, bytes) => sum + bytes, 0);

async function terminateOne(): Promise<{ descriptors: number; mappings: number }> {
  const ledger = new NativeLedger();
  const code = `${greeter(`require('node:worker_threads').parentPort.postMessage`)}
    serve(require('node:worker_threads').workerData);`;
  const thread = new Worker(code, { eval: true, workerData: ledger.memory });
  const [port] = (await once(thread, 'message')) as [number];
  const sockets = [connect(port, '127.0.0.1'), connect(port, '127.0.0.1')];
  const ends = sockets.map((socket) => once(socket, 'close', { signal: AbortSignal.timeout(patienceMs) }));
  for (const socket of sockets) {
    socket.on('error', () => {});
    await once(socket, 'data');
    socket.resume();
  }
  await thread.terminate();
  const reclaimed = ledger.reclaim();
  await Promise.all(ends).finally(() => {
    for (const socket of sockets) socket.destroy();
  });
  return reclaimed;
}

test('a thread that is terminated leaves nothing: sockets close, descriptors and memory are given back', async () => {
  await terminateOne();
  const before = { descriptors: openDescriptors(), mapped: mappedBytes() };
  for (let i = 0; i < 3; i++) {
    const { descriptors, mappings } = await terminateOne();
    // The ring, the listening socket, that for datagrams and two connections.
    assert.equal(descriptors, 5);
    // The ring's two, buffers and their entries, send memory; buffers and their entries for datagrams, and a message.
    assert.equal(mappings, 8);
  }
  assert.ok(openDescriptors() <= before.descriptors);
  // A ring has 300 MB of address space.
  assert.ok(mappedBytes() - before.mapped < 200_000_000);
});

test('a process may exit while threads have rings', () => {
  const code = `
    const { Worker } = require('node:worker_threads');
    const inner = ${JSON.stringify(`${greeter(`require('node:worker_threads').parentPort.postMessage`)}serve();`)};
    let ready = 0;
    for (let i = 0; i < 2; i++)
      new Worker(inner, { eval: true }).on('message', () => { if (++ready === 2) process.exit(7); });`;
  const { status, signal, stderr } = spawnSync(process.execPath, ['-e', code], { encoding: 'utf8', timeout: 30_000 });
  assert.deepEqual([status, signal], [7, null], stderr);
});
