import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LayeredFilterState } from './filter-state.ts';

const object = { serializeAsString: () => 'x' };

function names({ shared }: LayeredFilterState): string[] | undefined {
  return shared?.map(([name]) => name);
}

test('what upstreams inherit is that of the connection and of the request, by name', () => {
  const connection = new LayeredFilterState();
  const request = new LayeredFilterState(connection);
  assert.equal(names(request), undefined);
  request.set('own', object);
  assert.equal(names(request), undefined);
  connection.set('a', object, true, 'Connection', true);
  request.set('b', object, true, 'Request', true);
  assert.deepEqual(names(request), ['a', 'b']);
  assert.deepEqual(names(connection), ['a']);
});
