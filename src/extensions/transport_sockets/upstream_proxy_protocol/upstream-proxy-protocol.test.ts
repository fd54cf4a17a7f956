import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import type { ProxyProtocolTlv } from '../../../../sdk/network.ts';
import type { LoadBalancerContext, TcpConnectionData, TcpPoolCallbacks } from '../../../../sdk/upstream.ts';
import { configReader } from '../../../../test/harness/extension-config.ts';
import { FakeConnection } from '../../../../test/harness/fake-connection.ts';
import type { FakeSocket } from '../../../../test/harness/fake-socket.ts';
import { ClusterReader, UpstreamWorld } from '../../../../test/harness/upstream-world.ts';
import { SliceBuffer } from '../../../common/buffer/slice-buffer.ts';
import { IpAddress } from '../../../common/network/address.ts';
import { ProxyProtocolState, proxyProtocolStateKey } from '../../../common/network/proxy-protocol-state.ts';
import { upstreamProxyProtocol } from './index.ts';

const types = 'type.googleapis.com/envoy.extensions.transport_sockets';
const raw = { name: 'raw', typed_config: { '@type': `${types}.raw_buffer.v3.RawBuffer` } };
const signature = '\r\n\r\n\0\r\nQUIT\n';

let world: UpstreamWorld;
beforeEach(() => {
  world = new UpstreamWorld();
});

function addCluster(config: object): void {
  const typedConfig = {
    '@type': `${types}.proxy_protocol.v3.ProxyProtocolUpstreamTransport`,
    config,
    transportSocket: raw,
  };
  world.addCluster({ name: 'c', transportSocket: { name: 'pp', typedConfig } }, [{ address: '10.0.0.1:80' }]);
}

function clientFrom(ip: string, tlvs?: readonly ProxyProtocolTlv[]): FakeConnection {
  const client = new FakeConnection(world.dispatcher, ip);
  if (tlvs === undefined) return client;
  const state = new ProxyProtocolState(new IpAddress('1.2.3.4', 5), new IpAddress('6.7.8.9', 10), tlvs);
  client.streamInfo.filterState.set(proxyProtocolStateKey, state, false);
  return client;
}

function contextOf(client: FakeConnection | undefined): LoadBalancerContext {
  return {
    downstreamConnection: client,
    shouldSelectAnotherHost: () => false,
    hostSelectionRetryCount: 1,
  } as unknown as LoadBalancerContext;
}

/** Connects for a client, and has the connection say something when it stands. */
function connect(client: FakeConnection | undefined): string {
  const callbacks: TcpPoolCallbacks = {
    onPoolReady({ connection }: TcpConnectionData) {
      const data = new SliceBuffer();
      data.add('hello');
      connection.write(data, false);
    },
    onPoolFailure() {},
  };
  const context = contextOf(client);
  world.manager.getThreadLocalCluster('c')?.tcpConnPool('default', context)?.newConnection(callbacks);
  const socket = world.engine.sockets.at(-1) as FakeSocket;
  socket.connected();
  return String.fromCharCode(...socket.sent.linearize(socket.sent.length));
}

const tlv = (type: number, value: string) => ({ type, value: btoa(value) });
const bytes = (text: string): Uint8Array => Uint8Array.from(text, (char) => char.charCodeAt(0));

test('version 1 tells of the client before anything else goes out', () => {
  addCluster({});
  const written = connect(clientFrom('10.0.0.9'));
  assert.equal(written, 'PROXY TCP4 10.0.0.9 10.0.0.1 4000 8080\r\nhello');
  assert.equal(world.counter('cluster.c.upstream_cx_tx_bytes_total'), written.length);
});

test('what a PROXY header said of the client goes on', () => {
  addCluster({});
  assert.equal(connect(clientFrom('10.0.0.9', [])), 'PROXY TCP4 1.2.3.4 6.7.8.9 5 10\r\nhello');
});

test('without a client version 1 tells of the connection itself, version 2 that it is ours', () => {
  addCluster({});
  assert.match(connect(undefined), /^PROXY TCP4 \S+ 10\.0\.0\.1 \d+ 80\r\nhello$/);
  addCluster({ version: 'V2' });
  assert.equal(connect(undefined), `${signature}\x20\0\0\0hello`);
});

test('TLVs: added ones first, then those of the client that may pass, unless added ones have their type', () => {
  const tlvs = [
    { type: 2, value: bytes('auth') },
    { type: 0xe1, value: bytes('own') },
  ];
  const written = (config: object): string => {
    addCluster({ version: 'V2', ...config });
    return connect(clientFrom('10.0.0.9', tlvs)).slice(signature.length + 4 + 12);
  };
  assert.equal(written({}), 'hello');
  assert.equal(written({ passThroughTlvs: {} }), '\x02\0\x04auth\xe1\0\x03ownhello');
  assert.equal(written({ passThroughTlvs: { matchType: 'INCLUDE', tlvType: [2] } }), '\x02\0\x04authhello');
  const addedTlvs = [tlv(0xe1, 'a'), tlv(0xe1, 'b')];
  assert.equal(written({ passThroughTlvs: {}, addedTlvs }), '\xe1\0\x01a\xe1\0\x01b\x02\0\x04authhello');
});

test('TLVs are formatted of the connection to the upstream; empty ones are none', () => {
  const format = (type: number, inlineString: string) => ({
    type,
    formatString: { textFormatSource: { inlineString }, omitEmptyValues: true },
  });
  addCluster({ version: 'V2', addedTlvs: [format(3, '%UPSTREAM_HOST%'), format(4, '%REQ(x)%')] });
  assert.ok(connect(clientFrom('10.0.0.9')).endsWith('\x03\0\x0b10.0.0.1:80hello'));
});

test('TLVs that do not fit are counted', () => {
  addCluster({ version: 'V2', addedTlvs: [tlv(3, 'x'.repeat(65_000)), tlv(4, 'y'.repeat(600))] });
  connect(clientFrom('10.0.0.9'));
  assert.equal(world.counter('cluster.c.upstream.proxyprotocol.v2_tlvs_exceed_max_length'), 1);
});

test('clients of different addresses have pools of their own, and so connections', () => {
  addCluster({});
  const pool = (client: FakeConnection) =>
    world.manager.getThreadLocalCluster('c')?.httpConnPool('default', undefined, contextOf(client));
  assert.equal(pool(clientFrom('10.0.0.9')), pool(clientFrom('10.0.0.9')));
  assert.notEqual(pool(clientFrom('10.0.0.9')), pool(clientFrom('10.0.0.8')));
});

test('what the PROXY header cannot be made of is refused', () => {
  const { read } = configReader([upstreamProxyProtocol]);
  const type = 'envoy.extensions.transport_sockets.proxy_protocol.v3.ProxyProtocolUpstreamTransport';
  const both = { type: 1, value: 'YQ==', format_string: { text_format_source: { inline_string: 'a' } } };
  const { problems } = read(type, {
    transport_socket: { name: 'none' },
    tlv_as_pool_key: true,
    config: { added_tlvs: [{ type: 1 }, both] },
  } as never);
  assert.match(problems.join('\n'), /tlv_as_pool_key is not supported yet/);
  assert.match(problems.join('\n'), /added_tlvs\[0\]: .*one of 'value' or 'format_string' must be set/);
  assert.match(problems.join('\n'), /added_tlvs\[1\]: .*only one of 'value' or 'format_string' may be set/);
});

test('TLVs of a single host are refused by name', () => {
  const perHost = { '@type': 'type.googleapis.com/envoy.config.core.v3.PerHostConfig', addedTlvs: [tlv(1, 'a')] };
  const endpoint = { address: { socketAddress: { address: '10.0.0.1', portValue: 80 } } };
  const metadata = { typedFilterMetadata: { 'envoy.transport_sockets.proxy_protocol': perHost } };
  const reader = new ClusterReader();
  const message = reader.message({
    name: 'c',
    loadAssignment: { clusterName: 'c', endpoints: [{ lbEndpoints: [{ endpoint, metadata }] }] },
  });
  assert.throws(() => reader.config(message), /TLVs of a single host are not supported yet/);
});
