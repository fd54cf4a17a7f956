/** Peers that speak no TLS, or bad TLS, to a listener that wants it: the alert in its bytes, the log's reason and the statistics. */
import { clientHello, helloMessage, inRecords, record, serverName, v2Hello } from '../../harness/client-hello.ts';
import type { TlsPeer } from '../../harness/tls-peers.ts';
import type { Case, Suite } from '../case.ts';
import { bootstrap, cluster, hcm, listener, to } from '../config.ts';
import { get } from '../requests.ts';
import { certificates, pemFiles, server, withKeys } from './tls-context.ts';

const format =
  '%DOWNSTREAM_TLS_VERSION% reason=%DOWNSTREAM_TRANSPORT_FAILURE_REASON% %RESPONSE_FLAGS% %CONNECTION_TERMINATION_DETAILS%';
const late = server('late', certificates('server'), '', format).replace(
  '  - filters:',
  '  - transport_socket_connect_timeout: 0.2s\n    filters:',
);
const inspected = server('inspected', certificates('server'), '', format).replace(
  '  filter_chains:',
  `  listener_filters: [{name: t, typed_config: {"@type": type.googleapis.com/envoy.extensions.filters.listener.tls_inspector.v3.TlsInspector}}]\n  filter_chains:`,
);
const log = {
  name: 'http',
  format: '%RESPONSE_CODE% %RESPONSE_FLAGS% %RESPONSE_CODE_DETAILS% %UPSTREAM_TRANSPORT_FAILURE_REASON%',
};
const socket = `transport_socket:
  name: tls
  typed_config: {"@type": type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext, common_tls_context: {tls_params: {tls_maximum_protocol_version: TLSv1_3}}}
`;

/** What a peer sends in the clear once the handshake is done. */
const spoils: Readonly<Record<string, string>> = {
  text: 'GET / HTTP/1.1\r\n\r\n',
  data: record('x'.repeat(40), 23, 0x0303),
  short: record('xxx', 23, 0x0303),
  alert: record('\x02\x28', 21, 0x0303),
  over: `\x17\x03\x03\xff\xff${'x'.repeat(64)}`,
  version: record('x'.repeat(40), 23, 0x0999),
  cipherchange: record('\x01', 20, 0x0303),
  hello: clientHello(),
};
const spoiled = ['TLSv1.2', 'TLSv1.3'].flatMap((version) =>
  Object.entries(spoils).map(([what, bytes]) => {
    const tls: TlsPeer = { minVersion: version as 'TLSv1.2', maxVersion: version as 'TLSv1.2', spoils: bytes };
    return { name: `s${version.slice(-1)}${what}`, what: `${version}, then ${what}`, tls };
  }),
);

/** Upstreams that want another handshake, and whether they may. */
const again = { may: 'true', mayNot: 'false' };
const againSocket = (may: string) =>
  `transport_socket: {name: tls, typed_config: {"@type": type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext, allow_renegotiation: ${may}}}\n`;

const config = bootstrap(
  [
    server('in', certificates('server'), '', format),
    late,
    inspected,
    ...spoiled.map(({ name }) => server(name, certificates('server'), '', format)),
    listener(
      'http',
      hcm({
        routes: [...spoiled.map(({ name }) => name), ...Object.keys(again)]
          .map((name) => to(`up${name}`, `/${name}`))
          .join(''),
        log,
      }),
    ),
  ],
  [
    ...spoiled.map(({ name }) => cluster(`up${name}`, [`up${name}`], socket)),
    ...Object.entries(again).map(([name, may]) => cluster(`up${name}`, [`up${name}`], againSocket(may))),
  ],
);

const stats = '^listener\\.in\\.(ssl\\.(connection_error|handshake|fail_verify_error)|downstream_cx_transport)';
/** Sends all and waits for what comes: an alert, the end. */
const sends = (name: string, send: string, more: Partial<Case['steps'][number]> = {}): Case => ({
  name,
  steps: [{ to: 'in', send, raw: 'close', logs: ['in'], stats, ...more } as Case['steps'][number]],
});
const alert = (level: number, description: number) => record(String.fromCharCode(level, description), 21);
const old = (version: number) => clientHello({ version, extensions: [serverName('a.test')] });
const pieces = (text: string, size: number) => text.match(new RegExp(`[^]{1,${size}}`, 'g')) ?? [];
const huge = clientHello({ extensions: [serverName('a.test'), `\0\x15\x3f\xf0${'\0'.repeat(0x3ff0)}`] });

export const tlsHostile: Suite = {
  kind: 'traffic',
  name: 'tls-hostile',
  onEachEngine: true,
  config,
  files: pemFiles(...withKeys('server')),
  upstreams: {
    ...Object.fromEntries(spoiled.map(({ name, tls }) => [`up${name}`, { kind: 'http' as const, tls }])),
    ...Object.fromEntries(
      Object.keys(again).map((name) => [
        `up${name}`,
        { kind: 'http' as const, tls: { maxVersion: 'TLSv1.2' as const, renegotiates: true as const } },
      ]),
    ),
  },
  cases: [
    sends('text', 'hello, is anyone there?\r\n\r\n'),
    sends('a request', 'GET / HTTP/1.1\r\nhost: a\r\n\r\n'),
    sends('POST', 'POST / HTTP/1.1\r\nhost: a\r\n\r\n'),
    sends('HEAD', 'HEAD / HTTP/1.1\r\nhost: a\r\n\r\n'),
    sends('PUT', 'PUT / HTTP/1.1\r\nhost: a\r\n\r\n'),
    sends('CONNECT', 'CONNECT a:1 HTTP/1.1\r\n\r\n'),
    sends('zeros', '\0'.repeat(64)),
    sends('a hello of SSL 2', v2Hello(0x0002, ['\x01\0\x80'])),
    sends('TLS 1.0', old(0x0301)),
    sends('TLS 1.1', old(0x0302)),
    sends('SSL 3', old(0x0300)),
    sends('no cipher of ours', clientHello({ cipherSuites: [0x0a0a], extensions: [serverName('a.test')] })),
    sends('an empty hello', record('\x01\0\0\0')),
    sends('a hello cut short', record(`\x01\0\0\x0c${'\0'.repeat(12)}`)),
    sends('a message of another kind', record('\x02\0\0\0')),
    sends('data', record('hello', 23)),
    sends('a change of ciphers', record('\x01', 20)),
    sends('a fatal alert', alert(2, 40)),
    sends('a record over the limit', `\x16\x03\x01\xff\xff${'\x01'.repeat(20)}`),
    sends('a record of an unknown kind', record('hello', 99)),
    sends('an empty record, then text', `${record('')}hello`),
    sends('a message over the limit', record(`\x01\xff\xff\xff${'\0'.repeat(100)}`)),
    sends('half a hello, and the end', clientHello().slice(0, 60), { fin: true }),
    sends('nothing, and the end', '', { fin: true }),
    sends('a hello in records of 7 bytes, of TLS 1.0', inRecords(helloMessage({ version: 0x0301, extensions: [] }), 7)),
    sends('a hello byte by byte, of TLS 1.0', old(0x0301), { bytewise: true }),
    sends('a huge hello of TLS 1.0', huge.replace('\x03\x03', '\x03\x01')),
    ...['in', 'inspected'].flatMap((to_): Case[] => [
      {
        name: `${to_}: a hello byte by byte`,
        steps: [{ to: to_, send: clientHello(), bytewise: true, raw: 'close', logs: [to_] }],
      },
      {
        name: `${to_}: a hello in pieces of 7 bytes, then silence`,
        steps: [{ to: to_, send: pieces(clientHello().slice(0, -1), 7), fin: true, raw: 'close', logs: [to_] }],
      },
    ]),
    {
      name: 'another handshake',
      steps: [{ to: 'in', tls: { maxVersion: 'TLSv1.2', renegotiates: true }, raw: 'close', logs: ['in'], stats }],
    },
    ...Object.entries(again).map(
      ([name, may]): Case => ({
        name: `another handshake with an upstream, allowed: ${may}`,
        steps: [
          get('http', `/${name}`, [], {
            reply: may === 'true' ? { send: 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok' } : '',
            blind: true,
            only: '^$',
            logs: ['http'],
            stats: `^cluster\\.up${name}\\.(ssl\\.(conn|handshake)|upstream_cx_(connect_fail|destroy):)`,
          }),
        ],
      }),
    ),
    ...spoiled.map(
      ({ name, what, tls }): Case => ({
        name: `client, ${what}`,
        steps: [{ to: name, tls, raw: 'close', logs: [name], stats: `^listener\\.${name}\\.ssl\\.(conn|handshake)` }],
      }),
    ),
    ...spoiled.map(
      ({ name, what }): Case => ({
        name: `upstream, ${what}`,
        steps: [
          get('http', `/${name}`, [], {
            blind: true,
            // It never answers, so that it is the nonsense that ends it.
            reply: '',
            only: '^$',
            logs: ['http'],
            stats: `^cluster\\.up${name}\\.(ssl\\.(conn|handshake)|upstream_cx_(connect_fail|destroy):)`,
          }),
        ],
      }),
    ),
    { name: 'nothing, for too long', steps: [{ to: 'late', raw: 'close', logs: ['late'] }] },
    {
      name: 'half a hello, for too long',
      steps: [{ to: 'late', send: clientHello().slice(0, 60), raw: 'close', logs: ['late'] }],
    },
    sends('close_notify', alert(1, 0)),
  ],
};
