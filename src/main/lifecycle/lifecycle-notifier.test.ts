import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LifecycleNotifier } from './lifecycle-notifier.ts';

test('callbacks of a stage run in order, each after the one before has settled', async () => {
  const notifier = new LifecycleNotifier();
  const log: string[] = [];
  notifier.registerCallback('Startup', () => void log.push('startup'));
  notifier.registerCallback('ShutdownExit', async () => {
    await Promise.resolve();
    log.push('first');
  });
  notifier.registerCallback('ShutdownExit', () => void log.push('second'));
  await notifier.notify('ShutdownExit');
  assert.deepEqual(log, ['first', 'second']);
});

test('a disposed registration is not called', async () => {
  const notifier = new LifecycleNotifier();
  const registration = notifier.registerCallback('PostInit', () => assert.fail('called'));
  registration[Symbol.dispose]();
  await notifier.notify('PostInit');
});
