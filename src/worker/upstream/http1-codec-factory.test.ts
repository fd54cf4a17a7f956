import assert from 'node:assert/strict';
import { test } from 'node:test';
import { getHeapStatistics } from 'node:v8';
import { createStatsMemory } from '../../common/stats/stats-memory.ts';
import { StatsStore } from '../../common/stats/stats-store.ts';
import { Http1CodecFactory } from './http1-codec-factory.ts';

test('thousands of clusters do not each have a memory for heads of their own', () => {
  const store = new StatsStore(createStatsMemory());
  const factory = new Http1CodecFactory();
  const codecs = [];
  const clusters = 400;
  const before = getHeapStatistics().external_memory;
  for (let i = 0; i < clusters; i++) {
    const codec = factory.create({
      scope: store.createScope(`cluster.c${i}`),
      headerKeyFormat: { kind: 'default' },
      enableTrailers: false,
      allowChunkedLength: false,
      sendFullyQualifiedUrl: false,
      maxResponseHeadersCount: 100,
      maxResponseHeadersBytes: undefined,
      bufferLimitBytes: 0,
      readDisable() {},
    });
    codecs.push(codec);
  }
  const each = (getHeapStatistics().external_memory - before) / clusters;
  assert.ok(each < 24 * 1024, `${each} bytes each`);
  assert.equal(codecs.length, clusters);
});
