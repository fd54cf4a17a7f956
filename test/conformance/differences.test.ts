import assert from 'node:assert/strict';
import { test } from 'node:test';
import { judgeResults, parseDifferences } from './differences.ts';
import type { Result } from './run-suite.ts';

const listed = parseDifferences(`text | a/b | not in the table |
<!-- conformance differences begin -->
| steps | Nuncio answers | reason |
|---|---|---|
| \`suite/strict\` | \`400\` | because |
| \`suite/free/2\` | | no status told |
| \`suite/one\`<br>\`/two/3\`<br>\`other/three\` | | together |
<!-- conformance differences end -->`);

const answer = (status: string) => ({ responses: [{ head: [`HTTP/1.1 ${status}`], framing: 'none' }] });

function result(id: string, same: boolean, status = '200 OK'): Result {
  return { id, same, expected: answer('200 OK'), actual: answer(status) };
}

function judgements(results: readonly Result[]): string[] {
  return [...judgeResults(results, listed).values()];
}

test('the rows between the markers are read', () => {
  assert.deepEqual(listed, [
    { id: 'suite/strict', answers: '400', reason: 'because' },
    { id: 'suite/free/2', answers: undefined, reason: 'no status told' },
    ...['suite/one', 'suite/two/3', 'other/three'].map((id) => ({ id, answers: undefined, reason: 'together' })),
  ]);
});

test('what is not listed must be the same', () => {
  assert.deepEqual(judgements([result('suite/other/1', true), result('suite/other/2', false)]), ['same', 'differs']);
});

test('a listed case differs with the status that is told', () => {
  assert.deepEqual(judgements([result('suite/strict/1', false, '400 Bad Request')]), ['known difference']);
  assert.deepEqual(judgements([result('suite/strict/1', false, '500 x')]), ['listed but answers otherwise']);
});

test('a listed difference that has gone is told', () => {
  assert.deepEqual(judgements([result('suite/strict/1', true), result('suite/free/2', true)]), [
    'listed but the same',
    'listed but the same',
  ]);
});

test('one differing step is enough for a listed case', () => {
  const results = [result('suite/strict/1', false, '400 x'), result('suite/strict/2', true)];
  assert.deepEqual(judgements(results), ['known difference', 'same']);
});
