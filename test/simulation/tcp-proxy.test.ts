import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startSimulatedProxy } from '../../src/exe/simulation/index.ts';

const upstreamAddress = '10.0.0.1:80';
const limitBytes = 32_768;

function config(tcpProxy: object = {}, listener: object = {}): object {
  const typed = (type: string, rest: object) => ({ '@type': `type.googleapis.com/${type}`, ...rest });
  const format = {
    text_format_source: {
      inline_string:
        '%RESPONSE_FLAGS% %BYTES_RECEIVED%/%BYTES_SENT% %DOWNSTREAM_REMOTE_ADDRESS% %UPSTREAM_HOST% %ACCESS_LOG_TYPE%\n',
    },
  };
  const log = typed('envoy.extensions.access_loggers.stream.v3.StdoutAccessLog', { log_format: format });
  const filter = typed('envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy', {
    stat_prefix: 't',
    cluster: 'u',
    access_log: [{ name: 'envoy.access_loggers.stdout', typed_config: log }],
    ...tcpProxy,
  });
  const endpoint = { address: { socket_address: { address: '10.0.0.1', port_value: 80 } } };
  return {
    static_resources: {
      listeners: [
        {
          name: 'l',
          address: { socket_address: { address: '127.0.0.1', port_value: 1000 } },
          per_connection_buffer_limit_bytes: limitBytes,
          filter_chains: [{ filters: [{ name: 'envoy.filters.network.tcp_proxy', typed_config: filter }] }],
          ...listener,
        },
      ],
      clusters: [
        {
          name: 'u',
          per_connection_buffer_limit_bytes: limitBytes,
          load_assignment: { cluster_name: 'u', endpoints: [{ lb_endpoints: [{ endpoint }] }] },
        },
      ],
    },
  };
}

test('bytes go both ways, each side may end before the other, and there is a line in the log', async () => {
  await using proxy = await startSimulatedProxy({ config: config() });
  const upstream = proxy.tcpUpstream(upstreamAddress);
  const client = proxy.connect('l');
  client.send('question');
  client.halfClose();
  await proxy.advance(1);
  const [accepted] = upstream.connections;
  assert.deepEqual([accepted?.received, accepted?.state], ['question', 'ended']);
  accepted?.send('answer');
  await proxy.advance(1);
  assert.deepEqual([client.received, client.state], ['answer', 'open']);
  accepted?.close();
  await proxy.advance(1);
  assert.equal(client.state, 'ended');
  assert.match(proxy.accessLog('/dev/stdout'), /^- 8\/6 127\.0\.0\.1:\d+ 10\.0\.0\.1:80 TcpConnectionEnd\n$/);
  assert.equal(proxy.stat('tcp.t.downstream_cx_total'), 1);
  assert.equal(proxy.stat('cluster.u.upstream_cx_active'), 0);
});

test('an upstream may end before its client, which goes on sending', async () => {
  await using proxy = await startSimulatedProxy({ config: config() });
  const upstream = proxy.tcpUpstream(upstreamAddress);
  const client = proxy.connect('l');
  await proxy.advance(1);
  const [accepted] = upstream.connections;
  accepted?.send('that is all');
  accepted?.halfClose();
  await proxy.advance(1);
  assert.deepEqual([client.received, client.state], ['that is all', 'ended']);
  client.send('but I go on');
  await proxy.advance(1);
  assert.equal(accepted?.received, 'but I go on');
});

test('the PROXY header tells who the client is, and does not reach the upstream', async () => {
  const typed_config = {
    '@type': 'type.googleapis.com/envoy.extensions.filters.listener.proxy_protocol.v3.ProxyProtocol',
  };
  const listener_filters = [{ name: 'envoy.filters.listener.proxy_protocol', typed_config }];
  await using proxy = await startSimulatedProxy({
    config: config({}, { listener_filters }),
    faults: () => ({ segmentBytes: 1 }),
  });
  const upstream = proxy.tcpUpstream(upstreamAddress);
  const client = proxy.connect('l');
  client.send('PROXY TCP4 1.2.3.4 5.6.7.8 111 222\r\nhello');
  await proxy.advance(1);
  assert.equal(upstream.connections[0]?.received, 'hello');
  client.close();
  upstream.connections[0]?.close();
  await proxy.advance(1);
  assert.match(proxy.accessLog('/dev/stdout'), /^- 5\/0 1\.2\.3\.4:111 /);
});

test('a refused upstream is tried as often as configured', async () => {
  await using proxy = await startSimulatedProxy({ config: config({ max_connect_attempts: 3 }) });
  const client = proxy.connect('l');
  await proxy.advance(1);
  assert.equal(client.state, 'ended');
  assert.match(proxy.accessLog('/dev/stdout'), /^UF,URX 0\/0 /);
  assert.equal(proxy.stat('cluster.u.upstream_cx_connect_fail'), 3);
});

test('a reset of the upstream reaches the client as one', async () => {
  await using proxy = await startSimulatedProxy({ config: config() });
  const upstream = proxy.tcpUpstream(upstreamAddress);
  const client = proxy.connect('l');
  await proxy.advance(1);
  upstream.connections[0]?.abort();
  await proxy.advance(1);
  assert.equal(client.error, 'ECONNRESET');
  assert.match(proxy.accessLog('/dev/stdout'), /^UR /);
});

test('a client that does not read holds back its upstream, and gets all in the end', async () => {
  await using proxy = await startSimulatedProxy({ config: config() });
  const bytes = 4_000_000;
  const upstream = proxy.tcpUpstream(upstreamAddress);
  const client = proxy.connect('l');
  await proxy.advance(1);
  client.readDisable(true);
  upstream.connections[0]?.send('x'.repeat(bytes));
  await proxy.advance(10);
  assert.ok(proxy.stat('cluster.u.upstream_cx_rx_bytes_total') < bytes / 2);
  assert.ok(proxy.stat('tcp.t.downstream_cx_tx_bytes_buffered') <= 8 * limitBytes);
  const flow = (name: string): number => proxy.stat(`cluster.u.upstream_flow_control_${name}_reading_total`);
  assert.equal(flow('paused') - flow('resumed'), 1);
  client.readDisable(false);
  await proxy.until(() => client.received.length === bytes, 'all bytes');
  assert.equal(flow('paused'), flow('resumed'));
});

test('silence ends the connection', async () => {
  await using proxy = await startSimulatedProxy({ config: config({ idle_timeout: '5s' }) });
  proxy.tcpUpstream(upstreamAddress);
  const client = proxy.connect('l');
  await proxy.advance(4900);
  assert.equal(client.state, 'open');
  await proxy.advance(200);
  assert.equal(client.state, 'ended');
  assert.equal(proxy.stat('tcp.t.idle_timeout'), 1);
});
