/** Upstreams that mean no good cost their own requests their time, others nothing, and memory no more than the limits. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SimulatedProxyWorld } from '../../src/exe/simulation/simulated-proxy.ts';
import { Simulation } from '../../src/exe/simulation/simulation.ts';

const simulation = new Simulation();
const bufferLimitBytes = 10_000;
const cluster = (name: string, port: number) => `
    - name: ${name}
      per_connection_buffer_limit_bytes: ${bufferLimitBytes}
      load_assignment:
        cluster_name: ${name}
        endpoints: [{ lb_endpoints: [{ endpoint: { address: { socket_address: { address: 127.0.0.1, port_value: ${port} } } } }] }]`;
const config = `
static_resources:
  listeners:
    - name: web
      address: { socket_address: { address: 127.0.0.1, port_value: 1000 } }
      per_connection_buffer_limit_bytes: ${bufferLimitBytes}
      filter_chains:
        - filters:
            - name: envoy.filters.network.http_connection_manager
              typed_config:
                "@type": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
                stat_prefix: in
                route_config:
                  virtual_hosts:
                    - name: all
                      domains: ["*"]
                      routes:
                        - { match: { prefix: /good }, route: { cluster: good } }
                        - { match: { prefix: / }, route: { cluster: bad, timeout: 5s } }
                http_filters:
                  - name: envoy.filters.http.router
                    typed_config: { "@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router }
  clusters:${cluster('good', 2000)}${cluster('bad', 3000)}
`;

async function start(bad: { neverRead?: boolean } = {}): Promise<SimulatedProxyWorld> {
  const faults = (to: string) => (to === '127.0.0.1:3000' && bad.neverRead === true ? { neverRead: true } : {});
  const proxy = await simulation.start({ config, concurrency: 1, faults });
  proxy.httpUpstream('127.0.0.1:2000', () => ({ body: 'good' }));
  return proxy;
}

/** Another request is answered without any time passing. */
async function othersAreWell(proxy: SimulatedProxyWorld): Promise<void> {
  const before = proxy.nowMs;
  const { status, body } = await proxy.request('web', { path: '/good' });
  assert.deepEqual([status, body, proxy.nowMs - before], [200, 'good', 0]);
}

test('a byte of an answer a second ends with the route’s timeout', async () => {
  await using proxy = await start();
  const upstream = proxy.tcpUpstream('127.0.0.1:3000');
  const client = proxy.connect('web');
  client.send('GET / HTTP/1.1\r\nhost: a\r\n\r\n');
  let seconds = 0;
  for (; client.received === '' && seconds < 20; seconds++) {
    await proxy.advance(1000);
    upstream.connections[0]?.send('HTTP/1.1 200 OK\r\nx: y'[seconds] ?? 'x');
    if (seconds === 2) await othersAreWell(proxy);
  }
  assert.deepEqual([client.received.slice(0, 12), seconds], ['HTTP/1.1 504', 5]);
  await proxy.settle();
  assert.equal(proxy.stat('cluster.bad.upstream_cx_active'), 0);
});

test('endless headers of an answer end its connection at the limit', async () => {
  await using proxy = await start();
  proxy.tcpUpstream('127.0.0.1:3000', (connection) => {
    connection.send('HTTP/1.1 200 OK\r\n');
    for (let i = 0; i < 100; i++) connection.send('a: b\r\n'.repeat(1000));
  });
  const { status } = await proxy.request('web', { path: '/' });
  assert.equal(status, 502);
  await othersAreWell(proxy);
  assert.equal(proxy.stat('cluster.bad.upstream_cx_protocol_error'), 1);
  assert.equal(proxy.stat('cluster.bad.upstream_cx_active'), 0);
});

test('an upstream that never reads stops its client, and only that', async () => {
  await using proxy = await start({ neverRead: true });
  proxy.tcpUpstream('127.0.0.1:3000');
  const client = proxy.connect('web');
  client.send('POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 10000000\r\n\r\n');
  for (let i = 0; i < 20; i++) {
    client.send('x'.repeat(100_000));
    await proxy.settle();
  }
  const waiting = proxy.stat('cluster.bad.upstream_cx_tx_bytes_buffered');
  const held = waiting + proxy.stat('http.in.downstream_cx_rx_bytes_buffered');
  assert.ok(waiting > 0, 'the kernel took everything: nothing was tested');
  assert.ok(held <= 2 * 2 * bufferLimitBytes + 65_536, `${held} bytes are held`);
  assert.ok(proxy.stat('http.in.downstream_flow_control_paused_reading_total') > 0);
  await othersAreWell(proxy);
  client.abort();
  await proxy.advance(6000);
  assert.equal(proxy.stat('cluster.bad.upstream_cx_active'), 0);
});

test('an endless answer to a client that does not read stops at the buffers’ limits', async () => {
  await using proxy = await start();
  const upstream = proxy.tcpUpstream('127.0.0.1:3000');
  const client = proxy.connect('web');
  client.send('GET / HTTP/1.1\r\nhost: a\r\n\r\n');
  await proxy.settle();
  client.readDisable(true);
  upstream.connections[0]?.send('HTTP/1.1 200 OK\r\ncontent-length: 10000000\r\n\r\n');
  for (let i = 0; i < 40; i++) {
    upstream.connections[0]?.send('y'.repeat(100_000));
    await proxy.settle();
  }
  const held = proxy.stat('http.in.downstream_cx_tx_bytes_buffered');
  assert.ok(held > 0 && held <= 2 * bufferLimitBytes + 65_536, `${held} bytes are held`);
  assert.ok(proxy.stat('cluster.bad.upstream_flow_control_paused_reading_total') > 0);
  await othersAreWell(proxy);
});
