import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hasToken } from './token-list.ts';

test('a token is found alone and in a list, in any case, between blanks', () => {
  for (const list of ['close', 'Close', ' close', 'close\t', 'keep-alive, CLOSE', 'close,upgrade', ',, close ,']) {
    assert.equal(hasToken(list, 'close'), true, list);
  }
});

test('nothing else is taken for it', () => {
  assert.equal(hasToken(undefined, 'close'), false);
  for (const list of ['', 'clos', 'closed', 'keep-alive', 'keep-alive, closed', 'close;q=1', 'clo,se']) {
    assert.equal(hasToken(list, 'close'), false, list);
  }
});
