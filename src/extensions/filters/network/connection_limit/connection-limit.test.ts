import assert from 'node:assert/strict';
import { test } from 'node:test';
import { configReader } from '../../../../../test/harness/extension-config.ts';
import { FakeConnection } from '../../../../../test/harness/fake-connection.ts';
import { type FilterContextOptions, filterContext } from '../../../../../test/harness/filter-context.ts';
import { SimulatedDispatcher, SimulatedTime } from '../../../../event/simulated-dispatcher.ts';
import type { ConnectionLimitConfig } from './filter.ts';
import { connectionLimit } from './index.ts';

const type = 'envoy.extensions.filters.network.connection_limit.v3.ConnectionLimit';
const reader = configReader([connectionLimit]);

function start(json: object, options: FilterContextOptions = {}) {
  const { config, problems } = reader.read(type, { stat_prefix: 'p', ...json } as never);
  assert.deepEqual(problems, []);
  const time = new SimulatedTime();
  const dispatcher = new SimulatedDispatcher('worker_0', time);
  const context = filterContext({ dispatcher, ...options });
  const create = connectionLimit.createFilterFactory(config as ConnectionLimitConfig, context);
  const connect = () => {
    const connection = new FakeConnection(dispatcher);
    const filter = create();
    filter.initializeReadFilterCallbacks?.(connection);
    return { connection, filter, status: filter.onNewConnection?.() };
  };
  const active = () => context.scope.gauge('connection_limit.p.active_connections').value;
  const limited = () => context.scope.counter('connection_limit.p.limited_connections').value;
  return { time, connect, active, limited };
}

test('what is over the limit is closed; one that ends makes room', () => {
  const { connect, active, limited } = start({ max_connections: 1 });
  const first = connect();
  const second = connect();
  assert.deepEqual([first.status, second.status], ['Continue', 'StopIteration']);
  assert.deepEqual(
    [second.connection.closes, second.connection.localCloseReason],
    [['NoFlush'], 'over_connection_limit'],
  );
  assert.deepEqual([active(), limited()], [1, 1]);
  first.connection.raise('RemoteClose');
  assert.deepEqual([active(), connect().status, active()], [0, 'Continue', 1]);
});

test('with a delay it is kept for so long, deaf and counted', () => {
  const { time, connect, active } = start({ max_connections: 1, delay: '0.5s' });
  connect();
  const { connection, filter } = connect();
  assert.deepEqual([filter.onData?.(undefined as never, false), connection.closes, active()], ['StopIteration', [], 2]);
  time.advance(500);
  assert.deepEqual([connection.closes, active()], [['NoFlush'], 1]);
});

test('the delay goes with a client that does', () => {
  const { time, connect } = start({ max_connections: 1, delay: '0.5s' });
  connect();
  const { connection } = connect();
  connection.raise('RemoteClose');
  time.advance(500);
  assert.deepEqual(connection.closes, []);
});

test('runtime may switch it off', () => {
  const json = { max_connections: 1, runtime_enabled: { default_value: true, runtime_key: 'k' } };
  const { connect, active } = start(json, { runtime: { k: false } });
  assert.deepEqual([connect().status, connect().status, active()], ['Continue', 'Continue', 0]);
});

test('a limit is required', () => {
  assert.match(reader.read(type, { stat_prefix: 'p' }).problems.join(), /max_connections/);
});
