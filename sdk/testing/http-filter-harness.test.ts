import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { DecoderFilterCallbacks, HttpFilter } from '../http.ts';
import { runHttpFilterCompliance } from './compliance.ts';
import { HttpFilterHarness } from './http-filter-harness.ts';
import { TestBuffer } from './test-buffer.ts';
import { testRequestHeaders, testResponseHeaders } from './test-headers.ts';

/** Holds a request until it is whole. */
class Holding implements HttpFilter {
  callbacks!: DecoderFilterCallbacks;
  setDecoderFilterCallbacks(callbacks: DecoderFilterCallbacks): void {
    this.callbacks = callbacks;
  }
  decodeHeaders(_headers: unknown, endStream: boolean) {
    return endStream ? ('Continue' as const) : ('StopIteration' as const);
  }
  decodeData(_data: unknown, endStream: boolean) {
    return endStream ? ('Continue' as const) : ('StopIterationAndBuffer' as const);
  }
}

test('what a filter holds passes when it goes on', () => {
  const harness = new HttpFilterHarness(new Holding());
  harness.decodeHeaders(testRequestHeaders(), false);
  harness.decodeData('ab', false);
  assert.equal(harness.request.hasHeaders, false);
  assert.equal(harness.request.isHolding, true);
  harness.decodeData('c', true);
  assert.deepEqual([harness.request.body, harness.request.complete], ['abc', true]);
});

test('a body over the limit becomes a local reply', () => {
  const harness = new HttpFilterHarness(new Holding(), { bufferLimitBytes: 2 });
  harness.decodeHeaders(testRequestHeaders(), false);
  harness.decodeData('abc', false);
  assert.equal(harness.localReply?.status, 413);
  assert.equal(harness.request.hasHeaders, false);
});

test('stopping everything brings the data once the filter continues', () => {
  const filter = new Holding();
  filter.decodeHeaders = () => 'StopAllIterationAndBuffer' as never;
  filter.decodeData = () => 'Continue' as never;
  const harness = new HttpFilterHarness(filter);
  harness.decodeHeaders(testRequestHeaders(), false);
  harness.decodeData('ab', true);
  assert.equal(harness.request.body, '');
  filter.callbacks.continueDecoding();
  assert.deepEqual([harness.request.body, harness.request.complete], ['ab', true]);
});

test('a body added to headers passes behind them', () => {
  const filter = new Holding();
  filter.decodeHeaders = () => {
    filter.callbacks.addDecodedData(new TestBuffer('added'), false);
    return 'Continue';
  };
  const harness = new HttpFilterHarness(filter);
  harness.decodeHeaders(testRequestHeaders());
  assert.deepEqual([harness.request.body, harness.request.complete], ['added', true]);
});

test('a local reply goes through the response hooks, or resets a response that has begun', () => {
  const seen: string[] = [];
  const filter: HttpFilter = {
    encodeHeaders(headers) {
      seen.push(String(headers.status));
      return 'Continue';
    },
  };
  const early = new HttpFilterHarness(filter);
  early.sendLocalReply({ status: 403, body: 'no', details: 'x' });
  assert.deepEqual([seen, early.response.body], [['403'], 'no']);
  const late = new HttpFilterHarness(filter);
  late.encodeHeaders(testResponseHeaders(), false);
  late.sendLocalReply({ status: 403, details: 'x' });
  assert.equal(late.resetReason, 'LocalReset');
});

test('a filter that passes the end twice is found out', () => {
  const filter = new Holding();
  filter.decodeData = () => {
    filter.callbacks.injectDecodedDataToFilterChain(new TestBuffer('x'), true);
    return 'Continue' as never;
  };
  const harness = new HttpFilterHarness(filter);
  harness.decodeHeaders(testRequestHeaders(), false);
  assert.throws(() => harness.decodeData('y', true), /passed twice/);
});

runHttpFilterCompliance([
  { name: 'a filter without hooks', createFilter: () => ({}) },
  { name: 'a filter that holds', createFilter: () => new Holding() },
]);
