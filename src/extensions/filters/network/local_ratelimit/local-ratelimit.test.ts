import assert from 'node:assert/strict';
import { test } from 'node:test';
import { configReader } from '../../../../../test/harness/extension-config.ts';
import { FakeConnection } from '../../../../../test/harness/fake-connection.ts';
import { type FilterContextOptions, filterContext } from '../../../../../test/harness/filter-context.ts';
import { SimulatedDispatcher, SimulatedTime } from '../../../../event/simulated-dispatcher.ts';
import type { ConnectionRateLimitConfig } from '../../common/local_ratelimit/connection-rate-limit.ts';
import { networkLocalRateLimit } from './index.ts';

const type = 'envoy.extensions.filters.network.local_ratelimit.v3.LocalRateLimit';
const reader = configReader([networkLocalRateLimit]);
const time = new SimulatedTime();
const dispatcher = new SimulatedDispatcher('worker_0', time);

/** Connects by a filter of this configuration. */
function start(json: object, context = filterContext({ dispatcher })) {
  const { config, problems } = reader.read(type, { stat_prefix: 'p', ...json } as never);
  assert.deepEqual(problems, []);
  const create = networkLocalRateLimit.createFilterFactory(config as ConnectionRateLimitConfig, context);
  const connect = () => {
    const connection = new FakeConnection(dispatcher);
    const filter = create();
    filter.initializeReadFilterCallbacks?.(connection);
    return [filter.onNewConnection?.(), connection.localCloseReason, ...connection.streamInfo.responseFlags];
  };
  return { connect, limited: () => context.scope.counter('local_rate_limit.p.rate_limited').value };
}

const bucket = (max_tokens: number) => ({ token_bucket: { max_tokens, fill_interval: '10s' } });
const refused = ['StopIteration', 'local_ratelimit_close_over_limit', 'URX'];

test('a connection without a token is closed, until there is one again', () => {
  const { connect, limited } = start(bucket(1));
  assert.deepEqual([connect(), connect(), limited()], [['Continue', ''], refused, 1]);
  time.advance(10_000);
  assert.deepEqual(connect(), ['Continue', '']);
});

test('filters of one share key and equal buckets share them', () => {
  const context = filterContext({ dispatcher });
  const [one, two, other] = [bucket(1), bucket(1), bucket(2)].map((json) =>
    start({ ...json, share_key: 'k' }, context),
  );
  assert.deepEqual([one?.connect(), two?.connect()], [['Continue', ''], refused]);
  assert.deepEqual(other?.connect(), ['Continue', '']);
});

test('runtime may switch it off', () => {
  const options: FilterContextOptions = { dispatcher, runtime: { k: false } };
  const { connect } = start(
    { ...bucket(1), runtime_enabled: { default_value: true, runtime_key: 'k' } },
    filterContext(options),
  );
  connect();
  assert.deepEqual(connect(), ['Continue', '']);
});

test('a bucket that would fill all the time is refused', () => {
  const json = { stat_prefix: 'p', token_bucket: { max_tokens: 1, fill_interval: '0.049s' } };
  assert.match(reader.read(type, json).problems.join(), /local rate limit token bucket fill timer must be >= 50ms/);
});
