/** Generators of HTTP/1 bytes, good and bad. */
import fc from 'fast-check';

const name = fc.constantFrom('X-A', 'x-b', 'Accept', 'Via', 'Cookie', 'User-Agent', 'X_U', 'TE', 'Expect', 'ETag');
const latin1 = (from: number, to: number) =>
  fc.integer({ min: from, max: to }).map((code) => String.fromCharCode(code));
const valueChar = fc.oneof({ weight: 6, arbitrary: latin1(0x20, 0x7e) }, latin1(0x80, 0xff), fc.constant('\t'));
const value = fc.string({ unit: valueChar, maxLength: 20 }).map((text) => text.replace(/^[ \t]+|[ \t]+$/g, ''));
const field = fc.tuple(name, value).map(([n, v]) => `${n}: ${v}\r\n`);
const fields = fc.array(field, { maxLength: 6 }).map((lines) => lines.join(''));
const content = fc.string({ unit: latin1(0, 0xff), maxLength: 40 });

function inChunks(body: string, size: number, extension: string): string {
  let text = '';
  for (let at = 0; at < body.length; at += size) {
    const part = body.slice(at, at + size);
    text += `${part.length.toString(16)}${extension}\r\n${part}\r\n`;
  }
  return `${text}0\r\n`;
}

const bodies = fc.oneof(
  fc.constant('\r\n'),
  content.map((body) => `Content-Length: ${body.length}\r\n\r\n${body}`),
  fc
    .tuple(content, fc.integer({ min: 1, max: 20 }), fc.constantFrom('', ';a=b', ' ;x'), fields)
    .map(
      ([body, size, ext, trailers]) => `Transfer-Encoding: chunked\r\n\r\n${inChunks(body, size, ext)}${trailers}\r\n`,
    ),
);

const target = fc.constantFrom('/', '/a?b=c', 'http://b.test/x', '/%20');
const requestLine = fc
  .tuple(fc.constantFrom('GET', 'POST', 'HEAD', 'DELETE', 'OPTIONS'), target)
  .map(([method, path]) => `${method} ${path} HTTP/1.1\r\nHost: h.test\r\n`);

/** A well-formed request. */
export const request: fc.Arbitrary<string> = fc.tuple(requestLine, fields, bodies).map((parts) => parts.join(''));

const statusLine = fc.constantFrom(200, 204, 304, 404, 503).map((status) => `HTTP/1.1 ${status} X\r\n`);

/** A response that is well-formed but for bodies of 204. */
export const response: fc.Arbitrary<string> = fc.tuple(statusLine, fields, bodies).map((parts) => parts.join(''));

const nastyPieces = [
  '\r',
  '\n',
  '\r\n',
  '\0',
  ' ',
  '\t',
  ':',
  ';',
  '0',
  'Content-Length: 5\r\n',
  'Transfer-Encoding: chunked\r\n',
  'Connection: upgrade\r\nUpgrade: x\r\n',
  '0\r\n\r\n',
  'HTTP/1.0',
  '\x80',
];

interface Mutation {
  readonly at: number;
  readonly remove: number;
  readonly insert: string;
}

const mutation: fc.Arbitrary<Mutation> = fc.record({
  at: fc.nat(400),
  remove: fc.nat(4),
  insert: fc.oneof(fc.constant(''), fc.constantFrom(...nastyPieces)),
});

function mutate(text: string, { at, remove, insert }: Mutation): string {
  const place = at % (text.length + 1);
  return text.slice(0, place) + insert + text.slice(place + remove);
}

/** The message with a few places changed. */
export function mutated(message: fc.Arbitrary<string>): fc.Arbitrary<string> {
  return fc
    .tuple(message, fc.array(mutation, { maxLength: 3 }))
    .map(([text, mutations]) => mutations.reduce(mutate, text));
}
