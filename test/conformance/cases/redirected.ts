/** Connections that the system's rules send to the proxy: REDIRECT, DNAT and TPROXY, as around a sidecar. */
import type { Case, Suite } from '../case.ts';
import { bootstrap, fileLog, hcm, indent, tcpProxy } from '../config.ts';
import { request, stats } from '../requests.ts';

const types = 'type.googleapis.com/envoy.extensions';
const originalDst = `- {name: o, typed_config: {"@type": ${types}.filters.listener.original_dst.v3.OriginalDst}}`;
const direct = (text: string) =>
  `{name: d, typed_config: {"@type": ${types}.filters.network.direct_response.v3.Config, response: {inline_string: ${text}}}}`;
const facts =
  '%DOWNSTREAM_LOCAL_ADDRESS% %DOWNSTREAM_DIRECT_LOCAL_ADDRESS% %UPSTREAM_HOST% %RESPONSE_FLAGS% %DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT%';
const log = `access_log:\n${fileLog('log', facts)}`;

/** All that arrives goes on to where it was meant to go, but for one port, on which the proxy itself answers. */
const passing = (name: string, address: string, rest = `listener_filters:\n${originalDst}`) => `- name: ${name}
  address: {socket_address: {address: "${address}", port_value: {{${name}}}}}
  stat_prefix: ${name}
${indent(rest, 2)}
  filter_chains:
  - filters:
${indent(tcpProxy('tcp', `cluster: original\n${log}`), 4)}
  - filter_chain_match: {destination_port: 85}
    filters: [${direct('"by port\\n"')}]
`;
const web = `- name: web
  address: {socket_address: {address: 0.0.0.0, port_value: {{web}}}}
  listener_filters:
${indent(originalDst, 2)}
  filter_chains:
  - filters:
${indent(hcm({ routes: '- {match: {prefix: /}, route: {cluster: original}}\n', log: { name: 'log', format: facts } }), 4)}
`;
const unbound = (name: string, address: string) => `- name: ${name}
  address: {socket_address: {address: "${address}", port_value: 86}}
  bind_to_port: false
  filter_chains: [{filters: [${direct(name)}]}]
`;

const config = bootstrap(
  [
    passing('four', '0.0.0.0'),
    passing('six', '::'),
    passing('both', '::', `listener_filters:\n${originalDst}`).replace('{{both}}}', '{{both}}, ipv4_compat: true}'),
    passing('without', '0.0.0.0', 'listener_filters: []'),
    passing('passes', '0.0.0.0', `use_original_dst: true\nlistener_filters:\n${originalDst}`),
    passing('transparent4', '0.0.0.0', 'transparent: true'),
    passing('transparent6', '::', 'transparent: true'),
    passing('transparent', '0.0.0.0', `transparent: true\nlistener_filters:\n${originalDst}`),
    passing('transparent16', '::', `transparent: true\nlistener_filters:\n${originalDst}`),
    web,
    unbound('exact', '198.51.100.8'),
  ],
  [
    `- name: original
  type: ORIGINAL_DST
  lb_policy: CLUSTER_PROVIDED
  connect_timeout: 1s
  upstream_bind_config: {socket_options: [{level: 1, name: 36, int_value: 1337, state: STATE_PREBIND}]}
`,
  ],
);

/** What has the proxy's mark passes, but not to the proxy. */
const network = `
for a in 198.51.100.7 198.51.100.8 198.51.100.20; do ip addr add $a/32 dev lo; done
for a in 2001:db8::7 2001:db8::20; do ip addr add $a/128 dev lo nodad; done
nft -f - <<RULES
table inet redirected {
  chain output {
    type nat hook output priority -100
    meta mark 1337 return
    ip daddr 198.51.100.7 tcp dport { 80, 85 } redirect to :{{four}}
    ip6 daddr 2001:db8::7 tcp dport { 80, 85 } redirect to :{{six}}
    ip daddr 198.51.100.7 tcp dport 81 dnat ip to 127.0.0.1:{{four}}
    ip daddr 198.51.100.7 tcp dport { 82, 87 } redirect to :{{both}}
    ip6 daddr 2001:db8::7 tcp dport 82 redirect to :{{both}}
    ip daddr 198.51.100.7 tcp dport 83 redirect to :{{without}}
    ip daddr 198.51.100.7 tcp dport 92 redirect to :{{transparent}}
    ip daddr 198.51.100.7 tcp dport 84 redirect to :{{web}}
    ip daddr 198.51.100.8 tcp dport { 80, 86, 89 } redirect to :{{passes}}
  }
  chain input {
    type filter hook input priority 0
    tcp dport { {{four}}, {{six}}, {{both}}, {{passes}}, {{transparent}} } meta mark 1337 reject with tcp reset
  }
  chain prerouting {
    type filter hook prerouting priority -150
    meta mark 1337 return
    ip daddr 198.51.100.7 tcp dport 90 tproxy ip to 127.0.0.1:{{transparent4}}
    ip6 daddr 2001:db8::7 tcp dport 90 tproxy ip6 to [::1]:{{transparent6}}
    ip6 daddr 2001:db8::7 tcp dport 91 tproxy ip6 to [::1]:{{transparent16}}
    ip daddr 198.51.100.7 tcp dport 91 tproxy ip to 127.0.0.1:{{transparent}}
  }
}
RULES
`;

const four = '198.51.100.7';
const six = '2001:db8::7';
const told = (name: string, host: string, port: number | string, from?: string): Case => ({
  name,
  steps: [
    { to: 'four', at: { host, port, ...(from && { from }) }, send: 'hello', fin: true, raw: 'close', logs: ['log'] },
  ],
});

export const redirected: Suite = {
  kind: 'traffic',
  name: 'redirected',
  config,
  network,
  upstreams: {
    echo80: { kind: 'echo', address: four, portOf: 80 },
    echo81: { kind: 'echo', address: four, portOf: 81 },
    echo82: { kind: 'echo', address: four, portOf: 82 },
    echo90: { kind: 'echo', address: four, portOf: 90 },
    echo91: { kind: 'echo', address: four, portOf: 91 },
    echo92: { kind: 'echo', address: four, portOf: 92 },
    six91: { kind: 'echo', address: six, portOf: 91 },
    web84: { kind: 'http', address: four, portOf: 84 },
    six80: { kind: 'echo', address: six, portOf: 80 },
    six82: { kind: 'echo', address: six, portOf: 82 },
    six90: { kind: 'echo', address: six, portOf: 90 },
    other89: { kind: 'echo', address: '198.51.100.8', portOf: 89 },
  },
  cases: [
    told('REDIRECT', four, 80, '198.51.100.20'),
    told('REDIRECT of IPv6', six, 80, '2001:db8::20'),
    told('DNAT', four, 81),
    told('REDIRECT to a socket of both', four, 82),
    told('REDIRECT of IPv6 to a socket of both', six, 82),
    told('REDIRECT without the filter', four, 83),
    told('REDIRECT where nobody listens', four, 87),
    told('a filter chain by the port that was meant', four, 85),
    told('a filter chain by the port that was meant, IPv6', six, 85),
    told('straight', '127.0.0.1', 'four'),
    told('straight, IPv6', '::1', 'six'),
    told('straight, to both', '127.0.0.1', 'both'),
    told('straight, to one that passes on', '127.0.0.1', 'passes'),
    told('straight, to a transparent one', '127.0.0.1', 'transparent'),
    told('use_original_dst: a listener of the address', '198.51.100.8', 86),
    told('use_original_dst: no listener of the address', '198.51.100.8', 89),
    {
      name: 'HTTP',
      steps: [{ to: 'web', at: { host: four, port: 84 }, send: request('GET / HTTP/1.1'), logs: ['log'] }],
    },
    told('TPROXY', four, 90, '198.51.100.20'),
    told('TPROXY of IPv6', six, 90, '2001:db8::20'),
    told('TPROXY and the filter', four, 91),
    told('TPROXY of IPv6 and the filter', six, 91),
    told('REDIRECT to a transparent one', four, 92),
    {
      name: 'statistics',
      steps: [
        stats(
          '^listener\\.(four|six|both|without|passes|transparent)(4|6|16)?\\.(downstream_cx_total|no_filter)|^cluster\\.original\\.(original_dst|membership)',
        ),
      ],
    },
  ],
};
