import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FakeConnection } from '../../../test/harness/fake-connection.ts';
import { filterStateFactories } from '../../common/stream-info/filter-state-factories.ts';
import { SimulatedDispatcher, SimulatedTime } from '../../event/simulated-dispatcher.ts';
import { transportSocketWishes } from './transport-socket-wishes.ts';

function optionsOf(values: Readonly<Record<string, string>>) {
  const dispatcher = new SimulatedDispatcher('worker_0', new SimulatedTime());
  const { streamInfo } = new FakeConnection(dispatcher);
  const { filterState } = streamInfo;
  for (const [key, text] of Object.entries(values)) {
    filterState.set(key, filterStateFactories.get(key)?.(text) ?? {});
  }
  return transportSocketWishes(streamInfo);
}

test('without wishes there are no options', () => {
  assert.equal(optionsOf({}), undefined);
});

test('a name to ask for, names to be checked and protocols', () => {
  assert.deepEqual(optionsOf({ 'envoy.network.upstream_server_name': 'a.test' }), { serverNameOverride: 'a.test' });
  const lists = {
    'envoy.network.upstream_subject_alt_names': 'a.test,b.test',
    'envoy.network.application_protocols': 'h2,http/1.1',
  };
  assert.deepEqual(optionsOf(lists), {
    verifySubjectAltNames: ['a.test', 'b.test'],
    applicationProtocols: ['h2', 'http/1.1'],
  });
});
