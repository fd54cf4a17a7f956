/** TLS on connections that break beneath it: by RST in the handshake and after it, on either side. */
import type { Case, Step, Suite } from '../case.ts';
import { bootstrap, cluster, fileLog, hcm, indent, tcpProxy, to } from '../config.ts';
import { get } from '../requests.ts';
import { certificates, pemFiles, withKeys } from './tls-context.ts';

const types = 'type.googleapis.com/envoy.extensions';
const format =
  '%RESPONSE_CODE% %RESPONSE_FLAGS% %RESPONSE_CODE_DETAILS% down=%DOWNSTREAM_TRANSPORT_FAILURE_REASON% up=%UPSTREAM_TRANSPORT_FAILURE_REASON% %DOWNSTREAM_DETECTED_CLOSE_TYPE% %UPSTREAM_DETECTED_CLOSE_TYPE% %DOWNSTREAM_LOCAL_CLOSE_REASON%';
const downstream = `transport_socket: {name: tls, typed_config: {"@type": ${types}.transport_sockets.tls.v3.DownstreamTlsContext, common_tls_context: {${certificates('server')}}}}`;
const upstream = `transport_socket: {name: tls, typed_config: {"@type": ${types}.transport_sockets.tls.v3.UpstreamTlsContext, common_tls_context: {}}}`;
const listener = (name: string, filters: string, socket = '') => `- name: ${name}
  stat_prefix: ${name}
  address: {socket_address: {address: 127.0.0.1, port_value: {{${name}}}}}
  access_log:
${indent(fileLog(name, format), 2)}
  filter_chains:
  - filters:
${indent(filters, 4)}
${indent(socket, 4)}
`;
const echo = `- {name: e, typed_config: {"@type": ${types}.filters.network.echo.v3.Echo}}`;
const web = (name: string, routes: string) => hcm({ routes, statPrefix: name, log: { name, format } });
const tcp = (name: string, clusterName: string) =>
  tcpProxy(name, `cluster: ${clusterName}\naccess_log:\n${fileLog(name, format)}`);

const counted = (name: string): string =>
  `^(listener\\.${name}|cluster\\.(secure|bytes|rude))\\.(ssl\\.(connection_error|handshake$)|(up|down)stream_cx_(destroy|connect_fail|destroy_remote)$)`;
const meets = (name: string, steps: readonly Step[]): Case => ({ name, steps });
const versions = ['TLSv1.2', 'TLSv1.3'] as const;

const ofClients = versions.flatMap((version): Case[] => {
  const tls = { minVersion: version, maxVersion: version };
  return [
    meets(`${version}: client resets`, [
      { to: 'echo', tls, send: 'hello', raw: 5, reset: true, logs: ['echo'], stats: counted('echo') },
    ]),
    meets(`${version}: client resets after its answer`, [
      get('web', '/plain', [], { tls, reset: true, logs: ['web'], only: '^$', stats: counted('web') }),
    ]),
    meets(`${version}: client resets what it waits for`, [
      get('web', '/plain', [], { tls, conn: 'c', raw: 0, reply: { on: 'never' } }),
      { do: 'await-upstream', upstream: 'plain', includes: '/plain' },
      { to: 'web', conn: 'c', raw: 0, reset: true, logs: ['web'], stats: counted('web') },
    ]),
    meets(`${version}: client of bytes resets`, [
      { to: 'tcp', tls, send: 'a', raw: 2, reply: { send: 'hi' }, reset: true, logs: ['tcp'], blind: true },
    ]),
  ];
});

const ofUpstreams: readonly Case[] = [
  meets('upstream resets instead of an answer', [
    get('open', '/secure', [], { reply: { after: 'reset' }, logs: ['open'], blind: true, stats: counted('open') }),
  ]),
  meets('upstream of bytes resets', [
    { to: 'tcp', tls: {}, conn: 'c', send: 'a', raw: 2, reply: { send: 'oh' }, blind: true },
    {
      to: 'tcp',
      conn: 'c',
      raw: 'close',
      blind: true,
      push: { upstream: 'bytes', reply: { after: 'reset' } },
      logs: ['tcp'],
      stats: counted('tcp'),
    },
  ]),
];

const greeted = { do: 'await-upstream', upstream: 'rude', includes: '\\u0016\\u0003\\u0001' } as const;
const gone = (after: 'reset' | 'end') => ({ conn: 'c', blind: true, push: { upstream: 'rude', reply: { after } } });

const ofHandshakes: readonly Case[] = [
  ...['', '\x16\x03\x01\x02\0\x01'].map((send) =>
    meets(`client resets after ${send.length} bytes`, [
      { to: 'echo', send, raw: 0, reset: true, logs: ['echo'], stats: counted('echo') },
    ]),
  ),
  ...(['reset', 'end'] as const).flatMap((after) => [
    meets(`handshake with an upstream of bytes: ${after}`, [
      { to: 'deaf', conn: 'c', raw: 0, blind: true },
      greeted,
      { ...gone(after), to: 'deaf', raw: 'close', logs: ['deaf'], stats: counted('deaf') },
    ]),
    meets(`handshake with an upstream: ${after}`, [
      get('open', '/rude', [], { conn: 'c', raw: 0, blind: true }),
      greeted,
      { ...gone(after), to: 'open', logs: ['open'], stats: counted('open') },
    ]),
  ]),
];

export const tlsResets: Suite = {
  kind: 'traffic',
  name: 'tls-resets',
  onEachEngine: true,
  files: pemFiles(...withKeys('server')),
  upstreams: {
    plain: 'http',
    secure: { kind: 'http', tls: {} },
    bytes: { kind: 'greet', tls: {} },
    rude: 'greet',
  },
  config: bootstrap(
    [
      listener('echo', echo, downstream),
      listener('web', web('web', to('plain')), downstream),
      listener('tcp', tcp('tcp', 'bytes'), downstream),
      listener('open', web('open', to('secure', '/secure') + to('rude', '/rude'))),
      listener('deaf', tcp('deaf', 'rude')),
    ],
    [cluster('plain'), ...['secure', 'bytes', 'rude'].map((name) => cluster(name, [name], upstream))],
  ),
  cases: [...ofClients, ...ofUpstreams, ...ofHandshakes],
};
