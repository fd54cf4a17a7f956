import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ClusterReader } from '../../../../test/harness/upstream-world.ts';

const reader = new ClusterReader();
const NAME = 'envoy.extensions.upstreams.tcp.v3.TcpProtocolOptions';

function idleTimeoutMs(fields: object): number {
  const typedExtensionProtocolOptions = { [NAME]: { '@type': `type.googleapis.com/${NAME}`, ...fields } };
  return reader.config(reader.message({ name: 'c', typedExtensionProtocolOptions })).tcp.idleTimeoutMs;
}

test('the idle timeout of pooled connections is ten minutes unless given', () => {
  assert.equal(idleTimeoutMs({}), 600_000);
  assert.equal(idleTimeoutMs({ idleTimeout: '1.5s' }), 1500);
  assert.equal(idleTimeoutMs({ idleTimeout: '0s' }), 0);
});
