import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ConnectionCallbacks } from '../../../sdk/network.ts';
import { ConnectionCallbackList } from './connection-callbacks.ts';

/** Ten watchers of a list, which write down that they were told; `act` is what the third does then. */
function watchers(act: (list: ConnectionCallbackList, all: readonly ConnectionCallbacks[]) => void) {
  const told: number[] = [];
  const list = new ConnectionCallbackList((error) => {
    throw error;
  });
  const all: ConnectionCallbacks[] = Array.from({ length: 10 }, (_, i) => ({
    onEvent() {
      told.push(i);
      if (i === 3) act(list, all);
    },
    onAboveWriteBufferHighWatermark() {},
    onBelowWriteBufferLowWatermark() {},
  }));
  for (const each of all.slice(0, 8)) list.add(each);
  const tell = (): number[] => {
    list.onEvent('Connected');
    return told.splice(0);
  };
  return { list, all, tell };
}

test('watchers are told in the order in which they came, each until it leaves', () => {
  const { list, all, tell } = watchers(() => {});
  assert.deepEqual(tell(), [0, 1, 2, 3, 4, 5, 6, 7]);
  for (const i of [0, 7, 4]) list.remove(all[i] as ConnectionCallbacks);
  list.remove(all[9] as ConnectionCallbacks);
  assert.deepEqual(tell(), [1, 2, 3, 5, 6]);
  for (const i of [4, 9]) list.add(all[i] as ConnectionCallbacks);
  assert.deepEqual(tell(), [1, 2, 3, 5, 6, 4, 9]);
});

test('who leaves while one is told hears no more of it, who joins does', () => {
  const { tell } = watchers((list, all) => {
    for (const i of [1, 3, 5]) list.remove(all[i] as ConnectionCallbacks);
    for (const i of [8, 9]) list.add(all[i] as ConnectionCallbacks);
  });
  assert.deepEqual(tell(), [0, 1, 2, 3, 4, 6, 7, 8, 9]);
  assert.deepEqual(tell(), [0, 2, 4, 6, 7, 8, 9]);
});
