import assert from 'node:assert/strict';
import { test } from 'node:test';
import { IpAddress } from '../../common/network/address.ts';
import type { DnsResolverConfig } from '../../common/upstream/dns-resolver-config.ts';
import type { DnsResolver } from '../../network/dns/resolver.ts';
import { DnsResolvers } from './dns-resolvers.ts';

function config(server: string): DnsResolverConfig {
  return {
    kind: 'cares',
    servers: [new IpAddress(server, 53)],
    useServersAsFallback: false,
    noDefaultSearchDomain: false,
    filterUnroutableFamilies: false,
    reinitOnTimeout: false,
    rotateServers: false,
  };
}

test('clusters that want the same share a resolver of their own; all but the server’s end together', () => {
  const ended: string[] = [];
  const make = (name: string) => ({ [Symbol.dispose]: () => void ended.push(name) }) as unknown as DnsResolver;
  const usual = make('usual');
  const resolvers = new DnsResolvers(usual, (config) =>
    make(config.kind === 'cares' ? (config.servers[0]?.ip ?? '') : config.kind),
  );
  const own = resolvers.for(config('10.0.0.1'));
  assert.equal(resolvers.for(undefined), usual);
  assert.notEqual(own, usual);
  assert.equal(resolvers.for(config('10.0.0.1')), own);
  assert.notEqual(resolvers.for(config('10.0.0.2')), own);
  const system = (threads: number) => resolvers.for({ kind: 'getaddrinfo', retries: 1, threads });
  assert.equal(system(1), system(1));
  assert.notEqual(system(1), system(2));
  resolvers[Symbol.dispose]();
  assert.deepEqual(ended, ['10.0.0.1', '10.0.0.2', 'getaddrinfo', 'getaddrinfo']);
});
