import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ListenerFactoryContext } from '../../../../../sdk/extension.ts';
import { configReader } from '../../../../../test/harness/extension-config.ts';
import { FakeConnection } from '../../../../../test/harness/fake-connection.ts';
import { SimulatedDispatcher, SimulatedTime } from '../../../../event/simulated-dispatcher.ts';
import { directResponse } from './index.ts';

const type = 'envoy.extensions.filters.network.direct_response.v3.Config';
const { read } = configReader([directResponse]);

function connect(config: unknown): FakeConnection {
  const connection = new FakeConnection(new SimulatedDispatcher('worker_0', new SimulatedTime()));
  const filter = directResponse.createFilterFactory(config as Uint8Array, {} as ListenerFactoryContext)();
  filter.initializeReadFilterCallbacks?.(connection);
  assert.equal(filter.onNewConnection?.(), 'StopIteration');
  return connection;
}

test('a new connection gets the bytes and is closed when they are out', () => {
  const { config, problems } = read(type, { response: { inline_string: 'so long' } });
  assert.deepEqual(problems, []);
  const connection = connect(config);
  assert.equal(connection.written, 'so long');
  assert.match(connection.closes[0] ?? '', /FlushWrite/);
  assert.equal(connection.streamInfo.responseCodeDetails, 'direct_response');
});

test('without a response the connection is closed in silence', () => {
  const connection = connect(read(type, {}).config);
  assert.equal(connection.writes, 0);
  assert.equal(connection.closes.length, 1);
});

test('a file that cannot be read is a fault at its place', () => {
  const { problems } = read(type, { response: { filename: '/nowhere' } });
  assert.match(problems[0] ?? '', /^response\.filename: unable to read file: \/nowhere/);
});
