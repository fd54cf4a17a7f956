import assert from 'node:assert/strict';
import { Buffer as Bytes } from 'node:buffer';
import { test } from 'node:test';
import fc from 'fast-check';
import { BlockPool } from './block.ts';
import { SliceBuffer } from './slice-buffer.ts';

/** Two buffers that exchange bytes, the same as plain arrays, and the fragments that they owe a release. */
class Model {
  readonly real: readonly [SliceBuffer, SliceBuffer];
  readonly plain: [number[], number[]] = [[], []];
  readonly released: number[] = [];

  constructor(pool: BlockPool | undefined) {
    this.real = [new SliceBuffer(pool), new SliceBuffer(pool)];
  }

  fragment(): { release(): void } {
    const index = this.released.push(0) - 1;
    return {
      release: () => {
        this.released[index] = (this.released[index] ?? 0) + 1;
      },
    };
  }

  check(): void {
    for (const i of [0, 1] as const) {
      const plain = this.plain[i];
      const real = this.real[i];
      assert.equal(real.length, plain.length);
      const out = new Uint8Array(plain.length);
      real.copyOut(0, out);
      assert.deepEqual([...out], plain);
      const slices = Array.from({ length: real.sliceCount }, (_, n) => [...real.sliceAt(n)]);
      assert.deepEqual(slices.flat(), plain);
      assert.ok(slices.every((slice) => slice.length > 0));
      assert.equal(real.toString(), Bytes.from(plain).toString('latin1'));
    }
    assert.ok(this.released.every((times) => times <= 1));
  }

  finish(): void {
    for (const buffer of this.real) buffer.drain(buffer.length);
    assert.ok(
      this.released.every((times) => times === 1),
      'every owner is released exactly once',
    );
  }
}

type Step = (model: Model) => void;
const side = fc.constantFrom(0 as const, 1 as const);
const data = fc.uint8Array({ maxLength: 900 });
const share = fc.double({ min: 0, max: 1, noNaN: true });

const steps: fc.Arbitrary<Step>[] = [
  fc.tuple(side, data).map(([i, bytes]) => (m) => {
    m.real[i].add(bytes);
    m.plain[i].push(...bytes);
  }),
  fc.tuple(side, fc.string({ unit: 'binary-ascii', maxLength: 60 })).map(([i, text]) => (m) => {
    m.real[i].add(text);
    m.plain[i].push(...Bytes.from(text, 'latin1'));
  }),
  fc.tuple(side, fc.string({ unit: 'grapheme' })).map(([i, text]) => (m) => {
    m.real[i].addUtf8(text);
    m.plain[i].push(...Bytes.from(text, 'utf8'));
  }),
  fc.tuple(side, data).map(([i, bytes]) => (m) => {
    m.real[i].addFragment(bytes, m.fragment());
    m.plain[i].push(...bytes);
  }),
  fc.tuple(side, data, share, share, fc.boolean()).map(([i, bytes, a, b, copied]) => (m) => {
    const [start, end] = [a, b].map((at) => Math.floor(at * bytes.length)).sort((x, y) => x - y) as [number, number];
    if (copied) m.real[i].addCopy(bytes, start, end);
    else m.real[i].addRange(bytes, start, end, m.fragment());
    m.plain[i].push(...bytes.subarray(start, end));
  }),
  fc.tuple(side, data).map(([i, bytes]) => (m) => {
    m.real[i].prepend(bytes);
    m.plain[i].unshift(...bytes);
  }),
  fc.tuple(side, data, fc.nat(300)).map(([i, bytes, extra]) => (m) => {
    const space = m.real[i].reserve(bytes.length + extra);
    assert.ok(space.length >= bytes.length + extra);
    m.real[1 - i]?.add('between reserve and commit');
    m.plain[1 - i]?.push(...Bytes.from('between reserve and commit'));
    space.set(bytes);
    m.real[i].commit(bytes.length);
    m.plain[i].push(...bytes);
  }),
  fc.tuple(side, share).map(([i, part]) => (m) => {
    const bytes = Math.floor(part * m.plain[i].length);
    m.real[i].drain(bytes);
    m.plain[i].splice(0, bytes);
  }),
  fc.tuple(side, share).map(([i, part]) => (m) => {
    const bytes = Math.floor(part * m.plain[i].length);
    m.real[1 - i]?.move(m.real[i], bytes);
    m.plain[1 - i]?.push(...m.plain[i].splice(0, bytes));
  }),
  side.map((i) => (m) => {
    m.real[1 - i]?.move(m.real[i]);
    m.plain[1 - i]?.push(...m.plain[i].splice(0));
  }),
  fc.tuple(side, share).map(([i, part]) => (m) => {
    const bytes = Math.floor(part * m.plain[i].length);
    assert.deepEqual([...m.real[i].linearize(bytes)], m.plain[i].slice(0, bytes));
  }),
  fc.tuple(side, share, share, fc.nat(5), fc.option(share)).map(([i, at, from, bytes, limit]) => (m) => {
    const whole = Bytes.from(m.plain[i]);
    const [start, patternAt] = [Math.floor(from * whole.length), Math.floor(at * whole.length)];
    const end = limit === null ? whole.length : Math.floor(limit * whole.length);
    const pattern = Uint8Array.from(whole.subarray(patternAt, patternAt + bytes + 1));
    const found = whole.subarray(0, end).indexOf(pattern, start);
    if (pattern.length > 0) assert.equal(m.real[i].search(pattern, start, end), found);
    const prefix = whole.subarray(0, patternAt);
    assert.ok(m.real[i].startsWith(prefix));
    if (whole.length > 0)
      assert.equal(m.real[i].byteAt(Math.min(patternAt, whole.length - 1)), whole.at(patternAt) ?? whole.at(-1));
  }),
];

for (const [name, makePool] of [
  ['its own memory', () => undefined],
  ['a pool', () => new BlockPool(2)],
] as const) {
  test(`every operation agrees with a plain byte array, on ${name}`, () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(...steps), { maxLength: 40, size: 'max' }), (run) => {
        const model = new Model(makePool());
        for (const step of run) {
          step(model);
          model.check();
        }
        model.finish();
      }),
      { numRuns: 200 },
    );
  });
}
