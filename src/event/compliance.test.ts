import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { LoopDispatcher } from './dispatcher.ts';
import { RealDispatcher } from './real-dispatcher.ts';
import { SimulatedDispatcher, SimulatedTime } from './simulated-dispatcher.ts';

interface Subject {
  readonly dispatcher: LoopDispatcher;
  /** Lets at least `ms` pass. */
  pass(ms: number): Promise<void>;
}

function real(): Subject {
  const dispatcher = new RealDispatcher('worker_0');
  return {
    dispatcher,
    async pass(ms) {
      await new Promise<void>((resolve) => dispatcher.createTimer(resolve).enableTimer(ms));
    },
  };
}

function simulated(): Subject {
  const time = new SimulatedTime();
  return {
    dispatcher: new SimulatedDispatcher('worker_0', time),
    async pass(ms) {
      time.advance(ms);
    },
  };
}

const note = (log: string[], what: string) => (): void => {
  log.push(what);
};

for (const [name, make] of Object.entries({ real, simulated })) {
  describe(`${name} dispatcher`, () => {
    test('timers fire in the order in which they expire, not in that of enabling', async () => {
      const { dispatcher, pass } = make();
      const log: string[] = [];
      for (const ms of [6, 2, 4, 0]) dispatcher.createTimer(note(log, `${ms}`)).enableTimer(ms);
      await pass(7);
      assert.deepEqual(log, ['0', '2', '4', '6']);
    });

    test('a timer never fires early, and once only', async () => {
      const { dispatcher, pass } = make();
      const startMs = dispatcher.timeSource.monotonicTimeMs();
      const lateness: number[] = [];
      const timer = dispatcher.createTimer(() => lateness.push(dispatcher.timeSource.monotonicTimeMs() - startMs - 5));
      timer.enableTimer(5);
      assert.ok(timer.enabled);
      await pass(12);
      assert.equal(lateness.length, 1);
      assert.ok((lateness[0] ?? -1) >= 0);
      assert.ok(!timer.enabled);
    });

    test('enabling again moves a timer; disabling and disposing stop it', async () => {
      const { dispatcher, pass } = make();
      const log: string[] = [];
      const moved = dispatcher.createTimer(note(log, 'moved'));
      const disabled = dispatcher.createTimer(note(log, 'disabled'));
      const disposed = dispatcher.createTimer(note(log, 'disposed'));
      const kept = dispatcher.createTimer(note(log, 'kept'));
      moved.enableTimer(1);
      for (const timer of [disabled, disposed]) timer.enableTimer(1);
      kept.enableTimer(3);
      moved.enableTimer(5);
      disabled.disableTimer();
      disposed[Symbol.dispose]();
      await pass(8);
      assert.deepEqual(log, ['kept', 'moved']);
    });

    test('a timer may disable another that is due in the same iteration, and enable itself', async () => {
      const { dispatcher, pass } = make();
      const log: string[] = [];
      const second = dispatcher.createTimer(note(log, 'second'));
      const first = dispatcher.createTimer(() => {
        second.disableTimer();
        if (log.push('first') < 3) first.enableTimer(0);
      });
      first.enableTimer(2);
      second.enableTimer(2);
      // On a slow machine the three may need more turns than a few milliseconds have.
      for (let passes = 0; passes < 100 && log.length < 3; passes++) await pass(6);
      assert.deepEqual(log, ['first', 'first', 'first']);
    });

    test('callbacks of this iteration run before those of the next', async () => {
      const { dispatcher } = make();
      const log: string[] = [];
      const next = dispatcher.createSchedulableCallback(note(log, 'next'));
      const inner = dispatcher.createSchedulableCallback(note(log, 'inner'));
      const current = dispatcher.createSchedulableCallback(() => {
        log.push('current');
        inner.scheduleCallbackCurrentIteration();
      });
      next.scheduleCallbackNextIteration();
      current.scheduleCallbackCurrentIteration();
      current.scheduleCallbackCurrentIteration();
      assert.ok(next.enabled && current.enabled);
      await dispatcher.run('Block');
      assert.deepEqual(log, ['current', 'inner', 'next']);
      assert.ok(!next.enabled);
    });

    test('a callback can be cancelled, and hurried from the next iteration into this one', async () => {
      const { dispatcher } = make();
      const log: string[] = [];
      const cancelled = dispatcher.createSchedulableCallback(note(log, 'cancelled'));
      const hurried = dispatcher.createSchedulableCallback(note(log, 'hurried'));
      const next = dispatcher.createSchedulableCallback(note(log, 'next'));
      next.scheduleCallbackNextIteration();
      hurried.scheduleCallbackNextIteration();
      hurried.scheduleCallbackCurrentIteration();
      cancelled.scheduleCallbackCurrentIteration();
      cancelled.cancel();
      await dispatcher.run('Block');
      assert.deepEqual(log, ['hurried', 'next']);
    });

    test('what waits for deletion is deleted before posted callbacks, which run in order', async () => {
      const { dispatcher } = make();
      const log: string[] = [];
      dispatcher.post(note(log, 'post 1'));
      dispatcher.post(() => {
        log.push('post 2');
        dispatcher.post(note(log, 'post 3'));
      });
      dispatcher.deferredDelete({ [Symbol.dispose]: note(log, 'delete') });
      assert.deepEqual(log, []);
      await dispatcher.run('Block');
      assert.deepEqual(log, ['delete', 'post 1', 'post 2', 'post 3']);
    });

    test('an object deleted late may defer the deletion of another', async () => {
      const { dispatcher } = make();
      const log: string[] = [];
      dispatcher.deferredDelete({
        [Symbol.dispose]: () => {
          log.push('outer');
          dispatcher.deferredDelete({ [Symbol.dispose]: note(log, 'inner') });
          dispatcher.clearDeferredDeleteList();
          log.push('outer done');
        },
      });
      await dispatcher.run('Block');
      assert.deepEqual(log, ['outer', 'outer done', 'inner']);
    });

    test('events run by priority; a one-shot event is removed, a persistent one stays', async () => {
      const { dispatcher } = make();
      const log: string[] = [];
      const low = dispatcher.createEvent(note(log, 'low'), { priority: 'low' });
      const once = dispatcher.createEvent(note(log, 'once'));
      const persistent = dispatcher.createEvent(note(log, 'high'), { priority: 'high', persistent: true });
      for (const event of [low, once, persistent]) {
        event.add();
        event.activate();
      }
      await dispatcher.run('Block');
      assert.deepEqual(log, ['high', 'once', 'low']);
      assert.deepEqual([low.pending, once.pending, persistent.pending], [false, false, true]);
    });

    test('an event that is not activated in time runs for its timeout', async () => {
      const { dispatcher, pass } = make();
      const log: string[] = [];
      const event = dispatcher.createEvent(
        (cause) => {
          log.push(cause);
          // On a slow machine more than one timeout would pass before the test goes on.
          if (cause === 'timeout') event.remove();
        },
        { persistent: true },
      );
      event.add(3);
      event.activate();
      await pass(5);
      await pass(5);
      assert.deepEqual(log, ['activated', 'timeout']);
    });

    test('an event that nobody activates runs for its timeout: once, or again and again when it is persistent', async () => {
      const { dispatcher, pass } = make();
      const log: string[] = [];
      const once = dispatcher.createEvent((cause) => log.push(`once ${cause}`));
      const again = dispatcher.createEvent(
        (cause) => {
          log.push(`again ${cause}`);
          if (log.filter((line) => line.startsWith('again')).length === 3) again.remove();
        },
        { persistent: true },
      );
      once.add(1);
      again.add(2);
      for (let passes = 0; passes < 100 && (again.pending || once.pending); passes++) await pass(3);
      await pass(5);
      assert.deepEqual(log.sort(), ['again timeout', 'again timeout', 'again timeout', 'once timeout']);
    });

    test('an event runs for what last made it run', async () => {
      const { dispatcher, pass } = make();
      const log: string[] = [];
      const event = dispatcher.createEvent((cause) => log.push(cause));
      event.add(1);
      for (let passes = 0; passes < 100 && event.pending; passes++) await pass(2);
      event.activate();
      await pass(1);
      assert.deepEqual(log, ['timeout', 'activated']);
    });

    test('an event that is removed does not run any more, though it was activated or timed', async () => {
      const { dispatcher, pass } = make();
      const log: string[] = [];
      const activated = dispatcher.createEvent(note(log, 'activated'));
      const timed = dispatcher.createEvent(note(log, 'timed'), { persistent: true });
      activated.add();
      activated.activate();
      activated.remove();
      timed.add(1);
      timed[Symbol.dispose]();
      assert.deepEqual([activated.pending, timed.pending], [false, false]);
      await pass(4);
      assert.deepEqual(log, []);
    });

    test('the approximate time stands still within an iteration', async () => {
      const { dispatcher } = make();
      let times: number[] = [];
      dispatcher.post(() => {
        const startMs = dispatcher.timeSource.monotonicTimeMs();
        times = [dispatcher.approximateMonotonicTimeMs()];
        if (name === 'real') while (dispatcher.timeSource.monotonicTimeMs() - startMs < 0.2);
        times.push(dispatcher.approximateMonotonicTimeMs());
      });
      await dispatcher.run('Block');
      assert.equal(times[0], times[1]);
    });

    test('run until exit goes on while nothing is due', async () => {
      const { dispatcher } = make();
      const log: string[] = [];
      dispatcher.createTimer(note(log, 'timer')).enableTimer(1);
      dispatcher.createTimer(() => dispatcher.exit()).enableTimer(4);
      await dispatcher.run('RunUntilExit');
      assert.deepEqual(log, ['timer']);
    });

    test('a non-blocking run does not wait for timers', async () => {
      const { dispatcher } = make();
      const log: string[] = [];
      using _timer = dispatcher.createTimer(note(log, 'timer'));
      (_timer as { enableTimer(ms: number): void }).enableTimer(1000);
      dispatcher.post(note(log, 'post'));
      await dispatcher.run('NonBlock');
      assert.deepEqual(log, ['post']);
    });

    test('the watchdog is touched at most once an interval, and without other work', async () => {
      const { dispatcher, pass } = make();
      const startMs = dispatcher.timeSource.monotonicTimeMs();
      let touches = 0;
      const registration = dispatcher.registerWatchdog(() => touches++, 5);
      const touchesBefore = touches;
      for (let i = 0; i < 10; i++) dispatcher.post(() => {});
      await dispatcher.run('NonBlock');
      const touchesOfPosts = touches - touchesBefore;
      await pass(26);
      registration[Symbol.dispose]();
      // A slow machine lets more time pass than was asked for.
      const intervals = Math.floor((dispatcher.timeSource.monotonicTimeMs() - startMs) / 5);
      const touchesInAll = touches;
      await pass(12);
      assert.equal(touchesBefore, 1);
      assert.ok(touchesOfPosts <= 1, `${touchesOfPosts} touches for ten posts`);
      assert.ok(touchesInAll >= 3 && touchesInAll <= intervals + 1, `${touchesInAll} touches, ${intervals} intervals`);
      assert.equal(touches, touchesInAll);
    });

    test('figures of the loop are given when asked for', async () => {
      const { dispatcher, pass } = make();
      const durations: number[] = [];
      dispatcher.initializeStats((durationUs, delayUs) => durations.push(durationUs, delayUs));
      dispatcher.createTimer(() => {}).enableTimer(1);
      await pass(2);
      dispatcher.post(() => {});
      await pass(1);
      assert.ok(durations.length >= 4);
      assert.ok(durations.every((us) => us >= 0));
    });

    test('shutting down stops timers, drops posts and callbacks, but disposes what was to be deleted', async () => {
      const { dispatcher, pass } = make();
      const log: string[] = [];
      dispatcher.createTimer(note(log, 'timer')).enableTimer(1);
      dispatcher.post(note(log, 'post'));
      dispatcher.createSchedulableCallback(note(log, 'callback')).scheduleCallbackNextIteration();
      dispatcher.deferredDelete({ [Symbol.dispose]: note(log, 'delete') });
      dispatcher.shutdown();
      await pass(3);
      assert.deepEqual(log, ['delete']);
    });
  });
}
