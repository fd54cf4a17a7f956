import assert from 'node:assert/strict';
import { test } from 'node:test';
import { configReader } from '../../../test/harness/extension-config.ts';
import type { JsonInput } from '../proto/json-value.ts';
import { type DnsResolverFields, parseDnsResolver } from './dns-resolver-config.ts';

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
const serversOf = (json: JsonInput) => parse(json).config?.servers.map(({ asString }) => asString);

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
  const { servers, ...rest } = config ?? { servers: [] };
  assert.deepEqual(
    servers.map(({ asString }) => asString),
    ['10.0.0.1:53', '[::1]:5353'],
  );
  assert.deepEqual(rest, {
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
  for (const field of ['udp_max_queries', 'rotate_nameservers', 'edns0_max_payload_size', 'qcache_max_ttl']) {
    const value = field === 'rotate_nameservers' ? true : 1000;
    assert.match(parse(cares({ [field]: value })).problems.join(), new RegExp(`${field} is not supported yet`));
  }
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
