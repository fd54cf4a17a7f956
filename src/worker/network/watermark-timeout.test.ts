import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FakeConnection } from '../../../test/harness/fake-connection.ts';
import { SimulatedDispatcher, SimulatedTime } from '../../event/simulated-dispatcher.ts';
import { WatermarkTimeout } from './watermark-timeout.ts';

function start(timeoutMs: number) {
  const time = new SimulatedTime();
  const connection = new FakeConnection(new SimulatedDispatcher('worker_0', time));
  WatermarkTimeout.watch(connection, timeoutMs);
  return { time, connection };
}

test('a buffer that stays full too long closes its connection', () => {
  const { time, connection } = start(300);
  connection.overflow(true);
  time.advance(299);
  connection.overflow(false);
  time.advance(500);
  connection.overflow(true);
  time.advance(299);
  assert.deepEqual(connection.closes, []);
  time.advance(1);
  assert.deepEqual(connection.closes, ['NoFlush']);
  assert.equal(connection.localCloseReason, 'buffer_high_watermark_timeout_reached');
});

test('one that has closed meanwhile is left alone, and so are all without a timeout', () => {
  const { time, connection } = start(300);
  connection.overflow(true);
  connection.raise('RemoteClose');
  time.advance(1000);
  assert.deepEqual(connection.closes, []);
  const untimed = start(0);
  untimed.connection.overflow(true);
  untimed.time.advance(100_000);
  assert.deepEqual(untimed.connection.closes, []);
});
