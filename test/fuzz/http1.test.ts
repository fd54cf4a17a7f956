/**
 * Properties of the HTTP/1 codecs over split and mutated messages. A second or so each in `npm test`; longer by hand:
 * `FUZZ_SECONDS=600 node --test test/fuzz/http1.test.ts` (FUZZ_SEED repeats a run).
 */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { RequestHeaderMap } from '../../sdk/headers.ts';
import {
  bufferOf,
  ClientSide,
  responseOf,
  ServerSide,
  type Told,
  takeText,
  trailersOf,
} from '../harness/http1-codecs.ts';
import { mutated, request, response } from './http1-messages.ts';

const seconds = Number(process.env.FUZZ_SECONDS ?? 1);
const seed = process.env.FUZZ_SEED;
const parameters = {
  numRuns: seconds > 1 ? Number.MAX_SAFE_INTEGER : 2000,
  interruptAfterTimeLimit: seconds * 1000,
  markInterruptAsFailure: false,
  ...(seed === undefined ? {} : { seed: Number(seed) }),
};

const options = { enableTrailers: true };

function serve(bytes: string, cuts: readonly number[]): ServerSide {
  const server = new ServerSide(options);
  server.answer = ({ encoder }) => encoder.encodeHeaders(responseOf(200), true);
  let from = 0;
  for (const cut of [...cuts].map((at) => at % (bytes.length + 1)).sort((a, b) => a - b)) {
    server.feed(bytes.slice(from, cut));
    from = cut;
    takeText(server.codec.output);
  }
  server.feed(bytes.slice(from));
  return server;
}

/** Bytes of a body before a fault may have been told or not; everything else is the same. */
function sameOutcome(a: readonly Told[], b: readonly Told[], failed: boolean): void {
  assert.equal(a.length, b.length);
  for (const [index, told] of a.entries()) {
    const other = b[index] as Told;
    if (failed && index === a.length - 1) {
      assert.ok(told.body.startsWith(other.body) || other.body.startsWith(told.body));
      assert.deepEqual({ ...told, body: '' }, { ...other, body: '' });
    } else {
      assert.deepEqual(told, other);
    }
  }
}

/** Pipelined answers that nobody takes are a flood, which depends on when they are taken: not the matter here. */
function compare(bytes: string, cuts: readonly number[]): void {
  const whole = serve(bytes, []);
  const split = serve(bytes, cuts);
  if (whole.error?.kind === 'flood' || split.error?.kind === 'flood') return;
  assert.deepEqual(split.error, whole.error);
  sameOutcome(whole.told, split.told, whole.error !== undefined);
}

const cuts = fc.array(fc.nat(1000), { maxLength: 8 });

describe('HTTP/1 codecs under fuzzing', () => {
  it('see the same requests however the bytes are split', () => {
    const pipelined = fc.array(mutated(request), { minLength: 1, maxLength: 2 }).map((parts) => parts.join(''));
    fc.assert(fc.property(pipelined, cuts, compare), parameters);
  });

  it('see the same responses however the bytes are split', () => {
    const property = fc.property(mutated(response), fc.integer({ min: 1, max: 9 }), (bytes, pieceLength) => {
      const [whole, split] = [bytes.length, pieceLength].map((length) => {
        const client = new ClientSide(options);
        client.request();
        client.feed(bytes, Math.max(1, length));
        client.close();
        return client;
      }) as [ClientSide, ClientSide];
      // Bytes behind a response are a fault by themselves or as a response that nobody asked for.
      if (whole.told.ended) assert.equal(split.error === undefined, whole.error === undefined);
      else assert.deepEqual(split.error, whole.error);
      sameOutcome([whole.told], [split.told], whole.error !== undefined);
    });
    fc.assert(property, parameters);
  });

  it('write what they have read so that it reads the same', () => {
    const property = fc.property(mutated(request), (bytes) => {
      const first = serve(bytes, []).requests[0];
      if (first?.told.ended !== true || first.headers === undefined) return;
      const sent = forward(first.headers, first.told);
      if (sent === undefined) return;
      const again = serve(sent, []);
      assert.equal(again.requests.length, 1, 'one request stays one');
      assert.equal(again.error, undefined);
      const { body, ended } = again.last.told;
      assert.deepEqual([body, ended], [first.told.body, true]);
      assert.deepEqual(fieldsOf(again.last.told), fieldsOf(first.told));
      // An empty body and no trailers need no chunks: then trailers are not sent.
      assert.equal(again.last.told.trailers, first.told.trailers);
    });
    fc.assert(property, parameters);
  });

  it('accept all well-formed requests', () => {
    fc.assert(
      fc.property(request, (bytes) => {
        const server = serve(bytes, []);
        assert.deepEqual([server.error, server.told.map(({ ended }) => ended)], [undefined, [true]]);
      }),
      parameters,
    );
  });
});

/** Headers but for what the codec writes itself. */
function fieldsOf(told: Told): string[] {
  return (told.headers ?? '')
    .split('\n')
    .filter((line) => !/^(transfer-encoding: |content-length: 0$|:scheme)/i.test(line))
    .sort();
}

/** Sends the request on as a proxy does; undefined when its headers cannot be sent. */
function forward(headers: RequestHeaderMap, told: Told): string | undefined {
  const client = new ClientSide(options);
  headers.remove('transfer-encoding');
  const encoder = client.start();
  const hasTrailers = told.trailers !== undefined;
  const endsAtOnce = told.body === '' && !hasTrailers;
  if (encoder.encodeHeaders(headers, endsAtOnce) !== undefined) return undefined;
  if (told.body !== '') encoder.encodeData(bufferOf(told.body), !hasTrailers);
  if (hasTrailers) encoder.encodeTrailers(trailersFrom(told.trailers as string));
  return takeText(client.codec.output);
}

function trailersFrom(lines: string) {
  return trailersOf(lines.split('\n').map((line) => splitLine(line)));
}

function splitLine(line: string): [string, string] {
  const at = line.indexOf(': ');
  return [line.slice(0, at), line.slice(at + 2)];
}
