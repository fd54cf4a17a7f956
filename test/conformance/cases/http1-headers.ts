/** Raw HTTP/1 header lines and message framing: names, values, limits, Content-Length against Transfer-Encoding, chunks. */
import type { Case, Suite } from '../case.ts';
import { bootstrap, cluster, hcm, listener, to } from '../config.ts';
import { raw, request, wholeAndBytewise } from '../requests.ts';

const format = '%REQ(:METHOD)% %REQ(:PATH)% %RESPONSE_CODE% %RESPONSE_FLAGS% %RESPONSE_CODE_DETAILS% %BYTES_RECEIVED%';
const logs = ['web'];

const config = bootstrap(
  [
    listener('web', hcm({ routes: to('u0'), log: { name: 'web', format } })),
    listener(
      'chunky',
      hcm({
        routes: to('u0'),
        log: { name: 'chunky', format },
        extra: 'http_protocol_options: {allow_chunked_length: true, enable_trailers: true}',
      }),
    ),
    listener(
      'small',
      hcm({
        routes: to('u0'),
        log: { name: 'small', format },
        extra: 'max_request_headers_kb: 1\ncommon_http_protocol_options: {max_headers_count: 10}',
      }),
    ),
  ],
  [cluster('u0')],
);

const lines: readonly (readonly [string, readonly string[]])[] = [
  ['empty value', ['a:']],
  ['spaces around the value', ['a: \t b c \t ']],
  ['no space after the colon', ['a:b']],
  ['space before the colon', ['a : b']],
  ['tab before the colon', ['a\t: b']],
  ['space at the line start', [' a: b']],
  ['no colon', ['abc']],
  ['empty name', [': b']],
  ['upper-case name', ['X-FOO: Bar']],
  ['duplicate names', ['x-a: 1', 'x-b: 2', 'X-A: 3']],
  ['one value of several, some empty', ['accept:', 'accept: a', 'accept: ', 'accept: b', 'via: 1', 'via:']],
  ['token characters in the name', ["!#$%&'*+-.^_`|~0aZ: v"]],
  ['underscore in the name', ['a_b: v']],
  ['bracket in the name', ['a(b): v']],
  ['slash in the name', ['a/b: v']],
  ['quote in the name', ['"a": v']],
  ['utf-8 in the name', ['\xc3\xa9: v']],
  ['control character in the name', ['a\x01b: v']],
  ['NUL in the name', ['a\0b: v']],
  ['NUL in the value', ['a: x\0y']],
  ['control character in the value', ['a: x\x01y']],
  ['DEL in the value', ['a: x\x7fy']],
  ['tab in the value', ['a: x\ty']],
  ['latin-1 in the value', ['a: \xe9\xff']],
  ['long value', [`a: ${'v'.repeat(20_000)}`]],
  ['pseudo header name', [':path: /x']],
  ['two hosts', ['host: a', 'host: b']],
  ['two equal hosts', ['host: a', 'host: a']],
  ['empty host', ['host:']],
  ['host with a space', ['host: a b']],
  ['host with a slash', ['host: a/b']],
  ['host with user info', ['host: u@a']],
  ['host with a port', ['host: a:8080']],
  ['host with a bad port', ['host: a:x']],
  ['host upper case', ['HOST: Test.Example']],
  ['host ipv6', ['host: [::1]:80']],
  ['host with a comma', ['host: a,b']],
  ['host with utf-8', ['host: \xc3\xa9.test']],
  ['host not first', ['a: b', 'host: late']],
  ['connection close', ['connection: close']],
  ['connection close upper case', ['Connection: CLOSE']],
  ['connection keep-alive', ['connection: keep-alive']],
  ['connection keep-alive and close', ['connection: keep-alive, close']],
  ['connection names a header', ['connection: x-hop', 'x-hop: 1', 'x-stay: 2']],
  ['connection names close and a header', ['connection: close, x-hop', 'x-hop: 1']],
  ['connection names host', ['connection: host']],
  ['connection names x-forwarded-for', ['connection: x-forwarded-for', 'x-forwarded-for: 1.2.3.4']],
  ['connection names cookie and te', ['connection: te, cookie', 'te: trailers', 'cookie: a=b']],
  ['two connection lines', ['connection: keep-alive', 'connection: close']],
  ['proxy-connection close', ['proxy-connection: close']],
  ['proxy-connection keep-alive', ['proxy-connection: keep-alive']],
  ['keep-alive header', ['keep-alive: timeout=5']],
  ['te trailers', ['te: trailers']],
  ['te other', ['te: gzip']],
  ['te trailers and gzip', ['te: gzip, trailers']],
  ['trailer header', ['trailer: x-t']],
  ['expect other', ['expect: foo']],
  ['upgrade not enabled', ['connection: upgrade', 'upgrade: websocket']],
  ['upgrade h2c', ['connection: upgrade, http2-settings', 'upgrade: h2c', 'http2-settings: AAMAAABkAAQAAP__']],
  ['upgrade without connection', ['upgrade: websocket']],
  ['connection upgrade without upgrade', ['connection: upgrade']],
  ['upgrade TLS', ['connection: upgrade', 'upgrade: TLS/1.0']],
  ['cookies on two lines', ['cookie: a=1', 'cookie: b=2']],
  [
    'range and others pass',
    ['range: bytes=0-1', 'accept-encoding: gzip', 'authorization: Basic eA==', 'user-agent: t'],
  ],
];

const framings: readonly (readonly [string, readonly string[], string])[] = [
  ['content-length', ['content-length: 3'], 'abc'],
  ['content-length 0', ['content-length: 0'], ''],
  ['content-length with leading zeros', ['content-length: 0003'], 'abc'],
  ['content-length with spaces', ['content-length:  3  '], 'abc'],
  ['content-length plus sign', ['content-length: +3'], 'abc'],
  ['content-length minus', ['content-length: -3'], 'abc'],
  ['content-length hex', ['content-length: 0x3'], 'abc'],
  ['content-length empty', ['content-length:'], 'abc'],
  ['content-length with a letter', ['content-length: 3a'], 'abc'],
  ['content-length with a fraction', ['content-length: 3.0'], 'abc'],
  ['content-length too big', ['content-length: 99999999999999999999'], 'abc'],
  ['content-length list of equals', ['content-length: 3, 3'], 'abc'],
  ['content-length list of unequals', ['content-length: 3, 4'], 'abc'],
  ['two equal content-lengths', ['content-length: 3', 'content-length: 3'], 'abc'],
  ['two unequal content-lengths', ['content-length: 3', 'content-length: 0'], 'abc'],
  ['chunked', ['transfer-encoding: chunked'], '3\r\nabc\r\n0\r\n\r\n'],
  ['chunked upper case', ['Transfer-Encoding: CHUNKED'], '3\r\nabc\r\n0\r\n\r\n'],
  ['chunked twice in a list', ['transfer-encoding: chunked, chunked'], '3\r\nabc\r\n0\r\n\r\n'],
  ['chunked on two lines', ['transfer-encoding: chunked', 'transfer-encoding: chunked'], '3\r\nabc\r\n0\r\n\r\n'],
  ['gzip, chunked', ['transfer-encoding: gzip, chunked'], '3\r\nabc\r\n0\r\n\r\n'],
  ['chunked, gzip', ['transfer-encoding: chunked, gzip'], '3\r\nabc\r\n0\r\n\r\n'],
  ['identity', ['transfer-encoding: identity'], ''],
  ['identity, chunked', ['transfer-encoding: identity, chunked'], '3\r\nabc\r\n0\r\n\r\n'],
  ['identity with content-length', ['transfer-encoding: identity', 'content-length: 3'], 'abc'],
  ['unknown coding', ['transfer-encoding: foo'], ''],
  ['xchunked', ['transfer-encoding: xchunked'], '3\r\nabc\r\n0\r\n\r\n'],
  ['chunked with a leading vertical tab', ['transfer-encoding: \x0bchunked'], '3\r\nabc\r\n0\r\n\r\n'],
  ['chunked with a trailing comma', ['transfer-encoding: chunked,'], '3\r\nabc\r\n0\r\n\r\n'],
  ['chunked in quotes', ['transfer-encoding: "chunked"'], '3\r\nabc\r\n0\r\n\r\n'],
  ['chunked with a parameter', ['transfer-encoding: chunked;a=b'], '3\r\nabc\r\n0\r\n\r\n'],
  ['empty transfer-encoding', ['transfer-encoding:'], '3\r\nabc\r\n0\r\n\r\n'],
  ['transfer-encoding with a space before the colon', ['transfer-encoding : chunked'], '3\r\nabc\r\n0\r\n\r\n'],
  ['CL.TE', ['content-length: 6', 'transfer-encoding: chunked'], '0\r\n\r\nGET /smuggled HTTP/1.1\r\nhost: x\r\n\r\n'],
  ['TE.CL', ['transfer-encoding: chunked', 'content-length: 4'], '12\r\nGPOST / HTTP/1.1\r\n\r\n0\r\n\r\n'],
  ['TE.TE', ['transfer-encoding: chunked', 'transfer-encoding: identity'], '0\r\n\r\n'],
  ['CL.0', ['content-length: 38'], 'GET /smuggled HTTP/1.1\r\nhost: x\r\nabc:x'],
  ['chunk size upper and lower hex', ['transfer-encoding: chunked'], 'A\r\n0123456789\r\na\r\n0123456789\r\n0\r\n\r\n'],
  ['chunk size with leading zeros', ['transfer-encoding: chunked'], '0003\r\nabc\r\n000\r\n\r\n'],
  ['chunk extension', ['transfer-encoding: chunked'], '3;a=b\r\nabc\r\n0;c\r\n\r\n'],
  ['chunk extension quoted', ['transfer-encoding: chunked'], '3;a="b;c"\r\nabc\r\n0\r\n\r\n'],
  ['chunk extension with bare LF', ['transfer-encoding: chunked'], '3;a\nabc\r\n0\r\n\r\n'],
  ['chunk extension with bare CR', ['transfer-encoding: chunked'], '3;a\rb\r\nabc\r\n0\r\n\r\n'],
  ['chunk extension with NUL', ['transfer-encoding: chunked'], '3;a\0\r\nabc\r\n0\r\n\r\n'],
  ['space after the chunk size', ['transfer-encoding: chunked'], '3 \r\nabc\r\n0\r\n\r\n'],
  ['tab after the chunk size', ['transfer-encoding: chunked'], '3\t\r\nabc\r\n0\r\n\r\n'],
  ['space before the chunk size', ['transfer-encoding: chunked'], ' 3\r\nabc\r\n0\r\n\r\n'],
  ['bare LF after the chunk size', ['transfer-encoding: chunked'], '3\nabc\r\n0\r\n\r\n'],
  ['bare LF after the chunk data', ['transfer-encoding: chunked'], '3\r\nabc\n0\r\n\r\n'],
  ['bare CR after the chunk size', ['transfer-encoding: chunked'], '3\rabc\r\n0\r\n\r\n'],
  ['bare LF ends the last chunk', ['transfer-encoding: chunked'], '3\r\nabc\r\n0\n\n'],
  ['junk after the chunk data', ['transfer-encoding: chunked'], '3\r\nabcX\r\n0\r\n\r\n'],
  ['two junk bytes instead of CRLF after the data', ['transfer-encoding: chunked'], '3\r\nabcXX0\r\n\r\n'],
  ['no CRLF after the chunk data', ['transfer-encoding: chunked'], '3\r\nabc0\r\n\r\n'],
  ['chunk size not hex', ['transfer-encoding: chunked'], 'g\r\nabc\r\n0\r\n\r\n'],
  ['chunk size with 0x', ['transfer-encoding: chunked'], '0x3\r\nabc\r\n0\r\n\r\n'],
  ['chunk size negative', ['transfer-encoding: chunked'], '-3\r\nabc\r\n0\r\n\r\n'],
  ['chunk size plus', ['transfer-encoding: chunked'], '+3\r\nabc\r\n0\r\n\r\n'],
  ['chunk size empty', ['transfer-encoding: chunked'], '\r\nabc\r\n0\r\n\r\n'],
  ['chunk size overflows', ['transfer-encoding: chunked'], '10000000000000000\r\nabc\r\n0\r\n\r\n'],
  ['chunk size with many digits', ['transfer-encoding: chunked'], '00000000000000000000000003\r\nabc\r\n0\r\n\r\n'],
  ['trailers', ['transfer-encoding: chunked'], '3\r\nabc\r\n0\r\nx-t: 1\r\n\r\n'],
  ['trailer with a bad name', ['transfer-encoding: chunked'], '3\r\nabc\r\n0\r\nx t: 1\r\n\r\n'],
  ['trailer content-length', ['transfer-encoding: chunked'], '3\r\nabc\r\n0\r\ncontent-length: 9\r\n\r\n'],
];

function framed(listenerName: string) {
  return ([name, header, body]: readonly [string, readonly string[], string]): Case => {
    const message = request('POST / HTTP/1.1', header, body);
    const part = listenerName === 'web' ? '' : ' (lenient)';
    const rest = { logs: [listenerName], responses: 1 } as const;
    const whole = listenerName !== 'web' || refusedAmidBody.includes(name);
    return whole ? raw(name + part, listenerName, message, rest) : wholeAndBytewise(name, listenerName, message, rest);
  };
}

/** How much of them has been let through by then is a matter of how the bytes arrive: they are sent whole alone. */
const refusedAmidBody = [
  'chunk size overflows',
  'bare LF after the chunk data',
  'junk after the chunk data',
  'two junk bytes instead of CRLF after the data',
  'no CRLF after the chunk data',
  'bare LF ends the last chunk',
  'trailer with a bad name',
];

const lenient = ['CL.TE', 'TE.CL', 'TE.TE', 'chunked', 'trailers', 'trailer with a bad name', 'trailer content-length'];

const many = (count: number) => Array.from({ length: count }, (_, index) => `h${index}: v`);

export const http1Headers: Suite = {
  kind: 'traffic',
  name: 'http1-headers',
  config,
  upstreams: { u0: 'http' },
  cases: [
    ...lines.map(([name, list]) => wholeAndBytewise(name, 'web', request('GET / HTTP/1.1', list), { logs })),
    ...framings.map(framed('web')),
    ...framings.filter(([name]) => lenient.includes(name)).map(framed('chunky')),
    raw('no host at all', 'web', 'GET / HTTP/1.1\r\na: b\r\n\r\n', { logs }),
    raw('99 headers', 'web', request('GET / HTTP/1.1', many(99)), { logs, blind: true }),
    raw('100 headers', 'web', request('GET / HTTP/1.1', many(100)), { logs, blind: true }),
    raw('101 headers', 'web', request('GET / HTTP/1.1', many(101)), { logs, blind: true }),
    raw('headers under 60 KiB', 'web', request('GET / HTTP/1.1', [`a: ${'v'.repeat(60_000)}`]), { logs, blind: true }),
    raw('headers over 60 KiB', 'web', request('GET / HTTP/1.1', [`a: ${'v'.repeat(62_000)}`]), { logs, blind: true }),
    raw('target over 60 KiB', 'web', request(`GET /${'a'.repeat(62_000)} HTTP/1.1`), { logs: [], blind: true }),
    raw('a small limit, under', 'small', request('GET / HTTP/1.1', [`a: ${'v'.repeat(900)}`]), { logs: ['small'] }),
    raw('a small limit, over', 'small', request('GET / HTTP/1.1', [`a: ${'v'.repeat(1100)}`]), { logs: ['small'] }),
    raw('a small count, 9 and host', 'small', request('GET / HTTP/1.1', many(9)), { logs: ['small'], blind: true }),
    raw('a small count, 10 and host', 'small', request('GET / HTTP/1.1', many(10)), { logs: ['small'], blind: true }),
    raw('GET with a body', 'web', request('GET / HTTP/1.1', ['content-length: 3'], 'abc'), { logs }),
    raw(
      'DELETE with a chunked body',
      'web',
      request('DELETE / HTTP/1.1', ['transfer-encoding: chunked'], '1\r\na\r\n0\r\n\r\n'),
      {
        logs,
      },
    ),
  ],
};
