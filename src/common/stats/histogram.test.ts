import assert from 'node:assert/strict';
import { test } from 'node:test';
import { binLeft, binOf, binWidth } from './histogram-bin.ts';
import { cumulativeBuckets, disjointBuckets, histogramSnapshot, quantiles, sampleSum } from './histogram-statistics.ts';

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

test('quantiles are those that Envoy prints for the same samples', () => {
  const wanted = [0, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 0.995, 0.999, 1];
  assert.deepEqual(
    quantiles(histogramOf(16), wanted),
    wanted.map(() => 16.5),
  );
  const ones = Array.from({ length: 18 }, () => 1);
  assert.deepEqual(
    quantiles(histogramOf(...ones), wanted),
    [
      1.0052631578947369, 1.0263157894736843, 1.0473684210526315, 1.0736842105263158, 1.0894736842105264,
      1.0947368421052632, 1.0947368421052632, 1.0947368421052632, 1.0947368421052632, 1.0947368421052632,
    ],
  );
  assert.deepEqual(quantiles(histogramOf(0, 20, 30, 40), [0, 0.25, 0.5, 0.6, 1]), [0, 0, 20.5, 30.5, 40.5]);
  assert.deepEqual(quantiles(histogramOf(), [0.5]), [Number.NaN]);
});

test('a bucket counts what lies up to and with the bin of its border', () => {
  const histogram = histogramOf(0, 1, 5, 10, 4_000_000);
  assert.deepEqual(cumulativeBuckets(histogram, [0.5, 1, 5, 25]), [1, 2, 3, 4]);
  assert.deepEqual(disjointBuckets(histogram, [0.5, 1, 5, 25]), [1, 1, 1, 1]);
});

test('a sum takes each sample for the middle of its bin by relative error', () => {
  const ones = Array.from({ length: 114 }, () => 1);
  assert.equal(sampleSum(histogramOf(...ones)).toPrecision(32), '119.42857142857143060155067360029');
  assert.equal(sampleSum(histogramOf(0, -10)), -sampleSum(histogramOf(10)));
});
