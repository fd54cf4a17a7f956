import assert from 'node:assert/strict';
import { test } from 'node:test';
import { statTagValueInput } from './index.ts';

test('the input is the tag’s value', () => {
  assert.equal(statTagValueInput.createInput(undefined).get({ value: 'v' }), 'v');
});
