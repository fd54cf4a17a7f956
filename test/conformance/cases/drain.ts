/** Draining: by /drain_listeners in its kinds and by /healthcheck/fail; what connections and new ones meet. */
import type { Case, Exchange, Suite } from '../case.ts';
import { bootstrap, cluster, hcm, listener, tcpProxy, to } from '../config.ts';
import { get, post, type Rest, request, stats } from '../requests.ts';

const ask = (where: string, rest: Rest = {}) =>
  get(where, '/', [], { only: '^connection$', blind: true, logs: ['web'], ...rest });
const act = (path: string): Exchange => post('admin', path, '', [], { blind: true, only: '^connection$' });
const page = (path: string): Exchange => get('admin', path, [], { blind: true, only: '^$' });
const counted = stats(
  '^(http\\.(web|in|out|modify)\\.downstream_cx_(drain_close|active|destroy)|listener_manager\\.(total_listeners|listener_stopped)|server\\.live)',
);
const stopped = (count: number) =>
  ({ do: 'await-stat', name: 'listener_manager.listener_stopped', value: count }) as const;

const web = (name: string, extra = '') =>
  listener(
    name,
    hcm({
      routes: to('u0'),
      statPrefix: name,
      log: { name: 'web', format: '%REQ(:PATH)% %RESPONSE_CODE% %RESPONSE_FLAGS% %DOWNSTREAM_LOCAL_CLOSE_REASON%' },
    }),
    extra,
  );

function suite(
  name: string,
  cases: readonly Case[],
  args: readonly string[] = ['--drain-time-s', '1', '--drain-strategy', 'immediate'],
): Suite {
  return {
    kind: 'traffic',
    name: `drain-${name}`,
    upstreams: { u0: 'http', e0: 'echo' },
    args,
    config: bootstrap(
      [
        web('web'),
        web('in', 'traffic_direction: INBOUND'),
        web('out', 'traffic_direction: OUTBOUND'),
        web('modify', 'drain_type: MODIFY_ONLY'),
        listener('tcp', tcpProxy('tcp', 'cluster: e0')),
      ],
      [cluster('u0'), cluster('e0')],
    ),
    cases,
  };
}

const names = ['web', 'in', 'out', 'modify'];
const open = names.map((name) => ask(name, { conn: name }));
const again = names.map((name) => ask(name, { conn: name }));
const fresh = names.map((name) => ask(name));
const tcp: Exchange = { to: 'tcp', conn: 't', send: 'x', raw: 1, blind: true };
const tcpFresh: Exchange = { to: 'tcp', send: 'x', raw: 1, blind: true };

const draining = (name: string, drainTimeout: string) =>
  listener(
    name,
    hcm({
      routes: to('u0'),
      statPrefix: name,
      log: { name, format: '%REQ(:PATH)% %RESPONSE_CODE% %RESPONSE_FLAGS% %RESPONSE_CODE_DETAILS%' },
      extra: `upgrade_configs: [{upgrade_type: websocket}]\n${drainTimeout}`,
    }),
  );
const destroyed = (count: number) =>
  ({ do: 'await-stat', name: 'http.short.downstream_cx_destroy', value: count }) as const;
const websocket: Exchange = {
  to: 'short',
  conn: 'ws',
  send: request('GET /ws HTTP/1.1', ['connection: upgrade', 'upgrade: websocket']),
  reply: 'HTTP/1.1 101 Switching Protocols\r\nconnection: Upgrade\r\nupgrade: websocket\r\n\r\n',
  blind: true,
};

/** In the last third of the drain time connections drain by themselves, where their own drain timeout fits into it. */
const proactive: Suite = {
  kind: 'traffic',
  name: 'drain-proactive',
  upstreams: { u0: 'http' },
  args: ['--drain-time-s', '3'],
  config: bootstrap(
    [draining('short', 'drain_timeout: 0.1s'), draining('long', 'drain_timeout: 1.5s')],
    [cluster('u0')],
  ),
  cases: [
    {
      name: 'idle connections and upgraded ones',
      steps: [
        ask('short', { conn: 'idle', logs: ['short'] }),
        ask('long', { conn: 'long', logs: ['long'] }),
        websocket,
        act('/drain_listeners?graceful&skip_exit'),
        destroyed(2),
        { to: 'short', conn: 'ws', raw: 'close', logs: ['short'], blind: true },
        { to: 'short', conn: 'idle', raw: 'close', blind: true },
        stats('^http\\.(short|long)\\.downstream_(cx_(drain_close|active|destroy)|rq_(rx|tx)_reset)'),
      ],
    },
  ],
};

export const drainSuites: readonly Suite[] = [
  proactive,
  suite('health', [
    {
      name: 'health checks fail',
      steps: [
        ...open,
        act('/healthcheck/fail'),
        page('/ready'),
        ...again,
        ...fresh,
        counted,
        act('/healthcheck/ok'),
        page('/ready'),
        ...fresh,
        counted,
      ],
    },
  ]),
  suite('at-once', [
    {
      name: 'all listeners',
      steps: [
        ...open,
        tcp,
        act('/drain_listeners'),
        stopped(5),
        ...again,
        tcp,
        ...fresh,
        tcpFresh,
        page('/ready'),
        counted,
      ],
    },
    { name: 'a second time', steps: [act('/drain_listeners'), page('/listeners'), counted] },
  ]),
  suite(
    'graceful',
    [
      {
        name: 'all listeners',
        steps: [
          ask('web', { conn: 'web' }),
          tcp,
          act('/drain_listeners?graceful'),
          ask('web', { conn: 'web' }),
          ask('web'),
          tcpFresh,
          act('/drain_listeners?graceful'),
          counted,
          stopped(5),
          tcp,
          ask('web'),
          tcpFresh,
          counted,
        ],
      },
    ],
    ['--drain-time-s', '3', '--drain-strategy', 'immediate'],
  ),
  suite('inbound', [
    {
      name: 'inbound alone',
      steps: [...open, act('/drain_listeners?inboundonly'), stopped(1), ...again, ...fresh, counted],
    },
    {
      name: 'the others, gracefully',
      steps: [
        act('/drain_listeners?graceful&inboundonly'),
        ...fresh,
        act('/drain_listeners'),
        stopped(5),
        ...fresh,
        counted,
      ],
    },
  ]),
  suite('stay', [
    {
      name: 'graceful without an end',
      steps: [
        ...open,
        act('/drain_listeners?graceful&skip_exit'),
        ...again,
        ...fresh,
        counted,
        act('/drain_listeners?skip_exit'),
        act('/drain_listeners?graceful'),
        ...fresh,
      ],
    },
  ]),
  suite(
    'gradual',
    [{ name: 'at first hardly any', steps: [...open, act('/drain_listeners?graceful'), ...again, counted] }],
    ['--drain-time-s', '10000'],
  ),
];
