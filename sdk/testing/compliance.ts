import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { HttpFilter } from '../http.ts';
import { type HarnessOptions, HttpFilterHarness } from './http-filter-harness.ts';
import { type TestHeaders, testRequestHeaders, testResponseHeaders } from './test-headers.ts';

/** A configured filter to be put through the suite. */
export interface ComplianceCase {
  readonly name: string;
  /** Makes the filter of one stream, as the extension's factory does. */
  readonly createFilter: () => HttpFilter;
  readonly options?: HarnessOptions;
  /** Headers that make the filter do its work. */
  readonly request?: Readonly<Record<string, string>>;
  /** The reason why a scenario does not hold for this filter, by the scenario's name. */
  readonly skip?: Readonly<Record<string, string>>;
}

type Scenario = (start: () => HttpFilterHarness, headers: () => TestHeaders) => void;

const BODY = 'body';

/** Once its end has come, a request has passed whole, or is held, answered or reset: nothing is lost on the way. */
function checkRequest({ isOver, request }: HttpFilterHarness): void {
  assert.ok(isOver || request.complete || request.isHolding, 'the end of the request was lost');
  assert.ok(!request.complete || request.hasHeaders, 'a request without headers has passed');
}

function checkResponse({ resetReason, response }: HttpFilterHarness): void {
  assert.ok(resetReason !== undefined || response.complete || response.isHolding, 'the end of the response was lost');
}

function respond(harness: HttpFilterHarness, body: string): void {
  if (harness.localReply !== undefined) return;
  harness.encodeHeaders(testResponseHeaders(200), body === '');
  if (body !== '') harness.encodeData(body, true);
  checkResponse(harness);
}

const SCENARIOS: Readonly<Record<string, Scenario>> = {
  'headers only'(start, headers) {
    const harness = start();
    harness.decodeHeaders(headers());
    checkRequest(harness);
    respond(harness, '');
    harness.destroy();
  },
  'a body in chunks of one byte'(start, headers) {
    const harness = start();
    harness.decodeHeaders(headers(), false);
    for (const [i, byte] of [...BODY].entries()) harness.decodeData(byte, i === BODY.length - 1);
    checkRequest(harness);
    respond(harness, BODY);
    harness.destroy();
  },
  'a body that ends with an empty frame'(start, headers) {
    const harness = start();
    harness.decodeHeaders(headers(), false);
    harness.decodeData(BODY, false);
    harness.decodeData('', true);
    checkRequest(harness);
    respond(harness, BODY);
    harness.destroy();
  },
  trailers(start, headers) {
    const harness = start();
    harness.decodeHeaders(headers(), false);
    harness.decodeData(BODY, false);
    harness.decodeTrailers();
    checkRequest(harness);
    if (harness.localReply === undefined) {
      harness.encodeHeaders(testResponseHeaders(200), false);
      harness.encodeData(BODY, false);
      harness.encodeTrailers();
    }
    harness.destroy();
  },
  'a response before the end of the request'(start, headers) {
    const harness = start();
    harness.decodeHeaders(headers(), false);
    respond(harness, BODY);
    harness.destroy();
  },
  'a local reply of another filter before the request has passed'(start) {
    const harness = start();
    harness.sendLocalReply({ status: 503, details: 'compliance' });
    harness.destroy();
  },
  'a local reply after the response has begun'(start, headers) {
    const harness = start();
    harness.decodeHeaders(headers());
    if (harness.localReply === undefined) {
      harness.encodeHeaders(testResponseHeaders(200), false);
      harness.sendLocalReply({ status: 503, details: 'compliance' });
    }
    harness.destroy();
  },
  'the stream is destroyed at any point'(start, headers) {
    const steps: readonly ((harness: HttpFilterHarness) => void)[] = [
      (harness) => harness.decodeHeaders(headers(), false),
      (harness) => harness.decodeData(BODY, false),
      (harness) => harness.decodeTrailers(),
      (harness) => harness.encodeHeaders(testResponseHeaders(200), false),
      (harness) => harness.encodeData(BODY, true),
    ];
    for (let count = 0; count <= steps.length; count++) {
      const harness = start();
      for (const step of steps.slice(0, count)) if (!harness.isOver) step(harness);
      harness.destroy();
    }
  },
  'the stream is reset at any point'(start, headers) {
    for (const endStream of [true, false]) {
      const harness = start();
      harness.decodeHeaders(headers(), endStream);
      harness.resetStream('RemoteReset');
      harness.destroy();
    }
  },
  'two streams at once know nothing of each other'(start, headers) {
    const [first, second] = [start(), start()];
    first.decodeHeaders(headers(), false);
    second.decodeHeaders(headers());
    first.decodeData(BODY, true);
    respond(second, '');
    respond(first, BODY);
    assert.notEqual(first.filter, second.filter, 'the factory handed out one filter twice');
    second.destroy();
    first.destroy();
  },
};

/** Registers the suite: every filter bears every scenario without throwing, and passes the end of a stream once. */
export function runHttpFilterCompliance(cases: readonly ComplianceCase[]): void {
  for (const { name, createFilter, options, request, skip } of cases) {
    for (const [scenario, run] of Object.entries(SCENARIOS)) {
      const reason = skip?.[scenario];
      test(`compliance of ${name}: ${scenario}`, reason === undefined ? {} : { skip: reason }, () => {
        run(
          () => new HttpFilterHarness(createFilter(), options),
          () => testRequestHeaders(request),
        );
      });
    }
  }
}
