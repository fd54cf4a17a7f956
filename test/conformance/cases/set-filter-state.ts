/** Filter state set by listener and network filters: what can be made of text, and what tcp_proxy makes of that. */
import type { Suite } from '../case.ts';
import { bootstrap, cluster, fileLog, listener, tcpProxy } from '../config.ts';

const T = 'type.googleapis.com/envoy.extensions.filters';
const value = (key: string, text: string, rest = '') =>
  `{object_key: ${key}, ${rest} format_string: {text_format_source: {inline_string: "${text}"}}}`;
const made = (key: string, factory: string, text: string, rest = '') =>
  value(key, text, `factory_key: ${factory}, ${rest}`);
const filter = (fields: string) =>
  `- {name: s, typed_config: {"@type": ${T}.network.set_filter_state.v3.Config, ${fields}}}\n`;
const format =
  '%RESPONSE_FLAGS% %UPSTREAM_CLUSTER% %DOWNSTREAM_LOCAL_CLOSE_REASON% a=%FILTER_STATE(a:PLAIN)% b=%FILTER_STATE(b:PLAIN)% c=%FILTER_STATE(c:PLAIN)% d=%FILTER_STATE(d:PLAIN)% e=%FILTER_STATE(e:PLAIN)% cluster=%FILTER_STATE(envoy.tcp_proxy.cluster:PLAIN)%';
const proxy = (name: string, fields: string, extra = '', more = '') =>
  listener(
    name,
    `${filter(fields)}${tcpProxy(name, `cluster: e0\n${extra}\naccess_log:\n${fileLog(name, format)}`)}`,
    more,
  );
/** Weights decide, however few. */
const weighted = listener(
  'weighted',
  `${filter(`on_new_connection: [${value('envoy.tcp_proxy.cluster', 'e1')}]`)}${tcpProxy('weighted', `weighted_clusters: {clusters: [{name: e0, weight: 1}]}\naccess_log:\n${fileLog('weighted', format)}`)}`,
);
const listenerFilter = `listener_filters: [{name: s, typed_config: {"@type": ${T}.listener.set_filter_state.v3.Config, on_accept: [${made('a', 'envoy.string', 'accepted')}, ${made('b', 'envoy.string', 'accepted')}]}}]`;

const objects = [
  made('a', 'envoy.string', 'of %DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT%'),
  made('b', 'envoy.hashable_string', 'hash me'),
  made('c', 'envoy.network.ip', '10.1.2.3'),
  made('d', 'envoy.ratelimit.hits_addend', '12'),
].join(', ');
const noObjects = [
  made('a', 'envoy.string', '%REQ(x)%'),
  made('b', 'envoy.string', '', 'skip_if_empty: true,'),
  made('c', 'envoy.network.ip', 'no address'),
  made('d', 'envoy.ratelimit.hits_addend', '12x'),
  made('e', 'envoy.string', 'first'),
  made('e', 'envoy.string', 'second'),
].join(', ');

const step = (to: string) => ({ to, send: 'hi', raw: 2, conn: 'c' }) as const;
const end = (to: string) => ({ to, conn: 'c', raw: 'close', fin: true, logs: [to] }) as const;

export const setFilterState: Suite = {
  kind: 'traffic',
  name: 'set-filter-state',
  upstreams: { e0: 'echo', e1: 'echo' },
  config: bootstrap(
    [
      proxy('objects', `on_new_connection: [${objects}]`),
      proxy('nothing', `on_new_connection: [${noObjects}]`),
      proxy('other', `on_new_connection: [${value('envoy.tcp_proxy.cluster', 'e1')}]`),
      proxy('unkind', `on_new_connection: [${made('envoy.tcp_proxy.cluster', 'envoy.string', 'e1')}]`),
      weighted,
      proxy('nocluster', `on_new_connection: [${value('envoy.tcp_proxy.cluster', 'no')}]`),
      proxy('idle', `on_new_connection: [${value('envoy.tcp_proxy.per_connection_idle_timeout_ms', '100')}]`),
      proxy(
        'direct',
        `on_new_connection: [${value('envoy.tcp_proxy.disable_tunneling', 'true')}]`,
        'tunneling_config: {hostname: "t:1"}',
      ),
      proxy('accepted', `on_new_connection: [${made('b', 'envoy.string', 'connected')}]`, '', listenerFilter),
      proxy(
        'plain',
        `on_new_connection: [${made('a', 'envoy.string', 'connected')}], on_downstream_tls_handshake: [${made('a', 'envoy.string', 'no handshake')}, ${value('envoy.tcp_proxy.cluster', 'e1')}]`,
      ),
      proxy('ondata', `on_downstream_data: [${made('a', 'envoy.string', 'data')}]`),
    ],
    [cluster('e0'), cluster('e1')],
  ),
  cases: [
    ...['objects', 'nothing', 'other', 'unkind', 'weighted', 'accepted', 'ondata', 'direct', 'plain'].map((to) => ({
      name: to,
      steps: [step(to), end(to)],
    })),
    { name: 'no such cluster', steps: [{ to: 'nocluster', raw: 'close', logs: ['nocluster'] }] },
    { name: 'idle', steps: [{ to: 'idle', send: 'hi', raw: 'close', logs: ['idle'] }] },
  ],
};
