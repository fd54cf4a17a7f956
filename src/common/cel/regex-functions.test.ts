import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loggedStream, testConfig } from '../../../test/harness/logged-stream.ts';
import { compileExpression } from './expression.ts';

// The expectations have been taken from Envoy 1.40.
const results: readonly (readonly [string, string | undefined])[] = [
  ["re.extract('xx1yy', '([0-9])', '<\\\\1>')", '<1>'],
  ["re.extract('a', '(a)', '\\\\2')", undefined],
  ["re.extract('a', 'b', 'x')", undefined],
  ["re.capture('abc123', '[a-z]+([0-9]+)')", '123'],
  ["re.capture('abc123', '([0-9]+)')", undefined],
  ["re.capture('b', '(a)|(b)')", ''],
  ["re.capture('b', '(')", undefined],
  ["re.captureN('ab', '(?P<x>a)(b)').x + ''", undefined],
  ["re.captureN('ab', '(?P<x>a)(b)')['2']", 'b'],
];

for (const [expression, expected] of results) {
  test(`${expression} is ${expected ?? 'absent'}`, () => {
    const { context, info } = loggedStream({});
    const compiled = compileExpression(expression, 'expression', testConfig().ctx);
    assert.ok(!('error' in compiled));
    assert.equal(compiled.evaluate(context, info), expected);
  });
}

test('a namespace that has no such function is refused', () => {
  const compiled = compileExpression("re.nothing('a')", 'expression', testConfig().ctx);
  assert.ok('error' in compiled);
  assert.match(compiled.error, /No overload found in reference resolve step for nothing/);
});
