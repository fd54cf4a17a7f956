import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, renameSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { createStatsMemory } from '../../common/stats/stats-memory.ts';
import { StatsStore } from '../../common/stats/stats-store.ts';
import { SimulatedDispatcher, SimulatedTime } from '../../event/simulated-dispatcher.ts';
import { FileAccessLogManager } from './access-log-manager.ts';

function harness(flushMinSizeBytes = 1000) {
  const time = new SimulatedTime();
  const dispatcher = new SimulatedDispatcher('worker_0', time);
  const scope = new StatsStore(createStatsMemory()).createScope();
  const manager = new FileAccessLogManager(dispatcher, scope, { flushIntervalMs: 10_000, flushMinSizeBytes });
  const path = join(mkdtempSync(join(tmpdir(), 'nuncio-log-')), 'access.log');
  return { manager, path, time, dispatcher, counter: (name: string) => scope.counter(`filesystem.${name}`).value };
}

test('lines wait for the flush and are all there after an orderly end', () => {
  const { manager, path, counter } = harness();
  const log = manager.createAccessLog(path);
  log.write('a\n');
  log.write('b\n');
  assert.equal(readFileSync(path, 'utf8'), '');
  assert.equal(counter('write_buffered'), 2);
  manager[Symbol.dispose]();
  assert.equal(readFileSync(path, 'utf8'), 'a\nb\n');
  assert.equal(counter('write_completed'), 1);
});

test('a full batch is written without waiting for the clock', () => {
  const { manager, path } = harness(10);
  const log = manager.createAccessLog(path);
  log.write('01234567\n');
  assert.equal(readFileSync(path, 'utf8'), '');
  log.write('8\n');
  assert.equal(readFileSync(path, 'utf8'), '01234567\n8\n');
});

test('the first line is written at once, the others when the flush interval is over', () => {
  const { manager, path, time, counter } = harness();
  const log = manager.createAccessLog(path);
  log.write('a\n');
  time.advance(0);
  assert.equal(readFileSync(path, 'utf8'), 'a\n');
  assert.equal(counter('flushed_by_timer'), 0);
  log.write('b\n');
  time.advance(9_999);
  assert.equal(readFileSync(path, 'utf8'), 'a\n');
  time.advance(1);
  assert.equal(readFileSync(path, 'utf8'), 'a\nb\n');
  assert.equal(counter('flushed_by_timer'), 1);
});

test('after a rename, reopening continues in a new file', () => {
  const { manager, path } = harness();
  const log = manager.createAccessLog(path);
  log.write('old\n');
  renameSync(path, `${path}.1`);
  manager.reopen();
  log.write('new\n');
  manager.flush();
  assert.equal(readFileSync(`${path}.1`, 'utf8'), 'old\n');
  assert.equal(readFileSync(path, 'utf8'), 'new\n');
});

test('a path is one file, and one that cannot be opened is a configuration fault', () => {
  const { manager, path } = harness();
  assert.equal(manager.createAccessLog(path), manager.createAccessLog(path));
  assert.throws(() => manager.createAccessLog(join(path, 'x')), {
    name: 'ConfigError',
    message: /unable to open file/,
  });
});
