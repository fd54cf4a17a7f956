/**
 * Properties of the ClientHello reader over mutated and split hellos. A second in `npm test`; longer by hand:
 * `FUZZ_SECONDS=600 node --test test/fuzz/tls-hello.test.ts` (FUZZ_SEED repeats a run).
 */
import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import { it } from 'node:test';
import fc from 'fast-check';
import { isFault } from '../../src/codec/tls-hello/client-hello.ts';
import { ClientHelloReader, type HelloResult } from '../../src/codec/tls-hello/hello-reader.ts';
import { ja3Text } from '../../src/codec/tls-hello/ja3.ts';
import { ja4 } from '../../src/codec/tls-hello/ja4.ts';
import { SliceBuffer } from '../../src/common/buffer/slice-buffer.ts';
import { clientHello, helloMessage, inRecords, record, v2Hello } from '../harness/client-hello.ts';
import { recordedHellos } from '../harness/recorded-hellos.ts';

const seconds = Number(process.env.FUZZ_SECONDS ?? 1);
const seed = process.env.FUZZ_SEED;
const parameters = {
  numRuns: seconds > 1 ? Number.MAX_SAFE_INTEGER : 2000,
  interruptAfterTimeLimit: seconds * 1000,
  markInterruptAsFailure: false,
  ...(seed === undefined ? {} : { seed: Number(seed) }),
};

const limit = 16_384;
const originals: readonly string[] = [
  clientHello(),
  inRecords(helloMessage(), 5),
  `\x15\x03\x01\0\x02\x01\x5a${record('')}${clientHello()}`,
  v2Hello(0x0303, ['\0\xc0\x2f', '\x07\0\xc0']),
  ...recordedHellos.map(({ base64 }) => atob(base64)),
];

const edit = fc.record({
  kind: fc.constantFrom('set', 'insert', 'remove', 'cut'),
  at: fc.nat(2000),
  byte: fc.nat(255),
});

const bytes = fc.tuple(fc.constantFrom(...originals), fc.array(edit, { maxLength: 4 })).map(([text, edits]) =>
  edits.reduce((all, { kind, at, byte }) => {
    const place = at % (all.length + 1);
    if (kind === 'cut') return all.slice(0, place);
    const char = kind === 'remove' ? '' : String.fromCharCode(byte);
    return all.slice(0, place) + char + all.slice(kind === 'insert' ? place : place + 1);
  }, text),
);

function read(text: string, cuts: readonly number[]): HelloResult {
  const reader = new ClientHelloReader();
  const stream = new SliceBuffer();
  let from = 0;
  for (const cut of [...cuts.map((at) => at % (text.length + 1)).sort((a, b) => a - b), text.length]) {
    stream.add(text.slice(from, cut));
    from = cut;
    const result = reader.read(stream, limit);
    assert.ok(reader.consumedBytes <= stream.length);
    if (result !== 'incomplete') return result;
  }
  return 'incomplete';
}

it('a hello is the same however it is cut, and what is read of it can be fingerprinted', () => {
  fc.assert(
    fc.property(bytes, fc.array(fc.nat(2000), { maxLength: 8 }), (text, cuts) => {
      const whole = read(text, []);
      assert.deepEqual(read(text, cuts), whole);
      if (typeof whole === 'string' || isFault(whole)) return;
      assert.match(ja3Text(whole), /^\d+(,[\d-]*){4}$/);
      assert.match(
        ja4(whole, (input) => hash('sha256', input)),
        /^t\d\d[di]\d{4}.._[0-9a-f]{12}_[0-9a-f]{12}$/,
      );
    }),
    parameters,
  );
});
