/** Clusters whose names a name server resolves: records that change, TTLs, servers that fail. */
import type { Control, Exchange, Suite } from '../case.ts';
import { bootstrap, hcm, indent, listener, to } from '../config.ts';
import { get, stats } from '../requests.ts';

interface Resolved {
  readonly type?: 'STRICT_DNS' | 'LOGICAL_DNS';
  /** Of the resolver. */
  readonly servers?: readonly string[];
  readonly resolver?: string;
  /** Further lines of the cluster. */
  readonly lines?: string;
}

const address = (port: string) => `{socket_address: {address: 127.0.0.1, port_value: {{${port}}}}}`;
const never = 'dns_refresh_rate: 1000s\ndns_failure_refresh_rate: {base_interval: 1000s, max_interval: 1000s}';
const soon = 'dns_refresh_rate: 0.2s\ndns_failure_refresh_rate: {base_interval: 0.2s, max_interval: 0.2s}';

/** A cluster with one name, `NAME.test`. */
function resolved(name: string, { type = 'STRICT_DNS', servers = ['d0'], resolver = '', lines = never }: Resolved) {
  return `- name: ${name}
  type: ${type}
  connect_timeout: 2s
${/dns_lookup_family/.test(lines) ? '' : '  dns_lookup_family: V4_ONLY\n'}${indent(lines, 2)}
  typed_dns_resolver_config:
    name: envoy.network.dns_resolver.cares
    typed_config:
      "@type": type.googleapis.com/envoy.extensions.network.dns_resolver.cares.v3.CaresDnsResolverConfig
      resolvers: [${servers.map(address).join(', ')}]
      dns_resolver_options: {no_default_search_domain: true}
${indent(resolver, 6)}
  load_assignment:
    cluster_name: ${name}
    endpoints:
    - lb_endpoints: [{endpoint: {address: {socket_address: {address: ${name}.test, port_value: {{u0}}}}}}]
`.replace(/^\s*\n/gm, '');
}

const zone = (strict: string, logical = strict): Control => ({
  do: 'set-zone',
  server: 'd0',
  zone: { 'strict.test': strict, 'logical.test': logical },
});
const until = (name: string, value: number): Control => ({ do: 'await-stat', name, value });
const atLeast = (name: string, value: number): Control => ({ do: 'await-stat', name, value, orMore: true });
const host: Partial<Exchange> = { only: '^x-host$', blind: true };
const both = ['/strict/', '/logical/'].map((path) => get('web', path, [], host));
const members = stats('^cluster\\..*\\.(membership_(change|total|healthy)|max_host_weight)$');
const page = (name: string): Exchange => ({
  ...get('admin', `/clusters?filter=^${name}$`),
  blind: true,
  only: '^$',
  normalise: ['sorted-lines'],
});

/** Each host is met once, the first of them by chance: /clusters tells. */
const each = (path: string): Exchange[] => [1, 2, 3].map(() => get('web', path, [], { only: '^$', blind: true }));

const flips: Suite = {
  kind: 'traffic',
  name: 'dns-flips',
  upstreams: {
    u0: 'http',
    u1: { kind: 'http', address: '127.0.0.2', portOf: 'u0' },
    u2: { kind: 'http', address: '127.0.0.3', portOf: 'u0' },
  },
  dnsServers: { d0: { 'strict.test': '127.0.0.1/1', 'logical.test': '127.0.0.1/1' } },
  config: bootstrap(
    [
      listener(
        'web',
        hcm({
          routes: to('strict', '/strict/') + to('logical', '/logical/'),
          extra: 'add_user_agent: false',
          routeConfig: 'response_headers_to_add: [{header: {key: x-host, value: "%UPSTREAM_REMOTE_ADDRESS%"}}]',
        }),
      ),
    ],
    [
      resolved('strict', { lines: `${soon}\nrespect_dns_ttl: true` }),
      resolved('logical', { type: 'LOGICAL_DNS', lines: `${soon}\nrespect_dns_ttl: true` }),
    ],
  ),
  cases: [
    { name: 'first', steps: [...both, members, page('strict'), page('logical')] },
    {
      name: 'another address',
      steps: [
        zone('127.0.0.2/1'),
        until('cluster.strict.membership_change', 2),
        until('cluster.logical.membership_change', 2),
        ...both,
        members,
        page('strict'),
        page('logical'),
      ],
    },
    {
      name: 'further addresses',
      steps: [
        zone('127.0.0.2/1 127.0.0.1/1 127.0.0.3/1', '127.0.0.3/1 127.0.0.2/1 127.0.0.1/1'),
        until('cluster.strict.membership_total', 3),
        until('cluster.logical.membership_change', 3),
        ...each('/strict/'),
        ...each('/logical/'),
        members,
        page('strict'),
        page('logical'),
      ],
    },
    {
      name: 'the order alone changes',
      steps: [
        zone('127.0.0.3/1 127.0.0.2/1 127.0.0.1/1', '127.0.0.3/1 127.0.0.1/1 127.0.0.2/1'),
        { do: 'await-queries', server: 'd0', count: 4 },
        members,
        get('web', '/logical/', [], host),
      ],
    },
    {
      name: 'a request outlives its host',
      steps: [
        get('web', '/logical/', [], { conn: 'c', reply: { on: 'never' }, responses: 0, blind: true }),
        zone('127.0.0.1/1', '127.0.0.1/1'),
        until('cluster.logical.membership_change', 5),
        until('cluster.strict.membership_total', 1),
        {
          to: 'web',
          conn: 'c',
          push: { upstream: 'u2', reply: { send: 'HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nlate' } },
          ...host,
        },
        until('cluster.logical.upstream_cx_active', 0),
        members,
      ],
    },
    {
      name: 'servers that fail change nothing',
      steps: [
        zone('SERVFAIL'),
        atLeast('cluster.strict.update_failure', 1),
        atLeast('cluster.logical.update_failure', 1),
        ...both,
        members,
      ],
    },
    {
      name: 'the name exists no more',
      steps: [zone('NXDOMAIN'), until('cluster.strict.membership_total', 0), ...both, members, page('strict')],
    },
    {
      name: 'there again',
      steps: [
        zone('127.0.0.2/1'),
        until('cluster.strict.membership_total', 1),
        until('cluster.logical.membership_change', 6),
        ...both,
        members,
      ],
    },
  ],
};

/** What one cluster's name is on the servers of a suite, and how it is asked for. */
interface Failing extends Resolved {
  readonly zones: Readonly<Record<string, string>>;
}

const family = (name: string) => `${never}\ndns_lookup_family: ${name}`;
const quick = 'query_timeout_seconds: 1\nquery_tries: 1';
const two = ['d0', 'd1'];
const answers: Readonly<Record<string, Failing>> = {
  servfail: { zones: { d0: 'SERVFAIL' } },
  refused: { zones: { d0: 'REFUSED' }, lines: family('AUTO') },
  notimp: { zones: { d0: 'NOTIMP' }, lines: family('ALL') },
  formerr: { zones: { d0: 'FORMERR' } },
  nxdomain: { zones: { d0: 'NXDOMAIN' }, lines: family('AUTO') },
  logicalnone: { zones: { d0: 'NXDOMAIN' }, type: 'LOGICAL_DNS' },
  nodata: { zones: { d0: '::1/9' } },
  alias: { zones: { d0: '=elsewhere.test/3 127.0.0.1/9' } },
  preferred: { zones: { d0: '::1/9' }, lines: family('V4_PREFERRED') },
  all: { zones: { d0: '127.0.0.1/9 ::1/9' }, lines: family('ALL') },
  auto: { zones: { d0: '127.0.0.1/9 ::1/9' }, lines: family('AUTO') },
  second: { zones: { d0: 'SERVFAIL', d1: '127.0.0.1/9' }, servers: two },
  trusted: { zones: { d0: 'NXDOMAIN', d1: '127.0.0.1/9' }, servers: two },
  neither: { zones: { d0: 'REFUSED', d1: 'SERVFAIL' }, servers: two, resolver: 'query_tries: 2' },
  silent: { zones: { d0: 'silent' }, resolver: quick },
  twice: { zones: { d0: 'silent' }, resolver: 'query_timeout_seconds: 1\nquery_tries: 2' },
  silentfirst: { zones: { d0: 'silent', d1: '127.0.0.1/9' }, servers: two, resolver: quick },
  anew: { zones: { d0: 'silent' }, resolver: `${quick}\nreinit_channel_on_timeout: true` },
};

function zoneAt(server: string): Record<string, string> {
  const known = Object.entries(answers).map(([name, { zones }]) => [`${name}.test`, zones[server]]);
  return Object.fromEntries(known.filter(([, text]) => text !== undefined));
}

/** All ask once, while the proxy starts. */
const failing: Suite = {
  kind: 'traffic',
  name: 'dns-failing',
  upstreams: { u0: 'http' },
  dnsServers: { d0: zoneAt('d0'), d1: zoneAt('d1') },
  config: bootstrap(
    [],
    Object.entries(answers).map(([name, how]) => resolved(name, how)),
  ),
  cases: [
    {
      name: 'counted',
      steps: [
        { ...stats('^(cluster\\..*\\.(update_(attempt|success|failure)|membership_total)|dns\\.)'), asked: two },
        { ...get('admin', '/clusters'), blind: true, normalise: ['sorted-lines'], only: '^$' },
      ],
    },
  ],
};

/** Several addresses of one host: the first that answers serves. */
const several: Readonly<Record<string, string>> = {
  second: '127.0.0.9/9 127.0.0.1/9',
  third: '127.0.0.9/9 127.0.0.8/9 127.0.0.1/9',
  none: '127.0.0.9/9 127.0.0.8/9',
  family: '127.0.0.9/9 ::1/9 127.0.0.1/9',
};
const severalAddresses: Suite = {
  kind: 'traffic',
  name: 'dns-several',
  upstreams: { u0: 'http' },
  dnsServers: { d0: Object.fromEntries(Object.entries(several).map(([name, text]) => [`${name}.test`, text])) },
  config: bootstrap(
    [
      listener(
        'web',
        hcm({
          routes: Object.keys(several)
            .map((name) => to(name, `/${name}/`))
            .join(''),
          log: {
            name: 'web',
            format:
              '%RESPONSE_CODE% %RESPONSE_FLAGS% %UPSTREAM_HOST% %UPSTREAM_REMOTE_ADDRESS% %RESPONSE_CODE_DETAILS%',
          },
        }),
      ),
    ],
    Object.keys(several).map((name) => resolved(name, { type: 'LOGICAL_DNS', lines: family('ALL') })),
  ),
  cases: Object.keys(several).map((name) => ({
    name,
    steps: [
      get('web', `/${name}/`, [], { logs: ['web'], blind: true }),
      stats(`^cluster\\.${name}\\.upstream_cx_(total|connect_fail|active|connect_attempts_exceeded|destroy)`),
      page(name),
    ],
  })),
};

export const dnsServerSuites: readonly Suite[] = [flips, failing, severalAddresses];
