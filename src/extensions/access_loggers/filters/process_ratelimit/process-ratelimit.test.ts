import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { FollowedContents } from '../../../../../sdk/config.ts';
import type { ServerFactoryContext } from '../../../../../sdk/extension.ts';
import { configReader } from '../../../../../test/harness/extension-config.ts';
import { createStatsMemory } from '../../../../common/stats/stats-memory.ts';
import { StatsStore } from '../../../../common/stats/stats-store.ts';
import { OwnNumber } from '../../../filters/common/local_ratelimit/token-bucket.ts';
import type { DiscoveredBucket } from './filter.ts';
import { processRateLimitFilter } from './index.ts';

const type = 'envoy.extensions.access_loggers.filters.process_ratelimit.v3.ProcessRateLimitFilter';
const source = { resource_name: 'b', config_source: { path_config_source: { path: '/b.yaml' } } };

/** A followed file that holds a bucket, as a thread sees it. */
function world(first: object) {
  const { types } = configReader([]);
  const desc = types.requireMessage('envoy.type.v3.TokenBucket');
  const encode = (fields: object) => types.encode(Object.assign(types.create(desc), fields));
  const callbacks = new Set<(contents: FollowedContents) => void>();
  const faults: (string | undefined)[] = [];
  let current: FollowedContents = { bytes: encode(first), version: 0 };
  const reader = configReader([processRateLimitFilter], {
    readFile: () => ({ error: 'none' }),
    environmentVariable: () => undefined,
    followed: {
      follow({ check }) {
        faults.push(check?.(current.bytes));
        return {
          get current() {
            return current;
          },
          onChange(callback) {
            callbacks.add(callback);
            return { [Symbol.dispose]: () => callbacks.delete(callback) };
          },
        };
      },
    },
  });
  const change = (fields: object) => {
    current = { bytes: encode(fields), version: current.version + 1 };
    for (const callback of callbacks) callback(current);
  };
  return { reader, faults, change };
}

function thread() {
  const scope = new StatsStore(createStatsMemory()).createScope();
  const singletons = new Map<string, unknown>();
  const context = {
    scope,
    timeSource: { systemTimeMs: () => 1_000_000, monotonicTimeMs: () => 0 },
    sharedNumber: () => new OwnNumber(),
    singleton<T>(key: string, create: () => T): T {
      if (!singletons.has(key)) singletons.set(key, create());
      return singletons.get(key) as T;
    },
  } as unknown as ServerFactoryContext;
  const counts = () => ['allowed', 'denied'].map((name) => scope.counter(`access_log.process_ratelimit.${name}`).value);
  return { context, counts };
}

const bucket = (maxTokens: number) => ({ maxTokens, fillInterval: { seconds: 100n, nanos: 0 } });
const allowed = (filter: { evaluate(): boolean }, times: number) =>
  Array.from({ length: times }, () => filter.evaluate()).filter((passed) => passed).length;

test('filters of one resource share its tokens, and are counted together', () => {
  const { reader, faults } = world(bucket(3));
  const { config, problems } = reader.read(type, { dynamic_config: source });
  assert.deepEqual([problems, faults], [[], [undefined]]);
  const { context, counts } = thread();
  const create = () => processRateLimitFilter.createFilter(config as DiscoveredBucket, context) as never;
  assert.deepEqual([allowed(create(), 2), allowed(create(), 5)], [2, 1]);
  assert.deepEqual(counts(), [3, 4]);
});

test('a resource that changes is another bucket, and full', () => {
  const { reader, change } = world(bucket(1));
  const { config } = reader.read(type, { dynamic_config: source });
  const { context } = thread();
  const filter = processRateLimitFilter.createFilter(config as DiscoveredBucket, context) as never;
  assert.equal(allowed(filter, 3), 1);
  change(bucket(2));
  assert.equal(allowed(filter, 3), 2);
  change(bucket(0));
  assert.equal(allowed(filter, 3), 0);
});

test('buckets that cannot be filled are refused', () => {
  assert.deepEqual(faultsOf({ maxTokens: 1 }), ["Field 'fill_interval' is missing"]);
  const short = { maxTokens: 1, fillInterval: { seconds: 0n, nanos: 10_000_000 } };
  assert.deepEqual(faultsOf(short), ['local rate limit token bucket fill timer must be >= 50ms']);
});

function faultsOf(fields: object) {
  const { reader, faults } = world(fields);
  reader.read(type, { dynamic_config: source });
  return faults;
}

test('what has no source, or none of files, is refused by name', () => {
  const { reader } = world(bucket(1));
  assert.match(reader.read(type, {}).problems.join(), /`dynamic_config` is required/);
  const ads = { resource_name: 'b', config_source: { ads: {} } };
  assert.match(reader.read(type, { dynamic_config: ads }).problems.join(), /in files only \(path_config_source\)/);
});
