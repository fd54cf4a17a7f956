import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Message } from '@bufbuild/protobuf';
import { ConfigContext, ConfigError, ConfigErrorCollector, childPath, formatConfigProblem } from './config.ts';

type Sample = Message<'test.Sample'> & {
  idleTimeout?: object;
  names: string[];
  kind: { case: 'local'; value: string } | { case: 'remote'; value: string } | { case: undefined; value?: undefined };
};

function sample(fields: Partial<Sample>): Sample {
  return { $typeName: 'test.Sample', names: [], kind: { case: undefined }, ...fields } as Sample;
}

function context(): ConfigContext {
  return new ConfigContext(new ConfigErrorCollector(), 'a.b');
}

test('paths name fields, indexes and keys', () => {
  assert.equal(childPath('', 'a'), 'a');
  assert.equal(childPath('a', 'b', 2), 'a.b[2]');
  assert.equal(childPath('a', 'b', 'x.y'), 'a.b["x.y"]');
});

test('a problem prints its place, path, message and hints', () => {
  const position = { file: 'f.yaml', line: 3, column: 7 };
  assert.equal(
    formatConfigProblem({ path: 'a.b', message: 'no such field', expected: 'c', didYouMean: 'd', position }),
    'f.yaml:3:7: a.b: no such field (expected c; did you mean "d"?)',
  );
  assert.equal(formatConfigProblem({ path: '', message: 'empty' }), 'empty');
});

test('problems are gathered once, placed, and thrown together', () => {
  const collector = new ConfigErrorCollector((path) => ({ file: 'f', line: path.length, column: 1 }));
  const ctx = new ConfigContext(collector);
  ctx.child('a').error('is bad');
  ctx.child('a').error('is bad');
  ctx.child('bc').error('is worse');
  assert.throws(
    () => collector.throwIfAny(),
    (error) => error instanceof ConfigError && error.message === 'f:1:1: a: is bad\nf:2:1: bc: is worse',
  );
});

test('what stumbles over what could not be read says nothing new', () => {
  const collector = new ConfigErrorCollector();
  collector.add({ path: 'filters[0].typed_config.@type', message: 'unknown type' });
  collector.add({ path: 'address', message: 'does not fit' });
  collector.endReading();
  for (const path of ['filters[0]', 'filters[0].typed_config', 'address'])
    collector.add({ path, message: 'is missing' });
  collector.add({ path: 'filters[1]', message: 'is unknown' });
  assert.deepEqual(
    collector.problems.map(({ path }) => path),
    ['filters[0].typed_config.@type', 'address', 'filters[1]'],
  );
});

test('a thrown ConfigError is gathered, any other error passes', () => {
  const collector = new ConfigErrorCollector();
  const ctx = new ConfigContext(collector, 'x');
  assert.equal(
    collector.capture(() => ctx.fail('cannot go on')),
    undefined,
  );
  assert.deepEqual(collector.problems, [{ path: 'x', message: 'cannot go on' }]);
  assert.throws(
    () =>
      collector.capture(() => {
        throw new TypeError('ours');
      }),
    TypeError,
  );
});

test('set fields that are not supported are refused by their proto names', () => {
  const ctx = context();
  ctx.requireSupported(sample({ idleTimeout: { $typeName: 't' }, names: ['x'], kind: { case: 'remote', value: '' } }), [
    'names',
    'local',
  ]);
  assert.deepEqual(
    ctx.collector.problems.map((problem) => problem.path),
    ['a.b.remote', 'a.b.idle_timeout'],
  );
});

test('fields at their defaults need no support', () => {
  const ctx = context();
  ctx.requireSupported(sample({}), []);
  assert.equal(ctx.collector.hasErrors, false);
});
