import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isInterim, readMessage } from './http-message.ts';

test('a response with a length ends where the length says', () => {
  const text = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokREST';
  const read = readMessage(text, 0, { kind: 'response' });
  assert.deepEqual(read?.message, { head: ['HTTP/1.1 200 OK', 'Content-Length: 2'], framing: 'length', body: 'ok' });
  assert.equal(text.slice(read?.end), 'REST');
});

test('chunks are joined and trailers kept', () => {
  const text = 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nab\r\n1;x\r\nc\r\n0\r\nt: 1\r\n\r\n';
  const message = readMessage(text, 0, { kind: 'response' })?.message;
  assert.equal(message?.body, 'abc');
  assert.deepEqual(message?.trailers, ['t: 1']);
});

test('a message is nothing until its last byte is there', () => {
  const text = 'POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n';
  for (let length = 0; length < text.length; length++) {
    assert.equal(readMessage(text.slice(0, length), 0, { kind: 'request' }), undefined, `${length} bytes`);
  }
  assert.equal(readMessage(text, 0, { kind: 'request' })?.end, text.length);
});

test('a response without a length is complete when the peer has ended', () => {
  const text = 'HTTP/1.1 200 OK\r\n\r\nuntil close';
  assert.equal(readMessage(text, 0, { kind: 'response' }), undefined);
  assert.equal(readMessage(text, 0, { kind: 'response', ended: true })?.message.body, 'until close');
});

test('answers to HEAD and those of status 204 have no body', () => {
  const head = readMessage('HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n', 0, { kind: 'response', method: 'HEAD' });
  const empty = readMessage('HTTP/1.1 204 No Content\r\n\r\n', 0, { kind: 'response' });
  assert.equal(head?.message.framing, 'none');
  assert.equal(empty?.message.framing, 'none');
});

test('1xx are interim, but 101 is final', () => {
  const read = (status: string) => readMessage(`HTTP/1.1 ${status}\r\n\r\n`, 0, { kind: 'response' })?.message;
  const [go, early, upgrade] = [read('100 Continue'), read('103 Early Hints'), read('101 Switching Protocols')];
  assert.deepEqual(
    [go && isInterim(go), early && isInterim(early), upgrade && isInterim(upgrade)],
    [true, true, false],
  );
});
