/** Upstreams that see the client's address: original_src for connections and for requests, with marks, beside bind configs. */
import type { Case, Suite } from '../case.ts';
import { bootstrap, fileLog, hcm, indent, router, tcpProxy } from '../config.ts';
import { request, stats } from '../requests.ts';

const types = 'type.googleapis.com/envoy.extensions';
const facts =
  '%UPSTREAM_LOCAL_ADDRESS_WITHOUT_PORT% %UPSTREAM_HOST% %RESPONSE_FLAGS% %UPSTREAM_TRANSPORT_FAILURE_REASON%';
const filter = (of: 'listener' | 'http', config = '') =>
  `- {name: s, typed_config: {"@type": ${types}.filters.${of}.original_src.v3.OriginalSrc${config}}}\n`;
const proxyProtocol = `- {name: p, typed_config: {"@type": ${types}.filters.listener.proxy_protocol.v3.ProxyProtocol, allow_requests_without_proxy_protocol: true}}\n`;

const listener = (name: string, address: string, listenerFilters: string, filters: string) => `- name: ${name}
  address: {socket_address: {address: "${address}", port_value: {{${name}}}}}
  listener_filters:${listenerFilters === '' ? ' []' : `\n${indent(listenerFilters, 2)}`}
  filter_chains:
  - filters:
${indent(filters, 4)}
`;
const tcp = (name: string, listenerFilters: string, cluster: string, address = '0.0.0.0') =>
  listener(name, address, listenerFilters, tcpProxy('t', `cluster: ${cluster}\naccess_log:\n${fileLog('log', facts)}`));
const routes = ['plain', 'marked', 'bound'].map((name) => `- {match: {prefix: /${name}}, route: {cluster: ${name}}}\n`);
const web = (name: string, listenerFilters: string, httpFilter: string) =>
  listener(
    name,
    '0.0.0.0',
    listenerFilters,
    hcm({
      routes: routes.join(''),
      httpFilters: httpFilter + router,
      log: { name: 'log', format: facts },
      extra: 'use_remote_address: false\nxff_num_trusted_hops: 0',
    }),
  );

const cluster = (name: string, host: string, port: number, extra = '') => `- name: ${name}
  connect_timeout: 1s
  load_assignment: {cluster_name: ${name}, endpoints: [{lb_endpoints: [{endpoint: {address: {socket_address: {address: "${host}", port_value: ${port}}}}}]}]}
${indent(extra, 2)}
`;

const upstream = '198.51.100.7';
const upstream6 = '2001:db8::7';
const config = bootstrap(
  [
    tcp('tcp', filter('listener'), 'echo'),
    tcp('without', '', 'echo'),
    tcp('six', filter('listener'), 'echo6', '::'),
    tcp('crossed', filter('listener'), 'echo6'),
    tcp('mark', filter('listener', ', mark: 77'), 'marked'),
    tcp('nomark', filter('listener'), 'marked'),
    tcp('over', filter('listener'), 'boundecho'),
    tcp('told', proxyProtocol + filter('listener', ', mark: 77'), 'echo'),
    tcp('early', filter('listener', ', mark: 77') + proxyProtocol, 'echo'),
    web('web', '', filter('http', ', mark: 77')),
    web('both', filter('listener'), filter('http', ', mark: 77')),
    web('conn', filter('listener'), ''),
  ],
  [
    cluster('echo', upstream, 80),
    cluster('echo6', upstream6, 80),
    cluster('marked', upstream, 81),
    cluster('plain', upstream, 82),
    cluster('bound', upstream, 82, 'upstream_bind_config: {source_address: {address: 127.0.0.9, port_value: 0}}'),
    cluster('boundecho', upstream, 80, 'upstream_bind_config: {source_address: {address: 127.0.0.9, port_value: 0}}'),
  ],
);

/** 203.0.113.0/24 is nobody's: only TPROXY's routing brings its answers back here. The port 81 is for marked packets. */
const network = `
for a in ${upstream} 198.51.100.20 198.51.100.21; do ip addr add $a/32 dev lo; done
for a in ${upstream6} 2001:db8::20; do ip addr add $a/128 dev lo nodad; done
ip route add local 203.0.113.0/24 dev lo table 100
ip rule add to 203.0.113.0/24 lookup 100
nft -f - <<RULES
table inet sources {
  chain output {
    type filter hook output priority 0
    tcp dport 81 meta mark 77 accept
    tcp dport 81 reject with tcp reset
  }
}
RULES
`;

const told = (name: string, to: string, host: string, from: string, send = 'hello'): Case => ({
  name,
  steps: [{ to, at: { host, port: to, from }, send, raw: 5, reset: true, blind: true, logs: ['log'] }],
});
const asked = (to: string, path: string, forwarded: string, from = '198.51.100.20') => ({
  to,
  at: { host: '127.0.0.1', port: to, from },
  send: request(`GET /${path} HTTP/1.1`, forwarded === '' ? [] : [`x-forwarded-for: ${forwarded}`]),
  logs: ['log'],
  only: '^$',
  blind: true as const,
});

export const originalSrcSuite: Suite = {
  kind: 'traffic',
  name: 'original-src',
  config,
  network,
  upstreams: {
    echo80: { kind: 'echo', address: upstream, portOf: 80 },
    echo81: { kind: 'echo', address: upstream, portOf: 81 },
    web82: { kind: 'http', address: upstream, portOf: 82 },
    six80: { kind: 'echo', address: upstream6, portOf: 80 },
  },
  cases: [
    told('the client’s address', 'tcp', '127.0.0.1', '198.51.100.20'),
    told('without the filter', 'without', '127.0.0.1', '198.51.100.20'),
    told('IPv6', 'six', '::1', '2001:db8::20'),
    told('of IPv4, to IPv6', 'crossed', '127.0.0.1', '198.51.100.20'),
    told('with a mark', 'mark', '127.0.0.1', '198.51.100.20'),
    told('without the mark', 'nomark', '127.0.0.1', '198.51.100.20'),
    told('beside a bind config', 'over', '127.0.0.1', '198.51.100.20'),
    told('by the PROXY protocol', 'told', '127.0.0.1', '198.51.100.20', 'PROXY TCP4 203.0.113.9 1.2.3.4 5 6\r\nhello'),
    told(
      'before the PROXY protocol',
      'early',
      '127.0.0.1',
      '198.51.100.20',
      'PROXY TCP4 203.0.113.9 1.2.3.4 5 6\r\nhello',
    ),
    {
      name: 'requests',
      steps: [
        asked('web', 'plain', ''),
        asked('web', 'plain', '203.0.113.9'),
        asked('web', 'plain', '203.0.113.9'),
        asked('web', 'plain', '203.0.113.10'),
        asked('web', 'plain', 'nobody'),
        asked('web', 'bound', '203.0.113.9'),
        asked('web', 'plain', '2001:db8::20'),
      ],
    },
    {
      name: 'both filters',
      steps: [asked('both', 'plain', ''), asked('both', 'plain', '203.0.113.9')],
    },
    {
      name: 'of connections, for requests',
      steps: [
        asked('conn', 'plain', ''),
        asked('conn', 'plain', '203.0.113.9'),
        asked('conn', 'plain', '', '198.51.100.21'),
      ],
    },
    {
      name: 'statistics',
      steps: [stats('^cluster\\.(plain|bound|echo|echo6|marked)\\.upstream_cx_(total|connect_fail)$|bind_errors')],
    },
  ],
};
