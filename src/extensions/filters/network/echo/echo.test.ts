import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ListenerFactoryContext } from '../../../../../sdk/extension.ts';
import { configReader } from '../../../../../test/harness/extension-config.ts';
import { FakeConnection } from '../../../../../test/harness/fake-connection.ts';
import { SliceBuffer } from '../../../../common/buffer/slice-buffer.ts';
import { SimulatedDispatcher, SimulatedTime } from '../../../../event/simulated-dispatcher.ts';
import { echo } from './index.ts';

test('what is read is written back, and nothing is left for others', () => {
  const { config, problems } = configReader([echo]).read('envoy.extensions.filters.network.echo.v3.Echo', {});
  assert.deepEqual(problems, []);
  const connection = new FakeConnection(new SimulatedDispatcher('worker_0', new SimulatedTime()));
  const filter = echo.createFilterFactory(config as undefined, {} as ListenerFactoryContext)();
  filter.initializeReadFilterCallbacks?.(connection);
  const data = new SliceBuffer();
  data.add('hello');
  assert.equal(filter.onData?.(data, false), 'StopIteration');
  assert.equal(connection.written, 'hello');
  assert.equal(data.length, 0);
  assert.equal(echo.isTerminal(undefined), true);
});
