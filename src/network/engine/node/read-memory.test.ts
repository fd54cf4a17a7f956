import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SliceBuffer } from '../../../common/buffer/slice-buffer.ts';
import { ReadMemory } from './read-memory.ts';
import { SocketReader } from './socket-reader.ts';

/** A socket without a handle. `read` is what node:net does: fill the memory, hand out, ask for the next. */
class Reading {
  readonly reader: SocketReader;
  readonly rebound: Uint8Array[] = [];
  memory: Uint8Array;

  constructor(of: ReadMemory) {
    const handle = { useUserBuffer: (memory: Uint8Array) => this.rebound.push(memory) };
    this.reader = new SocketReader(of, () => handle as never);
    this.memory = this.reader.nextMemory() as Uint8Array;
  }

  read(bytes: number, keep?: SliceBuffer, nowMs = 0): void {
    this.memory.fill(bytes % 256, 0, bytes);
    const received = this.reader.take(bytes);
    assert.equal(received.length, bytes);
    if (keep === undefined) received.drain(bytes);
    else keep.move(received);
    this.reader.afterRead(bytes, nowMs);
    this.memory = this.reader.nextMemory() ?? this.memory;
  }
}

test('a socket whose large reads are passed on at once gets memory of its own, until it calms down', () => {
  const memory = new ReadMemory();
  const socket = new Reading(memory);
  socket.read(1000);
  assert.equal(socket.memory, memory.shared);
  socket.read(100_000);
  const own = socket.memory;
  assert.notEqual(own, memory.shared);
  socket.read(100_000);
  assert.equal(socket.memory, own);
  socket.read(10);
  assert.equal(socket.memory, memory.shared);
});

test('bytes that are kept send the socket back to the shared memory, and stay as they are', () => {
  const memory = new ReadMemory();
  const [socket, other] = [new Reading(memory), new Reading(memory)];
  const kept = new SliceBuffer();
  socket.read(50_000);
  for (const bytes of [50_001, 50_002, 100, 20_003]) socket.read(bytes, kept);
  assert.equal(socket.memory, memory.shared);
  other.read(131_072);
  other.read(131_072);
  for (const bytes of [50_001, 50_002, 100, 20_003]) {
    const out = new Uint8Array(bytes);
    kept.copyOut(0, out);
    assert.ok(out.every((byte) => byte === bytes % 256));
    kept.drain(bytes);
  }
});

test('reads that fill a block go on into another one while their bytes are kept, and into the first when they are gone', () => {
  const memory = new ReadMemory();
  const socket = new Reading(memory);
  const kept = new SliceBuffer();
  socket.read(131_072, kept);
  const own = [socket.memory];
  for (const bytes of [131_071, 70_000]) {
    socket.read(bytes, kept);
    own.push(socket.memory);
  }
  assert.equal(new Set([memory.shared, ...own]).size, 4);
  for (const bytes of [131_072, 131_071, 70_000]) {
    const out = new Uint8Array(bytes);
    kept.copyOut(0, out);
    assert.ok(out.every((byte) => byte === bytes % 256));
    kept.drain(bytes);
  }
  for (let i = 0; i < 3; i++) {
    socket.read(131_072);
    assert.equal(socket.memory, own[2]);
  }
  socket.read(131_072, kept);
  assert.ok(own.includes(socket.memory));
});

test('memory that was read into is used again, also when many reads were kept', () => {
  const socket = new Reading(new ReadMemory());
  const used = new Set<ArrayBufferLike>();
  for (let round = 0; round < 3; round++) {
    const kept = new SliceBuffer();
    for (let i = 0; i < 60; i++) socket.read(131_072, kept);
    for (let i = 0; i < kept.sliceCount; i++) used.add(kept.sliceAt(i).buffer);
    kept.drain(kept.length);
  }
  assert.ok(used.size <= 62, `${used.size} blocks for 60 reads`);
});

test('what is kept pins at most twice its size', () => {
  const socket = new Reading(new ReadMemory());
  const kept = new SliceBuffer();
  for (let i = 0; i < 20; i++) socket.read(16_500 + i * 5000, kept);
  const memories = new Set(Array.from({ length: kept.sliceCount }, (_, i) => kept.sliceAt(i).buffer));
  const pinned = [...memories].reduce((sum, each) => sum + each.byteLength, 0);
  assert.ok(pinned <= 2 * kept.length, `${pinned} bytes for ${kept.length}`);
});

test('only so many sockets have memory of their own; one that is idle gives way', () => {
  const memory = new ReadMemory();
  const sockets = Array.from({ length: 32 }, () => new Reading(memory));
  for (const socket of sockets) socket.read(40_000);
  const late = new Reading(memory);
  late.read(40_000, undefined, 500);
  assert.equal(late.memory, memory.shared);
  sockets[0]?.read(40_000, undefined, 1500);
  late.read(40_000, undefined, 1600);
  assert.notEqual(late.memory, memory.shared);
  assert.equal(sockets[0]?.rebound.length, 0);
  assert.deepEqual(sockets[1]?.rebound, [memory.shared]);
});
