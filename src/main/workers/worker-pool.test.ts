import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ToWorker, WorkerInit } from '../../snapshot/worker-messages.ts';
import { MainSlots } from '../../thread-local/main-slots.ts';
import { WorkerPool } from './worker-pool.ts';
import type { WorkerThreadCallbacks } from './worker-thread.ts';

interface FakeThread {
  readonly init: WorkerInit;
  readonly callbacks: WorkerThreadCallbacks;
  readonly received: ToWorker[];
}

const silent = {
  name: 'main',
  trace() {},
  debug() {},
  info() {},
  warn() {},
  error() {},
  critical() {},
  traceEnabled: false,
  debugEnabled: false,
};

function harness(concurrency: number, behave: (thread: FakeThread, message: ToWorker | 'start') => void) {
  const threads: FakeThread[] = [];
  const slots = new MainSlots(() => assert.fail('a snapshot failed'));
  const gone: number[] = [];
  const counter = { value: 0 };
  const pool = new WorkerPool({
    concurrency,
    slots,
    logger: silent,
    onReplaced: () => {
      counter.value++;
    },
    initFor: (index) => ({ index }) as WorkerInit,
    onGone: ({ index }) => gone.push(index),
    onEvent: () => {},
    factory: {
      spawn(init, callbacks) {
        const thread: FakeThread = { init, callbacks, received: [] };
        threads.push(thread);
        queueMicrotask(() => behave(thread, 'start'));
        return {
          post(message) {
            thread.received.push(message);
            queueMicrotask(() => behave(thread, message));
          },
          terminate() {},
        };
      },
    },
  });
  return { pool, slots, threads, gone, counter };
}

/** Answers everything as a healthy worker does. */
function healthy({ callbacks, init }: FakeThread, message: ToWorker | 'start'): void {
  if (message === 'start') callbacks.onMessage({ kind: 'ready' });
  else if (message.kind === 'slot-batch') callbacks.onMessage({ kind: 'slot-ack', id: message.id, failures: [] });
  else if (message.kind === 'call') callbacks.onMessage({ kind: 'answer', id: message.id, result: init.index });
  else callbacks.onExit({ error: undefined });
}

test('start waits for every worker, call gathers every answer, stop waits for every exit', async () => {
  const { pool, gone } = harness(2, healthy);
  pool.prepare();
  await pool.start();
  assert.deepEqual(await pool.callAll('flush_logs'), [0, 1]);
  await pool.stop();
  assert.deepEqual(gone, [0, 1]);
});

test('a worker that dies is counted and replaced, and gets the retained snapshots', async () => {
  const { pool, slots, threads, counter } = harness(2, healthy);
  slots.slot<string>('words').set('a', '1');
  pool.prepare();
  await pool.start();
  threads[0]?.callbacks.onExit({ error: 'boom' });
  await new Promise(setImmediate);
  assert.equal(counter.value, 1);
  assert.equal(threads.length, 3);
  assert.equal(threads[2]?.init.index, 0);
  assert.equal(threads[2]?.received[0]?.kind, 'slot-batch');
  assert.equal(pool.size, 2);
});

test('a worker that never starts is given up after a few tries, and start still settles', async () => {
  const { pool, threads } = harness(1, (thread, message) => {
    if (message === 'start') thread.callbacks.onExit({ error: 'cannot start' });
  });
  pool.prepare();
  await pool.start();
  assert.equal(threads.length, 4);
});

test('a call to a worker that dies meanwhile settles', async () => {
  const { pool } = harness(1, (thread, message) => {
    if (message !== 'start' && message.kind === 'call') thread.callbacks.onExit({ error: 'boom' });
    else healthy(thread, message);
  });
  pool.prepare();
  await pool.start();
  assert.deepEqual(await pool.callAll('flush_logs'), [undefined]);
});
