import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { Worker } from 'node:worker_threads';
import { RealDispatcher } from '../event/real-dispatcher.ts';
import { AllocationProfiler } from './allocation-profiler.ts';

interface Node {
  readonly callFrame: { readonly functionName: string };
  readonly children: readonly Node[];
}

const functionsOf = (node: Node): string[] => [node.callFrame.functionName, ...node.children.flatMap(functionsOf)];

test('main and workers tell what they have allocated and still hold, each in a branch of its own', async (t) => {
  const code = `const { parentPort } = require('node:worker_threads');
    globalThis.held = [];
    function allocateInWorker() { for (let i = 0; i < 20000; i++) held.push({ i, text: 'x' + i }); }
    parentPort.on('message', () => { allocateInWorker(); parentPort.postMessage('done'); });
    parentPort.postMessage('ready');`;
  const worker = new Worker(code, { eval: true, name: 'worker_0' });
  t.after(() => worker.terminate());
  await once(worker, 'message');
  const dispatcher = new RealDispatcher('main_thread');
  t.after(() => dispatcher.shutdown());
  const profiler = new AllocationProfiler(dispatcher, 2);
  assert.equal(profiler.stop(), undefined);
  assert.equal(profiler.start(), true);
  assert.equal(profiler.start(), false);
  const held: object[] = [];
  const allocateInMain = (): void => {
    for (let i = 0; i < 20_000; i++) held.push({ i, text: `x${i}` });
  };
  allocateInMain();
  worker.postMessage('go');
  await once(worker, 'message');
  let text = '';
  for (const piece of profiler.stop() ?? []) {
    text += piece;
    await new Promise<void>((resolve) => {
      dispatcher.createSchedulableCallback(resolve).scheduleCallbackNextIteration();
    });
  }
  assert.equal(held.length, 20_000);
  const { head } = JSON.parse(text) as { head: Node };
  const branches = new Map(head.children.map((node) => [node.callFrame.functionName, functionsOf(node)]));
  // worker_1 is not there.
  assert.deepEqual([...branches.keys()].sort(), ['main_thread', 'worker_0']);
  assert.ok(branches.get('main_thread')?.includes('allocateInMain'));
  assert.ok(branches.get('worker_0')?.includes('allocateInWorker'));
  assert.equal(profiler.stop(), undefined);
});
