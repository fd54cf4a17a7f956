import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startSimulatedProxy } from '../../src/exe/simulation/index.ts';

const config = `
admin: { address: { socket_address: { address: 127.0.0.1, port_value: 9901 } } }
static_resources:
  listeners:
    - name: echo
      address: { socket_address: { address: 127.0.0.1, port_value: 0 } }
      filter_chains:
        - filters:
            - name: envoy.filters.network.echo
              typed_config: { "@type": type.googleapis.com/envoy.extensions.filters.network.echo.v3.Echo }
`;

test('a whole proxy in one thread: traffic, statistics, admin page, orderly end', async () => {
  await using proxy = await startSimulatedProxy({ config, concurrency: 2 });
  const clients = [proxy.connect('echo'), proxy.connect('echo')];
  for (const client of clients) client.send('hello');
  await proxy.advance(1);
  assert.deepEqual(
    clients.map(({ received }) => received),
    ['hello', 'hello'],
  );
  const scope = 'listener.127.0.0.1_0';
  assert.equal(proxy.stat(`${scope}.downstream_cx_active`), 2);
  assert.equal(proxy.stat(`${scope}.worker_0.downstream_cx_total`), 1);
  const ready = await proxy.admin('/ready');
  assert.deepEqual([ready.status, ready.body], [200, 'LIVE\n']);
  assert.equal(await proxy.stop(), 0);
  assert.deepEqual(
    clients.map(({ state }) => state),
    ['ended', 'ended'],
  );
});
