import assert from 'node:assert/strict';
import { test } from 'node:test';
import { scaledTimeouts } from '../../test/harness/scaled-timeouts.ts';
import { SimulatedDispatcher, SimulatedTime } from '../event/simulated-dispatcher.ts';
import { ScaledTimeout } from './scaled-timer.ts';

test('what is above the minimum shrinks with the overload', () => {
  const { timeouts, overload } = scaledTimeouts(
    { timer: 'http-connection-idle', kind: 'absolute', ms: 200 },
    { timer: 'http-stream-idle', kind: 'share', share: 0.1 },
  );
  const all = () => [
    timeouts?.scale('http-connection-idle', 1000),
    timeouts?.scale('http-connection-idle', 100),
    timeouts?.scale('http-stream-idle', 1000),
    timeouts?.scale('transport-socket-connect', 1000),
  ];
  assert.deepEqual(all(), [1000, 100, 1000, 1000]);
  overload(0.5);
  assert.deepEqual(all(), [600, 100, 550, 1000]);
  overload(1);
  assert.deepEqual(all(), [200, 100, 100, 1000]);
  assert.equal(scaledTimeouts().timeouts, undefined, 'none is ever shortened');
});

test('a timeout that runs already is as long as it is by now', () => {
  const time = new SimulatedTime();
  const { timeouts, overload } = scaledTimeouts({ timer: 'transport-socket-connect', kind: 'absolute', ms: 200 });
  const fired: string[] = [];
  const startOne = (name: string): ScaledTimeout => {
    const onTimeout = () => fired.push(name);
    const dispatcher = new SimulatedDispatcher('worker_0', time);
    const timeout = new ScaledTimeout(dispatcher, 'transport-socket-connect', timeouts, onTimeout);
    timeout.start(1000);
    return timeout;
  };
  startOne('a');
  startOne('gone')[Symbol.dispose]();
  time.advance(500);
  overload(0.5);
  time.advance(99);
  overload(0.4);
  time.advance(80);
  assert.deepEqual(fired, []);
  time.advance(1);
  assert.deepEqual(fired, ['a']);
  overload(1);
  assert.deepEqual(fired, ['a'], 'what has run out does not run out again');
});
