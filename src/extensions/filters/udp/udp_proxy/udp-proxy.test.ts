import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { NetworkInputExtension } from '../../../../../sdk/matching.ts';
import { configReader } from '../../../../../test/harness/extension-config.ts';
import { IpAddress } from '../../../../common/network/address.ts';
import type { UdpProxyConfig } from './config.ts';
import { udpProxy } from './index.ts';

const type = 'envoy.extensions.filters.udp.udp_proxy.v3.UdpProxyConfig';
const inputs = 'envoy.extensions.matching.common_inputs.network.v3';
/** Stand in for those of the registry. */
const networkInputs: readonly Omit<NetworkInputExtension, 'parseConfig'>[] = ['SourcePortInput', 'ServerNameInput'].map(
  (name) => ({
    category: 'envoy.matching.network.input',
    name,
    configTypes: [`${inputs}.${name}`],
    parseConfig: () => undefined,
    createInput: () => ({ get: ({ streamInfo }) => String(streamInfo.downstreamConnection.remoteAddress.port) }),
  }),
);
const reader = configReader([udpProxy, ...networkInputs]);
type Json = Parameters<typeof reader.read>[1];

function read(json: object): UdpProxyConfig {
  const { config, problems } = reader.read(type, { stat_prefix: 's', ...json } as Json);
  assert.deepEqual(problems, []);
  return config as UdpProxyConfig;
}

const route = (cluster: string) => ({
  action: {
    name: 'route',
    typed_config: { '@type': 'type.googleapis.com/envoy.extensions.filters.udp.udp_proxy.v3.Route', cluster },
  },
});
const byInput = (input: string) => ({
  matcher: {
    matcher_tree: {
      input: {
        name: 'i',
        typed_config: { '@type': `type.googleapis.com/${inputs}.${input}` },
      },
      exact_match_map: { map: { '7': route('seven') } },
    },
    on_no_match: route('other'),
  },
});

test('defaults: a minute of idleness, datagrams of any length from hosts', () => {
  const { settings } = read({ cluster: 'c' });
  assert.equal(settings.idleTimeoutMs, 60_000);
  assert.equal(settings.maxRxDatagramBytes, 65_535);
  assert.deepEqual(settings.clusterNames, ['c']);
  const limited = read({ cluster: 'c', upstream_socket_config: { max_rx_datagram_size: 9000, prefer_gro: false } });
  assert.equal(limited.settings.maxRxDatagramBytes, 9000);
});

test('a hash is that of the client’s address, or of a key for all', () => {
  const [one, two] = [new IpAddress('10.0.0.1', 1), new IpAddress('10.0.0.2', 1)];
  const ofIp = read({ cluster: 'c', hash_policies: [{ source_ip: true }] }).settings.hashPolicy;
  assert.notEqual(ofIp?.(one), ofIp?.(two));
  assert.equal(ofIp?.(one), ofIp?.(new IpAddress('10.0.0.1', 2)));
  const ofKey = read({ cluster: 'c', hash_policies: [{ key: 'k' }] }).settings.hashPolicy;
  assert.equal(ofKey?.(one), ofKey?.(two));
});

test('a matcher chooses clusters by addresses and ports', () => {
  const { settings, createRoute } = read(byInput('SourcePortInput'));
  assert.deepEqual(new Set(settings.clusterNames), new Set(['seven', 'other']));
  const context = { timeSource: { monotonicTimeMs: () => 0, systemTimeMs: () => 0 } };
  const choose = createRoute(context as unknown as Parameters<typeof createRoute>[0]);
  const local = new IpAddress('127.0.0.1', 1);
  assert.equal(choose(local, new IpAddress('127.0.0.1', 7)), 'seven');
  assert.equal(choose(local, new IpAddress('127.0.0.1', 8)), 'other');
});

test('inputs that datagrams have none of are refused', () => {
  const { problems } = reader.read(type, { stat_prefix: 's', ...byInput('ServerNameInput') } as Json);
  assert.match(problems[0] ?? '', /Didn't find a registered implementation for 'i'/);
});

test('what is not there yet is refused by name', () => {
  const { problems } = reader.read(type, {
    stat_prefix: 's',
    cluster: 'c',
    use_original_src_ip: true,
    tunneling_config: { proxy_host: 'h', target_host: 't', default_target_port: 1 },
    session_filters: [{ name: 'f' }],
  } as Json);
  const fields = problems.map((problem) => problem.split(':')[0]).sort();
  assert.deepEqual(fields, ['session_filters', 'tunneling_config', 'use_original_src_ip']);
});
