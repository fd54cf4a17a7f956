import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type NameLogHandler, NameLogReader, NameLogWriter } from './name-log.ts';
import { createStatsMemory } from './stats-memory.ts';

/** Notes every record as a line. */
class Recorder implements NameLogHandler {
  readonly lines: string[] = [];
  onToken(id: number, text: string): void {
    this.lines.push(`token ${id} ${text}`);
  }
  onFreeToken(id: number): void {
    this.lines.push(`free token ${id}`);
  }
  onDefine(slot: number, type: string, unit: string, prefix: number, name: number): void {
    this.lines.push(`define ${slot} ${type} ${unit} ${prefix} ${name}`);
  }
  onFree(slot: number): void {
    this.lines.push(`free ${slot}`);
  }
  onText(slot: number, text: string): void {
    this.lines.push(`text ${slot} ${text}`);
  }
  onBin(histogram: number, bin: number, slot: number): void {
    this.lines.push(`bin ${histogram} ${bin} ${slot}`);
  }
}

/** A small generator of its own: the same numbers on every run of a seed. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

test('records arrive as they were written', () => {
  const memory = createStatsMemory();
  const writer = new NameLogWriter(memory);
  writer.token(3, 'cluster.ü\u{1f600}.');
  writer.define(7, 'histogram', 'milliseconds', 3, 4);
  writer.define(8, 'gauge_main', 'unspecified', 3, 4);
  writer.bin(7, -12, 9);
  writer.text(8, '');
  writer.free(7);
  writer.freeToken(3);
  const recorder = new Recorder();
  const reader = new NameLogReader(memory);
  assert.equal(writer.hasConsumed(writer.sequence), false);
  assert.equal(reader.drain(recorder), true);
  assert.equal(writer.hasConsumed(writer.sequence), true);
  assert.equal(reader.drain(recorder), false);
  assert.deepEqual(recorder.lines, [
    'token 3 cluster.ü\u{1f600}.',
    'define 7 histogram milliseconds 3 4',
    'define 8 gauge_main unspecified 3 4',
    'bin 7 -12 9',
    'text 8 ',
    'free 7',
    'free token 3',
  ]);
});

for (const seed of [1, 2, 3, 4]) {
  test(`whenever the reader comes, the log rewinds and loses nothing (seed ${seed})`, () => {
    const random = seeded(seed);
    const memory = createStatsMemory();
    const writer = new NameLogWriter(memory, 64);
    const reader = new NameLogReader(memory);
    const recorder = new Recorder();
    const written: string[] = [];
    for (let i = 0; i < 20_000; i++) {
      const length = Math.floor(random() * 40);
      if (random() < 0.5) {
        writer.token(i, 'x'.repeat(length));
        written.push(`token ${i} ${'x'.repeat(length)}`);
      } else {
        writer.free(i);
        written.push(`free ${i}`);
      }
      if (random() < 0.1) reader.drain(recorder);
    }
    reader.drain(recorder);
    assert.deepEqual(recorder.lines, written);
    assert.equal(memory.names.byteLength, 1 << 16);
  });
}
