import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { StatsSinkExtension } from '../../../../sdk/stats-sink.ts';
import { listeningSink } from '../../../../test/harness/stats-sinks.ts';
import { createStatsMemory } from '../stats-memory.ts';
import { StatsStore } from '../stats-store.ts';
import { defaultTagExtractors, TagProducer } from '../tags.ts';
import type { ConfiguredSink } from './parse-stats-sinks.ts';
import { ThreadSinks } from './thread-sinks.ts';

test('sinks hear of each sample that is kept, with its tags, once they are open', () => {
  const store = new StatsStore(createStatsMemory());
  const early = store.createScope('cluster.a').histogram('early', 'bytes');
  const sinks = new ThreadSinks();
  store.tapHistograms(sinks);
  const scope = store.createScope('cluster.a');
  const [kept, left] = [scope.histogram('rq_time', 'milliseconds'), scope.histogram('left_out', 'milliseconds')];
  kept.recordValue(1);
  const { sink, heard } = listeningSink();
  const extension = { createSink: () => sink } as Partial<StatsSinkExtension> as StatsSinkExtension;
  const options = { accepts: (name: string) => !name.includes('left'), bucketsFor: () => [] };
  const config = { options, tags: new TagProducer(defaultTagExtractors()) };
  sinks.open([{ extension, config: undefined, name: 'x' } as ConfiguredSink], config, {
    connectUdp: () => assert.fail('no sink asked'),
  });
  for (const histogram of [early, kept, left, kept]) histogram.recordValue(7);
  assert.deepEqual(heard, Array(2).fill('cluster.a.rq_time envoy.cluster_name=a 7 milliseconds'));
  sinks[Symbol.dispose]();
  kept.recordValue(8);
  assert.deepEqual(heard.slice(2), ['disposed']);
});
