import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { HttpMatchingData } from '../../../../sdk/matching.ts';
import { loggedStream } from '../../../../test/harness/logged-stream.ts';
import { RequestHeaders, ResponseHeaders, Trailers } from '../../../common/headers/header-map.ts';
import { httpInputs } from './index.ts';

const early: HttpMatchingData = {
  streamInfo: loggedStream().info,
  requestHeaders: undefined,
  requestTrailers: undefined,
  responseHeaders: undefined,
  responseTrailers: undefined,
};

function read(name: string, config: object, data: Partial<HttpMatchingData>) {
  const input = httpInputs.find((extension) => extension.name.endsWith(name));
  return input?.createInput(config).get({ ...early, ...data });
}

test('headers: all values joined, absent ones absent, and not there yet before they come', () => {
  const requestHeaders = RequestHeaders.of([
    [':path', '/x'],
    ['x-a', '1'],
    ['x-a', '2'],
  ]);
  assert.equal(read('request_headers', { headerName: 'X-A' }, { requestHeaders }), '1,2');
  assert.equal(read('request_headers', { headerName: ':path' }, { requestHeaders }), '/x');
  assert.equal(read('request_headers', { headerName: 'x-b' }, { requestHeaders }), undefined);
  assert.equal(read('request_headers', { headerName: 'x-a' }, {}), null);
});

test('trailers and response headers are maps of their own', () => {
  const trailers = new Trailers();
  trailers.add('t', '1');
  const data = { requestTrailers: trailers, responseHeaders: ResponseHeaders.withStatus(204) };
  assert.equal(read('request_trailers', { headerName: 't' }, data), '1');
  assert.equal(read('response_trailers', { headerName: 't' }, data), null);
  assert.equal(read('response_headers', { headerName: ':status' }, data), '204');
});

test('status codes and their classes', () => {
  const status = (code: number) => ({ responseHeaders: ResponseHeaders.withStatus(code) });
  assert.equal(read('status_code_input', {}, status(404)), '404');
  assert.equal(read('status_code_class_input', {}, status(404)), '4xx');
  assert.equal(read('status_code_class_input', {}, status(999)), undefined);
  assert.equal(read('status_code_input', {}, {}), null);
});

test('query parameters: the first of a name, decoded', () => {
  const query = (path: string) => {
    const requestHeaders = RequestHeaders.of([[':path', path]]);
    return read('query_params', { queryParam: 'q' }, { requestHeaders });
  };
  assert.equal(query('/x?a=1&q=b%20c&q=d'), 'b c');
  assert.equal(query('/x?q'), '');
  assert.equal(query('/x'), undefined);
  assert.equal(read('query_params', { queryParam: 'q' }, {}), null);
});

test('a value of dynamic metadata is no text', () => {
  const streamInfo = loggedStream().info;
  streamInfo.setDynamicMetadata('ns', { a: { b: 1 } });
  const path = ['a', 'b'].map((key) => ({ segment: { case: 'key', value: key } }));
  assert.deepEqual(read('dynamic_metadata', { filter: 'ns', path }, { streamInfo }), { kind: 'metadata', value: 1 });
  assert.deepEqual(read('dynamic_metadata', { filter: 'no', path }, { streamInfo }), {
    kind: 'metadata',
    value: undefined,
  });
});

test('whether the proxy answered by itself is known with the answer', () => {
  const streamInfo = loggedStream().info;
  const responseHeaders = ResponseHeaders.withStatus(200);
  streamInfo.responseCodeDetails = 'direct_response';
  assert.equal(read('local_reply', {}, { streamInfo, responseHeaders }), 'true');
  streamInfo.responseCodeDetails = 'via_upstream';
  assert.equal(read('local_reply', {}, { streamInfo, responseHeaders }), 'false');
  assert.equal(read('local_reply', {}, { streamInfo }), null);
});
