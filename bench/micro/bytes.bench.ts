/** Copies and writes of a few bytes, in ns each: where loops end and calls into the runtime begin. `node bench/micro/bytes.bench.ts` */
import { Buffer } from 'node:buffer';
import { copyBytes, copyRun, type WordMemory, writeLatin1 } from '../../src/common/buffer/bytes.ts';

const runs = 1_000_000;
const places = 64;
const gap = 250;

function memory(): WordMemory {
  const bytes = Buffer.alloc(places * gap + 300, 'a');
  return { bytes, words: new DataView(bytes.buffer, bytes.byteOffset, bytes.length) };
}

const from = memory();
const to = memory();

function measure(name: string, length: number, run: (place: number) => void): void {
  for (let i = 0; i < runs; i++) run(i & (places - 1));
  const before = process.hrtime.bigint();
  for (let i = 0; i < runs; i++) run(i & (places - 1));
  const ns = Number(process.hrtime.bigint() - before) / runs;
  process.stdout.write(`${name.padEnd(12)} ${`${length}`.padStart(4)} bytes ${ns.toFixed(1).padStart(7)} ns\n`);
}

for (const length of [5, 12, 16, 32, 48, 64, 96, 200]) {
  const texts = Array.from({ length: places }, (_, i) => Buffer.from(`${i}`.padEnd(length, 'abc')).toString('latin1'));
  measure('writeLatin1', length, (place) => writeLatin1(texts[place] as string, to.bytes, place * gap + 1));
  measure('copyBytes', length, (place) => copyBytes(from.bytes, place, place + length, to.bytes, place * gap + 1));
  measure('copyRun', length, (place) => copyRun(from, place, place + length, to, place * gap + 1));
}
