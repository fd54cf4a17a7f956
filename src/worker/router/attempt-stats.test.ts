import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Histogram } from '../../../sdk/stats.ts';
import { RequestHeaders, ResponseHeaders } from '../../common/headers/header-map.ts';
import { AttemptStats, percentOfTimeout } from './attempt-stats.ts';

function recorder() {
  const values: Record<string, number[]> = {};
  const histogram = (name: string): Histogram => ({
    name,
    unit: 'unspecified',
    recordValue: (value) => {
      values[name] ??= [];
      values[name].push(value);
    },
  });
  const stats = {
    timeoutBudget: { percentUsed: histogram('all'), perTryPercentUsed: histogram('try') },
    sizes: {
      requestHeadersSize: histogram('rq headers'),
      requestHeadersCount: histogram('rq count'),
      requestBodySize: histogram('rq body'),
      responseHeadersSize: histogram('rs headers'),
      responseHeadersCount: histogram('rs count'),
      responseBodySize: histogram('rs body'),
    },
  };
  return { values, stats };
}

const request = RequestHeaders.of([
  [':method', 'GET'],
  ['a', 'bc'],
]);

test('an attempt that was answered tells both sizes and the time it took', () => {
  const { values, stats } = recorder();
  const attempt = new AttemptStats(stats, 100);
  attempt.onDataSent(5);
  attempt.onDataSent(6);
  attempt.onHeaders(ResponseHeaders.withStatus(200));
  attempt.onDataReceived(7);
  attempt.end(request, 150, 200);
  assert.deepEqual(values, {
    try: [25],
    'rq headers': [13],
    'rq count': [2],
    'rq body': [11],
    'rs headers': [10],
    'rs count': [1],
    'rs body': [7],
  });
});

test('an attempt without an answer tells of the request alone', () => {
  const { values, stats } = recorder();
  new AttemptStats(stats, 100).end(request, 150, 0);
  assert.deepEqual(values, { try: [0], 'rq headers': [13], 'rq count': [2], 'rq body': [0] });
});

test('of a timeout that is none, none is used', () => {
  assert.equal(percentOfTimeout(500, 0), 0);
  assert.equal(percentOfTimeout(500.9, 1000), 50);
});
