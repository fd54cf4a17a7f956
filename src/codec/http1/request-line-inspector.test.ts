import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SliceBuffer } from '../../common/buffer/slice-buffer.ts';
import { RequestLineInspector } from './request-line-inspector.ts';

function inspect(bytes: string, pieceBytes = bytes.length): string {
  const inspector = new RequestLineInspector();
  const stream = new SliceBuffer();
  let result: string = 'incomplete';
  for (let at = 0; at < bytes.length && result === 'incomplete'; at += pieceBytes) {
    stream.add(bytes.slice(at, at + pieceBytes));
    result = inspector.inspect(stream, 65_536);
  }
  return result;
}

/** As Envoy answered. */
const cases: Readonly<Record<string, readonly string[]>> = {
  'HTTP/1.1': [
    'GET / HTTP/1.1\r\nhost: a\r\n',
    'GET / HTTP/1.1\n',
    'get  /a\x01 HTTP/1.1 \r\n',
    "!#$%&'*+-.^_`|~ * HTTP/1.1\r\n",
    'CONNECT a:1 HTTP/1.1\r\n',
    'GET\t/\tHTTP/1.1\r\n',
    'GET http://a/ HTTP/1.1\r\n',
    'GET /HTTP/1.1\r\n',
    'CONNECT HTTP/1.1\r\n',
  ],
  'HTTP/1.0': ['GET / HTTP/1.0\r\n', 'GET / HTTP/2.0\r\n', 'GET /\r\n', 'GET / \t\r\n', 'GET /HTTP/1.1 \r\n'],
  none: [
    'GET / HTTP/1.10\r\n',
    'GET / http/1.1\r\n',
    'GET /a b HTTP/1.1\r\n',
    'GET a HTTP/1.1\r\n',
    'GET /\xff HTTP/1.1\r\n',
    'GET /\x0b\r\n',
    'GET\r\n',
    'hello world\r\n',
    ' GET / HTTP/1.1\r\n',
    '\r\nGET / HTTP/1.1\r\n',
    'F@O',
    'GET\0',
    '\x16\x03\x01',
  ],
  incomplete: ['G', 'GET /\xff', 'hello', 'GET / HTTP/1.1\r'],
};

for (const [expected, lines] of Object.entries(cases)) {
  test(`${expected}: ${lines.length} lines, whole and byte by byte`, () => {
    for (const line of lines) {
      assert.equal(inspect(line), expected, JSON.stringify(line));
      assert.equal(inspect(line, 1), expected, JSON.stringify(line));
    }
  });
}

test('a line feed behind the limit is not seen', () => {
  const stream = new SliceBuffer();
  stream.add('GET / HTTP/1.1\r\n');
  assert.equal(new RequestLineInspector().inspect(stream, 15), 'incomplete');
});
