import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Figures, Scenario } from '../scenarios/scenario.ts';
import { ratio, renderResults, replaceMarked } from './report.ts';
import { median, threeDigits } from './statistics.ts';

const scenario: Scenario = {
  name: 's',
  title: 'A title',
  figures: [
    { key: 'cpu', heading: 'CPU µs', better: 'less' },
    { key: 'rate', heading: 'per s', better: 'more' },
  ],
  supports: () => true,
  measure: () => Promise.reject(new Error('not measured here')),
};

test('the median is the middle one, or the mean of two', () => {
  assert.equal(median([9, 1, 5]), 5);
  assert.equal(median([4, 1, 3, 2]), 2.5);
  assert.ok(Number.isNaN(median([])));
});

test('numbers show three digits', () => {
  assert.deepEqual(
    [12345.6, 123.4, 12.34, 1.234, 0.5, Number.NaN].map((value) => threeDigits(value)),
    ['12346', '123', '12.3', '1.23', '0.50', '-'],
  );
});

test('a ratio above 1 is in our favour, whichever way the figure counts', () => {
  assert.equal(ratio('less', 10, 20), 2);
  assert.equal(ratio('more', 10, 20), 0.5);
});

test('a table has the medians of all turns and compares the first proxy to the others by the first figure', () => {
  const ours: Figures[] = [1, 3, 2].map((cpu) => ({ cpu, rate: cpu * 100 }));
  const text = renderResults(
    scenario,
    new Map<string, readonly Figures[]>([
      ['Ours', ours],
      ['Theirs', [{ cpu: 5 }]],
    ]),
  );
  assert.match(text, /\| Ours \| 2\.00 \| 200 \|/);
  assert.match(text, /\| Theirs \| 5\.00 \| - \|/);
  assert.match(text, /Ours by CPU µs: 2\.50 × Theirs\./);
});

test('what stands between the markers is replaced, and nothing else', () => {
  const document = 'before\n<!-- bench: begin -->\nold\n<!-- bench: end -->\nafter\n';
  const expected = 'before\n<!-- bench: begin -->\n\nnew\n\n<!-- bench: end -->\nafter\n';
  assert.equal(replaceMarked(document, 'new\n'), expected);
  assert.throws(() => replaceMarked('no markers', 'new'), /no <!-- bench/);
});
