/** Circuit breakers: what is over a limit, how it is answered and counted, and what is open meanwhile. */
import type { Case, Exchange, Suite } from '../case.ts';
import { bootstrap, cluster, hcm, listener, tcpProxy } from '../config.ts';
import { get, ok, type Rest, response, stats } from '../requests.ts';

const breakers = (fields: string, extra = '') => `circuit_breakers: {thresholds: [{${fields}}]}\n${extra}`;
const tracked = (fields: string) => breakers(`${fields}, track_remaining: true`);

const limits: Readonly<Record<string, string>> = {
  connections: tracked('max_connections: 1'),
  pending: tracked('max_connections: 1, max_pending_requests: 1'),
  nopending: tracked('max_connections: 1, max_pending_requests: 0'),
  requests: tracked('max_requests: 1'),
  norequests: tracked('max_requests: 0'),
  noconnections: tracked('max_connections: 0'),
  retries: tracked('max_retries: 1'),
  budget: tracked('retry_budget: {budget_percent: {value: 0}, min_retry_concurrency: 1}'),
  budgetbeyond: tracked('max_retries: 1, retry_budget: {budget_percent: {value: 0}, min_retry_concurrency: 2}'),
  pools: tracked('max_connection_pools: 0'),
  priorities:
    'circuit_breakers: {thresholds: [{max_requests: 0}, {priority: HIGH, max_requests: 1, track_remaining: true}]}',
  runtime: tracked('max_requests: 5'),
  perhost: 'circuit_breakers: {per_host_thresholds: [{max_connections: 1}]}',
};
const format = '%REQ(:PATH)% %RESPONSE_CODE% %RESPONSE_FLAGS% %RESPONSE_CODE_DETAILS% %UPSTREAM_HOST%';
const retry = 'retry_policy: {retry_on: 5xx, num_retries: 1}';
const routes = [
  '- {match: {prefix: /high/}, route: {cluster: priorities, priority: HIGH}}\n',
  '- {match: {prefix: /plain/}, route: {cluster: norequests}}\n',
  '- {match: {prefix: /tryagain/}, route: {cluster: norequests, retry_policy: {retry_on: "5xx,envoy-ratelimited,refused-stream,reset", num_retries: 2}}}\n',
  ...Object.keys(limits).map((name) => `- {match: {prefix: /${name}/}, route: {cluster: ${name}, ${retry}}}\n`),
];
const router = (fields: string) =>
  `- {name: r, typed_config: {"@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router${fields}}}\n`;

const refused = response('HTTP/1.1 503 No', ['content-length: 0']);
const never = { on: 'never' } as const;
const hang = (name: string, conn: string): Exchange =>
  get('web', `/${name}/${conn}`, [], { conn, responses: 0, reply: never });
const ask = (name: string, rest: Rest = {}) => get('web', `/${name}/`, [], { blind: true, logs: ['web'], ...rest });
const all = (name: string) =>
  stats(
    `^cluster\\.${name}\\.(circuit_breakers\\.|upstream_.*overflow|upstream_rq_(pending|active|total|503|retry|completed|max)|upstream_cx_(total|active|pool|max)|retry_or_shadow)`,
  );
const close = (conn: string) => ({ do: 'close', conn }) as const;

/** Some requests are held back while another one comes. */
function over(name: string, held: readonly string[]): Case {
  return {
    name,
    steps: [
      ...held.map((conn) => hang(name, conn)),
      all(name),
      ask(name),
      all(name),
      ...[...held].reverse().map(close),
      { do: 'await-stat', name: `cluster.${name}.upstream_rq_active`, value: 0 },
      ask(name),
      all(name),
    ],
  };
}

/** Two requests whose first answers ask for another try. */
function retried(name: string): Case {
  return {
    name,
    steps: [
      get('web', `/${name}/a`, [], { conn: 'a', responses: 0, blind: true, reply: [{ send: refused }, never] }),
      { do: 'await-stat', name: `cluster.${name}.upstream_rq_total`, value: 2 },
      all(name),
      ask(name, { reply: [{ send: refused }, { send: ok('unreached') }] }),
      all(name),
      close('a'),
      { do: 'await-stat', name: `cluster.${name}.upstream_rq_active`, value: 0 },
      ask(name, { reply: [{ send: refused }, { send: ok('second') }] }),
      all(name),
    ],
  };
}

export const circuitBreakers: Suite = {
  kind: 'traffic',
  name: 'circuit-breakers',
  upstreams: { u0: 'http', e0: 'echo' },
  config: bootstrap(
    [
      listener('web', hcm({ routes: routes.join(''), log: { name: 'web', format } })),
      listener(
        'plain',
        hcm({ routes: routes.join(''), httpFilters: router(', suppress_envoy_headers: true'), statPrefix: 'plain' }),
      ),
      listener('tcp', tcpProxy('tcp', 'cluster: narrow')),
    ],
    [
      ...Object.entries(limits).map(([name, extra]) => cluster(name, ['u0'], extra)),
      cluster('narrow', ['e0'], tracked('max_connections: 1')),
    ],
    'layered_runtime: {layers: [{name: s, static_layer: {circuit_breakers.runtime.default.max_requests: 1}}]}',
  ),
  cases: [
    over('connections', ['a']),
    over('pending', ['a', 'b']),
    over('nopending', ['a']),
    over('requests', ['a']),
    over('norequests', []),
    over('noconnections', []),
    over('pools', []),
    over('runtime', ['a']),
    over('perhost', ['a']),
    retried('retries'),
    retried('budget'),
    retried('budgetbeyond'),
    {
      name: 'priorities',
      steps: [ask('priorities'), hang('high', 'a'), ask('high'), all('priorities'), close('a')],
    },
    {
      name: 'answers',
      steps: [
        get('web', '/plain/', ['content-type: application/grpc'], { logs: ['web'] }),
        get('web', '/tryagain/', [], { logs: ['web'] }),
        get('plain', '/plain/'),
        get('plain', '/pools/'),
      ],
    },
    {
      name: 'tcp',
      steps: [
        { to: 'tcp', conn: 'a', send: 'x', raw: 1 },
        all('narrow'),
        { to: 'tcp', send: 'y', raw: 'close' },
        all('narrow'),
        close('a'),
        { do: 'await-stat', name: 'cluster.narrow.upstream_cx_active', value: 0 },
        { to: 'tcp', send: 'z', raw: 1 },
        stats('^tcp\\.tcp\\.(?!.*buffered)'),
      ],
    },
    {
      name: 'shown',
      steps: [
        get('admin', '/clusters?filter=^(connections|priorities|budget|runtime|perhost)$', [], {
          blind: true,
          only: '^$',
          normalise: ['sorted-lines'],
        }),
      ],
    },
  ],
};
