import assert from 'node:assert/strict';
import { closeSync, openSync } from 'node:fs';
import { platform } from 'node:os';
import { test } from 'node:test';
import { SystemRandom } from '../native/system-random.ts';
import { RealRandom, SeededRandom } from './random.ts';

const uuidV4 = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

for (const [name, random] of Object.entries({ real: new RealRandom(), seeded: new SeededRandom(7) })) {
  test(`${name}: numbers are spread over [0, 2^53), UUIDs are of version 4`, () => {
    const buckets = new Array<number>(16).fill(0);
    for (let i = 0; i < 16_000; i++) {
      const value = random.random();
      assert.ok(Number.isSafeInteger(value) && value >= 0);
      const bucket = value % 16;
      buckets[bucket] = (buckets[bucket] ?? 0) + 1;
      if (i < 100) assert.match(random.uuid(), uuidV4);
    }
    assert.ok(Math.min(...buckets) > 800 && Math.max(...buckets) < 1200, buckets.join());
    const large = Array.from({ length: 1000 }, () => random.random()).filter((value) => value >= 2 ** 52).length;
    assert.ok(large > 400 && large < 600, `${large}`);
  });
}

test('a seed gives the same numbers again, another seed others', () => {
  const series = (seed: number): number[] => {
    const random = new SeededRandom(seed);
    return Array.from({ length: 20 }, () => random.random());
  };
  assert.deepEqual(series(42), series(42));
  assert.notDeepEqual(series(42), series(43));
  assert.notDeepEqual(series(1), series(1 + 2 ** 32));
});

test('the system’s source needs no descriptor', { skip: platform() !== 'linux' && 'it is Linux’s' }, () => {
  const system = SystemRandom.open();
  const bytes = new Uint8Array(20_000);
  const taken: number[] = [];
  let filled: boolean | undefined;
  try {
    for (;;) taken.push(openSync('/dev/null', 'r'));
  } catch {
    filled = system?.fill(bytes);
  } finally {
    for (const fd of taken) closeSync(fd);
  }
  assert.equal(filled, true);
  // Each value 78 times on the average: none is likelier to be missing than one in 10^30.
  assert.equal(new Set(bytes).size, 256);
  assert.ok(bytes.subarray(-100).some((byte) => byte !== 0));
});
