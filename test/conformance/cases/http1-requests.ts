/** Raw HTTP/1 requests: what is taken, what is refused and with which answer, what the upstream gets to see. */
import type { Case, Suite } from '../case.ts';
import { bootstrap, cluster, hcm, listener, to } from '../config.ts';
import { raw, request, wholeAndBytewise } from '../requests.ts';

const format = '%REQ(:METHOD)% %REQ(:PATH)% %PROTOCOL% %RESPONSE_CODE% %RESPONSE_FLAGS% %RESPONSE_CODE_DETAILS%';

const config = bootstrap(
  [
    listener('web', hcm({ routes: to('u0'), log: { name: 'web', format } })),
    listener(
      'old',
      hcm({
        routes: to('u0'),
        log: { name: 'old', format },
        extra: 'http_protocol_options: {accept_http_10: true, default_host_for_http_10: default.test}',
      }),
    ),
  ],
  [cluster('u0')],
);

const logs = ['web'];

function check(name: string, message: string): Case {
  return wholeAndBytewise(name, 'web', message, { logs });
}

const startLines: readonly (readonly [string, string])[] = [
  ['plain get', 'GET / HTTP/1.1'],
  ['lower-case method', 'get / HTTP/1.1'],
  ['unknown method', 'FOO / HTTP/1.1'],
  ['custom method with dash', 'M-SEARCH / HTTP/1.1'],
  ['method with a digit', 'GET2 / HTTP/1.1'],
  ['method with a bad character', 'GE(T / HTTP/1.1'],
  ['method with utf-8', 'G\xc3\x89T / HTTP/1.1'],
  ['very long method', `${'A'.repeat(200)} / HTTP/1.1`],
  ['empty method', ' / HTTP/1.1'],
  ['no target', 'GET HTTP/1.1'],
  ['no version', 'GET /'],
  ['two spaces before the target', 'GET  / HTTP/1.1'],
  ['two spaces before the version', 'GET /  HTTP/1.1'],
  ['space after the version', 'GET / HTTP/1.1 '],
  ['tab instead of space', 'GET\t/\tHTTP/1.1'],
  ['space in the target', 'GET /a b HTTP/1.1'],
  ['space before the method', ' GET / HTTP/1.1'],
  ['lower-case protocol', 'GET / http/1.1'],
  ['version 1.2', 'GET / HTTP/1.2'],
  ['version 1.10', 'GET / HTTP/1.10'],
  ['version 2.0', 'GET / HTTP/2.0'],
  ['version 0.9', 'GET / HTTP/0.9'],
  ['version 1.0 not accepted', 'GET / HTTP/1.0'],
  ['version without minor', 'GET / HTTP/1'],
  ['version 01.1', 'GET / HTTP/01.1'],
  ['other protocol', 'GET / ICY/1.1'],
  ['rtsp', 'GET / RTSP/1.0'],
  ['star target of OPTIONS', 'OPTIONS * HTTP/1.1'],
  ['star target of GET', 'GET * HTTP/1.1'],
  ['target without slash', 'GET foo HTTP/1.1'],
  ['authority target of GET', 'GET test:80 HTTP/1.1'],
  ['absolute target', 'GET http://other.test/a?b HTTP/1.1'],
  ['absolute target without path', 'GET http://other.test HTTP/1.1'],
  ['absolute target with query only', 'GET http://other.test?x=1 HTTP/1.1'],
  ['absolute target with port', 'GET http://other.test:8080/a HTTP/1.1'],
  ['absolute target https', 'GET https://other.test/a HTTP/1.1'],
  ['absolute target upper-case scheme', 'GET HTTP://other.test/a HTTP/1.1'],
  ['absolute target with user info', 'GET http://u:p@other.test/a HTTP/1.1'],
  ['absolute target other scheme', 'GET ftp://other.test/a HTTP/1.1'],
  ['absolute target empty host', 'GET http:///a HTTP/1.1'],
  ['absolute target with fragment', 'GET http://other.test/a#f HTTP/1.1'],
  ['fragment in the target', 'GET /a#frag HTTP/1.1'],
  ['fragment after query', 'GET /a?b#frag HTTP/1.1'],
  ['utf-8 in the target', 'GET /\xc3\xa9 HTTP/1.1'],
  ['control character in the target', 'GET /\x01 HTTP/1.1'],
  ['NUL in the target', 'GET /\0 HTTP/1.1'],
  ['double quote and angle brackets in the target', 'GET /"<>\\^`{|} HTTP/1.1'],
  ['percent encodings in the target', 'GET /%2e%2E/%00%zz%2f%5c HTTP/1.1'],
  ['dot segments in the target', 'GET /a/./b/../c HTTP/1.1'],
  ['double slash target', 'GET //a//b HTTP/1.1'],
  ['backslash target', 'GET /a\\b HTTP/1.1'],
  ['long target', `GET /${'a'.repeat(8000)} HTTP/1.1`],
  ['HEAD', 'HEAD / HTTP/1.1'],
  ['DELETE', 'DELETE / HTTP/1.1'],
  ['PATCH', 'PATCH / HTTP/1.1'],
  ['PUT without a length', 'PUT / HTTP/1.1'],
  ['POST without a length', 'POST / HTTP/1.1'],
  ['TRACE', 'TRACE / HTTP/1.1'],
  ['CONNECT without route', 'CONNECT other.test:443 HTTP/1.1'],
  ['CONNECT with a path', 'CONNECT /a HTTP/1.1'],
  ['PROPFIND', 'PROPFIND / HTTP/1.1'],
];

const begun = '^http\\.in\\.downstream_rq_(total|active)$';

const lineEnds: readonly (readonly [string, string])[] = [
  ['leading CRLF', '\r\nGET / HTTP/1.1\r\nhost: test\r\n\r\n'],
  ['leading CRLF twice', '\r\n\r\nGET / HTTP/1.1\r\nhost: test\r\n\r\n'],
  ['leading LF', '\nGET / HTTP/1.1\r\nhost: test\r\n\r\n'],
  ['bare LF after the request line', 'GET / HTTP/1.1\nhost: test\r\n\r\n'],
  ['bare LF after a header', 'GET / HTTP/1.1\r\nhost: test\na: b\r\n\r\n'],
  ['bare LF everywhere', 'GET / HTTP/1.1\nhost: test\n\n'],
  ['bare LF as the empty line', 'GET / HTTP/1.1\r\nhost: test\r\n\n'],
  ['bare CR after the request line', 'GET / HTTP/1.1\rhost: test\r\n\r\n'],
  ['bare CR after a header', 'GET / HTTP/1.1\r\nhost: test\ra: b\r\n\r\n'],
  ['bare CR in a value', 'GET / HTTP/1.1\r\nhost: test\r\na: b\rc\r\n\r\n'],
  ['CR CR LF', 'GET / HTTP/1.1\r\nhost: test\r\na: b\r\r\n\r\n'],
  ['folded line with a space', 'GET / HTTP/1.1\r\nhost: test\r\na: b\r\n c\r\n\r\n'],
  ['folded line with a tab', 'GET / HTTP/1.1\r\nhost: test\r\na: b\r\n\tc\r\n\r\n'],
  ['folded first header', 'GET / HTTP/1.1\r\n host: test\r\n\r\n'],
  ['folded host', 'GET / HTTP/1.1\r\nhost: te\r\n st\r\n\r\n'],
];

export const http1Requests: Suite = {
  kind: 'traffic',
  name: 'http1-requests',
  config,
  upstreams: { u0: 'http' },
  cases: [
    ...startLines.map(([name, line]) => check(name, request(line))),
    ...lineEnds.map(([name, message]) => check(name, message)),
    raw('DEL in the target', 'web', request('GET /\x7f HTTP/1.1'), { logs }),
    raw('bare CR as the empty line', 'web', 'GET / HTTP/1.1\r\nhost: test\r\n\rX', { logs, responses: 0 }),
    raw('PRI method', 'web', request('PRI * HTTP/2.0'), { logs, responses: 'close' }),
    raw('HTTP/1.0 accepted', 'old', request('GET /a HTTP/1.0', ['host: x']), { logs: ['old'] }),
    raw('HTTP/1.0 accepted without host', 'old', 'GET /a HTTP/1.0\r\n\r\n', { logs: ['old'] }),
    raw('HTTP/1.0 keep-alive', 'old', request('GET /a HTTP/1.0', ['connection: keep-alive']), { logs: ['old'] }),
    raw('HTTP/0.9 style request', 'old', 'GET /a\r\n\r\n', { logs: ['old'] }),
    raw('HTTP/1.1 without host where 1.0 is accepted', 'old', 'GET /a HTTP/1.1\r\n\r\n', { logs: ['old'] }),
    raw('nothing but garbage', 'web', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n', { logs }),
    raw('HTTP/2 preface', 'web', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', { logs, responses: 0 }),
    raw('half a request then FIN', 'web', 'GET / HTTP/1.1\r\nhost: te', { logs, fin: true }),
    raw('an empty line then FIN', 'web', '\r\n', { logs, fin: true, responses: 'close', stats: begun }),
    raw('an empty line after a request', 'web', `${request('GET / HTTP/1.1')}\r\n`, { logs, stats: begun }),
    raw('an empty line, then what begins no method', 'web', '\r\n9 / HTTP/1.1\r\n\r\n', { logs }),
    raw('an empty line, then a control character', 'web', '\r\n\x01', { logs }),
    raw('an empty line, then a space', 'web', '\r\n ', { logs }),
    raw('an empty line, then DEL', 'web', '\r\n\x7f', { logs, responses: 0 }),
    raw('an empty line, then obs-text', 'web', '\r\n\xe9', { logs }),
    ...['E', 'early', '9', '{', '\x7f', ' ', '\x01', '\x16\x03'].map((begin) =>
      raw(`half a line that begins no method: ${JSON.stringify(begin)}`, 'web', begin, { logs, responses: 0 }),
    ),
    raw('nothing then FIN', 'web', '', { fin: true, responses: 'close' }),
    raw('request then FIN', 'web', request('GET / HTTP/1.1'), { logs, fin: true }),
  ],
};
