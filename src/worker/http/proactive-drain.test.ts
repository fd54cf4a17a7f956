import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SeededRandom } from '../../event/random.ts';
import { proactiveDrainDelayMs } from './proactive-drain.ts';

const random = new SeededRandom(7);

/** Of many draws, the least and the most. */
function range(drainTimeMs: number, drainTimeoutMs: number, nowMs: number): readonly number[] {
  const window = { startedMs: 1000, drainTimeMs };
  const delays = Array.from({ length: 2000 }, () => proactiveDrainDelayMs(window, drainTimeoutMs, nowMs, random) ?? -1);
  return [Math.min(...delays), Math.max(...delays)];
}

test('in the last third of the drain time, less the timeout of the connection', () => {
  const [least = 0, most = 0] = range(6000, 1000, 1000);
  assert.ok(least >= 4000 && least < 4050, `${least}`);
  assert.ok(most > 4950 && most < 5000, `${most}`);
});

test('who comes late has what is left of it', () => {
  const [least = 0, most = 0] = range(6000, 1000, 5500);
  assert.ok(least >= 0 && least < 20 && most > 450 && most < 500, `${least} ${most}`);
  assert.deepEqual(range(6000, 1000, 6500), [0, 0]);
});

test('never where the timeout does not fit in', () => {
  assert.deepEqual(range(6000, 2000, 1000), [-1, -1]);
  assert.deepEqual(range(0, 0, 1000), [-1, -1]);
});
