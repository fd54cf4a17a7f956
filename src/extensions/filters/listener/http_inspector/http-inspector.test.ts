import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ListenerFactoryContext } from '../../../../../sdk/extension.ts';
import type { ListenerFilterCallbacks } from '../../../../../sdk/network.ts';
import { loggedStream } from '../../../../../test/harness/logged-stream.ts';
import { SliceBuffer } from '../../../../common/buffer/slice-buffer.ts';
import { createStatsMemory } from '../../../../common/stats/stats-memory.ts';
import { StatsStore } from '../../../../common/stats/stats-store.ts';
import { httpInspector } from './index.ts';

/** A socket that sent some bytes through a filter. */
function run(bytes: string, transport = '') {
  const scope = new StatsStore(createStatsMemory()).createScope();
  const filter = httpInspector.createFilterFactory(undefined, { scope } as unknown as ListenerFactoryContext)();
  const { info: streamInfo } = loggedStream();
  const info = streamInfo.downstreamConnection;
  info.detectedTransportProtocol = transport;
  const continued: boolean[] = [];
  const callbacks = { info, continueFilterChain: (success: boolean) => continued.push(success) };
  const accepted = filter.onAccept(callbacks as unknown as ListenerFilterCallbacks);
  const data = new SliceBuffer();
  data.add(bytes);
  const status = accepted === 'Continue' ? accepted : filter.onData?.(data);
  const names = ['read_error', 'http10_found', 'http11_found', 'http2_found', 'http_not_found'];
  const counts = names.filter((name) => scope.counter(`http_inspector.${name}`).value > 0);
  return { filter, status, protocols: info.requestedApplicationProtocols, counts, continued };
}

test('the version of HTTP becomes the application protocol', () => {
  const cases: readonly (readonly [string, string, string])[] = [
    ['GET / HTTP/1.1\r\n', 'http/1.1', 'http11_found'],
    ['GET / HTTP/1.0\r\n', 'http/1.0', 'http10_found'],
    ['PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 'h2c', 'http2_found'],
  ];
  for (const [bytes, protocol, counter] of cases) {
    const { status, protocols, counts } = run(bytes);
    assert.deepEqual([status, protocols, counts], ['Continue', [protocol], [counter]]);
  }
});

test('what is no HTTP goes on without a protocol', () => {
  const { status, protocols, counts } = run('\x16\x03\x01');
  assert.deepEqual([status, protocols, counts], ['Continue', [], ['http_not_found']]);
});

test('half a preface waits', () => {
  assert.equal(run('PRI * HTTP/2.0\r\n\r\nSM').status, 'StopIteration');
});

test('a long line asks for more bytes, up to 64 KiB, then the socket is closed', () => {
  assert.equal(run('GET /').filter.maxReadBytes, 8192);
  const { status, filter } = run(`GET /${'a'.repeat(20_000)}`);
  assert.deepEqual([status, filter.maxReadBytes], ['StopIteration', 32_768]);
  const { continued, counts } = run(`GET /${'a'.repeat(70_000)}`);
  assert.deepEqual([continued, counts], [[false], ['read_error']]);
});

test('TLS is not looked into', () => {
  assert.deepEqual(run('', 'tls').status, 'Continue');
  assert.deepEqual(run('G', 'raw_buffer').status, 'StopIteration');
});
