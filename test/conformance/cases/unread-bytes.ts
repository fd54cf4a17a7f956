/** What becomes of a connection that is closed with bytes that nobody has read: reset, unless its end was told before. */
import type { Case, Suite } from '../case.ts';
import { bootstrap, cluster, fileLog, indent, tcpProxy } from '../config.ts';

const types = 'type.googleapis.com/envoy.extensions';
const filter = (name: string, type: string, rest = '') =>
  `{name: ${name}, typed_config: {"@type": ${types}.filters.${type}${rest}}}`;
const direct = filter('d', 'network.direct_response.v3.Config', ', response: {inline_string: hello}');
const full = filter(
  'c',
  'network.connection_limit.v3.ConnectionLimit',
  ', stat_prefix: c, max_connections: 1, delay: 0s',
);
const echo = filter('e', 'network.echo.v3.Echo');

const inspectors = {
  tls: `[${filter('t', 'listener.tls_inspector.v3.TlsInspector')}]`,
  http: `[${filter('h', 'listener.http_inspector.v3.HttpInspector')}]`,
};

const listener = (name: string, filters: string, rest: string): string => `- name: ${name}
  address: {socket_address: {address: 127.0.0.1, port_value: {{${name}}}}}
  listener_filters: ${filters}
  access_log:
${indent(fileLog(name, '%RESPONSE_FLAGS% %RESPONSE_CODE_DETAILS% %BYTES_RECEIVED% %BYTES_SENT%'), 2)}
${indent(rest, 2)}
`;
const chains = (filters: string, match = '') =>
  `filter_chains: [{filter_chain_match: {${match}}, filters: [${filters}]}]`;
const proxied = (name: string, to: string) =>
  `filter_chains:\n- filters:\n${indent(tcpProxy(name, `cluster: ${to}`), 2)}`;

const listeners = {
  nochain: listener('nochain', inspectors.tls, chains(echo, 'server_names: [a.test]')),
  nohttp: listener('nohttp', inspectors.http, chains(echo, 'application_protocols: [http/1.0]')),
  direct: listener('direct', inspectors.tls, chains(direct)),
  dead: listener('dead', inspectors.tls, proxied('dead', 'dead')),
  nohost: listener('nohost', inspectors.tls, proxied('nohost', 'none')),
  alive: listener('alive', inspectors.tls, proxied('alive', 'e0')),
  limited: listener('limited', inspectors.tls, chains(`${full}, ${echo}`)),
};

const text = 'GET / HTTP/1.1\r\n\r\n';
const says = (to: string): Case => ({
  name: to,
  steps: [{ to, send: text, raw: 'close', exactEnd: true, logs: [to] }],
});

export const unreadBytes: Suite = {
  kind: 'traffic',
  name: 'unread-bytes',
  config: bootstrap(Object.values(listeners), [cluster('e0'), cluster('dead', ['1']), '- {name: none}\n']),
  upstreams: { e0: 'echo' },
  onEachEngine: true,
  cases: [
    ...['nochain', 'nohttp', 'direct', 'dead', 'nohost'].map(says),
    { name: 'alive', steps: [{ to: 'alive', send: text, raw: text.length }] },
    {
      name: 'limited',
      steps: [
        { to: 'limited', conn: 'first', send: text, raw: text.length },
        { to: 'limited', send: text, raw: 'close', exactEnd: true, logs: ['limited'] },
      ],
    },
  ],
};
