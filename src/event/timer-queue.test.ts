import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Timer } from '../../sdk/event.ts';
import { TimerQueue } from './timer-queue.ts';

class Clock {
  nowMs = 0;
  changes = 0;
  approximateMonotonicTimeMs(): number {
    return this.nowMs;
  }
  onTimersChanged(): void {
    this.changes++;
  }
}

const action = fc.record({
  timer: fc.nat(9),
  ms: fc.option(fc.constantFrom(0, 1, 5, 5, 20, 100), { nil: undefined }),
  pass: fc.nat(30),
});

test('fires what a plain list of expiry times says, in that order', () => {
  fc.assert(
    fc.property(fc.array(action, { maxLength: 100, size: 'max' }), (actions) => {
      const clock = new Clock();
      const queue = new TimerQueue(clock);
      const expected = new Map<number, number>();
      const fired: number[] = [];
      const timers: Timer[] = Array.from({ length: 10 }, (_, i) => queue.create(() => fired.push(i)));
      for (const { timer, ms, pass } of actions) {
        if (ms === undefined) timers[timer]?.disableTimer();
        else timers[timer]?.enableTimer(ms);
        if (ms === undefined) expected.delete(timer);
        else expected.set(timer, clock.nowMs + ms);
        assert.equal(queue.count, expected.size);
        const nextMs = queue.nextDueMs();
        assert.equal(nextMs === Number.POSITIVE_INFINITY, expected.size === 0);
        assert.ok(nextMs <= Math.min(Number.POSITIVE_INFINITY, ...expected.values()), 'no later than the first');
        clock.nowMs += pass;
        queue.runDue(clock.nowMs, () => {});
        const due = [...expected].filter(([, at]) => at <= clock.nowMs);
        const times = fired.map((i) => expected.get(i) ?? -1);
        assert.deepEqual(
          times,
          times.toSorted((a, b) => a - b),
          'earliest first',
        );
        assert.deepEqual(fired.splice(0).sort(), due.map(([i]) => i).sort());
        for (const [i] of due) expected.delete(i);
      }
    }),
  );
});

test('the loop hears of a nearer expiry and of the last timer, not of others', () => {
  const clock = new Clock();
  const queue = new TimerQueue(clock);
  const [first, second, third] = [queue.create(() => {}), queue.create(() => {}), queue.create(() => {})];
  first.enableTimer(10);
  assert.equal(clock.changes, 1);
  second.enableTimer(10);
  third.enableTimer(20);
  second.enableTimer(10);
  assert.equal(clock.changes, 1);
  third.enableTimer(5);
  assert.equal(clock.changes, 2);
  for (const timer of [first, second]) timer.disableTimer();
  assert.equal(clock.changes, 2);
  third.disableTimer();
  assert.equal(clock.changes, 3);
});
