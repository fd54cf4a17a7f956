/** How many connections there may be at a time: of a listener, of the process, by the runtime or by a resource monitor. */
import type { Case, Exchange, Suite } from '../case.ts';
import { bootstrap, cluster, fileLog, hcm, listener, tcpProxy, to } from '../config.ts';
import { get, type Rest, stats } from '../requests.ts';

const format = '%RESPONSE_FLAGS% %RESPONSE_CODE_DETAILS% %CONNECTION_TERMINATION_DETAILS% rx=%BYTES_RECEIVED%';
const logged = `access_log:\n${fileLog('listener', format)}`;
const monitor = (max: number) =>
  `overload_manager: {resource_monitors: [{name: envoy.resource_monitors.global_downstream_max_connections, typed_config: {"@type": type.googleapis.com/envoy.extensions.resource_monitors.downstream_connections.v3.DownstreamConnectionsConfig, max_active_downstream_connections: ${max}}}]}`;
const runtime = (key: string, value: number) =>
  `layered_runtime: {layers: [{name: s, static_layer: {${key}: ${value}}}, {name: a, admin_layer: {}}]}`;
const ofListener = 'envoy.resource_limits.listener.web.connection_limit';
const ofProcess = 'overload.global_downstream_max_connections';

const ask = (where: string, rest: Rest = {}) => get(where, '/', [], { only: '^$', blind: true, ...rest });
/** Nothing comes back; the connection is closed. */
const turnedAway = (where: string): Exchange => ({ to: where, raw: 'close', logs: ['listener'], blind: true });
const close = (conn: string) => ({ do: 'close', conn }) as const;
const counted = stats(
  '^(listener\\.127|http\\.(web|free)|tcp).*downstream_(global_)?cx_(overflow|active|total|overload_reject)$|max_connections',
);
const active = (value: number) => ({ do: 'await-stat', name: 'http.web.downstream_cx_active', value }) as const;

function suite(name: string, extra: string, cases: readonly Case[]): Suite {
  return {
    kind: 'traffic',
    name: `connection-caps-${name}`,
    upstreams: { u0: 'http', e0: 'echo' },
    config: bootstrap(
      [
        listener('web', hcm({ routes: to('u0'), statPrefix: 'web' }), logged),
        listener('free', hcm({ routes: to('u0'), statPrefix: 'free' }), `${logged}\nignore_global_conn_limit: true`),
        listener('tcp', tcpProxy('tcp', 'cluster: e0'), logged),
      ],
      [cluster('u0'), cluster('e0')],
      extra,
    ),
    cases,
  };
}

/** Two connections on any listeners are all that may be; where the admin interface is one of them it cannot be asked. */
const two = (isAdminFree: boolean): Case => ({
  name: 'two connections',
  steps: [
    ask('web', { conn: 'a' }),
    { to: 'tcp', conn: 'b', send: 'x', raw: 1, blind: true },
    counted,
    turnedAway('web'),
    turnedAway('tcp'),
    ask('free', { conn: 'c' }),
    counted,
    close('a'),
    ...(isAdminFree ? [active(0)] : []),
    ask('web', { conn: 'd' }),
    turnedAway('web'),
    ask('web', { conn: 'd' }),
    counted,
  ],
});

export const connectionCaps: readonly Suite[] = [
  suite('listener', runtime(ofListener, 1), [
    {
      name: 'one connection',
      steps: [
        ask('web', { conn: 'a' }),
        turnedAway('web'),
        ask('free'),
        counted,
        close('a'),
        active(0),
        ask('web'),
        active(0),
        get('admin', `/runtime_modify?${ofListener}=2`, [], { blind: true, only: '^$' }),
        {
          to: 'admin',
          send: `POST /runtime_modify?${ofListener}=2 HTTP/1.1\r\nhost: a\r\n\r\n`,
          blind: true,
          only: '^$',
        },
        ask('web', { conn: 'b' }),
        ask('web', { conn: 'c' }),
        turnedAway('web'),
        counted,
      ],
    },
  ]),
  suite('none', runtime(ofListener, 0), [{ name: 'no connection', steps: [turnedAway('web'), ask('free'), counted] }]),
  suite('process', runtime(ofProcess, 2), [two(false)]),
  suite('monitor', monitor(2), [two(true)]),
  suite('both', `${monitor(2)}\n${runtime(ofProcess, 1)}`, [two(true)]),
];
