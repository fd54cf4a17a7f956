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
  const closed: number[] = [];
  const told: string[] = [];
  const pool = new WorkerPool({
    concurrency,
    closeConnection: ({ descriptor }) => closed.push(descriptor),
    slots,
    logger: { ...silent, critical: (text) => told.push(text) },
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
  return { pool, slots, threads, gone, counter, closed, told };
}

/** Answers everything as a healthy worker does. */
function healthy({ callbacks, init }: FakeThread, message: ToWorker | 'start'): void {
  if (message === 'start') callbacks.onMessage({ kind: 'ready' });
  else if (message.kind === 'slot-batch') callbacks.onMessage({ kind: 'slot-ack', id: message.id, failures: [] });
  else if (message.kind === 'adopt') callbacks.onMessage({ kind: 'adopted', id: message.id });
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

test('a worker that dies is logged, counted and replaced, and gets the retained snapshots', async () => {
  const { pool, slots, threads, counter, told } = harness(2, healthy);
  slots.slot<string>('words').set('a', '1');
  pool.prepare();
  await pool.start();
  threads[0]?.callbacks.onExit({ error: 'boom' });
  await new Promise(setImmediate);
  assert.deepEqual(told, ['worker_0 died: boom']);
  assert.equal(counter.value, 1);
  assert.equal(threads.length, 3);
  assert.equal(threads[2]?.init.index, 0);
  assert.equal(threads[2]?.received[0]?.kind, 'slot-batch');
  assert.equal(pool.size, 2);
});

test('a worker that has served is replaced however often it dies', async () => {
  const { pool, threads, counter } = harness(1, healthy);
  pool.prepare();
  await pool.start();
  for (let deaths = 1; deaths <= 6; deaths++) {
    threads.at(-1)?.callbacks.onExit({ error: 'boom' });
    await new Promise(setImmediate);
    assert.deepEqual([counter.value, pool.size], [deaths, 1]);
  }
});

test('stop waits for the last worker to end', async () => {
  const { pool, threads } = harness(2, (thread, message) => {
    if (message === 'start' || message.kind !== 'shutdown' || thread.init.index === 0) healthy(thread, message);
  });
  pool.prepare();
  await pool.start();
  let stopped = false;
  const stopping = pool.stop().then(() => {
    stopped = true;
  });
  await new Promise(setImmediate);
  assert.deepEqual([pool.size, stopped], [1, false]);
  threads[1]?.callbacks.onExit({ error: undefined });
  await stopping;
  assert.equal(pool.size, 0);
});

test('a worker that never starts is given up after a few tries, and start still settles', async () => {
  const { pool, threads } = harness(1, (thread, message) => {
    if (message === 'start') thread.callbacks.onExit({ error: 'cannot start' });
  });
  pool.prepare();
  await pool.start();
  assert.equal(threads.length, 4);
});

test('a worker that dies with its listeners half made counts as one that failed to start, and start waits for another', async () => {
  let deaths = 0;
  const { pool, threads, slots } = harness(1, (thread, message) => {
    if (message !== 'start' && message.kind === 'slot-batch' && deaths++ < 2)
      thread.callbacks.onExit({ error: 'boom' });
    else healthy(thread, message);
  });
  slots.slot<string>('words').set('a', '1');
  pool.prepare();
  await pool.start();
  assert.equal(threads.length, 3);
  assert.deepEqual(await pool.callAll('flush_logs'), [0]);
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

const localAddress = { kind: 'ip', ip: '127.0.0.1', port: 1 } as const;
const passing = (descriptor: number, to: number) =>
  ({ kind: 'pass-connection', to, connection: { tag: 't', descriptor, localAddress } }) as const;
const adopted = ({ received }: FakeThread) =>
  received.flatMap((message) => (message.kind === 'adopt' ? [[message.connection.descriptor, message.isBooked]] : []));

/** A worker that takes connections, but those of `left` only when it is too late. */
function leaving(left: readonly number[]): Parameters<typeof harness>[1] {
  return (thread, message) => {
    const isLeft = message !== 'start' && message.kind === 'adopt' && left.includes(message.connection.descriptor);
    if (!isLeft) healthy(thread, message);
  };
}

test('a connection on its way to a worker that dies goes to another, which books it; what was adopted does not', async () => {
  const { pool, threads, closed } = harness(3, leaving([8, 9]));
  pool.prepare();
  await pool.start();
  const [first, second, third] = threads as [FakeThread, FakeThread, FakeThread];
  for (const descriptor of [7, 8, 9]) first.callbacks.onMessage(passing(descriptor, 1));
  await new Promise(setImmediate);
  assert.deepEqual(adopted(second), [
    [7, true],
    [8, true],
    [9, true],
  ]);
  second.callbacks.onExit({ error: 'boom' });
  // The one in its place is still starting.
  third.callbacks.onMessage(passing(10, 1));
  assert.deepEqual(adopted(first), [
    [8, false],
    [9, false],
  ]);
  assert.deepEqual(adopted(third), [[10, false]]);
  await new Promise(setImmediate);
  third.callbacks.onMessage(passing(11, 1));
  assert.deepEqual(adopted(threads[3] as FakeThread), [[11, true]]);
  assert.deepEqual(closed, []);
});

test('a connection that no worker is left for is closed', async () => {
  const { pool, threads, closed } = harness(1, leaving([5]));
  pool.prepare();
  await pool.start();
  const only = threads[0] as FakeThread;
  only.callbacks.onMessage(passing(5, 0));
  only.callbacks.onExit({ error: 'boom' });
  assert.deepEqual(closed, [5]);
  await new Promise(setImmediate);
  const stopped = pool.stop();
  (threads[1] as FakeThread).callbacks.onMessage(passing(6, 0));
  assert.deepEqual(closed, [5, 6]);
  await stopped;
});
