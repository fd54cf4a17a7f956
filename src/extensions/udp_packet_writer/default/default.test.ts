import assert from 'node:assert/strict';
import { test } from 'node:test';
import { configReader } from '../../../../test/harness/extension-config.ts';
import { udpDefaultWriter } from './index.ts';

test('there is nothing to configure', () => {
  const reader = configReader([udpDefaultWriter]);
  const type = 'envoy.extensions.udp_packet_writer.v3.UdpDefaultWriterFactory';
  assert.deepEqual(reader.read(type, {}), { config: undefined, problems: [] });
  assert.notDeepEqual(reader.read(type, { anything: 1 }).problems, []);
});
