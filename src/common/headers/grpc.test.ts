import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isGrpcRequest } from './grpc.ts';
import { RequestHeaders } from './header-map.ts';

function judged(contentType: string, path = '/s/m'): boolean {
  const headers = new RequestHeaders();
  if (path !== '') headers.set(':path', path);
  headers.set('content-type', contentType);
  return isGrpcRequest(headers);
}

test('a request is of gRPC by its content type, with a suffix or without, and with a path', () => {
  assert.equal(judged('application/grpc'), true);
  assert.equal(judged('application/grpc+proto'), true);
  for (const other of ['application/grpc;x', 'application/grpc-web', 'Application/grpc', 'application/grp', '']) {
    assert.equal(judged(other), false, other);
  }
  assert.equal(judged('application/grpc', ''), false);
  assert.equal(isGrpcRequest(new RequestHeaders()), false);
});
