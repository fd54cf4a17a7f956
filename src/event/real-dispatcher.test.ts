import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { test } from 'node:test';
import { RealDispatcher } from './real-dispatcher.ts';
import { RealTimeSource } from './real-time.ts';

test('a signal to the process reaches its listener', async () => {
  const dispatcher = new RealDispatcher('main_thread');
  const listening = dispatcher.listenForSignal('SIGHUP', () => dispatcher.exit());
  process.kill(process.pid, 'SIGHUP');
  await dispatcher.run('RunUntilExit');
  listening[Symbol.dispose]();
  assert.equal(process.listenerCount('SIGHUP'), 0);
});

test('the wall clock agrees with the system, with a fraction', () => {
  const time = new RealTimeSource();
  const readings = Array.from({ length: 100 }, () => time.systemTimeMs());
  assert.ok(Math.abs(time.systemTimeMs() - Date.now()) < 5);
  assert.ok(readings.some((ms) => !Number.isInteger(ms)));
});

test('a callback scheduled while a socket is served runs in the same turn of the loop', async () => {
  const dispatcher = new RealDispatcher('worker_0');
  const log: string[] = [];
  const server = createServer((socket) => {
    const callback = dispatcher.createSchedulableCallback(() => {
      log.push('callback');
      socket.destroy();
      server.close();
    });
    setTimeout(() => log.push('next turn'), 0);
    callback.scheduleCallbackCurrentIteration();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  assert.ok(typeof address === 'object' && address !== null);
  connect(address.port, '127.0.0.1')
    .resume()
    .on('error', () => {});
  await once(server, 'close');
  assert.equal(log[0], 'callback');
});

test('run until exit goes on in a loop that has nothing to do', async () => {
  const dispatcher = new RealDispatcher('worker_0');
  let ended = false;
  const running = dispatcher.run('RunUntilExit').then(() => {
    ended = true;
  });
  for (let turns = 0; turns < 5; turns++) await dispatcher.run('NonBlock');
  assert.ok(!ended);
  dispatcher.exit();
  await running;
});

test('how late an iteration begins is the time by which its timer is late', async () => {
  const dispatcher = new RealDispatcher('worker_0');
  const delays: number[] = [];
  dispatcher.initializeStats((_, delayUs) => delays.push(delayUs));
  const startMs = performance.now();
  const fired = new Promise<void>((resolve) => dispatcher.createTimer(resolve).enableTimer(100));
  // By its end the runtime's timer is set; on a busy machine, too, before it is due.
  await dispatcher.run('NonBlock');
  while (performance.now() - startMs < 112);
  await fired;
  await dispatcher.run('NonBlock');
  assert.ok(Math.max(...delays) >= 5000, delays.join());
});

test('a throwing callback does not stop the loop', async () => {
  const dispatcher = new RealDispatcher('worker_0');
  const thrown = new Promise((resolve) => process.setUncaughtExceptionCaptureCallback(resolve));
  dispatcher.post(() => {
    throw new Error('from a callback');
  });
  assert.equal(((await thrown) as Error).message, 'from a callback');
  process.setUncaughtExceptionCaptureCallback(null);
  let ran = false;
  dispatcher.post(() => {
    ran = true;
  });
  await dispatcher.run('Block');
  assert.ok(ran);
});
