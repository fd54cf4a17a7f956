/** What peers of bad manners brought to light: interim answers, odd statuses, resets and what logs tell of them. */
import type { Suite } from '../case.ts';
import { bootstrap, cluster, fileLog, hcm, listener, router, tcpProxy, to } from '../config.ts';
import { get, stats } from '../requests.ts';

const closes = '%RESPONSE_CODE% %RESPONSE_FLAGS% %RESPONSE_CODE_DETAILS% %CONNECTION_TERMINATION_DETAILS%';
const log = {
  name: 'web',
  format: `${closes} sent=%UPSTREAM_WIRE_BYTES_SENT% down=%DOWNSTREAM_DETECTED_CLOSE_TYPE% up=%UPSTREAM_DETECTED_CLOSE_TYPE%`,
};
const ofListener = `access_log:\n${fileLog('connections', log.format)}`;
const logs = ['web', 'connections'];
const reset = { reply: { after: 'reset' } } as const;
const partial = 'HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nabc';
const websocket = ['connection: upgrade', 'upgrade: websocket'];
const switching = 'HTTP/1.1 101 SP\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\nhello';
const healthCheck = (name: string, clusters: string) => `- name: ${name}
  typed_config:
    "@type": type.googleapis.com/envoy.extensions.filters.http.health_check.v3.HealthCheck
    pass_through_mode: false
    headers: [{name: ":path", string_match: {exact: /${name}}}]
    cluster_min_healthy_percentages: {${clusters}}
`;
const te = (value: string, connection?: string) =>
  get('web', '/', [`te: ${value}`, ...(connection === undefined ? [] : [`connection: ${connection}`])]);

const routes = `- match: {connect_matcher: {}}
  route: {cluster: u0, upgrade_configs: [{upgrade_type: CONNECT, connect_config: {}}]}
${to('u0')}`;
const extra = 'via: here\nproxy_100_continue: true\nupgrade_configs: [{upgrade_type: websocket}]';
const httpFilters =
  healthCheck('hc', '') +
  healthCheck('hc-up', 'u0: {value: 100}') +
  healthCheck('hc-empty', 'none: {value: 0}') +
  healthCheck('hc-dead', 'none: {value: 1}') +
  router;

export const oddsAndEnds: Suite = {
  kind: 'traffic',
  name: 'odds-and-ends',
  upstreams: { u0: 'http' },
  config: bootstrap(
    [
      listener('web', hcm({ routes, extra, log, httpFilters }), ofListener),
      listener('tcp', tcpProxy('tcp', `cluster: u0\naccess_log:\n${fileLog('tcp', log.format)}`)),
    ],
    [cluster('u0'), '- {name: none, load_assignment: {cluster_name: none}}\n'],
  ),
  cases: [
    {
      name: 'te',
      steps: [
        ...['trailers', 'Trailers', 'trailers;q=1', 'gzip, trailers', ''].flatMap((value) => [
          te(value),
          te(value, 'te'),
        ]),
        te('gzip', 'te, close'),
      ],
    },
    {
      name: 'via is in final answers only',
      steps: [100, 102, 103].map((status) =>
        get('web', '/', [], {
          reply: `HTTP/1.1 ${status} X\r\nx: y\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n`,
        }),
      ),
    },
    {
      name: 'a status below 100 is in no class',
      steps: [
        get('web', '/', [], { reply: 'HTTP/1.1 99 Low\r\ncontent-length: 0\r\n\r\n' }),
        stats('^http\\.in\\.downstream_rq_(1xx|completed)$'),
      ],
    },
    {
      name: 'resets of upstream',
      steps: [
        get('web', '/', [], { ...reset, logs, blind: true }),
        {
          to: 'tcp',
          send: 'GET / HTTP/1.1\r\n\r\n',
          raw: 'close',
          ...reset,
          logs: ['tcp'],
          blind: true,
          exactEnd: true,
        },
      ],
    },
    {
      name: 'resets of the client',
      steps: [
        get('web', '/', [], { reply: partial, raw: 100, reset: true, logs, blind: true, normalise: ['no-body'] }),
        { to: 'tcp', send: 'GET / HTTP/1.1\r\n\r\n', raw: 10, reply: partial, reset: true, logs: ['tcp'], blind: true },
      ],
    },
    {
      name: 'what is switched to another protocol ends as cut off',
      steps: [
        get('web', '/', websocket, {
          raw: 'close',
          reply: { send: switching, after: 'end' },
          logs: ['web'],
          blind: true,
        }),
        get('web', '/', websocket, {
          raw: 'close',
          reply: { send: switching, after: 'reset' },
          logs: ['web'],
          blind: true,
        }),
        stats('^http\\.in\\.downstream_rq_tx_reset$'),
      ],
    },
    {
      name: 'bytes of a tunnel that ends here',
      steps: [
        {
          to: 'web',
          send: ['CONNECT a:80 HTTP/1.1\r\nhost: a:80\r\n\r\n', 'GET / HTTP/1.1\r\n\r\n'],
          raw: 'close',
          reply: { send: 'hello', after: 'end' },
          logs: ['web'],
          normalise: ['no-body'],
          blind: true,
        },
      ],
    },
    {
      name: 'health checks of clusters',
      steps: ['/hc', '/hc-up', '/hc-empty', '/hc-dead'].map((path) => get('web', path, [], { logs: ['web'] })),
    },
    {
      name: 'a time for the stream in the request',
      steps: [get('web', '/', ['x-envoy-upstream-stream-duration-ms: 1'])],
    },
    {
      name: 'a connection that speaks no HTTP',
      steps: [{ to: 'web', send: 'garbage\r\n\r\n', logs: ['connections'] }],
    },
  ],
};
