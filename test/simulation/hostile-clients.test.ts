/** Clients that mean no good are closed by the limit or timeout that Envoy has, and cost others nothing. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SimulatedProxyWorld } from '../../src/exe/simulation/simulated-proxy.ts';
import { Simulation } from '../../src/exe/simulation/simulation.ts';

const simulation = new Simulation();
const config = `
admin: { address: { socket_address: { address: 127.0.0.1, port_value: 9901 } } }
static_resources:
  listeners:
    - name: web
      address: { socket_address: { address: 127.0.0.1, port_value: 1000 } }
      per_connection_buffer_limit_bytes: 10000
      filter_chains:
        - filters:
            - name: envoy.filters.network.http_connection_manager
              typed_config:
                "@type": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
                stat_prefix: in
                request_headers_timeout: 3s
                request_timeout: 4s
                stream_idle_timeout: 5s
                common_http_protocol_options: { idle_timeout: 6s }
                route_config:
                  virtual_hosts:
                    - name: all
                      domains: ["*"]
                      routes:
                        - { match: { prefix: /direct }, direct_response: { status: 200, body: { inline_string: hello } } }
                        - { match: { prefix: / }, route: { cluster: up, timeout: 0s } }
                http_filters:
                  - name: envoy.filters.http.router
                    typed_config: { "@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router }
  clusters:
    - name: up
      load_assignment:
        cluster_name: up
        endpoints:
          - lb_endpoints:
              - endpoint: { address: { socket_address: { address: 127.0.0.1, port_value: 2000 } } }
`;

const direct = 'GET /direct HTTP/1.1\r\nhost: a\r\n\r\n';
const chunked = 'POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n';

function start(): Promise<SimulatedProxyWorld> {
  return simulation.start({ config, concurrency: 1 });
}

/** Sends a byte a second for a while; after how many seconds the answer came. */
async function dribble(proxy: SimulatedProxyWorld, first: string, bytes: string) {
  const client = proxy.connect('127.0.0.1:1000');
  client.send(first);
  let second = 0;
  while (client.received === '' && second < 20) {
    await proxy.advance(1000);
    client.send(bytes[second++] ?? 'x');
  }
  await proxy.advance(2000);
  return { second, status: client.received.slice(0, 12), state: client.state };
}

test('a byte of a head a second is answered 408 after request_headers_timeout', async () => {
  await using proxy = await start();
  assert.deepEqual(await dribble(proxy, 'G', 'ET / HTTP/1.1\r\n'), {
    second: 3,
    status: 'HTTP/1.1 408',
    state: 'ended',
  });
  assert.equal(proxy.stat('http.in.downstream_rq_header_timeout'), 1);
});

test('a byte of a body a second is answered 408 after request_timeout', async () => {
  await using proxy = await start();
  proxy.tcpUpstream('127.0.0.1:2000');
  const head = 'POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 100\r\n\r\n';
  assert.deepEqual(await dribble(proxy, head, ''), { second: 4, status: 'HTTP/1.1 408', state: 'ended' });
  assert.equal(proxy.stat('http.in.downstream_rq_timeout'), 1);
});

test('connections that say nothing end with idle_timeout', async () => {
  await using proxy = await start();
  const clients: ReturnType<SimulatedProxyWorld['connect']>[] = [];
  for (let i = 0; i < 1000; i++) {
    clients.push(proxy.connect('127.0.0.1:1000'));
    if (i % 100 === 99) await proxy.settle();
  }
  await proxy.advance(5900);
  assert.equal(proxy.stat('http.in.downstream_cx_active'), 1000);
  await proxy.advance(200);
  assert.equal(proxy.stat('http.in.downstream_cx_active'), 0);
  assert.equal(proxy.stat('http.in.downstream_cx_idle_timeout'), 1000);
  assert.ok(clients.every(({ state }) => state === 'ended'));
});

test('100,000 tiny headers are answered 431 at the limit', async () => {
  await using proxy = await start();
  const client = proxy.connect('127.0.0.1:1000');
  client.send('GET / HTTP/1.1\r\nhost: a\r\n');
  for (let i = 0; i < 100; i++) client.send('a: b\r\n'.repeat(1000));
  await proxy.advance(2000);
  assert.equal(client.received.slice(0, 12), 'HTTP/1.1 431');
  // What it went on to send was not read: closing resets.
  assert.equal(client.state, 'failed');
});

test('an endless chunk extension goes nowhere and ends with the request’s time', async () => {
  await using proxy = await start();
  let sent = '';
  proxy.tcpUpstream('127.0.0.1:2000', (_, bytes) => {
    sent += bytes;
  });
  const client = proxy.connect('127.0.0.1:1000');
  client.send(`${chunked}3;`);
  for (let second = 0; second < 4; second++) {
    client.send('x'.repeat(100_000));
    await proxy.advance(1000);
  }
  await proxy.advance(2000);
  assert.equal(client.received.slice(0, 12), 'HTTP/1.1 408');
  assert.equal(sent.split('\r\n\r\n')[1], '');
});

test('a client that pipelines and never reads is cut off when its answers fill the buffer twice over', async () => {
  await using proxy = await start();
  const client = proxy.connect('127.0.0.1:1000');
  await proxy.settle();
  client.readDisable(true);
  for (let i = 0; i < 100; i++) client.send(direct.repeat(100));
  let most = 0;
  for (let i = 0; i < 100; i++) {
    await proxy.settle();
    most = Math.max(most, proxy.stat('http.in.downstream_cx_tx_bytes_buffered'));
  }
  await proxy.advance(2000);
  assert.equal(proxy.stat('http1.response_flood'), 1);
  assert.equal(proxy.stat('http.in.downstream_cx_active'), 0);
  assert.ok(most <= 20_000, `${most} bytes waited`);
});

test('a client that pipelines gets its turns, not those of others', async () => {
  await using proxy = await start();
  const greedy = proxy.connect('127.0.0.1:1000');
  let before = -1;
  const modest = proxy.connect('127.0.0.1:1000', () => {
    if (before < 0) before = answersTo(greedy.received);
  });
  await proxy.settle();
  greedy.send(direct.repeat(1000));
  modest.send(direct);
  await proxy.until(() => modest.received !== '');
  assert.ok(before <= 40, `${before} answers came first`);
  await proxy.until(() => answersTo(greedy.received) === 1000);
});

function answersTo(received: string): number {
  return received.split('hello').length - 1;
}
