/** Costs of the HTTP/1 codecs, in ns a message: `node bench/micro/http1-codec.bench.ts [name]`. */
import type { ResponseEncoder } from '../../sdk/codec.ts';
import { FieldParser } from '../../src/codec/http1/field-parser.ts';
import { writeResponseHead } from '../../src/codec/http1/head-writer.ts';
import { defaultServerOptions, Http1ServerCodec, makeServerShared } from '../../src/codec/http1/index.ts';
import { BlockPool } from '../../src/common/buffer/block.ts';
import { SliceBuffer } from '../../src/common/buffer/slice-buffer.ts';
import { HeadMemory } from '../../src/common/headers/head-memory.ts';
import { RequestHeaders, ResponseHeaders } from '../../src/common/headers/header-map.ts';
import { requestInlineNames } from '../../src/common/headers/inline-names.ts';
import { ClientSide, makeStats, requestOf } from '../../test/harness/http1-codecs.ts';
import { measure } from './measure.ts';

const browserFields = [
  'Host: www.example.com',
  'User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0',
  'Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8',
  'Accept-Language: en-US,en;q=0.5',
  'Accept-Encoding: gzip, deflate, br, zstd',
  'Connection: keep-alive',
  'Cookie: session=8f3b2c1d4e5f60718293a4b5c6d7e8f9; theme=dark',
  'X-Request-Id: 1555200f-43e0-40f9-a04c-a4ef7bc656ba',
];
const get = Buffer.from(`GET /index.html?page=1 HTTP/1.1\r\n${browserFields.join('\r\n')}\r\n\r\n`, 'latin1');
const smallGet = Buffer.from('GET / HTTP/1.1\r\nHost: 127.0.0.1:8080\r\n\r\n', 'latin1');
const post = Buffer.from(
  `POST /upload HTTP/1.1\r\n${browserFields.join('\r\n')}\r\nContent-Length: 100\r\n\r\n${'x'.repeat(100)}`,
  'latin1',
);
const responseFields: readonly (readonly [string, string])[] = [
  [':status', '200'],
  ['server', 'envoy'],
  ['date', 'Sat, 21 Nov 2026 11:05:16 GMT'],
  ['content-type', 'text/html; charset=utf-8'],
  ['content-length', '100'],
  ['cache-control', 'max-age=3600'],
  ['etag', '"33a64df551425fcc55e4d42a148795d9f25f89d4"'],
  ['vary', 'accept-encoding'],
  ['x-envoy-upstream-service-time', '3'],
];
const response = Buffer.from(
  `HTTP/1.1 200 OK\r\n${responseFields
    .slice(1)
    .map(([name, value]) => `${name}: ${value}`)
    .join('\r\n')}\r\n\r\n${'x'.repeat(100)}`,
  'latin1',
);

const rounds = 2000;
const pool = new BlockPool();

interface Request {
  readonly encoder: ResponseEncoder;
}

/** A server codec that answers with what `answer` encodes. */
function server(answer: (request: Request) => void): (bytes: Uint8Array) => void {
  const shared = makeServerShared(defaultServerOptions, makeStats());
  const request: { encoder: ResponseEncoder | undefined } = { encoder: undefined };
  const decoder = {
    decodeHeaders(_headers: unknown, endStream: boolean) {
      if (endStream) answer(request as Request);
    },
    decodeData(_data: unknown, endStream: boolean) {
      if (endStream) answer(request as Request);
    },
    decodeTrailers() {},
    sendLocalReply() {
      throw new Error('refused');
    },
  };
  const callbacks = {
    newStream(encoder: ResponseEncoder) {
      request.encoder = encoder;
      return decoder;
    },
    onGoAway() {},
  };
  const codec = new Http1ServerCodec(shared, callbacks, { readDisable() {} });
  const received = new SliceBuffer();
  const sent = new SliceBuffer(pool);
  return (bytes) => {
    received.addFragment(bytes);
    const error = codec.dispatch(received);
    if (error !== undefined) throw new Error(error.message);
    sent.move(codec.output);
    sent.drain(sent.length);
  };
}

const emptyAnswer = ResponseHeaders.of([
  [':status', '200'],
  ['content-length', '0'],
]);
const fullAnswer = ResponseHeaders.of(responseFields);
const body = Buffer.alloc(100, 120);

const fields = new FieldParser(requestInlineNames);
const headStart = get.indexOf('\r\n') + 2;
measure('fields: 8 headers, places only', rounds, () => {
  fields.parse(get, headStart, get.length);
});
const heads = new HeadMemory();
measure('fields: 8 headers, into a map', rounds, () => {
  fields.parse(get, headStart, get.length);
  const block = heads.keep(get, headStart, get.length);
  const headers = new RequestHeaders(block, fields.lines.count, block.used - (get.length - headStart));
  const options = { hostIsAuthority: false, dropUnderscores: false };
  fields.collect(headers, get, block.texts, options);
});
const out = new SliceBuffer(pool);
measure('lines: 9 headers into a buffer', rounds, () => {
  writeResponseHead(out, 200, fullAnswer, undefined);
  out.drain(out.length);
});

const answerEmpty = server(({ encoder }) => encoder.encodeHeaders(emptyAnswer, true));
const answerFull = server(({ encoder }) => {
  encoder.encodeHeaders(fullAnswer, false);
  const data = new SliceBuffer();
  data.addFragment(body);
  encoder.encodeData(data, true);
});
measure('server: small GET, 1 header, tiny answer', rounds, () => answerEmpty(smallGet));
measure('server: GET with 8 headers, tiny answer', rounds, () => answerEmpty(get));
measure('server: POST of 100 bytes, tiny answer', rounds, () => answerEmpty(post));
measure('server: GET with 8 headers, 9 headers + 100 B', rounds, () => answerFull(get));
const client = new ClientSide();
const clientRequest = requestOf('GET', '/index.html?page=1', [
  ['user-agent', 'Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0'],
  ['accept', 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8'],
  ['accept-language', 'en-US,en;q=0.5'],
  ['accept-encoding', 'gzip, deflate, br, zstd'],
  ['cookie', 'session=8f3b2c1d4e5f60718293a4b5c6d7e8f9; theme=dark'],
  ['x-request-id', '1555200f-43e0-40f9-a04c-a4ef7bc656ba'],
  ['x-forwarded-proto', 'http'],
]);
const sink = { decode1xxHeaders() {}, decodeHeaders() {}, decodeData() {}, decodeTrailers() {} };
const sent = new SliceBuffer(pool);
const received = new SliceBuffer();
measure('client: request of 8 headers, response of 8', rounds, () => {
  client.codec.newStream(sink).encodeHeaders(clientRequest, true);
  sent.move(client.codec.output);
  sent.drain(sent.length);
  received.addFragment(response);
  const error = client.codec.dispatch(received);
  if (error !== undefined) throw new Error(error.message);
});
