/** Clusters whose hosts are resolved: literal addresses and localhost in every family, what is counted and shown of them. */
import type { Suite } from '../case.ts';
import { bootstrap, hcm, listener, to } from '../config.ts';
import { get, stats } from '../requests.ts';

const families = ['AUTO', 'V4_ONLY', 'V6_ONLY', 'V4_PREFERRED', 'ALL'];
const kinds = ['STRICT_DNS', 'LOGICAL_DNS'].flatMap((type) => families.map((family) => ({ type, family })));

const resolved = (name: string, type: string, host: string, family: string) => `- name: ${name}
  type: ${type}
  connect_timeout: 2s
  dns_lookup_family: ${family}
  dns_refresh_rate: 1000s
  dns_failure_refresh_rate: {base_interval: 1000s}
  load_assignment:
    cluster_name: ${name}
    endpoints:
    - lb_endpoints: [{endpoint: {address: {socket_address: {address: "${host}", port_value: {{u0}}}}}}]
`;

const names = kinds.map(({ type, family }) => `${type}-${family}`.toLowerCase());

const suite = (name: string, host: string): Suite => ({
  kind: 'traffic',
  name,
  upstreams: { u0: 'http' },
  config: bootstrap(
    [listener('web', hcm({ routes: names.map((one) => to(one, `/${one}/`)).join('') }))],
    kinds.map(({ type, family }, index) => resolved(names[index] ?? '', type, host, family)),
  ),
  cases: [
    // What is counted while only the first answer has come; the family of a fallback is a question of its own.
    { name: 'counted', steps: [stats('^(cluster\\..*(total_match|membership_|update_|host_weight)|dns\\.)')] },
    {
      name: 'shown',
      steps: [
        { ...get('admin', '/clusters?filter=logical_dns-v4'), blind: true, normalise: ['sorted-lines'] },
        {
          ...get('admin', '/config_dump?include_eds&resource=static_endpoint_configs&name_regex=_dns-v4_only'),
          blind: true,
        },
      ],
    },
    {
      name: 'reached',
      steps: names.filter((one) => /-v4/.test(one)).map((one) => get('web', `/${one}/`, [], { only: '^$' })),
    },
  ],
});

const dnsCluster = (name: string, fragment: string) => `- name: ${name}
  connect_timeout: 2s
  cluster_type:
    name: envoy.clusters.dns
    typed_config:
      "@type": type.googleapis.com/envoy.extensions.clusters.dns.v3.DnsCluster
      dns_refresh_rate: 1000s
      dns_failure_refresh_rate: {base_interval: 1000s}
      ${fragment}
  load_assignment:
    cluster_name: ${name}
    endpoints:
    - lb_endpoints: [{endpoint: {address: {socket_address: {address: localhost, port_value: {{u0}}}}}}]
`;

/** `cluster_type` with a message of its own. */
const typed: Suite = {
  kind: 'traffic',
  name: 'dns-cluster-type',
  upstreams: { u0: 'http' },
  config: bootstrap(
    [listener('web', hcm({ routes: to('each', '/each/') + to('one', '/one/') }))],
    [
      dnsCluster('each', 'dns_lookup_family: V4_ONLY'),
      dnsCluster('one', 'dns_lookup_family: V4_ONLY\n      all_addresses_in_single_endpoint: true'),
    ],
  ),
  cases: [
    { name: 'counted', steps: [stats('^(cluster\\..*(total_match|membership_|update_|host_weight)|dns\\.)')] },
    { name: 'shown', steps: [{ ...get('admin', '/clusters?filter=one'), blind: true, normalise: ['sorted-lines'] }] },
    { name: 'reached', steps: ['/each/', '/one/'].map((path) => get('web', path, [], { only: '^$' })) },
  ],
};

export const dnsSuites: readonly Suite[] = [
  suite('dns-v4-literal', '127.0.0.1'),
  suite('dns-v6-literal', '::1'),
  suite('dns-localhost', 'localhost'),
  typed,
];
