/** Random requests, good and odd, and what upstreams answer. */
import type { Reply } from '../../harness/scripted-upstream.ts';
import type { Dice } from '../../simulation/dice.ts';
import { headerNames, headerValues } from './pieces.ts';

const paths = [
  '/',
  '/a',
  '/a/b',
  '/a/b/c',
  '/a/',
  '/A',
  '/api',
  '/api/x.js',
  '/x',
  '/x/y?q=1',
  '/a?q=ab&r=2',
  '/a?r',
  '/v1/users/7',
  '/v1/users/abc?q=1#f',
  '/a//b',
  '/a/../x',
  '/a/./b',
  '/a%2fb',
  '/a%5Cb',
  '/%41',
  '/a;p=1/b',
  '/x.y',
  '/none',
  '/healthz',
  '//a',
  '/a?',
  '/?q=1',
  '/a/%zz',
  '/a\\b',
  '*',
  'a',
  'http://one.test/a/b?q=1',
  'http://one.test',
  'https://x.two.test/api',
  '/a%00',
  '/é',
];
const hosts = [
  'one.test',
  'one.test:8080',
  'x.two.test',
  'a.b.two.test',
  'q-x.test',
  'three.com',
  'three.',
  'other',
  'ONE.TEST',
  'one.test.',
  'a.test.',
  '[::1]:80',
  'one.two.test',
  '',
];
const methods = [
  'GET',
  'GET',
  'GET',
  'GET',
  'POST',
  'POST',
  'PUT',
  'HEAD',
  'DELETE',
  'OPTIONS',
  'PATCH',
  'TRACE',
  'CONNECT',
  'FOO',
  'get',
];
const special = [
  'x-forwarded-for: 1.2.3.4',
  'x-forwarded-for: 10.0.0.1, 8.8.8.8',
  'x-forwarded-proto: https',
  'x-forwarded-proto: http',
  'x-forwarded-host: fwd.test',
  'x-request-id: mine',
  'x-envoy-max-retries: 2',
  'x-envoy-retry-on: 5xx',
  'x-envoy-upstream-rq-timeout-ms: 200',
  'x-envoy-upstream-rq-per-try-timeout-ms: 150',
  'x-envoy-expected-rq-timeout-ms: 250',
  'x-envoy-internal: true',
  'x-envoy-upstream-alt-stat-name: altrq',
  'x-envoy-original-path: /zz',
  'x-envoy-attempt-count: 9',
  'x-cluster: u1',
  'x-cluster: none',
  'x-cluster: dead',
  'content-type: application/grpc',
  'te: trailers',
  'te: gzip',
  'expect: 100-continue',
  'expect: nope',
  'connection: close',
  'connection: keep-alive',
  'connection: x-a',
  'Proxy-Connection: close',
  'keep-alive: timeout=5',
  'upgrade: websocket',
  'connection: upgrade\r\nupgrade: websocket',
  'connection: Upgrade, HTTP2-Settings\r\nupgrade: h2c\r\nhttp2-settings: AA',
  'cookie: sid=abc',
  'cookie: sid=1; b=2',
  'cookie: z',
  'x_under: 1',
  'grpc-timeout: 100m',
  'via: 1.0 before',
  'x-envoy-hedge-on-per-try-timeout: true',
  'x-b:   spaced  ',
  'x-empty:',
  'date: now',
  'server: client',
  'x-envoy-retriable-status-codes: 404',
  'x-envoy-retriable-header-names: x-up',
  'content-encoding: gzip',
  'accept-encoding: br',
  'referer: http://r/',
  'x-client-trace-id: t',
  'x-envoy-decorator-operation: o',
  'origin: http://o',
  'transfer-encoding: identity',
  'content-length: 0',
];

function headerLines(dice: Dice): string[] {
  const lines: string[] = [];
  for (let count = dice.between(0, 4); count > 0; count--) {
    if (dice.chance(0.5)) lines.push(dice.pick(special));
    else lines.push(`${dice.pick(headerNames)}: ${dice.pick(headerValues)}`);
  }
  return lines;
}

interface Body {
  readonly lines: readonly string[];
  readonly bytes: string;
}

function chunked(dice: Dice, body: string): string {
  const size = dice.pick([1, 3, 100]);
  const extension = dice.chance(0.1) ? ';a=b' : '';
  let text = '';
  for (let at = 0; at < body.length; at += size) {
    const part = body.slice(at, at + size);
    text += `${part.length.toString(16)}${extension}\r\n${part}\r\n`;
  }
  const trailers = dice.chance(0.3) ? 'x-t: trailer\r\nx-u: 2\r\n' : '';
  return `${text}0\r\n${trailers}\r\n`;
}

function body(dice: Dice): Body {
  const text = dice.pick(['', 'hello', 'x'.repeat(7), 'y'.repeat(40)]);
  return dice.pick<() => Body>([
    () => ({ lines: [`content-length: ${text.length}`], bytes: text }),
    () => ({ lines: ['transfer-encoding: chunked'], bytes: chunked(dice, text) }),
    () => ({ lines: ['Transfer-Encoding: Chunked', 'content-type: text/plain'], bytes: chunked(dice, text) }),
  ])();
}

const nothing: Body = { lines: [], bytes: '' };

/** One request's bytes. */
export function request(dice: Dice): string {
  const method = dice.pick(methods);
  const version = dice.chance(0.06) ? 'HTTP/1.0' : 'HTTP/1.1';
  const target = method === 'CONNECT' ? dice.pick(['one.test:80', '/a', 'one.test']) : dice.pick(paths);
  const hasBody = /^(POST|PUT|PATCH)$/.test(method) ? dice.chance(0.85) : dice.chance(0.08);
  const { lines, bytes } = hasBody ? body(dice) : nothing;
  const host = dice.chance(0.03) ? [] : [`Host: ${dice.pick(hosts)}`];
  const all = [...host, ...headerLines(dice), ...lines];
  return `${method} ${target} ${version}\r\n${all.map((line) => `${line}\r\n`).join('')}\r\n${bytes}`;
}

const upstreamHeaders = [
  'x-up: 1',
  'x-up: two',
  'server: up',
  'content-type: text/html',
  'set-cookie: a=b',
  'set-cookie: c=d',
  'location: /a/b',
  'location: http://one.test/x?q=1',
  'date: yesterday',
  'X-Mixed: V',
  'x-envoy-upstream-service-time: 5',
  'x-envoy-ratelimited: true',
  'x-envoy-overloaded: true',
  'connection: close',
  'connection: keep-alive',
  'keep-alive: 5',
  'via: 1.1 up',
  'grpc-status: 14',
  'x-envoy-immediate-health-check-fail: true',
  'x-envoy-attempt-count: 7',
  'x-empty:',
  'retry-after: 0',
  'x-envoy-upstream-canary: true',
  'proxy-connection: close',
  'transfer-encoding: identity',
  'x_under: 1',
  'trailer: x-t',
];
const statuses = [
  '200 OK',
  '200 OK',
  '200 OK',
  '200 Fine',
  '201 Created',
  '204 No Content',
  '206 Partial',
  '301 Moved',
  '302 Found',
  '304 Not Modified',
  '400 Bad',
  '404 Nope',
  '409 Conflict',
  '429 Many',
  '500 Oops',
  '503 Down',
  '504 Late',
  '599 Odd',

  '200',
  '302 Found',
];

export function reply(dice: Dice): Reply {
  const interim = dice.chance(0.06)
    ? dice.pick([
        'HTTP/1.1 100 Continue\r\n\r\n',
        'HTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\n',
        'HTTP/1.1 102 P\r\n\r\n',
      ])
    : '';
  const lines = Array.from({ length: dice.between(0, 4) }, () => dice.pick(upstreamHeaders));
  const start = `HTTP/1.${dice.chance(0.05) ? 0 : 1} ${dice.pick(statuses)}`;
  const head = (more: readonly string[]) => `${interim}${[start, ...lines, ...more].join('\r\n')}\r\n\r\n`;
  const text = dice.pick(['', 'ok', 'z'.repeat(60)]);
  return dice.pick<() => Reply>([
    () => ({ send: head([`content-length: ${text.length}`]) + text }),
    () => ({ send: head([`content-length: ${text.length}`]) + text }),
    () => ({ send: head([`Content-Length: ${text.length}`, 'Content-Type: a/b']) + text }),
    () => ({ send: head(['transfer-encoding: chunked']) + chunked(dice, text) }),
    () => ({ send: head(['transfer-encoding: chunked']) + chunked(dice, text) }),
    () => ({ send: head([]) + text, after: 'end' }),
    () => oddReply(dice, head),
  ])();
}

function oddReply(dice: Dice, head: (more: readonly string[]) => string): Reply {
  return dice.pick<Reply>([
    { send: `${head(['content-length: 10'])}part`, after: 'end' },
    { send: `${head(['transfer-encoding: chunked'])}5\r\nab`, after: 'end' },
    { after: 'end' },
    { after: 'reset' },
    { on: 'never' },
    { on: 'head', send: `${head(['content-length: 2'])}ok` },
    { send: 'garbage\r\n\r\n' },
    { send: head(['content-length: 2', 'transfer-encoding: chunked']) + '0\r\n\r\n' },
    { send: head(['content-length: x']) },
    { send: `${head(['content-length: 2'])}okextra` },
    { send: 'HTTP/1.1 101 Switching\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\nhi' },
  ]);
}
