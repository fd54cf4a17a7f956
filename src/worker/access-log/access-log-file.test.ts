import assert from 'node:assert/strict';
import { fstatSync, mkdtempSync, readFileSync, renameSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
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
  const counter = (name: string) => scope.counter(`filesystem.${name}`).value;
  const buffered = () => scope.gauge('filesystem.write_total_buffered').value;
  return { manager, path, time, dispatcher, counter, buffered };
}

test('lines wait for the flush and are all there after an orderly end', () => {
  const { manager, path, counter, buffered } = harness();
  const log = manager.createAccessLog(path);
  log.write('a\n');
  log.write('b\n');
  assert.equal(readFileSync(path, 'utf8'), '');
  assert.equal(buffered(), 4);
  assert.equal(counter('write_buffered'), 2);
  manager[Symbol.dispose]();
  assert.equal(readFileSync(path, 'utf8'), 'a\nb\n');
  assert.equal(buffered(), 0);
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

test('where the file cannot be opened anew the old one goes on, and it is counted', () => {
  const { manager, path, counter } = harness();
  const log = manager.createAccessLog(path);
  renameSync(dirname(path), `${dirname(path)}.gone`);
  manager.reopen();
  assert.equal(counter('reopen_failed'), 1);
  log.write('still\n');
  manager.flush();
  assert.equal(readFileSync(join(`${dirname(path)}.gone`, 'access.log'), 'utf8'), 'still\n');
});

test('a standard stream stays open when its log ends, and is not opened anew', () => {
  const { manager } = harness();
  manager.createAccessLog('/dev/stderr');
  manager.reopen();
  manager[Symbol.dispose]();
  assert.ok(fstatSync(2));
});

test('a path is one file, and one that cannot be opened is a configuration fault', () => {
  const { manager, path } = harness();
  assert.equal(manager.createAccessLog(path), manager.createAccessLog(path));
  assert.throws(() => manager.createAccessLog(join(path, 'x')), {
    name: 'ConfigError',
    message: /unable to open file/,
  });
});
