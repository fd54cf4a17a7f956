/** Upgrades that the upstream answers late, otherwise, or not at all; and that nobody allows. */
import type { Case, Exchange, Suite } from '../case.ts';
import { bootstrap, cluster, hcm, listener } from '../config.ts';
import { get, ok, type Rest, request, response, stats } from '../requests.ts';

const format =
  '%REQ(:PATH)% %RESPONSE_CODE% %RESPONSE_FLAGS% %RESPONSE_CODE_DETAILS% rx=%BYTES_RECEIVED% tx=%BYTES_SENT% %UPSTREAM_HOST% %UPSTREAM_REQUEST_ATTEMPT_COUNT%';

const routes = `- {match: {prefix: /timeout}, route: {cluster: u0, timeout: 0.6s}}
- {match: {prefix: /retry}, route: {cluster: u0, timeout: 2s, retry_policy: {retry_on: "5xx,reset", num_retries: 1, per_try_timeout: 0.5s}}}
- {match: {prefix: /redirect}, route: {cluster: u0, internal_redirect_policy: {}}}
- {match: {prefix: /}, route: {cluster: u0}, response_headers_to_add: [{header: {key: x-added, value: "%RESPONSE_CODE%"}}]}
`;

const config = bootstrap(
  [
    listener(
      'web',
      hcm({
        routes,
        log: { name: 'web', format },
        extra: 'upgrade_configs: [{upgrade_type: websocket}, {upgrade_type: other}]',
      }),
    ),
  ],
  [cluster('u0')],
);

const websocket = ['connection: upgrade', 'upgrade: websocket'];
const other = ['connection: upgrade', 'upgrade: other'];
const switching = 'HTTP/1.1 101 Switching Protocols\r\nconnection: Upgrade\r\nupgrade: websocket\r\n\r\n';
const answer = (status: string, lines: readonly string[] = []) =>
  response(`HTTP/1.1 ${status}`, [...lines, 'content-type: text/html', 'x-up: a', 'content-length: 3'], 'abc');

const one = (name: string, path: string, lines: readonly string[], rest: Rest): Case => ({
  name,
  steps: [get('web', path, lines, { logs: ['web'], ...rest })],
});

const early = (lines: readonly string[]): Exchange => ({
  to: 'web',
  send: [request('GET /early HTTP/1.1', lines), 'early'],
  logs: ['web'],
  responses: 0,
  reply: { on: 'never' },
});

const never = { on: 'never' } as const;

export const upgradeAnswers: Suite = {
  kind: 'traffic',
  name: 'upgrade-answers',
  config,
  upstreams: { u0: 'http' },
  cases: [
    one('200', '/', websocket, { reply: answer('200 OK') }),
    one('200 without a body', '/', websocket, { reply: response('HTTP/1.1 200 OK', ['content-length: 0']) }),
    one('200 in chunks', '/', websocket, {
      reply: response('HTTP/1.1 200 OK', ['transfer-encoding: chunked'], '3\r\nabc\r\n0\r\n\r\n'),
    }),
    one('302', '/', websocket, { reply: answer('302 Found', ['location: /x']) }),
    one('302, redirects followed', '/redirect', websocket, {
      reply: [{ send: answer('302 Found', ['location: http://test/x']) }, { send: ok() }],
    }),
    one('404', '/', websocket, { reply: answer('404 Not Found') }),
    one('503', '/', websocket, { reply: answer('503 Service Unavailable') }),
    one('503, again', '/retry', websocket, {
      reply: [{ send: answer('503 Service Unavailable') }, { send: answer('200 OK') }],
    }),
    one('reset', '/', websocket, { reply: { after: 'reset' } }),
    one('no answer', '/timeout', websocket, { reply: never }),
    one('no answer to any try', '/retry', websocket, { reply: [never, never] }),
    one('another upgrade, 200', '/', other, { reply: answer('200 OK') }),
    one('another upgrade, no answer', '/timeout', other, { responses: 0, reply: never }),
    { name: 'early payload waits', steps: [early(websocket)] },
    { name: 'early payload of another upgrade', steps: [early(other)] },
    {
      name: 'no timeout after the handshake',
      steps: [
        { to: 'web', conn: 'c', send: request('GET /timeout HTTP/1.1', websocket), reply: switching },
        { to: 'web', conn: 'c', raw: 5, logs: ['web'] },
        { to: 'web', conn: 'c', raw: 5, push: { upstream: 'u0', reply: { send: 'later' } } },
      ],
    },
    { name: 'statistics', steps: [stats('^cluster.u0.*(upstream_rq|upstream_cx_(total|destroy|protocol))')] },
  ],
};
