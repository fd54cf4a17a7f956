/** What peers of bad manners brought to light: interim answers, odd statuses, resets and what logs tell of them. */
import type { Suite } from '../case.ts';
import { bootstrap, cluster, fileLog, hcm, listener, tcpProxy, to } from '../config.ts';
import { get, stats } from '../requests.ts';

const closes = '%RESPONSE_CODE% %RESPONSE_FLAGS% %RESPONSE_CODE_DETAILS% %CONNECTION_TERMINATION_DETAILS%';
const log = {
  name: 'web',
  format: `${closes} down=%DOWNSTREAM_DETECTED_CLOSE_TYPE% up=%UPSTREAM_DETECTED_CLOSE_TYPE%`,
};
const ofListener = `access_log:\n${fileLog('connections', log.format)}`;
const logs = ['web', 'connections'];
const reset = { reply: { after: 'reset' } } as const;
const partial = 'HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nabc';
const te = (value: string, connection?: string) =>
  get('web', '/', [`te: ${value}`, ...(connection === undefined ? [] : [`connection: ${connection}`])]);

export const oddsAndEnds: Suite = {
  kind: 'traffic',
  name: 'odds-and-ends',
  upstreams: { u0: 'http' },
  config: bootstrap(
    [
      listener('web', hcm({ routes: to('u0'), extra: 'via: here\nproxy_100_continue: true', log }), ofListener),
      listener('tcp', tcpProxy('tcp', `cluster: u0\naccess_log:\n${fileLog('tcp', log.format)}`)),
    ],
    [cluster('u0')],
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
      name: 'a connection that speaks no HTTP',
      steps: [{ to: 'web', send: 'garbage\r\n\r\n', logs: ['connections'] }],
    },
  ],
};
