import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ListenerFactoryContext } from '../../../../../sdk/extension.ts';
import { FakeConnection } from '../../../../../test/harness/fake-connection.ts';
import { SimulatedDispatcher, SimulatedTime } from '../../../../event/simulated-dispatcher.ts';
import { sniCluster } from './index.ts';

function clusterOf(serverName: string): string | undefined {
  const connection = new FakeConnection(new SimulatedDispatcher('worker_0', new SimulatedTime()));
  connection.info.requestedServerName = serverName;
  const filter = sniCluster.createFilterFactory(undefined, {} as ListenerFactoryContext)();
  filter.initializeReadFilterCallbacks?.(connection);
  assert.equal(filter.onNewConnection?.(), 'Continue');
  return connection.streamInfo.filterState.get('envoy.tcp_proxy.cluster')?.serializeAsString?.();
}

test('the server name is the cluster', () => {
  assert.equal(clusterOf('a.test'), 'a.test');
});

test('without a server name the configured cluster stays', () => {
  assert.equal(clusterOf(''), undefined);
});
