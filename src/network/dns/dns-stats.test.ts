import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createStatsMemory } from '../../common/stats/stats-memory.ts';
import { StatsStore } from '../../common/stats/stats-store.ts';
import { DnsStats } from './dns-stats.ts';
import { HostsFile } from './hosts-file.ts';
import { lookupName } from './name-lookup.ts';
import type { DnsLookupFamily } from './resolver.ts';

/** The counts after one lookup whose queries all fail with `code`; as Envoy counts them. */
function counts(code: string, family: DnsLookupFamily): number[] {
  const scope = new StatsStore(createStatsMemory()).createScope();
  const sources = {
    hosts: new HostsFile({ version: () => undefined, read: () => '' }),
    search: { domains: [], ndots: 1 },
    isRoutable: () => true,
    stats: new DnsStats(scope),
    query: (_name: string, _version: number, callback: (answer: { records: []; code: string }) => void) =>
      callback({ records: [], code }),
  };
  lookupName(sources, 'a.test', family, () => {});
  const names = ['resolve_total', 'not_found', 'get_addr_failure', 'timeouts'];
  assert.equal(scope.gauge('dns.cares.pending_resolutions').value, 0);
  return names.map((name) => scope.counter(`dns.cares.${name}`).value);
}

test('a fallback to the other family counts twice, both families at once count once', () => {
  assert.deepEqual(counts('ENOTFOUND', 'AUTO'), [2, 2, 0, 0]);
  assert.deepEqual(counts('ENOTFOUND', 'ALL'), [1, 1, 0, 0]);
  assert.deepEqual(counts('ESERVFAIL', 'AUTO'), [2, 0, 2, 0]);
  assert.deepEqual(counts('EREFUSED', 'V4_ONLY'), [1, 0, 1, 0]);
  assert.deepEqual(counts('ETIMEOUT', 'AUTO'), [2, 0, 0, 2]);
  assert.deepEqual(counts('ETIMEOUT', 'ALL'), [1, 0, 0, 2]);
});
