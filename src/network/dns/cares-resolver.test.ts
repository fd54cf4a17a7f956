import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { Dispatcher } from '../../../sdk/event.ts';
import { DnsServer, type Zone } from '../../../test/harness/dns-server.ts';
import { createStatsMemory } from '../../common/stats/stats-memory.ts';
import { StatsStore } from '../../common/stats/stats-store.ts';
import { RealDispatcher } from '../../event/real-dispatcher.ts';
import { SimulatedDispatcher, SimulatedTime } from '../../event/simulated-dispatcher.ts';
import { CaresDnsResolver, type CaresResolverOptions } from './cares-resolver.ts';
import { DnsStats } from './dns-stats.ts';
import { FakeDnsResolver } from './fake-resolver.ts';
import type { DnsLookupFamily, DnsResult } from './resolver.ts';

const noFiles = { hosts: '/nonexistent/hosts', resolvConf: '/nonexistent/resolv.conf' };

/** A resolver whose servers know these zones, and the counters of DNS. */
async function start(
  t: TestContext,
  zones: readonly Zone[],
  options: CaresResolverOptions = {},
  dispatcher: Dispatcher = new RealDispatcher('main_thread'),
) {
  const servers = zones.map((zone) => new DnsServer(zone));
  for (const server of servers) await server.listen();
  const scope = new StatsStore(createStatsMemory()).createScope();
  const all = { servers: servers.map(({ address }) => address), ...options };
  const world = { files: noFiles, stats: new DnsStats(scope) };
  const resolver = new CaresDnsResolver(dispatcher, all, world);
  t.after(() => {
    resolver[Symbol.dispose]();
    for (const server of servers) server[Symbol.dispose]();
  });
  const resolve = (name: string, family: DnsLookupFamily): Promise<DnsResult> =>
    new Promise((done) => resolver.resolve(name, family, done));
  const count = (name: string) => scope.counter(`dns.cares.${name}`).value;
  return { servers, resolver, resolve, count };
}

const addresses = ({ responses }: DnsResult) =>
  responses.map(({ address, ttlSeconds }) => `${address.ip}/${ttlSeconds}`);

test('asks its servers, over the wire', async (t) => {
  const zone = { 'known.test': '10.1.2.3/77', 'alias.test': '=known.test/5 10.1.2.3/77', 'broken.test': 'FORMERR' };
  const { resolve, resolver } = await start(t, [zone]);
  assert.deepEqual(addresses(await resolve('known.test', 'ALL')), ['10.1.2.3/77']);
  assert.deepEqual(addresses(await resolve('alias.test', 'V4_ONLY')), ['10.1.2.3/5']);
  const [missing, broken] = [await resolve('missing.test', 'V4_ONLY'), await resolve('broken.test', 'V4_ONLY')];
  assert.equal(missing.details, 'cares_norecords:Domain name not found');
  assert.equal(broken.details, 'cares_failure:DNS server claims query was misformatted');
  assert.equal((await resolve('bad..name', 'V4_ONLY')).responses.length, 0);

  resolver.resolve('known.test', 'V4_ONLY', () => assert.fail('cancelled')).cancel();
  await resolve('known.test', 'V4_ONLY');
  resolver.resolve('known.test', 'V4_ONLY', () => assert.fail('disposed'));
});

test('a server that fails is asked four times; then the servers are contacted anew', async (t) => {
  const { servers, resolve, count } = await start(t, [{ 'a.test': 'SERVFAIL', 'b.test': 'NXDOMAIN' }]);
  assert.equal((await resolve('a.test', 'AUTO')).details, 'cares_failure:DNS server returned general failure');
  assert.deepEqual(servers[0]?.asked, [...Array(4).fill('a.test AAAA'), ...Array(4).fill('a.test A')]);
  assert.deepEqual([count('get_addr_failure'), count('reinits'), count('timeouts')], [2, 1, 0]);
  await resolve('b.test', 'V4_ONLY');
  assert.deepEqual(servers[0]?.asked.slice(8), ['b.test A']);
});

test('another server is asked when one fails or is silent', async (t) => {
  const zones = [
    { 'a.test': 'REFUSED', 'b.test': 'silent' },
    { 'a.test': '10.0.0.1/1', 'b.test': '10.0.0.2/2' },
  ];
  const options = { queryTimeoutMs: 250 };
  const { servers, resolve, count } = await start(t, zones, options);
  assert.deepEqual(addresses(await resolve('a.test', 'V4_ONLY')), ['10.0.0.1/1']);
  const other = await start(t, zones, options);
  assert.deepEqual(addresses(await other.resolve('b.test', 'V4_ONLY')), ['10.0.0.2/2']);
  assert.deepEqual(servers[0]?.asked, ['a.test A']);
  assert.deepEqual([count('reinits'), count('get_addr_failure'), other.count('timeouts')], [0, 0, 0]);
});

test('each silence is counted, and may call for fresh sockets', async (t) => {
  const time = new SimulatedTime();
  const dispatcher = new SimulatedDispatcher('main_thread', time);
  const options = { queryTimeoutMs: 5000, queryTries: 2, reinitOnTimeout: true };
  const { resolver, count } = await start(t, [{ 'a.test': 'silent' }], options, dispatcher);
  const results: string[] = [];
  resolver.resolve('a.test', 'V4_ONLY', ({ details }) => results.push(details));
  time.advance(9_999);
  assert.deepEqual(results, []);
  time.advance(5_001);
  assert.deepEqual(results, ['cares_failure:Timeout while contacting DNS servers']);
  assert.deepEqual([count('timeouts'), count('reinits'), count('get_addr_failure')], [2, 1, 0]);
});

test('the fake answers as set, when its time has come', () => {
  const time = new SimulatedTime();
  const fake = new FakeDnsResolver(new SimulatedDispatcher('main_thread', time));
  fake.set('a.test', ['1.1.1.1', '::2'], 5);
  fake.fail('b.test', 'ETIMEOUT');
  fake.delayMs = 10;
  const log: string[] = [];
  const note = (result: DnsResult): void => {
    log.push(`${result.status} ${result.responses.map(({ address }) => address.ip).join()}`);
  };
  fake.resolve('a.test', 'AUTO', note);
  fake.resolve('b.test', 'AUTO', note);
  fake.resolve('c.test', 'ALL', note);
  fake.resolve('a.test', 'ALL', note).cancel();
  time.advance(9);
  assert.deepEqual(log, []);
  time.advance(1);
  assert.deepEqual(log, ['Completed ::2', 'Failure ', 'Completed ']);
  assert.deepEqual(fake.queries, ['a.test', 'b.test', 'c.test', 'a.test']);
});

test('a socket serves so many queries, and so long', async (t) => {
  const zone = { 'a.test': '10.1.2.3/77' };
  const socketsOf = async (options: CaresResolverOptions): Promise<number[]> => {
    const { servers, resolve } = await start(t, [zone], options);
    // At the same time: a socket without a query may be closed.
    await Promise.all(Array.from({ length: 4 }, () => resolve('a.test', 'V4_ONLY')));
    const ports = servers[0]?.ports ?? [];
    return ports.map((port) => [...new Set(ports)].indexOf(port));
  };
  assert.deepEqual(await socketsOf({}), [0, 0, 0, 0]);
  assert.deepEqual(await socketsOf({ udpMaxQueries: 3 }), [0, 0, 0, 1]);

  const time = new SimulatedTime();
  const dispatcher = new SimulatedDispatcher('main_thread', time);
  const { count, resolve } = await start(t, [zone], { maxChannelMs: 1000 }, dispatcher);
  // There are no statistics before something is resolved.
  void resolve('a.test', 'V4_ONLY');
  time.advance(999);
  assert.equal(count('reinits'), 0);
  time.advance(1001);
  assert.equal(count('reinits'), 2);
});
