import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runHttpFilterCompliance } from '../../../../../sdk/testing/index.ts';
import { HttpManagerHarness, testRoute } from '../../../../../test/harness/http-manager.ts';
import { TerminalFilters } from '../../../../../test/harness/terminal-filter.ts';
import { Trailers } from '../../../../common/headers/header-map.ts';
import { BufferFilter } from './filter.ts';

function start(maxRequestBytes: number) {
  const terminals = new TerminalFilters();
  const http = new HttpManagerHarness([() => new BufferFilter({ disabled: false, maxRequestBytes }), terminals.create]);
  return { http, terminals };
}

test('a request goes on when it is whole, with its length', () => {
  const { http, terminals } = start(10);
  http.request({}, false);
  http.data('ab', false);
  assert.equal(terminals.last.sawHeaders, false);
  http.data('c', true);
  assert.equal(terminals.last.body, 'abc');
  assert.equal(terminals.last.callbacks.requestHeaders?.get('content-length'), '3');
});

test('trailers end the wait as well', () => {
  const { http, terminals } = start(10);
  http.request({}, false);
  http.data('ab', false);
  http.receive((codec) => codec.last.decoder.decodeTrailers(new Trailers()));
  assert.equal(terminals.last.body, 'ab');
  assert.equal(terminals.last.ended, true);
});

test('a body over the limit is refused with 413 and the connection closed, be it all there or not', () => {
  for (const endStream of [false, true]) {
    const { http, terminals } = start(10);
    const stream = http.request({}, false);
    http.data('x'.repeat(11), endStream);
    assert.deepEqual([stream.headers?.status, stream.headers?.get('connection')], [413, 'close']);
    assert.equal(http.logged[0]?.info.responseCodeDetails, 'request_payload_too_large');
    assert.equal(terminals.all[0]?.sawHeaders, false);
  }
});

test('a route may switch it off', () => {
  const { http, terminals } = start(1);
  http.route = testRoute({ perFilterConfig: () => ({ disabled: true, maxRequestBytes: 0 }) });
  http.request({}, false);
  http.data('abc', false);
  assert.equal(terminals.last.body, 'abc');
});

runHttpFilterCompliance([
  { name: 'buffer', createFilter: () => new BufferFilter({ disabled: false, maxRequestBytes: 100 }) },
  { name: 'buffer, over its limit', createFilter: () => new BufferFilter({ disabled: false, maxRequestBytes: 2 }) },
  {
    name: 'buffer, off on the route',
    createFilter: () => new BufferFilter({ disabled: false, maxRequestBytes: 2 }),
    options: { perRoute: { disabled: true, maxRequestBytes: 0 } },
  },
]);
