import assert from 'node:assert/strict';
import { test } from 'node:test';
import { OwnNumber, TokenBucket } from './token-bucket.ts';

const config = { maxTokens: 4, tokensPerFill: 2, fillIntervalMs: 1000 };

test('buckets of one number share their tokens', () => {
  const number = new OwnNumber();
  let nowMs = 1e12;
  const time = { systemTimeMs: () => nowMs, monotonicTimeMs: () => 0 };
  const [here, there] = [new TokenBucket(config, number, time), new TokenBucket(config, number, time)];
  assert.deepEqual([here.consume(3), there.consume(2), there.remainingTokens], [true, false, 1]);
  nowMs += 500;
  assert.deepEqual([there.consume(2), here.remainingTokens, here.resetSeconds], [true, 0, 1]);
});

test('a clock that is set back leaves the bucket empty, and it fills from then on', () => {
  let nowMs = 1e12;
  const bucket = new TokenBucket(config, new OwnNumber(), { systemTimeMs: () => nowMs, monotonicTimeMs: () => 0 });
  bucket.consume(4);
  nowMs -= 3_600_000;
  assert.equal(bucket.consume(1), false);
  nowMs += 500;
  assert.equal(bucket.consume(1), true);
});
