import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  linesOf,
  makeStats,
  RequestRecorder,
  ResponseRecorder,
  requestOf,
} from '../../../test/harness/http1-codecs.ts';
import { SliceBuffer } from '../../common/buffer/slice-buffer.ts';
import { HeaderEntries } from '../../common/headers/header-entries.ts';
import { Http1ClientCodec, type Http1ClientShared, makeClientShared } from './client-codec.ts';
import { defaultClientOptions, defaultServerOptions, type Http1ServerOptions } from './options.ts';
import { Http1ServerCodec, type Http1ServerShared, makeServerShared } from './server-codec.ts';

/** Heads that come again are made like those before them: whatever came before, each must be told as if it were the first. */

/** Received bytes lie amid a larger memory, which is used again. */
const memory = Buffer.alloc(8192);

function received(head: string): SliceBuffer {
  memory.fill('stale: bytes\r\n\r\n');
  const buffer = new SliceBuffer();
  buffer.addRange(memory, 100, 100 + memory.write(head, 100, 'latin1'));
  return buffer;
}

/** What would go out of values, before they are read as texts. */
function writtenOf(headers: unknown): string {
  if (!(headers instanceof HeaderEntries)) return '';
  const bytes = Buffer.alloc(8192);
  const to = { bytes, words: new DataView(bytes.buffer, bytes.byteOffset) };
  return bytes.toString('latin1', 0, headers.writeLines(to, 0, bytes.length));
}

class WritingRequestRecorder extends RequestRecorder {
  written = '';

  override decodeHeaders(...args: Parameters<RequestRecorder['decodeHeaders']>): void {
    this.written = writtenOf(args[0]);
    super.decodeHeaders(...args);
  }
}

class WritingResponseRecorder extends ResponseRecorder {
  written = '';

  override decodeHeaders(...args: Parameters<ResponseRecorder['decodeHeaders']>): void {
    this.written = writtenOf(args[0]);
    super.decodeHeaders(...args);
  }
}

/** All that a request comes to. */
function request(shared: Http1ServerShared, head: string): string {
  let recorder: WritingRequestRecorder | undefined;
  const newStream = (encoder: ConstructorParameters<typeof RequestRecorder>[0]) =>
    (recorder = new WritingRequestRecorder(encoder));
  const codec = new Http1ServerCodec(shared, { newStream, onGoAway() {} }, { readDisable() {} });
  const data = received(head);
  const error = codec.dispatch(data);
  const { told, written, encoder } = recorder ?? {};
  const bytes = encoder?.stream.bytesMeter?.headerBytesReceived;
  memory.fill('x');
  const now = recorder?.headers === undefined ? '' : linesOf(recorder.headers);
  return JSON.stringify([told, written, now, bytes, error, codec.protocol, data.length]);
}

/** All that a response comes to. */
function response(shared: Http1ClientShared, head: string): string {
  const codec = new Http1ClientCodec(shared, { readDisable() {} });
  const recorder = new WritingResponseRecorder();
  const encoder = codec.newStream(recorder);
  encoder.encodeHeaders(requestOf('GET', '/'), true);
  const data = received(head);
  const error = codec.dispatch(data);
  const bytes = encoder.stream.bytesMeter?.headerBytesReceived;
  return JSON.stringify([recorder.told, recorder.written, bytes, error, codec.protocol, data.length]);
}

const serverShared = (options: Partial<Http1ServerOptions> = {}) =>
  makeServerShared({ ...defaultServerOptions, ...options }, makeStats());
const clientShared = () => makeClientShared(defaultClientOptions, makeStats());

const get = [
  'GET /path?page=1 HTTP/1.1',
  'Host: www.example.com',
  'User-Agent: some/1.0 \xe9',
  'Accept:*/*  ',
  'X-Under_score: a',
  'Connection: keep-alive',
  'X-Empty:',
  'Content-Length: 0',
  'X-Other:\tb\tc',
  '\r\n',
].join('\r\n');
const upgrade = 'GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade, TE\r\nUpgrade: websocket\r\nTE: trailers\r\n\r\n';
const hidden = 'GET / HTTP/1.1\r\nHost: a"b\r\nConnection: host, x\r\nX: 1\r\n\r\n';
const chunked = 'POST / HTTP/1.1\r\nX-A: 1\r\nHost: a:80\r\nTransfer-Encoding: chunked\r\nHost: b\r\n\r\n0\r\n\r\n';
const answer = [
  'HTTP/1.1 200 OK',
  'Server: nginx/1.22.1',
  'Date: Sat, 28 Nov 2026 00:16:10 GMT',
  'Content-Length: 10',
  'Set-Cookie: a=b',
  'Set-Cookie: c=d',
  'X-Own: e ',
  '\r\n0123456789',
].join('\r\n');

/** Some bytes that mean something, and others. */
const replacements = ['\0', '\t', '\n', '\r', ' ', ':', '0', '1', ',', 'a', 'X', '_', '~', '\x7f', '\x80', '\xff'];

function altered(head: string): string[] {
  const heads = [];
  for (let at = 0; at < head.length; at++) {
    for (const byte of replacements) heads.push(head.slice(0, at) + byte + head.slice(at + 1));
    heads.push(head.slice(0, at) + head.slice(at + 1), `${head.slice(0, at)}a${head.slice(at)}`, head.slice(0, at));
  }
  return heads;
}

describe('a head that is like those before it', () => {
  for (const [name, head] of Object.entries({ get, upgrade, hidden, chunked })) {
    it(`of a request is told as if it were the first, whichever byte is another one: ${name}`, () => {
      for (const headersWithUnderscoresAction of ['ALLOW', 'DROP_HEADER', 'REJECT_REQUEST'] as const) {
        const options = { headersWithUnderscoresAction };
        const shared = serverShared(options);
        const first = request(serverShared(options), head);
        for (const other of altered(head)) {
          for (let i = 0; i < 3; i++) assert.equal(request(shared, head), first);
          assert.equal(request(shared, other), request(serverShared(options), other), JSON.stringify(other));
        }
      }
    });
  }

  it('is one of many kinds, more than are remembered', () => {
    const shared = serverShared();
    for (let i = 0; i < 3000; i++) {
      const kind = (i * i) % 23;
      const host = `Host: ${'h'.repeat(1 + (kind % 3))}${(i * 7) % 10}`;
      const own = `X-${kind % 11}: ${kind % 5 === 0 ? i : kind}`;
      const head = `GET /${kind} HTTP/1.1\r\n${host}\r\nConnection: close\r\n${own}\r\n\r\n`;
      assert.equal(request(shared, head), request(serverShared(), head), JSON.stringify(head));
    }
  });

  it('of a response is told as if it were the first, whichever byte is another one', () => {
    const shared = clientShared();
    const first = response(clientShared(), answer);
    for (const other of altered(answer)) {
      for (let i = 0; i < 3; i++) assert.equal(response(shared, answer), first);
      assert.equal(response(shared, other), response(clientShared(), other), JSON.stringify(other));
    }
  });
});
