/** What clients of CONNECT send before they are answered, where the router takes none (`reject_connect_request_early_data`); and how they are answered. */
import type { Suite } from '../case.ts';
import { bootstrap, cluster, hcm, listener, router } from '../config.ts';
import { get, request, response, stats } from '../requests.ts';

const format =
  '%REQ(:METHOD)% %RESPONSE_CODE% %RESPONSE_FLAGS% %RESPONSE_CODE_DETAILS% rx=%BYTES_RECEIVED% tx=%BYTES_SENT%';
const routes = '- {match: {connect_matcher: {}}, route: {cluster: u0}}\n- {match: {prefix: /}, route: {cluster: u0}}\n';
const connect = request('CONNECT a.test:443 HTTP/1.1', ['host: a.test:443']);
const L = { logs: ['web'], blind: true } as const;
const never = { on: 'never' } as const;

export const connectEarlyData: Suite = {
  kind: 'traffic',
  name: 'connect-early-data',
  upstreams: { u0: 'http' },
  config: bootstrap(
    [
      listener(
        'web',
        hcm({
          routes,
          log: { name: 'web', format },
          extra: 'upgrade_configs: [{upgrade_type: CONNECT}]',
          httpFilters: router.replace('Router}', 'Router, reject_connect_request_early_data: true}'),
        }),
      ),
    ],
    [cluster('u0')],
  ),
  cases: [
    {
      name: 'early and not',
      steps: [
        { to: 'web', send: [connect, 'early'], reply: never, ...L },
        { to: 'web', send: `${connect}early`, reply: never, ...L },
        { to: 'web', send: connect, reply: response('HTTP/1.1 200 OK', [], 'hi'), raw: 'close', fin: true, ...L },
        { to: 'web', send: request('POST / HTTP/1.1', ['content-length: 2'], 'ok'), ...L },
        get('web', '/', [], L),
        stats('^(http\\.in\\.downstream_rq_(2xx|4xx|total|rx_reset)|cluster\\.u0\\.upstream_rq_(400|4xx))'),
      ],
    },
  ],
};

const statuses = [200, 201, 204, 205, 299, 304, 400];

/** Only 200 makes a tunnel to the client; upstreams make one with any 2xx. */
export const connectAnswers: Suite = {
  kind: 'traffic',
  name: 'connect-answers',
  upstreams: { u0: 'http' },
  config: bootstrap(
    [
      listener(
        'web',
        hcm({ routes, log: { name: 'web', format }, extra: 'upgrade_configs: [{upgrade_type: CONNECT}]' }),
      ),
    ],
    [cluster('u0')],
  ),
  cases: statuses.map((status) => ({
    name: `${status}`,
    steps: [{ to: 'web', send: connect, reply: response(`HTTP/1.1 ${status} X`, ['content-length: 0']), ...L }],
  })),
};
