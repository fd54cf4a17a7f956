import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ListenerFilterCallbacks } from '../../../../../sdk/network.ts';
import { configReader } from '../../../../../test/harness/extension-config.ts';
import { filterContext } from '../../../../../test/harness/filter-context.ts';
import { SimulatedDispatcher, SimulatedTime } from '../../../../event/simulated-dispatcher.ts';
import type { ConnectionRateLimitConfig } from '../../common/local_ratelimit/connection-rate-limit.ts';
import { listenerLocalRateLimit } from './index.ts';

const type = 'envoy.extensions.filters.listener.local_ratelimit.v3.LocalRateLimit';

test('a socket without a token is closed, until there is one again', () => {
  const json = { stat_prefix: 'p', token_bucket: { max_tokens: 1, fill_interval: '10s' } };
  const { config, problems } = configReader([listenerLocalRateLimit]).read(type, json);
  assert.deepEqual(problems, []);
  const time = new SimulatedTime();
  const context = filterContext({ dispatcher: new SimulatedDispatcher('worker_0', time) });
  const create = listenerLocalRateLimit.createFilterFactory(config as ConnectionRateLimitConfig, context);
  const accept = () => {
    const continued: boolean[] = [];
    const callbacks = { continueFilterChain: (success: boolean) => continued.push(success) };
    return [create().onAccept(callbacks as unknown as ListenerFilterCallbacks), ...continued];
  };
  assert.deepEqual([accept(), accept()], [['Continue'], ['StopIteration', false]]);
  assert.equal(context.scope.counter('listener_local_ratelimit.p.rate_limited').value, 1);
  time.advance(10_000);
  assert.deepEqual(accept(), ['Continue']);
});
