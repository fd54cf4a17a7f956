/** tcp_proxy: when its upstream is asked for, what may wait for it, ids of tunnels, connections of a listener that drains. */
import type { Case, Suite } from '../case.ts';
import { bootstrap, cluster, fileLog, listener, tcpProxy } from '../config.ts';
import { stats } from '../requests.ts';

const T = 'type.googleapis.com/envoy.extensions';
const format =
  '%RESPONSE_FLAGS% %CONNECTION_TERMINATION_DETAILS% %DOWNSTREAM_LOCAL_CLOSE_REASON% rx=%BYTES_RECEIVED% tx=%BYTES_SENT% up=%UPSTREAM_WIRE_BYTES_SENT%/%UPSTREAM_WIRE_BYTES_RECEIVED%/%UPSTREAM_HEADER_BYTES_SENT%/%UPSTREAM_HEADER_BYTES_RECEIVED% down=%DOWNSTREAM_WIRE_BYTES_SENT%/%DOWNSTREAM_WIRE_BYTES_RECEIVED% %UPSTREAM_CLUSTER% attempts=%UPSTREAM_REQUEST_ATTEMPT_COUNT% %DYNAMIC_METADATA(envoy.filters.network.tcp_proxy)%';
const proxy = (name: string, target: string, extra: string) =>
  listener(name, tcpProxy(name, `cluster: ${target}\n${extra}\naccess_log:\n${fileLog(name, format)}`));
const onData = (bytes: number) => `upstream_connect_mode: ON_DOWNSTREAM_DATA\nmax_early_data_bytes: ${bytes}`;

const uuids = `request_id_extension: {typed_config: {"@type": ${T}.request_id.uuid.v3.UuidRequestIdConfig}}`;
const added = (key: string, value: string) => `headers_to_add: [{header: {key: ${key}, value: "${value}"}}]`;
const tunnels: Readonly<Record<string, string>> = {
  ids: uuids,
  named: `request_id_header: X-Mine, request_id_metadata_key: kk, ${uuids}`,
  none: 'request_id_header: x-mine, request_id_metadata_key: kk',
  both: `${added('x-request-id', 'more')}, ${uuids}`,
  told: `${added('x-id', '%DYNAMIC_METADATA(envoy.filters.network.tcp_proxy:tunnel_request_id)%')}, ${uuids}`,
};

const tunnel = (name: string): Case => ({
  name: `request id ${name}`,
  steps: [
    { to: name, conn: 'c', send: 'x', raw: 1, reply: { send: 'HTTP/1.1 200 OK\r\n\r\ny', on: 'head' } },
    { to: name, conn: 'c', raw: 'close', fin: true, push: { upstream: 'h0', reply: { after: 'end' } }, logs: [name] },
  ],
});

const closing = (name: string, to: string, send: string): Case => ({
  name,
  steps: [{ to, send, raw: 'close', logs: [to] }],
});

const echoed = (name: string, to: string, send: string | readonly string[], bytes: number): Case => ({
  name,
  steps: [
    { to, conn: 'c', send, raw: bytes },
    { to, conn: 'c', raw: 'close', fin: true, logs: [to] },
  ],
});

export const tcpConnecting: Suite = {
  kind: 'traffic',
  name: 'tcp-connecting',
  upstreams: { e0: 'echo', g0: 'greet', h0: 'http' },
  config: bootstrap(
    [
      proxy('late', 'e0', onData(5)),
      proxy('lateno', 'e0', onData(0)),
      proxy('lategreet', 'g0', onData(5)),
      proxy('early', 'e0', 'max_early_data_bytes: 5'),
      proxy('latedead', 'dead', onData(5)),
      proxy('latenohost', 'nohost', onData(5)),
      proxy('lateidle', 'e0', `${onData(5)}\nidle_timeout: 0.2s`),
      proxy('plain', 'e0', 'upstream_connect_mode: ON_DOWNSTREAM_TLS_HANDSHAKE\nmax_early_data_bytes: 5'),
      proxy('demand', 'e0', 'on_demand: {}'),
      proxy('drained', 'e0', 'check_drain_close: true'),
      proxy('stays', 'e0', ''),
      ...Object.entries(tunnels).map(([name, text]) =>
        proxy(name, 'h0', `tunneling_config: {hostname: "t:1", ${text}}`),
      ),
    ],
    [cluster('e0'), cluster('g0'), cluster('h0'), cluster('dead', ['1']), '- {name: nohost}\n'],
  ),
  cases: [
    echoed('first bytes', 'late', 'abc', 3),
    echoed('more than fits', 'late', ['abcdefg', 'hij'], 10),
    echoed('nothing fits', 'lateno', 'abc', 3),
    echoed('early data', 'early', 'abcdefg', 7),
    echoed('no handshake to wait for', 'plain', 'abc', 3),
    echoed('on demand of nothing', 'demand', 'abc', 3),
    {
      name: 'greeting comes with the first bytes',
      steps: [{ to: 'lategreet', send: 'a', raw: 5, reply: { send: 'hello' } }],
    },
    { name: 'bytes and end at once', steps: [{ to: 'late', send: 'abc', raw: 'close', fin: true, logs: ['late'] }] },
    closing('dead upstream', 'latedead', 'a'),
    closing('no host', 'latenohost', 'a'),
    { name: 'idle before the first byte', steps: [{ to: 'lateidle', raw: 'close', logs: ['lateidle'] }] },
    ...Object.keys(tunnels).map(tunnel),
    {
      name: 'draining',
      steps: [
        { to: 'drained', conn: 'd', send: 'a', raw: 1 },
        { to: 'stays', conn: 's', send: 'a', raw: 1 },
        { to: 'admin', send: 'POST /healthcheck/fail HTTP/1.1\r\nhost: a\r\n\r\n', only: '^$', blind: true },
        { to: 'drained', conn: 'd', send: 'b', raw: 'close', logs: ['drained'], blind: true },
        { to: 'stays', conn: 's', send: 'b', raw: 1 },
      ],
    },
    { name: 'statistics', steps: [stats('^tcp\\.(late|early|drained|stays|lateno|lateidle)\\.(?!.*buffered)')] },
  ],
};
