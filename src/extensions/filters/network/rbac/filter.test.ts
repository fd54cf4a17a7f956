import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ListenerFactoryContext } from '../../../../../sdk/extension.ts';
import { configReader } from '../../../../../test/harness/extension-config.ts';
import { FakeConnection } from '../../../../../test/harness/fake-connection.ts';
import { SliceBuffer } from '../../../../common/buffer/slice-buffer.ts';
import type { JsonInput } from '../../../../common/proto/json-value.ts';
import { createStatsMemory } from '../../../../common/stats/stats-memory.ts';
import { StatsStore } from '../../../../common/stats/stats-store.ts';
import { SimulatedDispatcher, SimulatedTime } from '../../../../event/simulated-dispatcher.ts';
import type { NetworkRbacConfig } from './config.ts';
import { networkRbac } from './index.ts';

const TYPE = 'envoy.extensions.filters.network.rbac.v3.RBAC';
const { read } = configReader([networkRbac]);
const any = { any: true };
const policies = (action: string, permission: JsonInput = any, principal: JsonInput = any) => ({
  action,
  policies: { 'the policy': { permissions: [permission], principals: [principal] } },
});

function start(json: Record<string, JsonInput>) {
  const dispatcher = new SimulatedDispatcher('worker_0', new SimulatedTime());
  const connection = new FakeConnection(dispatcher);
  const store = new StatsStore(createStatsMemory());
  const scope = store.createScope();
  const config = read(TYPE, { stat_prefix: 'p', ...json }).config as NetworkRbacConfig;
  const filter = networkRbac.createFilterFactory(config, { scope } as unknown as ListenerFactoryContext)();
  filter.initializeReadFilterCallbacks?.(connection);
  return {
    connection,
    dispatcher,
    data: () => filter.onData?.(new SliceBuffer(), false),
    count: (name: string) => scope.counter(`p.rbac.${name}`).value,
  };
}

test('a connection is judged by its first bytes, once', () => {
  const { data, count } = start({ rules: policies('ALLOW') });
  assert.equal(data(), 'Continue');
  assert.equal(data(), 'Continue');
  assert.equal(count('allowed'), 1);
});

test('with CONTINUOUS each piece of data is judged', () => {
  const { data, count } = start({ rules: policies('ALLOW'), enforcement_type: 'CONTINUOUS' });
  data();
  data();
  assert.equal(count('allowed'), 2);
});

test('a denied connection is closed and says by which policy', () => {
  const { data, connection, count } = start({ rules: policies('DENY') });
  assert.equal(data(), 'StopIteration');
  assert.equal(connection.state, 'Closed');
  assert.equal(connection.streamInfo.connectionTerminationDetails, 'rbac_access_denied_matched_policy[the_policy]');
  assert.equal(count('denied'), 1);
});

test('delay_deny keeps a denied connection for a while, without reading from it', () => {
  const { data, connection, dispatcher } = start({ rules: policies('DENY'), delay_deny: '2s' });
  assert.equal(data(), 'StopIteration');
  assert.equal(connection.state, 'Open');
  assert.equal(connection.readEnabled, false);
  dispatcher.time.advance(2000);
  assert.equal(connection.state, 'Closed');
});

test('shadow rules are told and do nothing', () => {
  const { data, connection, count } = start({ shadow_rules: policies('DENY'), shadow_rules_stat_prefix: 'sh' });
  assert.equal(data(), 'Continue');
  assert.equal(count('sh.shadow_denied'), 1);
  assert.deepEqual(connection.streamInfo.dynamicMetadata('envoy.filters.network.rbac'), {
    shshadow_engine_result: 'denied',
    shshadow_effective_policy_id: 'the policy',
  });
});

test('rules that ask for headers are refused, however deep', () => {
  const header = { header: { name: 'x', present_match: true } };
  const refused = (rules: JsonInput) => read(TYPE, { stat_prefix: 'p', rules }).problems.join();
  assert.match(refused(policies('ALLOW', { not_rule: header })), /not supported by RBAC network filter/);
  assert.match(refused(policies('ALLOW', any, { or_ids: { ids: [header] } })), /not supported by RBAC network filter/);
  assert.equal(refused(policies('ALLOW', { destination_port: 80 })), '');
});
