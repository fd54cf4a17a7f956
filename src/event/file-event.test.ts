import assert from 'node:assert/strict';
import { readdirSync, readSync, writeSync } from 'node:fs';
import { platform } from 'node:os';
import { describe, test } from 'node:test';
import type { SchedulableCallback } from '../../sdk/event.ts';
import { descriptorPairs } from '../../test/harness/descriptor-pairs.ts';
import { type FileTrigger, fileReady, type LoopDispatcher } from './dispatcher.ts';
import { WatchedFileEvent } from './file-event.ts';
import { RealDispatcher } from './real-dispatcher.ts';
import { SimulatedDispatcher, SimulatedTime } from './simulated-dispatcher.ts';

const { read, write, closed } = fileReady;

/** Two ends: what is written to one makes the other readable. */
interface Ends extends Disposable {
  readonly fd: number;
  /** Makes it readable. */
  fill(): void;
  empty(): void;
  closePeer(): void;
}

interface Subject {
  readonly dispatcher: LoopDispatcher;
  open(kind: 'pipe' | 'socket'): Ends;
  /** Lets a few iterations pass. */
  pass(): Promise<void>;
}

function real(): Subject {
  const dispatcher = new RealDispatcher('worker_0');
  const pass = () => new Promise<void>((resolve) => dispatcher.createTimer(resolve).enableTimer(4));
  return {
    dispatcher,
    pass,
    open(kind) {
      const pair = descriptorPairs()[kind]();
      const [fd] = pair.ends;
      return {
        fd,
        fill: () => void writeSync(pair.ends[1], 'x'),
        empty: () => void readSync(fd, new Uint8Array(10)),
        closePeer: () => pair.close(1),
        [Symbol.dispose]: () => pair[Symbol.dispose](),
      };
    },
  };
}

function simulated(): Subject {
  const time = new SimulatedTime();
  const dispatcher = new SimulatedDispatcher('worker_0', time);
  let next = 3;
  return {
    dispatcher,
    async pass() {
      // Not until idle: what is ready by level never lets it be.
      for (let i = 0; i < 5; i++) dispatcher.runIteration();
    },
    open(kind) {
      const fd = next++;
      let ready = kind === 'socket' ? write : 0;
      const set = (events: number) => {
        ready = events;
        dispatcher.setFileReady(fd, events);
      };
      set(ready);
      return {
        fd,
        fill: () => set(ready | read),
        empty: () => set(ready & ~read),
        closePeer: () => set(ready | read | closed),
        [Symbol.dispose]: () => set(0),
      };
    },
  };
}

const subjects = platform() === 'linux' ? { real, simulated } : { simulated };

for (const [name, make] of Object.entries(subjects)) {
  describe(`file events of the ${name} dispatcher`, () => {
    const watch = ({ dispatcher }: Subject, ends: Ends, trigger: FileTrigger, events: number) => {
      const seen: number[] = [];
      return { seen, event: dispatcher.createFileEvent(ends.fd, (ready) => seen.push(ready), trigger, events) };
    };

    for (const kind of ['pipe', 'socket'] as const) {
      test(`level: told again and again while a ${kind} is readable`, async () => {
        const subject = make();
        using ends = subject.open(kind);
        const { seen, event } = watch(subject, ends, 'level', read);
        await subject.pass();
        const before = seen.length;
        ends.fill();
        await subject.pass();
        const while_ = seen.length;
        ends.empty();
        await subject.pass();
        const after = seen.length;
        await subject.pass();
        event[Symbol.dispose]();
        subject.dispatcher.shutdown();
        assert.equal(before, 0);
        assert.ok(while_ >= 2 && seen.every((events) => events === read), `${seen}`);
        assert.equal(seen.length, after);
      });

      test(`edge: told once each time a ${kind} becomes readable`, async () => {
        const subject = make();
        using ends = subject.open(kind);
        const { seen, event } = watch(subject, ends, 'edge', read);
        ends.fill();
        await subject.pass();
        await subject.pass();
        const first = [...seen];
        ends.empty();
        ends.fill();
        await subject.pass();
        event[Symbol.dispose]();
        subject.dispatcher.shutdown();
        assert.deepEqual([first, seen], [[read], [read, read]]);
      });
    }

    test('a socket is writable, and closed when its peer closes', async () => {
      const subject = make();
      using ends = subject.open('socket');
      const { seen, event } = watch(subject, ends, 'edge', write | closed);
      await subject.pass();
      ends.closePeer();
      await subject.pass();
      event[Symbol.dispose]();
      subject.dispatcher.shutdown();
      assert.equal(seen[0], write);
      assert.ok(((seen.at(-1) ?? 0) & (closed | write)) !== 0 && seen.length >= 2, `${seen}`);
    });

    test('the end of a peer is told alone to whoever watches for that alone', async () => {
      const subject = make();
      using ends = subject.open('socket');
      const { seen, event } = watch(subject, ends, 'edge', closed);
      ends.fill();
      await subject.pass();
      const before = [...seen];
      ends.closePeer();
      await subject.pass();
      event[Symbol.dispose]();
      subject.dispatcher.shutdown();
      assert.deepEqual([before, seen], [[], [closed]]);
    });

    test('a pipe that nobody will write to any more is readable', async () => {
      const subject = make();
      using ends = subject.open('pipe');
      const { seen, event } = watch(subject, ends, 'edge', read);
      ends.closePeer();
      await subject.pass();
      event[Symbol.dispose]();
      subject.dispatcher.shutdown();
      assert.deepEqual(seen, [read]);
    });

    test('several may watch one descriptor, each for its own, by the same trigger', async () => {
      const subject = make();
      using ends = subject.open('socket');
      const [reader, writer] = [watch(subject, ends, 'edge', read), watch(subject, ends, 'edge', write)];
      await subject.pass();
      const early = [...reader.seen];
      ends.fill();
      await subject.pass();
      const other = (): unknown => watch(subject, ends, 'level', read);
      const refusal = outcomeOf(other);
      for (const { event } of [reader, writer]) event[Symbol.dispose]();
      subject.dispatcher.shutdown();
      assert.deepEqual([early, reader.seen], [[], [read]]);
      assert.ok(writer.seen.length > 0 && writer.seen.every((events) => events === write), `${writer.seen}`);
      assert.match(refusal, /by level or by edge/);
    });

    test('what is activated when one goes is not told', async () => {
      const subject = make();
      using ends = subject.open('pipe');
      const { seen, event } = watch(subject, ends, 'edge', read);
      event.activate(read);
      event[Symbol.dispose]();
      await subject.pass();
      subject.dispatcher.shutdown();
      assert.deepEqual(seen, []);
    });

    test('setEnabled changes what is told; enabling what is ready tells it', async () => {
      const subject = make();
      using ends = subject.open('socket');
      const { seen, event } = watch(subject, ends, 'edge', 0);
      ends.fill();
      await subject.pass();
      const disabled = seen.length;
      event.setEnabled(read);
      await subject.pass();
      event.setEnabled(write);
      await subject.pass();
      event.setEnabled(0);
      ends.empty();
      ends.fill();
      await subject.pass();
      event[Symbol.dispose]();
      subject.dispatcher.shutdown();
      assert.deepEqual([disabled, seen], [0, [read, write]]);
    });

    test('activate tells without the descriptor, in the next iteration; setEnabled forgets it', async () => {
      const subject = make();
      using ends = subject.open('pipe');
      const { seen, event } = watch(subject, ends, 'edge', read);
      event.activate(read);
      event.activate(write);
      const atOnce = seen.length;
      await subject.pass();
      event.activate(closed);
      event.setEnabled(read);
      await subject.pass();
      event[Symbol.dispose]();
      subject.dispatcher.shutdown();
      assert.deepEqual([atOnce, seen], [0, [read | write]]);
    });

    test('one that was disposed of tells nothing, even from within another’s callback', async () => {
      const subject = make();
      using ends = subject.open('pipe');
      const seen: string[] = [];
      const events = ['one', 'other'].map((which, i) =>
        subject.dispatcher.createFileEvent(
          ends.fd,
          () => {
            seen.push(which);
            for (const event of events) event[Symbol.dispose]();
          },
          'level',
          i < 2 ? read : 0,
        ),
      );
      ends.fill();
      await subject.pass();
      subject.dispatcher.shutdown();
      assert.deepEqual(seen, ['one']);
    });
  });
}

/** What is thrown, as text; '' when nothing is. */
function outcomeOf(act: () => unknown): string {
  try {
    act();
    return '';
  } catch (error) {
    return String(error);
  }
}

const skip = platform() !== 'linux' && 'descriptors are watched on Linux alone';

test('what is activated comes along with what the descriptor is ready for', () => {
  const told: number[] = [];
  let onReady: (events: number) => void = () => {};
  const idle = { setEvents() {}, remove() {} };
  const event = new WatchedFileEvent(
    (events) => told.push(events),
    (watched) => {
      onReady = (events) => watched.onReady(events);
      return idle;
    },
    () => ({ scheduleCallbackNextIteration() {}, cancel() {} }) as unknown as SchedulableCallback,
  );
  event.activate(write);
  onReady(read);
  onReady(read);
  assert.deepEqual(told, [read | write, read]);
});

test('watching keeps no thread alive', { skip }, () => {
  const { dispatcher, open } = real();
  using ends = open('pipe');
  const before = process.getActiveResourcesInfo().toSorted();
  using event = dispatcher.createFileEvent(ends.fd, () => {}, 'level', read);
  const after = process.getActiveResourcesInfo().toSorted();
  event.setEnabled(0);
  dispatcher.shutdown();
  assert.deepEqual(after, before);
});

test('what cannot be watched is refused; a dispatcher leaves no descriptor behind', { skip }, async () => {
  const count = async () => {
    // Sockets are closed in the loop's next iteration.
    for (let i = 0; i < 5; i++) await new Promise((resolve) => setImmediate(resolve));
    return readdirSync('/proc/self/fd').length;
  };
  using pair = descriptorPairs().pipe();
  const before = await count();
  const dispatcher = new RealDispatcher('worker_0');
  assert.throws(() => dispatcher.createFileEvent(1_000_000, () => {}, 'level', read), /cannot be watched/);
  dispatcher.createFileEvent(pair.ends[0], () => {}, 'level', read);
  dispatcher.shutdown();
  assert.equal(await count(), before);
});
