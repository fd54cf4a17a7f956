import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fakeAdmin } from '../../test/harness/fake-admin-context.ts';
import { HttpManagerHarness } from '../../test/harness/http-manager.ts';
import { AdminRouter } from '../main/admin/admin-router.ts';
import { adminFilter } from './admin-filter.ts';

const chunks = 100;

/** A page of many chunks that is being asked for. */
function ask() {
  const page = { made: 0, ended: false };
  function* body() {
    try {
      for (; page.made < chunks; page.made++) yield `${page.made}\n`;
    } finally {
      page.ended = true;
    }
  }
  const handler = { path: '/long', help: '', mutates: false, params: [] };
  const handle = () => ({ status: 200, contentType: 'text/plain', body: body() });
  const router = new AdminRouter(fakeAdmin({}).context, [{ ...handler, handle }]);
  const createFilter = adminFilter(router).createFilterFactory(undefined, {} as never);
  const http = new HttpManagerHarness([createFilter]);
  const stream = http.request({ ':path': '/long' });
  return { page, http, stream };
}

test('a body that is larger than the buffer limit is refused', () => {
  const router = new AdminRouter(fakeAdmin({}).context, []);
  const http = new HttpManagerHarness([adminFilter(router).createFilterFactory(undefined, {} as never)]);
  const stream = http.request({ ':method': 'POST', ':path': '/logging' }, false);
  http.data('x'.repeat(64), false);
  assert.ok(!stream.ended);
  http.data('x', false);
  assert.deepEqual([stream.headers?.status, stream.body], [413, 'Payload Too Large']);
});

test('what a page brings about comes after its answer', () => {
  const log: string[] = [];
  const page = { path: '/quit', help: '', mutates: true, params: [] };
  const handle = () => ({
    status: 200,
    contentType: 'text/plain',
    body: 'OK\n',
    afterwards: () => log.push(`after ${stream()}`),
  });
  const router = new AdminRouter(fakeAdmin({}).context, [{ ...page, handle }]);
  const http = new HttpManagerHarness([adminFilter(router).createFilterFactory(undefined, {} as never)]);
  const stream = () => http.codec.last.body.trim();
  http.request({ ':method': 'POST', ':path': '/quit' });
  assert.deepEqual(log, ['after OK']);
});

test('a long page leaves others their turn between its chunks', () => {
  const { page, http, stream } = ask();
  let turns = 0;
  while (!stream.ended && turns < chunks) {
    const before = page.made;
    http.dispatcher.runIteration();
    turns++;
    assert.ok(page.made - before < 10);
  }
  assert.ok(turns > 10);
  assert.equal(stream.body, Array.from({ length: chunks }, (_, i) => `${i}\n`).join(''));
});

test('a page is not made further while the peer does not read, nor once it has gone', () => {
  const { page, http, stream } = ask();
  http.codec.onUnderlyingConnectionAboveWriteBufferHighWatermark();
  const blocked = page.made;
  for (let i = 0; i < 5; i++) http.dispatcher.runIteration();
  assert.equal(page.made, blocked);
  http.codec.onUnderlyingConnectionBelowWriteBufferLowWatermark();
  http.dispatcher.runIteration();
  assert.ok(page.made > blocked && page.made < chunks);
  stream.resetStream('ConnectionTermination');
  for (let i = 0; i < 5; i++) http.dispatcher.runIteration();
  assert.ok(page.ended);
  assert.ok(page.made < chunks);
});
