import assert from 'node:assert/strict';
import { test } from 'node:test';
import { configReader } from '../../../test/harness/extension-config.ts';
import type { JsonInput } from '../proto/json-value.ts';
import { type CaresResolverConfig, type DnsResolverFields, parseDnsResolver } from './dns-resolver-config.ts';

const reader = configReader([]);

function parse(json: JsonInput) {
  return reader.parse('envoy.config.cluster.v3.Cluster', json, (message: DnsResolverFields, ctx) =>
    parseDnsResolver(message, ctx),
  );
}

const address = (ip: string, port_value = 53) => ({ socket_address: { address: ip, port_value } });
const cares = (fields: { [field: string]: JsonInput }) => ({
  typed_dns_resolver_config: {
    name: 'r',
    typed_config: {
      '@type': 'type.googleapis.com/envoy.extensions.network.dns_resolver.cares.v3.CaresDnsResolverConfig',
      ...fields,
    },
  },
});
function caresOf(json: JsonInput): CaresResolverConfig | undefined {
  const { config } = parse(json);
  return config?.kind === 'cares' ? config : undefined;
}
const serversOf = (json: JsonInput) => caresOf(json)?.servers.map(({ asString }) => asString);

test('a c-ares resolver', () => {
  const { config, problems } = parse(
    cares({
      resolvers: [address('10.0.0.1'), address('::1', 5353)],
      use_resolvers_as_fallback: true,
      filter_unroutable_families: true,
      query_timeout_seconds: 2,
      query_tries: 3,
      reinit_channel_on_timeout: true,
      dns_resolver_options: { no_default_search_domain: true },
    }),
  );
  assert.deepEqual(problems, []);
  assert.ok(config?.kind === 'cares');
  const { servers, ...rest } = config;
  assert.deepEqual(
    servers.map(({ asString }) => asString),
    ['10.0.0.1:53', '[::1]:5353'],
  );
  assert.deepEqual(rest, {
    kind: 'cares',
    rotateServers: false,
    useServersAsFallback: true,
    noDefaultSearchDomain: true,
    filterUnroutableFamilies: true,
    queryTimeoutMs: 2000,
    queryTries: 3,
    reinitOnTimeout: true,
  });
});

test('the newest field counts', () => {
  const old = { dns_resolvers: [address('10.0.0.3')] };
  const newer = { ...old, dns_resolution_config: { resolvers: [address('10.0.0.2')] } };
  assert.equal(parse({}).config, undefined);
  assert.deepEqual(serversOf(old), ['10.0.0.3:53']);
  assert.deepEqual(serversOf(newer), ['10.0.0.2:53']);
  assert.deepEqual(serversOf({ ...newer, ...cares({ resolvers: [address('10.0.0.1')] }) }), ['10.0.0.1:53']);
});

test('what c-ares cannot be told here is refused by name', () => {
  const tcp = { use_tcp_for_dns_lookups: true };
  assert.match(parse(tcp).problems.join(), /^use_tcp_for_dns_lookups: .* is not supported yet/);
  assert.match(parse(cares({ dns_resolver_options: tcp })).problems.join(), /use_tcp_for_dns_lookups is not supported/);
  assert.match(parse({ dns_resolution_config: { dns_resolver_options: tcp } }).problems.join(), /is not supported yet/);
  for (const field of ['edns0_max_payload_size', 'qcache_max_ttl']) {
    assert.match(parse(cares({ [field]: 1000 })).problems.join(), new RegExp(`${field} is not supported yet`));
  }
});

test('sockets and servers of c-ares', () => {
  const given = { udp_max_queries: 9, rotate_nameservers: true, max_udp_channel_duration: '2s' };
  const { udpMaxQueries, rotateServers, maxChannelMs } = caresOf(cares(given)) ?? {};
  assert.deepEqual([udpMaxQueries, rotateServers, maxChannelMs], [9, true, 2000]);
  assert.equal(caresOf(cares({ udp_max_queries: 0 }))?.udpMaxQueries, undefined, '0 is no limit');
});

test('getaddrinfo', () => {
  const typed = (more: object) => ({
    '@type': 'type.googleapis.com/envoy.extensions.network.dns_resolver.getaddrinfo.v3.GetAddrInfoDnsResolverConfig',
    ...more,
  });
  const of = (more: object) =>
    parse({ typed_dns_resolver_config: { name: 'x', typed_config: typed(more) } } as never).config;
  assert.deepEqual(of({}), { kind: 'getaddrinfo', retries: undefined, threads: 1 });
  assert.deepEqual(of({ num_retries: 0, num_resolver_threads: 3 }), { kind: 'getaddrinfo', retries: 0, threads: 3 });
});

test('name servers have addresses', () => {
  const told = (resolver: JsonInput) => parse(cares({ resolvers: [resolver] })).problems.join();
  assert.match(told(address('dns.example')), /socket_address\.address: malformed IP address: dns\.example/);
  assert.match(told({ pipe: { path: '/x' } }), /a name server has an IP address/);
});

test('another kind of resolver is not there', () => {
  const typed_config = { '@type': 'type.googleapis.com/google.protobuf.Empty' };
  const { config, problems } = parse({ typed_dns_resolver_config: { name: 'x', typed_config } });
  assert.equal(config, undefined);
  assert.match(
    problems.join(),
    /Didn't find a registered implementation for 'x' with type URL: 'google\.protobuf\.Empty'/,
  );
});
