/** What must hold of every run. */
import assert from 'node:assert/strict';
import type { SimulatedProxyWorld } from '../../src/exe/simulation/simulated-proxy.ts';

const activeGauges =
  /^(http|cluster|listener)\.(?!admin).*(_cx_active|_rq_active|_pending_active|_buffered|upstream_rq_pending_active)$/;

/** Traffic is over, clients are gone, idle connections timed out. `killed`: workers that died and counted no further. */
export function checkAtRest(proxy: SimulatedProxyWorld, killed: number): void {
  const counters = proxy.stats(/^(http|cluster|listener)\.(?!admin)/);
  const value = (name: string): number => counters.get(name) ?? 0;
  for (const [name, gauge] of proxy.stats(activeGauges)) assert.equal(gauge, 0, name);
  for (const name of counters.keys()) {
    const scope = /^(.*)_cx_total$/.exec(name)?.[1];
    if (scope === undefined || /\.worker_\d+\./.test(name) || !counters.has(`${scope}_cx_destroy`) || killed > 0)
      continue;
    assert.equal(value(name), value(`${scope}_cx_destroy`), `${name} and ${scope}_cx_destroy`);
  }
  for (const [name, gauge] of proxy.stats(/circuit_breakers\..*_open$|^listener_manager\.total_.*_(warming|draining)$/))
    assert.equal(gauge, 0, name);
  for (const sum of proxy.stats(/^cluster\..*\.remaining_/)) assert.ok(sum[1] >= 0, sum[0]);
  assert.equal(proxy.openSockets, 0, 'sockets in the proxy');
  assert.equal(proxy.heldRuns, 0, 'received bytes that were dropped without a word');
  const total = new Int32Array(proxy.server.connectionCounts).reduce((all, one) => all + one, 0);
  assert.equal(total, 0, 'connections counted for the global limit');
  const faults = proxy.log.filter((line) => /\]\[(error|critical)\]/.test(line) && !/fault by design/.test(line));
  assert.deepEqual(faults, []);
  assert.equal(proxy.stat('server.worker_replaced'), killed);
}

/** Every cluster and listener that was pushed is removed again: their statistics are gone with them. */
export function checkForgotten(proxy: SimulatedProxyWorld): void {
  const left = proxy.stats(/^(cluster\.c\d|http\.l\d|listener\.127\.0\.0\.1_10\d\d\.)/);
  assert.deepEqual([...left.keys()], []);
  assert.deepEqual([...proxy.server.listenerManager.active.keys()], ['fixed']);
}

/** The orderly end leaves nothing. */
export async function checkEnd(proxy: SimulatedProxyWorld, upstreams: number): Promise<void> {
  assert.equal(await proxy.stop(), 0);
  assert.equal(proxy.threads.leakedSockets, 0);
  assert.equal(proxy.network.bindingCount, upstreams, 'addresses that are still bound');
  await proxy[Symbol.asyncDispose]();
  assert.equal(proxy.network.bindingCount, 0);
}
