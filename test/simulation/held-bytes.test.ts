/** What has been received lies in memory that is lent: whoever drops it says so, or it is lost to everyone. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Simulation } from '../../src/exe/simulation/simulation.ts';
import { clientHello } from '../harness/client-hello.ts';
import { echoChain, pushListener, tcpListener } from '../harness/config-push.ts';

const simulation = new Simulation();
const admin = { address: { socket_address: { address: '127.0.0.1', port_value: 9901 } } };
const inspector = {
  name: 'inspector',
  typed_config: {
    '@type': 'type.googleapis.com/envoy.extensions.filters.listener.tls_inspector.v3.TlsInspector',
  },
};
const noChain = { ...echoChain(), filter_chain_match: { server_names: ['nobody.test'] } };

for (const [what, hello, end] of [
  ['is reset while a listener filter waits for more', clientHello().slice(0, 50), 'abort'],
  ['ends while a listener filter waits for more', clientHello().slice(0, 50), 'close'],
  ['finds no filter chain', clientHello(), undefined],
] as const)
  test(`the bytes of a connection that ${what} are let go of`, async () => {
    await using proxy = await simulation.start({ config: { admin } });
    pushListener(proxy, tcpListener('a', 1000, { listener_filters: [inspector], filter_chains: [noChain] }));
    await proxy.settle();
    const client = proxy.connect('a');
    client.send(hello);
    await proxy.settle();
    if (end !== undefined) {
      assert.equal(proxy.heldRuns, 1);
      client[end]();
      await proxy.settle();
    }
    assert.deepEqual([proxy.openSockets, proxy.heldRuns], [0, 0]);
  });
