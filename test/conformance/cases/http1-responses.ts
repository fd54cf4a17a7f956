/** Raw HTTP/1 responses of an upstream: what of them reaches the client, and what the proxy says when they are bad. */

import type { Reply } from '../../harness/scripted-upstream.ts';
import type { Case, Suite } from '../case.ts';
import { bootstrap, cluster, hcm, listener, to } from '../config.ts';
import { get, request, response } from '../requests.ts';

const format =
  '%REQ(:METHOD)% %RESPONSE_CODE% %RESPONSE_FLAGS% %RESPONSE_CODE_DETAILS% %UPSTREAM_TRANSPORT_FAILURE_REASON% %BYTES_SENT%';
const logs = ['web'];

const config = bootstrap(
  [
    listener(
      'web',
      hcm({ routes: to('u0'), log: { name: 'web', format }, extra: 'upgrade_configs: [{upgrade_type: websocket}]' }),
    ),
    listener('trailers', hcm({ routes: to('t0'), extra: 'http_protocol_options: {enable_trailers: true}' })),
  ],
  [
    cluster('u0'),
    cluster(
      't0',
      ['u0'],
      `typed_extension_protocol_options:
  envoy.extensions.upstreams.http.v3.HttpProtocolOptions:
    "@type": type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions
    explicit_http_config: {http_protocol_options: {enable_trailers: true}}`,
    ),
  ],
);

type Answer = readonly [string, string | Reply];

const crlf = '\r\n';
const kept: readonly Answer[] = [
  ['plain', response('HTTP/1.1 200 OK', ['content-length: 2'], 'ok')],
  ['other reason', response('HTTP/1.1 200 Fine by me', ['content-length: 2'], 'ok')],
  ['no reason', response('HTTP/1.1 200 ', ['content-length: 2'], 'ok')],
  ['no reason and no space', response('HTTP/1.1 200', ['content-length: 2'], 'ok')],
  ['unknown status', response('HTTP/1.1 299 Odd', ['content-length: 0'])],
  ['status 600', response('HTTP/1.1 600 Odd', ['content-length: 0'])],
  ['status 999', response('HTTP/1.1 999 Odd', ['content-length: 0'])],
  ['status 099', response('HTTP/1.1 099 Odd', ['content-length: 0'])],
  ['status of two digits', response('HTTP/1.1 20 OK', ['content-length: 0'])],
  ['status of four digits', response('HTTP/1.1 2000 OK', ['content-length: 0'])],
  ['status not a number', response('HTTP/1.1 abc OK', ['content-length: 0'])],
  ['status negative', response('HTTP/1.1 -200 OK', ['content-length: 0'])],
  ['no status line', `hello world${crlf}${crlf}`],
  ['version 1.0 with length', response('HTTP/1.0 200 OK', ['content-length: 2'], 'ok')],
  ['version 2.0', response('HTTP/2.0 200 OK', ['content-length: 2'], 'ok')],
  ['version 1.2', response('HTTP/1.2 200 OK', ['content-length: 2'], 'ok')],
  ['lower-case protocol', response('http/1.1 200 OK', ['content-length: 2'], 'ok')],
  ['two spaces in the status line', response('HTTP/1.1  200 OK', ['content-length: 2'], 'ok')],
  ['bare LF ends lines', 'HTTP/1.1 200 OK\ncontent-length: 2\n\nok'],
  ['leading CRLF', `${crlf}${response('HTTP/1.1 200 OK', ['content-length: 2'], 'ok')}`],
  ['header order and case', response('HTTP/1.1 200 OK', ['X-B: 1', 'A: 2', 'X-b: 3', 'Content-Length: 0'])],
  ['date and server of its own', response('HTTP/1.1 200 OK', ['Server: mine', 'Date: yesterday', 'content-length: 0'])],
  ['two equal lengths', response('HTTP/1.1 200 OK', ['content-length: 2', 'content-length: 2'], 'ok')],
  ['two unequal lengths', response('HTTP/1.1 200 OK', ['content-length: 2', 'content-length: 1'], 'ok')],
  ['bad length', response('HTTP/1.1 200 OK', ['content-length: two'], 'ok')],
  ['chunked', response('HTTP/1.1 200 OK', ['transfer-encoding: chunked'], '2\r\nok\r\n0\r\n\r\n')],
  [
    'chunked and length',
    response('HTTP/1.1 200 OK', ['content-length: 9', 'transfer-encoding: chunked'], '2\r\nok\r\n0\r\n\r\n'),
  ],
  ['gzip, chunked', response('HTTP/1.1 200 OK', ['transfer-encoding: gzip, chunked'], '2\r\nok\r\n0\r\n\r\n')],
  ['unknown coding', response('HTTP/1.1 200 OK', ['transfer-encoding: foo'], 'ok')],
  [
    'chunked with trailers',
    response('HTTP/1.1 200 OK', ['transfer-encoding: chunked'], '2\r\nok\r\n0\r\nx-t: 1\r\n\r\n'),
  ],
  ['bad chunk size', response('HTTP/1.1 200 OK', ['transfer-encoding: chunked'], 'zz\r\nok\r\n0\r\n\r\n')],
  ['bad second chunk', response('HTTP/1.1 200 OK', ['transfer-encoding: chunked'], '2\r\nok\r\nzz\r\n')],
  ['204', response('HTTP/1.1 204 No Content')],
  ['204 with length 0', response('HTTP/1.1 204 No Content', ['content-length: 0'])],
  ['204 with a length', response('HTTP/1.1 204 No Content', ['content-length: 2'], 'ok')],
  ['204 with chunks', response('HTTP/1.1 204 No Content', ['transfer-encoding: chunked'], '2\r\nok\r\n0\r\n\r\n')],
  ['205', response('HTTP/1.1 205 Reset Content', ['content-length: 0'])],
  ['304', response('HTTP/1.1 304 Not Modified', ['etag: "x"'])],
  ['304 with a length', response('HTTP/1.1 304 Not Modified', ['content-length: 100'])],
  ['304 with a body', response('HTTP/1.1 304 Not Modified', ['content-length: 2'], 'ok')],
  ['100 then 200', response('HTTP/1.1 100 Continue') + response('HTTP/1.1 200 OK', ['content-length: 2'], 'ok')],
  ['104 then 200', response('HTTP/1.1 104 X') + response('HTTP/1.1 200 OK', ['content-length: 2'], 'ok')],
  ['105 then 200', response('HTTP/1.1 105 X') + response('HTTP/1.1 200 OK', ['content-length: 2'], 'ok')],
  ['199 then 200', response('HTTP/1.1 199 X') + response('HTTP/1.1 200 OK', ['content-length: 2'], 'ok')],
  ['102 then 200', response('HTTP/1.1 102 Processing') + response('HTTP/1.1 200 OK', ['content-length: 2'], 'ok')],
  [
    '103 then 200',
    response('HTTP/1.1 103 Early Hints', ['link: </a>']) + response('HTTP/1.1 200 OK', ['content-length: 2'], 'ok'),
  ],
  [
    'two 100s then 200',
    response('HTTP/1.1 100 Continue').repeat(2) + response('HTTP/1.1 200 OK', ['content-length: 0']),
  ],
  ['101 not asked for', response('HTTP/1.1 101 Switching Protocols', ['connection: upgrade', 'upgrade: x'])],
  ['connection close', response('HTTP/1.1 200 OK', ['connection: close', 'content-length: 2'], 'ok')],
  [
    'connection keep-alive',
    response('HTTP/1.1 200 OK', ['connection: keep-alive', 'keep-alive: timeout=5', 'content-length: 2'], 'ok'),
  ],
  ['connection names a header', response('HTTP/1.1 200 OK', ['connection: x-hop', 'x-hop: 1', 'content-length: 0'])],
  [
    'proxy headers',
    response('HTTP/1.1 200 OK', ['proxy-connection: close', 'te: x', 'upgrade: h2c', 'content-length: 0']),
  ],
  [
    'x-envoy headers of the upstream',
    response('HTTP/1.1 200 OK', ['x-envoy-upstream-service-time: 9', 'x-envoy-foo: 1', 'content-length: 0']),
  ],
  ['folded header', response('HTTP/1.1 200 OK', ['a: b', ' c', 'content-length: 0'])],
  ['space before the colon', response('HTTP/1.1 200 OK', ['a : b', 'content-length: 0'])],
  ['bad header name', response('HTTP/1.1 200 OK', ['a(b: c', 'content-length: 0'])],
  ['header without colon', response('HTTP/1.1 200 OK', ['abc', 'content-length: 0'])],
  ['NUL in a value', response('HTTP/1.1 200 OK', ['a: b\0c', 'content-length: 0'])],
  [
    '101 headers',
    response('HTTP/1.1 200 OK', [...Array.from({ length: 101 }, (_, i) => `h${i}: v`), 'content-length: 0']),
  ],
  ['headers over 60 KiB', response('HTTP/1.1 200 OK', [`a: ${'v'.repeat(62_000)}`, 'content-length: 0'])],
  ['more than the length', response('HTTP/1.1 200 OK', ['content-length: 2'], 'okEXTRA')],
  ['a second response unasked', response('HTTP/1.1 200 OK', ['content-length: 2'], 'ok').repeat(2)],
  ['no length, then end', { send: response('HTTP/1.1 200 OK', ['a: b'], 'until close'), after: 'end' }],
  ['HTTP/1.0 no length, then end', { send: response('HTTP/1.0 200 OK', [], 'until close'), after: 'end' }],
  [
    'identity, then end',
    { send: response('HTTP/1.1 200 OK', ['transfer-encoding: identity'], 'until close'), after: 'end' },
  ],
  ['short of the length, then end', { send: response('HTTP/1.1 200 OK', ['content-length: 9'], 'abc'), after: 'end' }],
  [
    'short of the length, then reset',
    { send: response('HTTP/1.1 200 OK', ['content-length: 9'], 'abc'), after: 'reset' },
  ],
  [
    'chunks not ended, then end',
    { send: response('HTTP/1.1 200 OK', ['transfer-encoding: chunked'], '3\r\nabc\r\n'), after: 'end' },
  ],
  ['half a head, then end', { send: 'HTTP/1.1 200 OK\r\na: b\r\n', after: 'end' }],
  ['nothing, then end', { after: 'end' }],
  ['nothing, then reset', { after: 'reset' }],
  ['byte by byte', { send: [...response('HTTP/1.1 200 OK', ['content-length: 2', 'a: b'], 'ok')] }],
  [
    'chunks byte by byte',
    { send: [...response('HTTP/1.1 200 OK', ['transfer-encoding: chunked'], '3\r\nabc\r\n0\r\n\r\n')] },
  ],
];

function one([name, reply]: Answer): Case {
  return {
    name,
    steps: [get('web', '/', [], { reply: typeof reply === 'string' ? { send: reply } : reply, logs, blind: true })],
  };
}

function head([name, reply]: Answer): Case {
  const step = {
    to: 'web',
    send: request('HEAD / HTTP/1.1'),
    reply: typeof reply === 'string' ? { send: reply } : reply,
  };
  return { name: `HEAD: ${name}`, steps: [{ ...step, logs, blind: true }] };
}

const headless: readonly Answer[] = [
  ['length', response('HTTP/1.1 200 OK', ['content-length: 2'])],
  ['chunked', response('HTTP/1.1 200 OK', ['transfer-encoding: chunked'])],
  ['neither', response('HTTP/1.1 200 OK', ['a: b'])],
  ['body nevertheless', response('HTTP/1.1 200 OK', ['content-length: 2'], 'ok')],
  ['404', response('HTTP/1.1 404 Not Found', ['content-length: 9'])],
];

const early: readonly Case[] = [
  {
    name: 'answer before the request ends, then the rest',
    steps: [
      {
        to: 'web',
        conn: 'c',
        send: request('POST / HTTP/1.1', ['content-length: 6'], 'abc'),
        reply: { send: response('HTTP/1.1 200 OK', ['content-length: 2'], 'ok'), on: 'head' },
        logs,
        blind: true,
      },
      { to: 'web', conn: 'c', send: 'def', responses: 0, blind: true },
      get('web', '/again', [], { conn: 'c', blind: true }),
    ],
  },
  {
    name: 'trailers both ways',
    steps: [
      {
        to: 'trailers',
        send: request('POST / HTTP/1.1', ['transfer-encoding: chunked'], '3\r\nabc\r\n0\r\nX-Req: 1\r\n\r\n'),
        reply: response('HTTP/1.1 200 OK', ['transfer-encoding: chunked'], '2\r\nok\r\n0\r\nX-Res: 2\r\nb: 3\r\n\r\n'),
      },
    ],
  },
];

export const http1Responses: Suite = {
  kind: 'traffic',
  name: 'http1-responses',
  config,
  upstreams: { u0: 'http' },
  cases: [...kept.map(one), ...headless.map(head), ...early],
};
