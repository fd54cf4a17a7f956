import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Simulation } from '../../src/exe/simulation/simulation.ts';
import { bootstrap, flags } from '../harness/one-cluster.ts';

const simulation = new Simulation();
const cluster = (original_dst_lb_config: object) => ({
  type: 'ORIGINAL_DST',
  lb_policy: 'CLUSTER_PROVIDED',
  original_dst_lb_config,
});
const to = (host: string) => ({ headers: { 'x-envoy-original-dst-host': host } });

test('requests go where their header says, over connections that are used again; unused hosts are forgotten', async () => {
  const config = bootstrap(cluster({ use_http_header: true }));
  await using proxy = await simulation.start({ config, concurrency: 2 });
  const [a, b] = ['10.0.0.1:80', '10.0.0.2:80'].map((address) =>
    proxy.httpUpstream(address, () => ({ body: address })),
  );
  for (const [host, body] of [
    ['10.0.0.1:80', '10.0.0.1:80'],
    ['10.0.0.2:80', '10.0.0.2:80'],
    ['10.0.0.1:80', '10.0.0.1:80'],
  ] as const) {
    assert.equal((await proxy.request('web', to(host))).body, body);
  }
  assert.deepEqual([a?.requests.length, b?.requests.length], [2, 1]);
  assert.ok((await flags(proxy)).includes('10.0.0.1 healthy'));
  assert.equal(proxy.stat('cluster.c.upstream_rq_total'), 3);
  const nowhere = await proxy.request('web');
  assert.equal(nowhere.status, 503);
  assert.equal((await proxy.request('web', to('what'))).status, 503);
  assert.equal(proxy.stat('cluster.c.original_dst_host_invalid'), 1);
  for (const connection of [...(a?.connections ?? []), ...(b?.connections ?? [])]) connection.close();
  await proxy.advance(20_000);
  assert.deepEqual(await flags(proxy), []);
  assert.equal(proxy.stat('cluster.c.membership_total'), 0);
});

test('another port may be asked for', async () => {
  const config = bootstrap(cluster({ use_http_header: true, upstream_port_override: 81 }));
  await using proxy = await simulation.start({ config });
  proxy.httpUpstream('10.0.0.1:81', () => ({ body: 'here' }));
  assert.equal((await proxy.request('web', to('10.0.0.1:80'))).body, 'here');
});
