import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BlockPool } from './block.ts';
import { SliceBuffer } from './slice-buffer.ts';

const ascii = (text: string): Uint8Array => new TextEncoder().encode(text);

function watched(highBytes: number): { buffer: SliceBuffer; events: string[] } {
  const buffer = new SliceBuffer();
  const events: string[] = [];
  buffer.setWatermarks(
    highBytes,
    () => events.push(`high ${buffer.length}`),
    () => events.push(`low ${buffer.length}`),
  );
  return { buffer, events };
}

test('the high watermark fires once, above the limit; the low one at half of it', () => {
  const { buffer, events } = watched(10);
  buffer.add('0123456789');
  assert.deepEqual(events, []);
  buffer.add('a');
  buffer.add('b');
  assert.deepEqual(events, ['high 11']);
  assert.ok(buffer.highWatermarkTriggered);
  buffer.drain(6);
  assert.deepEqual(events, ['high 11']);
  buffer.drain(1);
  assert.deepEqual(events, ['high 11', 'low 5']);
  assert.ok(!buffer.highWatermarkTriggered);
});

test('the low watermark of an odd limit is rounded down', () => {
  const { buffer, events } = watched(5);
  buffer.add('123456');
  buffer.drain(3);
  assert.deepEqual(events, ['high 6']);
  buffer.drain(1);
  assert.deepEqual(events, ['high 6', 'low 2']);
});

test('moving fires the low watermark of the source and the high one of the target', () => {
  const from = watched(4);
  const to = watched(4);
  from.buffer.add('123456');
  to.buffer.move(from.buffer);
  assert.deepEqual(from.events, ['high 6', 'low 0']);
  assert.deepEqual(to.events, ['high 6']);
});

test('setting watermarks looks at what is already held; 0 takes the limit away', () => {
  const buffer = new SliceBuffer();
  const events: string[] = [];
  buffer.add('1234567890');
  const set = (bytes: number): void =>
    buffer.setWatermarks(
      bytes,
      () => events.push('high'),
      () => events.push('low'),
    );
  set(5);
  set(0);
  buffer.add('more');
  assert.deepEqual(events, ['high', 'low']);
});

test('a whole buffer moves without copying: the fragment itself arrives', () => {
  const fragment = ascii('x'.repeat(2000));
  const first = new SliceBuffer();
  const second = new SliceBuffer();
  first.addFragment(fragment);
  second.move(first);
  assert.equal(second.sliceAt(0), fragment);
  assert.equal(first.sliceCount, 0);
});

test('a small slice is copied behind bytes that may grow, so that one slice is sent', () => {
  const headers = new SliceBuffer(new BlockPool());
  const body = new SliceBuffer();
  let released = 0;
  headers.add('head ');
  body.addFragment(ascii('body'), { release: () => released++ });
  headers.move(body);
  assert.equal(headers.sliceCount, 1);
  assert.equal(headers.toString(), 'head body');
  assert.equal(released, 1);
});

test('a split fragment is released with its last part', () => {
  const from = new SliceBuffer();
  const to = new SliceBuffer();
  let released = 0;
  from.addFragment(ascii('abcdef'), { release: () => released++ });
  to.move(from, 2);
  to.drain(2);
  assert.equal(released, 0);
  to.move(from, 2);
  from.drain(2);
  assert.equal(released, 0);
  to.drain(2);
  assert.equal(released, 1);
});

test('an empty fragment is released at once', () => {
  let released = 0;
  new SliceBuffer().addFragment(new Uint8Array(0), { release: () => released++ });
  assert.equal(released, 1);
});

test('a pool gives the same memory again when all of it has been drained', () => {
  const pool = new BlockPool();
  const buffer = new SliceBuffer(pool);
  buffer.add('first');
  const memory = buffer.sliceAt(0).buffer;
  buffer.drain(5);
  for (let i = 0; i < 100; i++) {
    buffer.add('x'.repeat(1000));
    assert.equal(buffer.sliceAt(0).buffer, memory);
    buffer.drain(1000);
  }
});

test('buffers that share a block do not overwrite one another', () => {
  const pool = new BlockPool();
  const buffers = Array.from({ length: 50 }, () => new SliceBuffer(pool));
  for (let round = 0; round < 20; round++)
    for (const [i, buffer] of buffers.entries()) buffer.add(`${i}:${'y'.repeat(i)};`);
  for (const [i, buffer] of buffers.entries()) assert.equal(buffer.toString(), `${i}:${'y'.repeat(i)};`.repeat(20));
});

test('UTF-8 split over slices is decoded whole', () => {
  const buffer = new SliceBuffer();
  const bytes = ascii('grüße €');
  for (const byte of bytes) buffer.addFragment(Uint8Array.of(byte));
  assert.equal(buffer.toString('utf8'), 'grüße €');
});

test('asking for more than is held is refused', () => {
  const buffer = new SliceBuffer();
  buffer.add('abc');
  const other = new SliceBuffer();
  assert.throws(() => buffer.drain(4), RangeError);
  assert.throws(() => buffer.linearize(4), RangeError);
  assert.throws(() => other.move(buffer, 4), RangeError);
  assert.throws(() => buffer.copyOut(1, new Uint8Array(3)), RangeError);
  assert.throws(() => buffer.commit(1), RangeError);
  assert.throws(() => buffer.sliceAt(1), RangeError);
  buffer.reserve(4);
  assert.throws(() => buffer.commit(5), RangeError);
});

test('what was reserved and not used serves the next addition', () => {
  for (const pool of [undefined, new BlockPool()]) {
    const buffer = new SliceBuffer(pool);
    buffer.reserve(300).set(ascii('ab'));
    buffer.commit(2);
    buffer.add('cd');
    assert.equal(buffer.toString(), 'abcd');
    assert.equal(buffer.sliceCount, 1);
  }
});

test('peeking goes by where slices are now, after bytes went from the front', () => {
  for (const take of ['drain', 'move'] as const) {
    const buffer = new SliceBuffer();
    const fragments = ['a', 'b', 'c'].map((letter) => ascii(letter.repeat(1000)));
    for (const fragment of fragments) buffer.addFragment(fragment);
    assert.equal(buffer.sliceAt(1), fragments[1]);
    if (take === 'drain') buffer.drain(1000);
    else new SliceBuffer().move(buffer, 1000);
    assert.equal(buffer.sliceAt(1), fragments[2]);
    buffer.prepend('x');
    assert.equal(buffer.sliceAt(1), fragments[1]);
  }
});

test('a prefix longer than what is held is none', () => {
  const buffer = new SliceBuffer();
  assert.ok(!buffer.startsWith(ascii('a')));
  buffer.add('abc');
  assert.ok(buffer.startsWith(ascii('abc')));
  assert.ok(!buffer.startsWith(ascii('abd')));
  assert.ok(!buffer.startsWith(ascii('abcd')));
});

test('an empty pattern is found where the search begins, if that is inside', () => {
  const buffer = new SliceBuffer();
  buffer.add('abc');
  assert.equal(buffer.search(new Uint8Array(0), 3), 3);
  assert.equal(buffer.search(new Uint8Array(0), 4), -1);
});

test('many small slices moved in are gathered, so that they do not keep their memory', () => {
  const gathered = new SliceBuffer();
  let held = 0;
  for (let i = 0; i < 1000; i++) {
    const small = new SliceBuffer();
    held++;
    small.addFragment(ascii(`${i},`), { release: () => held-- });
    gathered.move(small);
  }
  assert.ok(held <= 2, `${held} fragments are held`);
  assert.ok(gathered.sliceCount < 10, `${gathered.sliceCount} slices`);
  assert.equal(gathered.toString().split(',').length, 1001);
});

test('what was to be appended and was not leaves neither bytes nor a slice, and its memory comes back', () => {
  const pool = new BlockPool();
  const buffer = new SliceBuffer(pool);
  const { block } = buffer.appendable(100);
  buffer.appended(buffer.appendable(100), 0);
  assert.deepEqual([buffer.length, buffer.sliceCount], [0, 0]);
  const slice = buffer.appendable(2);
  assert.equal(slice.block, block);
  slice.memory.set(ascii('ab'), slice.end);
  buffer.appended(slice, 2);
  assert.equal(buffer.appendable(10), slice);
  buffer.appended(slice, 0);
  assert.deepEqual([buffer.toString(), buffer.sliceCount], ['ab', 1]);
});

test('a slice that is taken out is released by its taker', () => {
  let released = 0;
  const buffer = new SliceBuffer();
  const bytes = new Uint8Array(600).fill(1);
  buffer.addFragment(bytes, { release: () => released++ });
  buffer.addFragment(bytes.subarray(0, 10));
  const slice = buffer.takeSlice();
  assert.deepEqual([slice.length, buffer.length, buffer.sliceCount, released], [600, 10, 1, 0]);
  slice.release();
  assert.equal(released, 1);
  buffer.takeSlice().release();
  buffer.add('and on');
  assert.equal(buffer.toString(), 'and on');
});
