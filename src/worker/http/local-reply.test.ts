import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LocalReply } from '../../../sdk/http.ts';
import { FakeConnection } from '../../../test/harness/fake-connection.ts';
import { StreamRecord } from '../../common/stream-info/stream-record.ts';
import { SimulatedDispatcher, SimulatedTime } from '../../event/simulated-dispatcher.ts';
import { type LocalReplyRewriter, prepareLocalReply } from './local-reply.ts';

interface Told {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
}

function reply(reply: LocalReply, request: { grpc?: true; head?: true } = {}, rewriter?: LocalReplyRewriter): Told {
  const dispatcher = new SimulatedDispatcher('worker_0', new SimulatedTime());
  const circumstances = {
    requestHeaders: undefined,
    streamInfo: new StreamRecord(dispatcher.timeSource, new FakeConnection(dispatcher).info),
    routeEntry: undefined,
    isGrpcRequest: request.grpc === true,
    isHeadRequest: request.head === true,
  };
  const { headers, body } = prepareLocalReply(reply, circumstances, rewriter);
  return { headers: Object.fromEntries(headers.entries()), body: body?.toString('utf8') };
}

test('a body is text with its length in bytes; without one there is neither', () => {
  const headers = { ':status': '503', 'content-length': '3', 'content-type': 'text/plain' };
  assert.deepEqual(reply({ status: 503, body: '€', details: 'd' }), { headers, body: '€' });
  assert.deepEqual(reply({ status: 404, details: 'd' }), { headers: { ':status': '404' }, body: undefined });
});

test('a body of bytes goes out as it is, for gRPC with %XX', () => {
  const body = Uint8Array.of(0x89, 0x50, 0xef, 0xbb, 0xbf, 0x00);
  const told = reply({ status: 200, body, details: 'd' });
  assert.equal(told.headers['content-length'], '6');
  assert.equal(told.body, Buffer.from(body).toString('utf8'));
  assert.equal(reply({ status: 200, body, details: 'd' }, { grpc: true }).headers['grpc-message'], '%89P%EF%BB%BF%00');
});

test('HEAD is told the length and gets no body', () => {
  const headers = { ':status': '503', 'content-length': '4', 'content-type': 'text/plain' };
  assert.deepEqual(reply({ status: 503, body: 'busy', details: 'd' }, { head: true }), { headers, body: undefined });
});

test('gRPC gets 200 with its own status, and the body as a message', () => {
  const told = reply({ status: 503, body: 'no way: 100% €\n', details: 'd' }, { grpc: true });
  assert.deepEqual(told, {
    headers: {
      ':status': '200',
      'content-type': 'application/grpc',
      'grpc-status': '14',
      'grpc-message': 'no way: 100%25 %E2%82%AC%0A',
    },
    body: undefined,
  });
  const statuses = [400, 401, 403, 404, 429, 502, 503, 504, 500].map(
    (status) => reply({ status, details: 'd' }, { grpc: true }).headers['grpc-status'],
  );
  assert.deepEqual(statuses, ['13', '16', '7', '12', '14', '14', '14', '14', '2']);
  assert.equal(reply({ status: 504, grpcStatus: 4, details: 'd' }, { grpc: true }).headers['grpc-status'], '4');
});

test('what a rewriter makes of it is what goes out, its type too', () => {
  const rewriter: LocalReplyRewriter = {
    rewrite(draft) {
      draft.status = 500;
      draft.body = '{}';
      draft.contentType = 'application/json';
    },
  };
  const { headers, body } = reply({ status: 503, body: 'busy', details: 'd' }, {}, rewriter);
  assert.deepEqual([headers['content-type'], headers['content-length'], body], ['application/json', '2', '{}']);
});

test('an empty type that a rewriter leaves behind is none, once the body is another', () => {
  const emptyType = (body: string): LocalReplyRewriter => ({
    rewrite(draft, _request, response) {
      response.set('content-type', '');
      draft.body = body;
    },
  });
  const typeOf = (body: string) => reply({ status: 503, body: 'busy', details: 'd' }, {}, emptyType(body)).headers;
  assert.equal(typeOf('other')['content-type'], 'text/plain');
  assert.equal(typeOf('busy')['content-type'], '');
});
