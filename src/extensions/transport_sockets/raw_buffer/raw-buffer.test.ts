import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ClusterReader } from '../../../../test/harness/upstream-world.ts';
import { rawBufferDownstream } from './index.ts';

const reader = new ClusterReader();
const type = 'envoy.extensions.transport_sockets.raw_buffer.v3.RawBuffer';

test('a cluster with raw_buffer has no layer between socket and filters', () => {
  const transportSocket = { name: 'x', typedConfig: { '@type': `type.googleapis.com/${type}` } };
  const { transportSocket: parsed } = reader.config(reader.message({ name: 'c', transportSocket }));
  const factory = parsed?.extension.createTransportSocketFactory(parsed.config, {} as never);
  assert.equal(factory?.implementsSecureTransport, false);
  assert.equal(factory?.createTransportSocket('client', undefined, undefined), undefined);
});

test('listeners have it under the same name', () => {
  assert.equal(rawBufferDownstream.category, 'envoy.transport_sockets.downstream');
  assert.deepEqual(rawBufferDownstream.configTypes, [type]);
});
