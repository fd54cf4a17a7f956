/** tcp_proxy inside of HTTP/1.1: CONNECT and POST, what the answer may be, retries, ends of either side. */
import type { Case, Suite } from '../case.ts';
import { bootstrap, cluster, fileLog, listener, tcpProxy } from '../config.ts';
import { stats } from '../requests.ts';

const T = 'type.googleapis.com/envoy.extensions';
const format =
  '%RESPONSE_FLAGS% %CONNECTION_TERMINATION_DETAILS% %UPSTREAM_TRANSPORT_FAILURE_REASON% rx=%BYTES_RECEIVED% tx=%BYTES_SENT% up=%UPSTREAM_HEADER_BYTES_SENT%/%UPSTREAM_HEADER_BYTES_RECEIVED% %UPSTREAM_CLUSTER% %UPSTREAM_PROTOCOL% attempts=%UPSTREAM_REQUEST_ATTEMPT_COUNT% h=%FILTER_STATE(envoy.tcp_proxy.propagate_response_headers)% t=%FILTER_STATE(envoy.tcp_proxy.propagate_response_trailers)%';
const tunnels: Readonly<Record<string, string>> = {
  connect: '{hostname: "target:80"}',
  named: '{hostname: "%DOWNSTREAM_LOCAL_ADDRESS_WITHOUT_PORT%:%PROTOCOL%"}',
  post: '{hostname: "target", use_post: true}',
  path: '{hostname: "target", use_post: true, post_path: "/a/b?c"}',
  headers: `{hostname: "t:1", headers_to_add: [{header: {key: X-A, value: "%DOWNSTREAM_LOCAL_ADDRESS_WITHOUT_PORT%"}}, {header: {key: x-a, value: second}}, {header: {key: x-empty, value: "%PROTOCOL%"}}, {append_action: OVERWRITE_IF_EXISTS_OR_ADD, header: {key: x-o, value: "%REQ(:authority)%"}}]}`,
  formatted: `{hostname: "t:1", formatters: [{name: m, typed_config: {"@type": ${T}.formatter.req_without_query.v3.ReqWithoutQuery}}], headers_to_add: [{header: {key: x-q, value: "%REQ_WITHOUT_QUERY(:path)%"}}]}`,
  propagate: '{hostname: "t:1", use_post: true, propagate_response_headers: true, propagate_response_trailers: true}',
};
const proxies = Object.entries(tunnels).map(([name, text]) =>
  listener(name, tcpProxy(name, `cluster: u0\ntunneling_config: ${text}\naccess_log:\n${fileLog(name, format)}`)),
);
const more = (name: string, target: string, extra = '') =>
  listener(
    name,
    tcpProxy(
      name,
      `cluster: ${target}\ntunneling_config: {hostname: "t:1"}\n${extra}\naccess_log:\n${fileLog(name, format)}`,
    ),
  );

const established = 'HTTP/1.1 200 OK\r\n\r\n';
/** The client says nothing; the upstream answers and ends. */
const answers = (name: string, to: string, send: string, after: 'keep' | 'end' = 'end'): Case => ({
  name,
  steps: [{ to, raw: after === 'end' ? 'close' : 1, reply: { send, on: 'head', after }, logs: [to] }],
});

/** Both say something, then the client ends, then the upstream. (Envoy 1.40 crashes when an answer to POST ends.) */
const standing = (name: string, to: string, send: string): Case => ({
  name,
  steps: [
    { to, conn: 'c', send: 'hi', raw: 3, reply: { send, on: 'head' } },
    { to, conn: 'c', send: 'more', raw: 0, fin: true },
    { to, conn: 'c', raw: 'close', push: { upstream: 'u0', reply: { after: 'end' } }, logs: [to] },
  ],
});
const post = 'HTTP/1.1 200 OK\r\nx-r: 1\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n';

export const tcpTunnels: Suite = {
  kind: 'traffic',
  name: 'tcp-tunnels',
  upstreams: { u0: 'http' },
  config: bootstrap(
    [
      ...proxies,
      more('retried', 'u0', 'max_connect_attempts: 2'),
      more('dead', 'dead'),
      more('nohost', 'none'),
      more('nocluster', 'nope'),
      more('idle', 'u0', 'idle_timeout: 0.1s'),
    ],
    [cluster('u0'), cluster('dead', ['1']), '- {name: none}\n'],
  ),
  cases: [
    {
      name: 'a tunnel stands',
      steps: [
        { to: 'connect', conn: 'c', send: 'ping', raw: 4, reply: { send: `${established}pong`, on: 'head' } },
        { to: 'connect', conn: 'c', send: 'more', raw: 5, push: { upstream: 'u0', reply: { send: 'again' } } },
        {
          to: 'connect',
          conn: 'c',
          raw: 'close',
          push: { upstream: 'u0', reply: { after: 'end' } },
          logs: ['connect'],
        },
      ],
    },
    answers('200 with content-length', 'connect', 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nokmore'),
    answers('201', 'connect', 'HTTP/1.1 201 Created\r\n\r\nyes'),
    answers('404', 'connect', 'HTTP/1.1 404 No\r\ncontent-length: 2\r\n\r\nno'),
    {
      name: '503 and again',
      steps: [
        {
          to: 'retried',
          raw: 'close',
          reply: [
            { send: 'HTTP/1.1 503 No\r\ncontent-length: 0\r\n\r\n', on: 'head', after: 'end' },
            { send: `${established}yes`, on: 'head', after: 'end' },
          ],
          logs: ['retried'],
        },
      ],
    },
    answers('nonsense', 'connect', 'nonsense\r\n\r\n'),
    answers('nothing', 'connect', ''),
    answers('host by format', 'named', `${established}a`),
    answers('headers', 'headers', `${established}a`),
    answers('formatters', 'formatted', `${established}a`),
    standing('POST', 'post', post),
    standing('POST with a path', 'path', post),
    standing('CONNECT that the client ends', 'connect', `${established}abc`),
    standing('CONNECT with content-length', 'connect', 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nabc'),
    standing('answer kept', 'propagate', post),
    answers('refusal kept', 'propagate', 'HTTP/1.1 403 OK\r\nx-r: 1\r\ncontent-length: 0\r\n\r\n'),
    { name: 'dead', steps: [{ to: 'dead', raw: 'close', logs: ['dead'] }] },
    { name: 'no host', steps: [{ to: 'nohost', raw: 'close', logs: ['nohost'] }] },
    { name: 'no cluster', steps: [{ to: 'nocluster', raw: 'close', logs: ['nocluster'] }] },
    {
      name: 'idle',
      steps: [{ to: 'idle', send: 'a', raw: 'close', reply: { send: established, on: 'head' }, logs: ['idle'] }],
    },
    {
      name: 'client resets',
      steps: [
        { to: 'connect', conn: 'c', send: 'ping', raw: 4, reply: { send: `${established}pong`, on: 'head' } },
        { to: 'connect', conn: 'c', send: 'x', raw: 0, reset: true, logs: ['connect'] },
      ],
    },
    {
      name: 'statistics',
      steps: [
        stats('^(tcp\\.|cluster\\.u0\\.upstream_(cx_(total|connect|active|http1)|rq_(total|active|tx|rx|cancelled)))'),
      ],
    },
  ],
};
