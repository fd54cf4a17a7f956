/** PROXY headers to upstreams: versions, TLVs passed on and added, pools of clients, over TLS, of tcp_proxy and the router. */
import type { Case, Suite } from '../case.ts';
import { bootstrap, cluster, hcm, listener, tcpProxy, to } from '../config.ts';
import { stats } from '../requests.ts';

const T = 'type.googleapis.com/envoy.extensions';
const raw = `{name: r, typed_config: {"@type": ${T}.transport_sockets.raw_buffer.v3.RawBuffer}}`;
const passed = (match: string) => `pass_through_tlvs: {${match}}`;
const format = (text: string) => `format_string: {text_format_source: {inline_string: "${text}"}}`;

function socket(config: string, inner = raw): string {
  return `transport_socket: {name: pp, typed_config: {"@type": ${T}.transport_sockets.proxy_protocol.v3.ProxyProtocolUpstreamTransport, config: {${config}}, transport_socket: ${inner}}}`;
}

/** Clients come with a PROXY header of their own, so that their ports are known. */
const incoming = `listener_filters: [{name: p, typed_config: {"@type": ${T}.filters.listener.proxy_protocol.v3.ProxyProtocol, allow_requests_without_proxy_protocol: true, ${passed('match_type: INCLUDE_ALL')}}}]`;
const added = 'added_tlvs: [{type: 225, value: YWFh}, {type: 226, value: YmI=}, {type: 225, value: YWFj}]';
const formatted = `added_tlvs: [{type: 7, ${format('%DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT%')}}, {type: 8, value: eHg=}, {type: 9, ${format('%REQ(x)%')}}]`;
const big = `added_tlvs: [{type: 1, ${format('x'.repeat(65_000))}}, {type: 2, ${format('y'.repeat(600))}}, {type: 3, value: eHg=}]`;
const clusters: Readonly<Record<string, string>> = {
  one: 'version: V1',
  two: 'version: V2',
  all: `version: V2, ${passed('match_type: INCLUDE_ALL')}`,
  some: `version: V2, ${passed('match_type: INCLUDE, tlv_type: [234, 5]')}`,
  added: `version: V2, ${passed('match_type: INCLUDE_ALL')}, ${added}`,
  formatted: `version: V2, ${formatted}`,
  big: `version: V2, ${big}`,
};
const tlvs = (policy: string) =>
  `proxy_protocol_tlvs: [{type: 226, value: eHg=}, {type: 2, ${format('%DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT%')}}, {type: 3, ${format('%REQ(x)%')}}]\nproxy_protocol_tlv_merge_policy: ${policy}`;
const proxies: Readonly<Record<string, readonly [string, string]>> = {
  ...Object.fromEntries(Object.keys(clusters).map((name) => [name, [name, '']])),
  absent: ['all', tlvs('ADD_IF_ABSENT')],
  overwrite: ['all', tlvs('OVERWRITE_BY_TYPE_IF_EXISTS_OR_ADD')],
  append: ['all', tlvs('APPEND_IF_EXISTS_OR_ADD')],
};

const v1 = 'PROXY TCP4 10.1.2.3 10.9.8.7 1111 2222\r\n';
const v1Six = 'PROXY TCP6 2001:db8::1 2001:db8::2 1111 2222\r\n';
const tlvBytes = '\x02\0\x09authority\xe1\0\x03\xff\0z\xea\0\x03vpc';
const v2 = `\r\n\r\n\0\r\nQUIT\n\x21\x11\0${String.fromCharCode(12 + tlvBytes.length)}\x0a\x01\x02\x03\x0a\x09\x08\x07\x04\x57\x08\xae${tlvBytes}`;

/** The upstream ends as the client does, so that the next client has a pool of its own. */
const tell = (name: string, header: string, of = 'v2'): Case => ({
  name: `${name} of ${of}`,
  steps: [
    { to: name, conn: 'c', send: `${header}hello`, raw: 5, blind: true },
    { to: name, conn: 'c', raw: 'close', fin: true },
  ],
});

const asked = (name: string, header: string) =>
  ({ to: name, conn: name, send: `${header}GET / HTTP/1.1\r\nhost: a\r\n\r\n` }) as const;

/** CONNECT ends here; the upstream is told of the client by connect_config. */
const tunnelConfigs: Readonly<Record<string, string>> = {
  none: '',
  first: 'proxy_protocol_config: {}',
  second: `proxy_protocol_config: {version: V2, ${passed('match_type: INCLUDE_ALL')}, ${added}}`,
};
const tunnels = Object.entries(tunnelConfigs)
  .map(
    ([name, config]) =>
      `- {name: ${name}, domains: ["${name}:1"], routes: [{match: {connect_matcher: {}}, route: {cluster: plain, upgrade_configs: [{upgrade_type: CONNECT, connect_config: {${config}}}]}}]}\n`,
  )
  .join('');
const connect = (name: string): Case => ({
  name: `CONNECT, ${name} version`,
  steps: [
    { to: 'tunnel', conn: 't', send: `${v2}CONNECT ${name}:1 HTTP/1.1\r\nhost: ${name}:1\r\n\r\n`, blind: true },
    { to: 'tunnel', conn: 't', send: 'hello', raw: 5, blind: true },
    { to: 'tunnel', conn: 't', raw: 'close', fin: true, blind: true },
  ],
});

export const upstreamProxyProtocol: Suite = {
  kind: 'traffic',
  name: 'upstream-proxy-protocol',
  upstreams: { e0: 'echo', h0: 'http' },
  config: bootstrap(
    [
      ...Object.entries(proxies).map(([name, [target, extra]]) =>
        listener(name, tcpProxy(name, `cluster: ${target}\n${extra}`), incoming),
      ),
      listener('web', hcm({ routes: to('web') }), incoming),
      listener('tunnel', hcm({ virtualHosts: tunnels, extra: 'upgrade_configs: [{upgrade_type: CONNECT}]' }), incoming),
    ],
    [
      ...Object.entries(clusters).map(([name, config]) => cluster(name, ['e0'], socket(config))),
      cluster('plain', ['e0']),
      cluster('web', ['h0'], socket('version: V1')),
    ],
  ),
  cases: [
    ...Object.keys(proxies).map((name) => tell(name, v2)),
    tell('one', v1, 'v1'),
    tell('one', v1Six, 'v1 over IPv6'),
    tell('two', v1Six, 'v1 over IPv6'),
    tell('all', v1, 'v1'),
    tell('overwrite', v1, 'v1'),
    tell('append', v1, 'v1'),
    {
      name: 'requests of one client, and of another with the same addresses',
      steps: [asked('web', v1), asked('web', ''), { do: 'close', conn: 'web' }, asked('web', v1)],
    },
    ...Object.keys(tunnelConfigs).map((name) => connect(name)),
    {
      name: 'statistics',
      steps: [stats('proxyprotocol|cluster\\.(one|web|big)\\.upstream_cx_(total|tx_bytes_total)')],
    },
  ],
};
