import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RequestHeaders, ResponseHeaders } from '../../../common/headers/header-map.ts';
import { UuidRequestIds } from './index.ts';

const fresh = '11111111-1111-4111-8111-111111111111';
const traced = '22222222-2222-9222-8222-222222222222';
const random = { random: () => 0, uuid: () => fresh };
const ids = new UuidRequestIds({ packTraceReason: true, useRequestIdForTraceSampling: true }, random);

function idOf(present: string | undefined, edge: boolean, keep: boolean) {
  const headers = RequestHeaders.of(present === undefined ? [] : [['x-request-id', present]]);
  ids.set(headers, edge, keep);
  return headers.get('x-request-id');
}

test('an id is made where there is none, and replaced at the edge', () => {
  assert.equal(idOf(undefined, false, false), fresh);
  assert.equal(idOf('', false, true), fresh);
  assert.equal(idOf('mine', false, false), 'mine');
  assert.equal(idOf('mine', true, false), fresh);
});

test('a kept external id loses its trace reason', () => {
  assert.equal(idOf('mine', true, true), 'mine');
  assert.equal(idOf(traced, true, true), '22222222-2222-4222-8222-222222222222');
  assert.equal(idOf(traced, false, true), traced);
});

test('the response carries the id of its request', () => {
  const response = ResponseHeaders.withStatus(200);
  ids.setInResponse(response, RequestHeaders.of([['x-request-id', 'mine']]));
  assert.equal(response.get('x-request-id'), 'mine');
});

test('an id draws by its first digits, and says why it is traced', () => {
  const { tracing } = ids;
  const headers = RequestHeaders.of([['x-request-id', fresh]]);
  assert.deepEqual([tracing?.toInteger(headers), tracing?.reason(headers)], [0x11111111, 'NotTraceable']);
  const reasons = (['Sampling', 'ServiceForced', 'ClientForced', 'NotTraceable'] as const).map((reason) => {
    tracing?.setReason(headers, reason);
    return [headers.get('x-request-id')?.[14], tracing?.reason(headers) === reason];
  });
  assert.deepEqual(reasons, [
    ['9', true],
    ['a', true],
    ['b', true],
    ['4', true],
  ]);
  const foreign = RequestHeaders.of([['x-request-id', 'mine']]);
  tracing?.setReason(foreign, 'Sampling');
  assert.deepEqual([tracing?.toInteger(foreign), foreign.get('x-request-id')], [undefined, 'mine']);
});
