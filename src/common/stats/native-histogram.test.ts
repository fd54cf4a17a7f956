import assert from 'node:assert/strict';
import { test } from 'node:test';
import { binOf } from './histogram-bin.ts';
import { histogramSnapshot } from './histogram-statistics.ts';
import { nativeHistogram } from './native-histogram.ts';

const samples: Readonly<Record<string, readonly number[]>> = {
  a: [1, 2, 3, 7, 100, 1500],
  b: [0, 0, 1, 1, 1, 2, 2, 3, 3],
  c: [0],
  d: [10, 10, 10, 10],
  e: [4, 5, 9, 11, 12, 14, 18, 25, 26, 31, 47, 52, 80, 95, 130, 180, 240, 370, 880, 1200, 5100, 93_000, 1_800_000],
  f: [1_000_000_000_000],
  g: [15, 16, 17, 31, 32, 33, 63, 64, 65, 127, 128, 129],
};

/** Samples, most buckets; what Envoy 1.40 made of them: schema, zero count, spans (offset+length), deltas. */
const rows: readonly (readonly [string, number, number, number, string, string])[] = [
  ['a', 1, -4, 0, '0+2', '1 4'],
  ['b', 1, -4, 2, '0+2', '3 1'],
  ['c', 1, 4, 1, '', ''],
  ['d', 1, 2, 0, '14+1', '4'],
  ['e', 1, -4, 0, '1+2', '21 -19'],
  ['f', 1, -4, 0, '3+1', '1'],
  ['g', 1, -3, 0, '1+1', '12'],
  ['a', 3, -3, 0, '0+3', '1 3 -3'],
  ['b', 3, 0, 2, '0+3', '3 -1 0'],
  ['d', 3, 4, 0, '54+1', '4'],
  ['e', 3, -3, 0, '1+3', '17 -13 -2'],
  ['f', 3, 3, 0, '319+1', '1'],
  ['g', 3, -1, 0, '2+3', '2 4 -2'],
  ['a', 6, 0, 0, '0+4 3+1 3+1', '1 0 0 0 0 0'],
  ['b', 6, 2, 2, '0+1 3+1 2+1', '3 -1 0'],
  ['e', 6, -2, 0, '1+6', '6 5 -8 -2 0 0'],
  ['f', 6, 4, 0, '638+1', '1'],
  ['g', 6, 0, 0, '4+4', '2 1 0 1'],
  ['a', 8, 1, 0, '0+1 1+1 1+1 1+1 7+1 7+1', '1 0 0 0 0 0'],
  ['b', 8, 3, 2, '0+1 7+1 4+1', '3 -1 0'],
  ['e', 8, -2, 0, '1+6', '6 5 -8 -2 0 0'],
  ['g', 8, 2, 0, '16+2 2+2 2+2 2+1', '2 -1 1 -1 1 -1 2'],
  ['a', 20, 4, 0, '0+1 15+1 9+1 18+1 61+1 61+1', '1 0 0 0 0 0'],
  ['b', 20, 4, 2, '0+1 15+1 9+1', '3 -1 0'],
  ['c', 20, 4, 1, '', ''],
  ['d', 20, 4, 0, '54+1', '4'],
  ['e', 20, 1, 0, '4+2 1+4 1+5 1+1 1+2 3+1 8+1 7+1', '1 0 1 0 -1 2 -1 -1 0 1 -1 0 0 0 0 0 0'],
  ['f', 20, 4, 0, '638+1', '1'],
  ['g', 20, 4, 0, '63+2 1+1 13+2 14+2 13+1', '1 0 0 1 -1 1 -1 2'],
  [
    'e',
    100,
    4,
    0,
    '32+1 5+1 12+1 4+1 1+1 2+1 5+1 7+2 3+1 8+1 2+1 9+1 3+1 6+1 6+1 6+1 9+1 19+1 6+1 33+1 66+1 67+1',
    '1 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0',
  ],
];

function snapshotOf(values: readonly number[]) {
  const counts = new Map<number, number>();
  for (const value of values) {
    const bin = binOf(value);
    if (bin !== undefined) counts.set(bin, (counts.get(bin) ?? 0) + 1);
  }
  return histogramSnapshot(counts);
}

for (const [name, maxBuckets, schema, zeroCount, spans, deltas] of rows) {
  test(`samples ${name} in ${maxBuckets} native buckets at most`, () => {
    const native = nativeHistogram(snapshotOf(samples[name] ?? []), 0.5, maxBuckets);
    assert.deepEqual(
      {
        schema: native.schema,
        zeroCount: native.zeroCount,
        spans: native.spans.map(({ offset, length }) => `${offset}+${length}`).join(' '),
        deltas: native.deltas.join(' '),
      },
      { schema, zeroCount, spans, deltas },
    );
  });
}
