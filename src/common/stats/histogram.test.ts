import assert from 'node:assert/strict';
import { test } from 'node:test';
import { binLeft, binOf, binWidth } from './histogram-bin.ts';
import { countAbove, cumulativeBuckets, histogramSnapshot, quantiles, sampleSum } from './histogram-statistics.ts';

function histogramOf(...samples: number[]) {
  const counts = new Map<number, number>();
  for (const sample of samples) {
    const bin = binOf(sample);
    if (bin !== undefined) counts.set(bin, (counts.get(bin) ?? 0) + 1);
  }
  return histogramSnapshot(counts);
}

test('a value lies in a bin of two significant digits', () => {
  for (const [value, left, width] of [
    [0, 0, 0],
    [1, 1, 0.1],
    [9, 9, 0.1],
    [10, 10, 1],
    [99, 99, 1],
    [100, 100, 10],
    [12345, 12000, 1000],
    [0.25, 0.25, 0.01],
    [0.5, 0.5, 0.01],
    [-15, -16, 1],
  ] as const) {
    const bin = binOf(value) as number;
    assert.deepEqual([value, binLeft(bin), binWidth(bin)], [value, left, width]);
  }
});

test('what no bin can hold has none', () => {
  assert.deepEqual([Number.NaN, Number.POSITIVE_INFINITY, 1e200].map(binOf), [undefined, undefined, undefined]);
  assert.equal(binOf(1e-200), 0);
});

test('bins are ordered as values are', () => {
  const values = [-1e9, -15, -0.2, 0, 1e-5, 0.99, 1, 1.15, 9.9, 10, 99, 100, 1e9];
  const bins = values.map((value) => binOf(value) as number);
  assert.deepEqual(
    [...bins].sort((a, b) => a - b),
    bins,
  );
});

test('quantiles are interpolated inside a bin', () => {
  assert.deepEqual(quantiles(histogramOf(1), [0, 0.25, 1]), [1, 1.025, 1.1]);
  assert.deepEqual(quantiles(histogramOf(10, 20, 30, 40), [0, 0.25, 0.5, 0.6, 1]), [10, 11, 21, 30.4, 41]);
  assert.deepEqual(quantiles(histogramOf(), [0.5]), [Number.NaN]);
});

test('buckets count the bins that lie wholly below a border', () => {
  const histogram = histogramOf(0, 1, 5, 10, 4_000_000);
  assert.deepEqual(cumulativeBuckets(histogram, [0.5, 1, 5, 5.1, 25]), [1, 1, 2, 3, 4]);
  assert.equal(countAbove(histogram, 3_600_000), 1);
  assert.equal(sampleSum(histogramOf(1, 10)), 11.55);
});
