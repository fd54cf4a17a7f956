import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { responseOf, ServerSide } from '../../../test/harness/http1-codecs.ts';
import type { Http1ServerOptions } from './options.ts';

type Options = Partial<Http1ServerOptions>;
const bad = '400 Bad Request http1.codec_error';
const badChars = '400 Bad Request http1.invalid_characters';
const badUrl = '400 Bad Request http1.invalid_url';
const low = '426 Upgrade Required low_version';
const tooLarge = '431 Request Header Fields Too Large http1.headers_too_large';
const tooMany = '431 Request Header Fields Too Large http1.too_many_headers';
const both = '400 Bad Request http1.content_length_and_chunked_not_allowed';
const unknownCoding = '501 Not Implemented http1.invalid_transfer_encoding';
const badConnection = '400 Bad Request http1.connection_header_rejected';
const badAuthority = '400 Bad Request http.invalid_authority';

/** The request with the given lines behind a good first line and Host. */
const withLines = (lines: string, rest = '') => `POST /x HTTP/1.1\r\nHost: a\r\n${lines}\r\n${rest}`;
const chunked = (body: string) => withLines('Transfer-Encoding: chunked\r\n', body);

/** Bytes and what Envoy 1.40 answered to them (recorded by hand); `stricter` ones it takes. */
const refusals: readonly (readonly [name: string, bytes: string, answer: string, options?: Options])[] = [
  ['a lower-case method', 'get / HTTP/1.1\r\nHost: a\r\n\r\n', bad],
  ['an unknown method', 'FOO / HTTP/1.1\r\nHost: a\r\n\r\n', bad],
  ['an unknown method with a good beginning', 'GETX / HTTP/1.1\r\nHost: a\r\n\r\n', bad],
  ['a custom method that is no token', 'F(O / HTTP/1.1\r\nHost: a\r\n\r\n', bad, { allowCustomMethods: true }],
  ['a space before the method', ' GET / HTTP/1.1\r\nHost: a\r\n\r\n', bad],
  ['HTTP/1.0 unless accepted', 'GET / HTTP/1.0\r\nHost: a\r\n\r\n', low],
  ['HTTP/0.9 unless accepted', 'GET /\r\n', low],
  ['HTTP/1.2', 'GET / HTTP/1.2\r\nHost: a\r\n\r\n', low],
  ['HTTP/2.0', 'GET / HTTP/2.0\r\nHost: a\r\n\r\n', low],
  ['a version of two digits', 'GET / HTTP/1.10\r\nHost: a\r\n\r\n', bad],
  ['a version in lower case', 'GET / http/1.1\r\nHost: a\r\n\r\n', bad],
  ['four words', 'GET / a HTTP/1.1\r\nHost: a\r\n\r\n', bad],
  ['a target that is a word', 'GET foo HTTP/1.1\r\nHost: a\r\n\r\n', bad],
  ['an asterisk but for OPTIONS', 'GET * HTTP/1.1\r\nHost: a\r\n\r\n', badUrl],
  ['a target with bytes above 126', 'GET /\x80 HTTP/1.1\r\nHost: a\r\n\r\n', bad],
  ['a target with NUL', 'GET /\0 HTTP/1.1\r\nHost: a\r\n\r\n', badChars],
  ['a target with DEL', 'GET /\x7f HTTP/1.1\r\nHost: a\r\n\r\n', badChars],
  ['another scheme', 'GET ftp://a/ HTTP/1.1\r\nHost: a\r\n\r\n', '400 Bad Request http1.invalid_scheme'],
  ['an empty host in the target', 'GET http:///d HTTP/1.1\r\nHost: a\r\n\r\n', badUrl],
  ['a port that is none', 'GET http://a:99999/ HTTP/1.1\r\nHost: a\r\n\r\n', badUrl],
  ['an empty port', 'GET http://a:/ HTTP/1.1\r\nHost: a\r\n\r\n', badUrl],
  ['an underscore in the target host', 'GET http://a_b/ HTTP/1.1\r\nHost: a\r\n\r\n', badUrl],
  [
    'https on plaintext when schemes are validated',
    'GET https://a/ HTTP/1.1\r\nHost: a\r\n\r\n',
    '403 Forbidden http1.https_url_on_plaintext_connection',
    { validateScheme: true },
  ],
  ['a space in Host', 'GET / HTTP/1.1\r\nHost: a b\r\n\r\n', badAuthority],
  ['a slash in Host', 'GET / HTTP/1.1\r\nHost: a/b\r\n\r\n', badAuthority],
  ['a space before the colon', withLines('X : 1\r\n'), bad],
  ['a space in a name', withLines('X Y: 1\r\n'), bad],
  ['an empty name', withLines(': 1\r\n'), bad],
  ['a line without colon', withLines('X\r\n'), bad],
  ['quotes in a name', withLines('X"y: 1\r\n'), bad],
  ['a name above 127', withLines('X\x80: 1\r\n'), bad],
  ['NUL in a value', withLines('X: a\0b\r\n'), badChars],
  ['a control byte in a value', withLines('X: a\x01b\r\n'), badChars],
  ['DEL in a value', withLines('X: a\x7fb\r\n'), badChars],
  ['Content-Length twice', withLines('Content-Length: 3\r\nContent-Length: 3\r\n', 'abc'), bad],
  ['two Content-Lengths', withLines('Content-Length: 3\r\nContent-Length: 4\r\n', 'abc'), bad],
  ['a list as Content-Length', withLines('Content-Length: 3, 3\r\n', 'abc'), bad],
  ['a signed Content-Length', withLines('Content-Length: +3\r\n', 'abc'), bad],
  ['an empty Content-Length', withLines('Content-Length:\r\n', 'abc'), bad],
  ['a Content-Length above 64 bits', withLines('Content-Length: 99999999999999999999\r\n'), bad],
  ['Content-Length and chunked', withLines('Content-Length: 3\r\nTransfer-Encoding: chunked\r\n', '0\r\n\r\n'), both],
  [
    'Content-Length and another coding',
    withLines('Content-Length: 3\r\nTransfer-Encoding: identity\r\n', 'abc'),
    both,
    { allowChunkedLength: true },
  ],
  ['a list of codings', withLines('Transfer-Encoding: gzip, chunked\r\n', '0\r\n\r\n'), unknownCoding],
  ['chunked twice', withLines('Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n'), unknownCoding],
  ['identity', withLines('Transfer-Encoding: identity\r\n'), unknownCoding],
  ['an empty coding', withLines('Transfer-Encoding:\r\n'), unknownCoding],
  ['a vertical tab in the coding', withLines('Transfer-Encoding: \x0bchunked\r\n'), badChars],
  ['a chunk size that is none', chunked('g\r\nabc\r\n0\r\n\r\n'), bad],
  ['a space before a chunk size', chunked(' 3\r\nabc\r\n0\r\n\r\n'), bad],
  ['a chunk size with 0x', chunked('0x3\r\nabc\r\n0\r\n\r\n'), bad],
  ['a negative chunk size', chunked('-0\r\n\r\n'), bad],
  ['a chunk without size', chunked('\r\nabc\r\n0\r\n\r\n'), bad],
  ['an empty line in the place of a size', chunked('\r\n\r\n'), bad],
  ['a chunk size above 64 bits', chunked('fffffffffffffffff\r\nabc'), bad],
  ['CR in a chunk extension', chunked('3;a\rb\r\nabc\r\n0\r\n\r\n'), bad],
  ['LF behind a chunk extension', chunked('3;a\nabc\r\n0\r\n\r\n'), bad],
  ['LF behind a chunk size', chunked('3\nabc\r\n0\r\n\r\n'), bad],
  ['a chunk without its line end', chunked('3\r\nabc0\r\n\r\n'), bad],
  ['a trailer without colon', chunked('0\r\nA b\r\n\r\n'), bad],
  ['a trailer with NUL', chunked('0\r\nA: b\0\r\n\r\n'), badChars],
  ['a pseudo header as trailer', chunked('0\r\n:path: z\r\n\r\n'), bad, { enableTrailers: true }],
  ['too many trailers', chunked(`0\r\n${'a: b\r\n'.repeat(101)}\r\n`), tooMany, { enableTrailers: true }],
  ['trailers that are too large', chunked(`0\r\nA: ${'b'.repeat(62_000)}\r\n\r\n`), tooLarge],
  ['a head one byte too large', `GET /${'a'.repeat(1000)} HTTP/1.1\r\n\r\n`, tooLarge, { maxHeadersBytes: 1017 }],
  ['an endless first line', 'G'.repeat(70_000), tooLarge],
  ['a header too many', withLines('a: b\r\n'.repeat(100)), tooMany],
  ['an underscore', withLines('a_b: 1\r\n'), '400 Bad Request http1.unexpected_underscore', reject()],
  ['a pseudo header in Connection', withLines('Connection: :path\r\n'), badConnection],
  ['X-Forwarded-For in Connection', withLines('Connection: x-forwarded-for\r\n'), badConnection],
  ['ten names in Connection', withLines(`Connection: ${'a,'.repeat(10)}\r\n`), badConnection],
  ['an overlong TE', withLines(`Connection: te\r\nTE: ${'a'.repeat(256)}\r\n`), badConnection],
  ['CONNECT without port', 'CONNECT a HTTP/1.1\r\nHost: a\r\n\r\n', badUrl],
  ['CONNECT to a path', 'CONNECT /x HTTP/1.1\r\nHost: a\r\n\r\n', badUrl],
  ['CONNECT to a URL', 'CONNECT http://a/ HTTP/1.1\r\nHost: a\r\n\r\n', badUrl],
  ['CONNECT with userinfo', 'CONNECT u@a:80 HTTP/1.1\r\nHost: a\r\n\r\n', badUrl],
  [
    'CONNECT with a body',
    'CONNECT a:80 HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nx',
    '400 Bad Request http1.body_disallowed',
  ],
  ['chunked CONNECT', 'CONNECT a:80 HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n', unknownCoding],
];

/** What Envoy takes and we refuse unless `relaxedLines` is set: differences-from-envoy.md. */
const stricter: readonly (readonly [name: string, bytes: string])[] = [
  ['LF as a line end', 'GET / HTTP/1.1\nHost: a\n\n'],
  ['LF as one line end', 'GET / HTTP/1.1\r\nHost: a\n\r\n'],
  ['LF as the empty line', 'GET / HTTP/1.1\r\nHost: a\r\n\n'],
  ['LF before the request', '\nGET / HTTP/1.1\r\nHost: a\r\n\r\n'],
  ['CR in a value', withLines('X: a\rb\r\n')],
  ['a folded line', withLines('X: a\r\n b\r\n')],
  ['junk behind a chunk size', chunked('3 junk\r\nabc\r\n0\r\n\r\n')],
  ['junk behind a chunk', chunked('3\r\nabcd\r\n0\r\n\r\n')],
  ['CR and junk behind a chunk', chunked('3\r\nabc\rx\n0\r\n\r\n')],
  ['LF behind a chunk', chunked('3\r\nabc\n0\r\n\r\n')],
  ['LF as the end of chunks', chunked('3\r\nabc\r\n0\r\n\n')],
];

function reject(): Options {
  return { headersWithUnderscoresAction: 'REJECT_REQUEST' };
}

describe('Http1ServerCodec refuses', () => {
  for (const [name, bytes, answer, options] of refusals) {
    it(name, () => {
      for (const pieceLength of [bytes.length, 1, 7]) {
        const server = new ServerSide(options);
        server.feed(bytes, pieceLength);
        assert.deepEqual(
          [server.last?.told.localReply, server.requests.length],
          [answer, 1],
          `pieces of ${pieceLength}`,
        );
        assert.equal(server.error?.kind, 'protocol');
        assert.equal(server.error?.details, answer.split(' ').at(-1));
        assert.equal(server.received.length <= bytes.length, true);
      }
    });
  }

  for (const [name, bytes] of stricter) {
    it(`${name}, unless lines are relaxed`, () => {
      for (const pieceLength of [bytes.length, 1]) {
        const strict = new ServerSide();
        strict.feed(bytes, pieceLength);
        assert.equal(strict.last.told.localReply, bad);
        const relaxed = new ServerSide({ relaxedLines: true });
        relaxed.feed(bytes, pieceLength);
        assert.equal(relaxed.error, undefined);
        assert.equal(relaxed.last.told.ended, true);
      }
    });
  }

  it('a first line before the head has ended', () => {
    const server = new ServerSide();
    server.feed('GET foo HTTP/1.1\r\n');
    assert.equal(server.last.told.localReply, bad);
  });

  it('a bad last chunk when the body has been handed on, a bad other chunk before that', () => {
    for (const [bytes, body] of [
      ['3\r\nabc\r\n0\n', 'abc'],
      ['3\r\nabc\r\n0;\n', 'abc'],
      ['3\r\nabc\r\ng\r\n', ''],
    ] as const) {
      const server = new ServerSide();
      server.feed(chunked(bytes));
      assert.deepEqual([server.last.told.localReply, server.last.told.body], [bad, body]);
    }
  });

  it('another version than ours in words of ours', () => {
    const server = new ServerSide();
    server.feed('GET / HTTP/1.0\r\n\r\n');
    server.last.encoder.encodeHeaders(responseOf(426), true);
    assert.match(server.codec.output.toString(), /^HTTP\/1\.1 426 /);
  });

  it('nothing more once a request was refused', () => {
    const server = new ServerSide();
    server.feed('FOO / HTTP/1.1\r\n\r\n');
    server.feed('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
    assert.equal(server.requests.length, 1);
    assert.equal(server.received.length, 0);
  });

  it('a request whose response has begun without another answer', () => {
    const server = new ServerSide();
    server.feed('POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n');
    server.last.encoder.encode1xxHeaders(responseOf(100));
    server.last.encoder.encodeHeaders(responseOf(200), false);
    server.feed('zz\r\n');
    assert.equal(server.last.told.localReply, undefined);
    assert.equal(server.last.encoder.stream.responseDetails, 'http1.codec_error');
  });

  it('a request after an interim response with an answer', () => {
    const server = new ServerSide();
    server.feed('POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n');
    server.last.encoder.encode1xxHeaders(responseOf(100));
    server.feed('zz\r\n');
    assert.equal(server.last.told.localReply, bad);
  });

  it('counts underscores that it refuses', () => {
    const server = new ServerSide(reject());
    server.feed(withLines('a_b: 1\r\n'));
    assert.equal(server.stats.requestsRejectedWithUnderscoresInHeaders.value, 1);
  });
});
