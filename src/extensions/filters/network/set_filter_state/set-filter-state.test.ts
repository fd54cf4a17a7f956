import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ListenerFactoryContext } from '../../../../../sdk/extension.ts';
import type { TransportSocket } from '../../../../../sdk/network.ts';
import { configReader } from '../../../../../test/harness/extension-config.ts';
import { FakeConnection } from '../../../../../test/harness/fake-connection.ts';
import { SimulatedDispatcher, SimulatedTime } from '../../../../event/simulated-dispatcher.ts';
import { networkSetFilterState } from './index.ts';

const type = 'envoy.extensions.filters.network.set_filter_state.v3.Config';
const reader = configReader([networkSetFilterState]);
const value = (object_key: string, text: string, more: object = {}) => ({
  object_key,
  factory_key: 'envoy.string',
  format_string: { text_format_source: { inline_string: text } },
  ...more,
});

function start(json: object, isSecure = true) {
  const { config, problems } = reader.read(type, json as never);
  assert.deepEqual(problems, []);
  const connection = new FakeConnection(new SimulatedDispatcher('worker_0', new SimulatedTime()));
  if (isSecure) connection.info.setTransportSocket({ ssl: {} } as TransportSocket);
  const filter = networkSetFilterState.createFilterFactory(config as never, {} as ListenerFactoryContext)();
  filter.initializeReadFilterCallbacks?.(connection);
  const get = (key: string) => connection.streamInfo.filterState.get(key)?.serializeAsString?.();
  return { connection, filter, get };
}

test('each moment has its values', () => {
  const { connection, filter, get } = start({
    on_new_connection: [value('a', 'from %DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT%')],
    on_downstream_tls_handshake: [value('b', 'handshake')],
    on_downstream_data: [value('c', 'data')],
  });
  assert.equal(filter.onNewConnection?.(), 'Continue');
  assert.deepEqual([get('a'), get('b'), get('c')], ['from 10.0.0.9', undefined, undefined]);
  connection.raise('Connected');
  assert.deepEqual([get('b'), get('c')], ['handshake', undefined]);
  assert.equal(filter.onData?.(undefined as never, false), 'Continue');
  assert.equal(get('c'), 'data');
});

test('where there is no TLS its handshake is over when the connection begins', () => {
  const json = { on_new_connection: [value('a', 'new')], on_downstream_tls_handshake: [value('a', 'handshake')] };
  const { filter, get } = start(json, false);
  assert.equal(filter.onNewConnection?.(), 'Continue');
  assert.equal(get('a'), 'handshake');
});

test('the last value of a key counts; of nothing comes nothing', () => {
  const { filter, get } = start({
    on_new_connection: [
      value('a', 'first'),
      value('a', 'second'),
      value('a', '', { skip_if_empty: true }),
      value('b', 'many', { factory_key: 'envoy.ratelimit.hits_addend' }),
      value('c', '1.2.3', { factory_key: 'envoy.network.ip' }),
    ],
  });
  filter.onNewConnection?.();
  assert.deepEqual([get('a'), get('b'), get('c')], ['second', undefined, undefined]);
});

test('a key that is not known needs one that is', () => {
  const json = { on_new_connection: [value('mine', 'x', { factory_key: '' })] };
  assert.match(reader.read(type, json as never).problems.join(), /'mine' does not have an object factory/);
});
