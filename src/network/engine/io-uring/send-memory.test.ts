import assert from 'node:assert/strict';
import { platform } from 'node:os';
import { test } from 'node:test';
import { SliceBuffer } from '../../../common/buffer/slice-buffer.ts';
import { highWord, lowWord, MemoryMapper } from '../../../native/mapped-memory.ts';
import { ReadableMemory, SendMemory, type SendStage } from './send-memory.ts';

const options = { skip: platform() === 'linux' ? false : 'memory is mapped as on Linux' };

function setUp() {
  const mapper = new MemoryMapper();
  const mapped = mapper.anonymous(1_000_000);
  assert.ok(mapped !== undefined);
  const memory = new SendMemory(mapper);
  const placeOf = (bytes: Uint8Array) => (bytes.buffer === mapped.bytes.buffer ? bytes.byteOffset : -1);
  return {
    mapped,
    memory,
    stage: memory.take() as SendStage,
    readable: new ReadableMemory({
      ...{ pointer: mapped.pointer, byteLength: mapped.byteLength },
      ...{ placeOf, placeOfBytes: placeOf },
    }),
  };
}

test('one large slice of mapped memory is sent from where it lies', options, () => {
  const { mapped, memory, stage, readable } = setUp();
  const output = new SliceBuffer();
  output.addRange(mapped.bytes, 5000, 9000);
  stage.gather(output, readable);
  assert.ok(!stage.isMessage);
  assert.equal(stage.byteCount, 4000);
  const pointer = mapped.pointer + 5000n;
  assert.deepEqual([stage.addressLow, stage.addressHigh], [lowWord(pointer), highWord(pointer)]);
  assert.equal(output.length, 4000);
  memory[Symbol.dispose]();
  mapped[Symbol.dispose]();
});

test('slices of the collector’s memory are copied together, up to what the stage holds', options, () => {
  const { mapped, memory, stage, readable } = setUp();
  const output = new SliceBuffer();
  for (const size of [1000, 2000, 200_000]) output.addFragment(new Uint8Array(size).fill(size % 251));
  stage.gather(output, readable);
  assert.ok(!stage.isMessage);
  assert.equal(stage.byteCount, 65_536 - 512);
  assert.equal(stage.bytes[stage.start + 512 + 1000], 2000 % 251);
  memory[Symbol.dispose]();
  mapped[Symbol.dispose]();
});

test('copies and mapped slices go out as one message, up to a batch', options, () => {
  const { mapped, memory, stage, readable } = setUp();
  const output = new SliceBuffer();
  output.add('a short head');
  for (let i = 0; i < 6; i++) output.addRange(mapped.bytes, i * 65_536, (i + 1) * 65_536);
  stage.gather(output, readable);
  assert.ok(stage.isMessage);
  assert.equal(stage.byteCount, 12 + 4 * 65_536);
  output.drain(output.length);
  output.add('next');
  stage.gather(output, readable);
  assert.ok(!stage.isMessage);
  memory[Symbol.dispose]();
  mapped[Symbol.dispose]();
});
