/** The system's resolver, options of c-ares that show little, and TTLs that are not let become too short. */
import type { Suite } from '../case.ts';
import { bootstrap, hcm, listener, to } from '../config.ts';
import { get, stats } from '../requests.ts';

const types = 'type.googleapis.com/envoy.extensions';
const getaddrinfo = (text: string) =>
  `{name: envoy.network.dns_resolver.getaddrinfo, typed_config: {"@type": ${types}.network.dns_resolver.getaddrinfo.v3.GetAddrInfoDnsResolverConfig${text}}}`;
const cares = (text: string) =>
  `{name: envoy.network.dns_resolver.cares, typed_config: {"@type": ${types}.network.dns_resolver.cares.v3.CaresDnsResolverConfig, resolvers: [{socket_address: {address: 127.0.0.1, port_value: {{d0}}}}], dns_resolver_options: {no_default_search_domain: true}${text}}}`;
const assignment = (name: string, host: string) =>
  `load_assignment: {cluster_name: ${name}, endpoints: [{lb_endpoints: [{endpoint: {address: {socket_address: {address: ${host}, port_value: {{u0}}}}}}]}]}`;
const strict = (name: string, host: string, resolver: string, more = '') =>
  `- {name: ${name}, type: STRICT_DNS, dns_lookup_family: V4_ONLY, dns_refresh_rate: 1000s, ${more}typed_dns_resolver_config: ${resolver}, ${assignment(name, host)}}\n`;
const ofType = (name: string, host: string, text: string) =>
  `- {name: ${name}, cluster_type: {name: x, typed_config: {"@type": ${types}.clusters.dns.v3.DnsCluster, dns_lookup_family: V4_ONLY, ${text}, typed_dns_resolver_config: ${cares('')}}}, ${assignment(name, host)}}\n`;

const clusters = [
  strict('system', 'localhost', getaddrinfo(', num_retries: 1')),
  strict('threads', 'localhost', getaddrinfo(', num_resolver_threads: 3')),
  strict('nowhere', 'nope.invalid', getaddrinfo(', num_retries: 0')),
  strict('sockets', 'long.test', cares(', udp_max_queries: 2, rotate_nameservers: true')),
  ofType('short', 'short.test', 'respect_dns_ttl: true, dns_refresh_rate: 1000s'),
  ofType('floored', 'short.test', 'respect_dns_ttl: true, dns_refresh_rate: 1000s, dns_min_refresh_rate: 1000s'),
  ofType('unheeded', 'long.test', 'dns_refresh_rate: 0.2s, dns_min_refresh_rate: 1000s'),
];
const names = ['system', 'threads', 'sockets', 'short', 'floored', 'nowhere'];
const config = bootstrap(
  [listener('web', hcm({ routes: names.map((name) => to(name, `/${name}`)).join('') }))],
  clusters,
);

export const dnsResolvers: Suite = {
  kind: 'traffic',
  name: 'dns-resolvers',
  upstreams: { u0: 'http' },
  dnsServers: { d0: { 'short.test': '127.0.0.1/1', 'long.test': '127.0.0.1/900' } },
  config,
  cases: [
    { name: 'answers', steps: names.map((name) => get('web', `/${name}`)) },
    {
      name: 'TTLs',
      steps: [
        { do: 'await-stat', name: 'cluster.short.update_success', value: 3, orMore: true },
        { do: 'await-stat', name: 'cluster.unheeded.update_success', value: 3, orMore: true },
        stats(
          '^cluster\\.(floored|system|threads|sockets|nowhere)\\.(update_(attempt|success|failure|empty)|membership_total)$',
        ),
      ],
    },
  ],
};
