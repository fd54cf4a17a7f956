import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Scope } from '../../../sdk/stats.ts';
import { createStatsMemory } from '../../common/stats/stats-memory.ts';
import { StatsStore } from '../../common/stats/stats-store.ts';
import { DeferredTrafficStats } from './deferred-traffic-stats.ts';

const WHETHER_USED = 'ClusterTrafficStats.initialized';

/** A cluster's scopes, one a configuration of it, and the names that were asked of them. */
function world() {
  const store = new StatsStore(createStatsMemory());
  const names = new Set<string>();
  const scope = (): Scope => {
    const inner = store.createScope('cluster.c');
    const noted = (name: string): string => {
      names.add(name);
      return name;
    };
    return {
      prefix: inner.prefix,
      counter: (name) => inner.counter(noted(name)),
      gauge: (name, mode) => inner.gauge(noted(name), mode),
      histogram: (name, unit) => inner.histogram(noted(name), unit),
      textReadout: (name) => inner.textReadout(noted(name)),
      scope: (name) => inner.scope(name),
      [Symbol.dispose]: () => inner[Symbol.dispose](),
    };
  };
  return { scope, names, used: () => store.createScope('cluster.c').gauge(WHETHER_USED, 'hidden').value };
}

test('statistics that are not deferred are there from the start', () => {
  const { scope, names } = world();
  new DeferredTrafficStats(scope(), false);
  assert.equal(names.has('upstream_rq_total'), true);
  assert.equal(names.has(WHETHER_USED), false);
});

test('deferred statistics come with their first use, all at once; a hidden gauge tells', () => {
  const { scope, names, used } = world();
  const deferred = new DeferredTrafficStats(scope(), true);
  assert.deepEqual([...names], [WHETHER_USED]);
  assert.equal(used(), 0);
  deferred.stats.upstreamCxNoneHealthy.inc();
  assert.equal(names.size, 67);
  assert.equal(used(), 1);
  assert.equal(deferred.stats, deferred.stats);
});

test('bytes of a connection and a check of a host are first uses too', () => {
  for (const use of ['connectionStats', 'use'] as const) {
    const { scope, names } = world();
    const deferred = new DeferredTrafficStats(scope(), true);
    if (use === 'use') deferred.use();
    else assert.ok(deferred.connectionStats.readTotal);
    assert.equal(names.has('upstream_cx_rx_bytes_total'), true, use);
  }
});

test('what replaces a cluster that was used has them from the start', () => {
  const { scope, names } = world();
  new DeferredTrafficStats(scope(), true).use();
  names.clear();
  new DeferredTrafficStats(scope(), true);
  assert.equal(names.size, 67);
});
