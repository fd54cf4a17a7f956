import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { bufferOf, ClientSide, responseOf, ServerSide, takeText } from '../../../test/harness/http1-codecs.ts';

const hidden = 'GET /hidden HTTP/1.1\r\nHost: a\r\n\r\n';

/** What an upstream that reads as we do sees after the bytes came through server and client codec. */
function forwarded(bytes: string, pieceLength = bytes.length): { upstream: string[]; answers: string[] } {
  const upstream: string[] = [];
  const server = new ServerSide();
  server.answer = ({ headers, told, encoder }) => {
    const client = new ClientSide();
    const request = client.start();
    headers?.remove('transfer-encoding');
    if (headers !== undefined && request.encodeHeaders(headers, told.body === '') === undefined) {
      if (told.body !== '') request.encodeData(bufferOf(told.body), true);
      upstream.push(takeText(client.codec.output));
    }
    encoder.encodeHeaders(responseOf(200), true);
    takeText(server.codec.output);
  };
  server.feed(bytes, pieceLength);
  return { upstream, answers: server.told.flatMap(({ localReply }) => (localReply === undefined ? [] : [localReply])) };
}

const post = (lines: string, rest: string) => `POST /front HTTP/1.1\r\nHost: a\r\n${lines}\r\n${rest}`;

/** Families after Linhart et al. and James Kettle; each must be refused before anything reaches an upstream. */
const families: readonly (readonly [name: string, bytes: string])[] = [
  ['CL.TE', post('Content-Length: 6\r\nTransfer-Encoding: chunked\r\n', `0\r\n\r\n${hidden}`)],
  ['TE.CL', post('Transfer-Encoding: chunked\r\nContent-Length: 4\r\n', `5c\r\n${hidden}\r\n0\r\n\r\n`)],
  ['CL.CL', post(`Content-Length: 0\r\nContent-Length: ${hidden.length}\r\n`, hidden)],
  ['CL with a list', post('Content-Length: 0, 44\r\n', hidden)],
  ['CL with a sign', post('Content-Length: +0\r\n', hidden)],
  ['CL with LF inside', post('Content-Length:\n 0\r\n', hidden)],
  ...[
    'Transfer-Encoding: xchunked',
    'Transfer-Encoding : chunked',
    'Transfer-Encoding: chunked\r\nTransfer-Encoding: x',
    'Transfer-Encoding:\x0bchunked',
    'Transfer-Encoding: chunked\0',
    'X: X\nTransfer-Encoding: chunked',
    'Transfer-Encoding\r\n : chunked',
    'Transfer-Encoding: identity, chunked',
    'Transfer-Encoding: "chunked"',
    ' Transfer-Encoding: chunked',
    'X: y\rTransfer-Encoding: chunked',
  ].map(
    (line) =>
      [`TE.TE ${JSON.stringify(line)}`, post(`Content-Length: 5\r\n${line}\r\n`, `0\r\n\r\n${hidden}`)] as const,
  ),
  ['a chunk extension that ends with LF', post('Transfer-Encoding: chunked\r\n', `2;\nxx\r\n0\r\n\r\n${hidden}`)],
  ['a chunk extension with CR', post('Transfer-Encoding: chunked\r\n', `2;a\rb\r\nxx\r\n0\r\n\r\n${hidden}`)],
  ['a chunk that is longer than said', post('Transfer-Encoding: chunked\r\n', `2\r\nxxyy\r\n0\r\n\r\n${hidden}`)],
  [
    'a chunk size that overflows',
    post('Transfer-Encoding: chunked\r\n', `10000000000000002\r\nxx\r\n0\r\n\r\n${hidden}`),
  ],
  ['a chunk ended by LF', post('Transfer-Encoding: chunked\r\n', `2\r\nxx\n0\r\n\r\n${hidden}`)],
  ['LF as line ends', `POST /front HTTP/1.1\nHost: a\nContent-Length: 0\n\n${hidden}`],
  ['CR as line ends', `POST /front HTTP/1.1\rHost: a\r\r${hidden}`],
  ['a request line with CR', `POST /front HTTP/1.1\rX: y\r\nHost: a\r\n\r\n${hidden}`],
];

describe('smuggling', () => {
  for (const [name, bytes] of families) {
    it(`${name}: nothing reaches an upstream`, () => {
      for (const pieceLength of [bytes.length, 1]) {
        const { upstream, answers } = forwarded(bytes, pieceLength);
        assert.deepEqual(upstream, []);
        assert.equal(answers.length, 1);
        assert.match(answers[0] as string, /^(400|501) /);
      }
    });
  }

  it('CL.0: a body is never taken for a request', () => {
    const { upstream } = forwarded(post(`Content-Length: ${hidden.length}\r\n`, hidden));
    assert.equal(upstream.length, 1);
    assert.match(upstream[0] as string, new RegExp(`^POST /front [^]*\r\n\r\n${hidden}$`));
  });

  it('0.CL: without framing what follows is the next request, once', () => {
    const { upstream } = forwarded(post('', hidden));
    assert.deepEqual(
      upstream.map((text) => text.split(' ')[1]),
      ['/front', '/hidden'],
    );
  });

  it('a chunked body that looks like a request stays a body', () => {
    const body = `${hidden.length.toString(16)}\r\n${hidden}\r\n0\r\n\r\n`;
    const { upstream } = forwarded(post('Transfer-Encoding: chunked\r\n', body));
    assert.equal(upstream.length, 1);
    assert.match(upstream[0] as string, new RegExp(`\r\n\r\n${hidden.length.toString(16)}\r\n${hidden}\r\n0\r\n\r\n$`));
  });
});
