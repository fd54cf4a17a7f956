import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { StreamInfo } from '../../../../../sdk/stream-info.ts';
import { configReader } from '../../../../../test/harness/extension-config.ts';
import { IpAddress } from '../../../../common/network/address.ts';
import { LayeredFilterState } from '../../../../common/stream-info/filter-state.ts';
import { upstreamIpPort } from './index.ts';

const TYPE = 'envoy.extensions.rbac.matchers.upstream_ip_port.v3.UpstreamIpPortMatcher';
const { read } = configReader([upstreamIpPort]);

function admits(json: object, address?: IpAddress): boolean {
  const { config, problems } = read(TYPE, json as never);
  assert.deepEqual(problems, []);
  const filterState = new LayeredFilterState();
  if (address !== undefined) filterState.set('envoy.stream.upstream_address', { address } as object);
  return upstreamIpPort.createRule(config as never)({
    headers: undefined,
    streamInfo: { filterState } as unknown as StreamInfo,
  });
}

test('a host that a filter before has chosen, by its address and port', () => {
  const network = { upstream_ip: { address_prefix: '10.1.0.0', prefix_len: 16 } };
  const ports = { upstream_port_range: { start: 80, end: 81 } };
  assert.equal(admits(network, new IpAddress('10.1.2.3', 9)), true);
  assert.equal(admits(network, new IpAddress('10.2.2.3', 9)), false);
  assert.equal(admits(ports, new IpAddress('10.1.2.3', 81)), true);
  assert.equal(admits(ports, new IpAddress('10.1.2.3', 82)), false);
  assert.equal(admits({ ...network, ...ports }, new IpAddress('10.2.2.3', 80)), false);
});

test('nothing where no filter has', () => {
  assert.equal(admits({ upstream_port_range: { start: 1, end: 65535 } }), false);
});

test('an address or ports have to be asked for', () => {
  assert.match(read(TYPE, {}).problems.join(), /missing `upstream_ip` and\/or `upstream_port_range`/);
});
