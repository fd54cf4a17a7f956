import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SlotDefinition } from '../../sdk/thread-local.ts';
import type { SlotFailure } from '../snapshot/slot-messages.ts';
import { MainSlots } from './main-slots.ts';
import { WorkerSlots } from './worker-slots.ts';

interface Local {
  readonly text: string;
}

function harness(log: string[] = []) {
  const failures: SlotFailure[] = [];
  const main = new MainSlots((_worker, failure) => failures.push(failure));
  const definition: SlotDefinition<string, Local, { readonly log: string[] }> = {
    name: 'words',
    create(snapshot, key, context) {
      if (snapshot === 'bad') throw new Error('cannot apply');
      context.log.push(`create ${key}=${snapshot}`);
      return { text: snapshot };
    },
    dispose(local, key, replaced) {
      log.push(`dispose ${key}=${local.text}${replaced ? ' replaced' : ''}`);
    },
  };
  const join = (name: string) => {
    const worker = new WorkerSlots({ log });
    const locals = worker.define(definition);
    const done = main.addWorker(name, {
      send: (batch) => queueMicrotask(() => main.onAck(name, worker.apply(structuredClone(batch)))),
    });
    return { worker, locals, done };
  };
  return { main, failures, join, log };
}

test('a batch is applied in order on every worker and settles after all acknowledgements', async () => {
  const { main, join } = harness();
  const workers = [join('worker_0'), join('worker_1')];
  const slot = main.slot<string>('words');
  await main.batch(() => {
    slot.set('a', '1');
    slot.set('b', '2');
    slot.delete('a');
  });
  for (const { locals } of workers) assert.deepEqual([...locals], [['b', { text: '2' }]]);
});

test('what is set in a batch goes out as one message a worker; each has to acknowledge it', async () => {
  const { main } = harness();
  const sent: string[] = [];
  for (const name of ['worker_0', 'worker_1'])
    void main.addWorker(name, { send: ({ id, operations }) => sent.push(`${name} ${id} ${operations.length}`) });
  const slot = main.slot<string>('words');
  let settled = false;
  const done = main
    .batch(() => {
      slot.set('a', '1');
      void main.batch(() => slot.set('b', '2'));
      slot.delete('a');
      assert.deepEqual(sent, []);
    })
    .then(() => {
      settled = true;
    });
  assert.deepEqual(sent, ['worker_0 1 3', 'worker_1 1 3']);
  main.onAck('worker_0', { kind: 'slot-ack', id: 1, failures: [] });
  await new Promise(setImmediate);
  assert.equal(settled, false);
  main.onAck('worker_1', { kind: 'slot-ack', id: 1, failures: [] });
  await done;
});

test('a worker that joins late gets what is retained, in the order it was set last', async () => {
  const { main, join, log } = harness();
  const slot = main.slot<string>('words');
  slot.set('a', '1');
  slot.set('b', '2');
  slot.set('a', '3');
  slot.set('gone', 'x');
  slot.delete('gone');
  await join('worker_0').done;
  assert.deepEqual(log, ['create b=2', 'create a=3']);
});

test('what others look at when they are made comes first, however often it was set', async () => {
  const { main, join, log } = harness();
  const base = main.slot<string>('words', true);
  base.set('runtime', '1');
  base.set('cluster', '2');
  base.set('runtime', '3');
  await join('worker_0').done;
  assert.deepEqual(log, ['create runtime=3', 'create cluster=2']);
});

test('a replaced object is disposed after its successor was made', async () => {
  const { main, join, log } = harness();
  const { done } = join('worker_0');
  const slot = main.slot<string>('words');
  await done;
  await main.batch(() => slot.set('a', '1'));
  await main.batch(() => slot.set('a', '2'));
  await main.batch(() => slot.delete('a'));
  assert.deepEqual(log, ['create a=1', 'create a=2', 'dispose a=1 replaced', 'dispose a=2']);
});

test('a snapshot that a worker cannot apply leaves the old object and is reported', async () => {
  const { main, join, failures } = harness();
  const { locals } = join('worker_0');
  const slot = main.slot<string>('words');
  await main.batch(() => slot.set('a', '1'));
  await main.batch(() => slot.set('a', 'bad'));
  assert.equal(locals.get('a')?.text, '1');
  assert.match(failures[0]?.error ?? '', /cannot apply/);
  assert.equal(failures[0]?.key, 'a');
});

test('a batch does not wait for a worker that left', async () => {
  const { main } = harness();
  void main.addWorker('worker_0', { send: () => {} });
  const slot = main.slot<string>('words');
  const done = main.batch(() => slot.set('a', '1'));
  main.removeWorker('worker_0');
  await done;
});

test('shutdown disposes the slot that was defined last first: what is in it refers to the others', async () => {
  const log: string[] = [];
  const worker = new WorkerSlots({ log });
  for (const name of ['clusters', 'listeners']) {
    worker.define<string, Local>({
      name,
      create: (text) => ({ text }),
      dispose: ({ text }) => log.push(`${name} ${text}`),
    });
  }
  const set = (slot: string, snapshot: string) => ({ op: 'set', slot, key: snapshot, snapshot }) as const;
  worker.apply({ kind: 'slot-batch', id: 1, operations: [set('clusters', 'c'), set('listeners', 'l')] });
  worker.shutdown();
  assert.deepEqual(log, ['listeners l', 'clusters c']);
});

test('shutdown disposes every local object', async () => {
  const { main, join, log } = harness();
  const { worker } = join('worker_0');
  await main.batch(() => main.slot<string>('words').set('a', '1'));
  worker.shutdown();
  assert.deepEqual(log, ['create a=1', 'dispose a=1']);
});
