import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ListenerFactoryContext } from '../../../../../sdk/extension.ts';
import type { ListenerFilterCallbacks } from '../../../../../sdk/network.ts';
import { alpn, clientHello, extension, serverName } from '../../../../../test/harness/client-hello.ts';
import { configReader } from '../../../../../test/harness/extension-config.ts';
import { loggedStream } from '../../../../../test/harness/logged-stream.ts';
import { SliceBuffer } from '../../../../common/buffer/slice-buffer.ts';
import { createStatsMemory } from '../../../../common/stats/stats-memory.ts';
import { StatsStore } from '../../../../common/stats/stats-store.ts';
import type { TlsInspectorConfig } from './config.ts';
import { tlsInspector } from './index.ts';

const type = 'envoy.extensions.filters.listener.tls_inspector.v3.TlsInspector';
const reader = configReader([tlsInspector]);
type Json = Parameters<typeof reader.read>[1];

/** A socket that sent some bytes through a filter. */
function run(json: Json, ...pieces: readonly string[]) {
  const { config, problems } = reader.read(type, json);
  assert.deepEqual(problems, []);
  const scope = new StatsStore(createStatsMemory()).createScope();
  const context = { scope } as unknown as ListenerFactoryContext;
  const filter = tlsInspector.createFilterFactory(config as TlsInspectorConfig, context)();
  const { info: streamInfo } = loggedStream();
  const continued: boolean[] = [];
  const callbacks = {
    info: streamInfo.downstreamConnection,
    streamInfo,
    continueFilterChain: (success: boolean) => continued.push(success),
  } as unknown as ListenerFilterCallbacks;
  assert.equal(filter.onAccept(callbacks), 'StopIteration');
  const data = new SliceBuffer();
  let status: string | undefined;
  for (const piece of pieces) {
    data.add(piece);
    status = filter.onData?.(data);
  }
  const names = ['tls_found', 'tls_not_found', 'sni_found', 'sni_not_found', 'alpn_found', 'alpn_not_found'];
  const counts = [...names, 'client_hello_too_large'].filter(
    (name) => scope.counter(`tls_inspector.${name}`).value > 0,
  );
  const failure = streamInfo.dynamicMetadata('envoy.filters.listener.tls_inspector')?.failure_reason;
  const info = streamInfo.downstreamConnection;
  return {
    filter,
    info,
    status,
    continued,
    counts,
    failure,
    reason: streamInfo.downstreamTransportFailureReason,
    data,
  };
}

test('a hello tells server name, protocols and that this is TLS, and stays in the buffer', () => {
  const bytes = clientHello({ extensions: [serverName('A.Test'), alpn('h2', 'http/1.1')] });
  const { info, status, counts, data } = run({}, bytes);
  assert.equal(status, 'Continue');
  assert.deepEqual([info.requestedServerName, info.detectedTransportProtocol], ['a.test', 'tls']);
  assert.deepEqual(info.requestedApplicationProtocols, ['h2', 'http/1.1']);
  assert.deepEqual([info.ja3Hash, info.ja4Hash], ['', '']);
  assert.deepEqual(counts, ['tls_found', 'sni_found', 'alpn_found']);
  assert.equal(data.length, bytes.length);
});

test('without name and protocols it is TLS all the same', () => {
  const { info, status, counts } = run({}, clientHello({ extensions: 'none' }));
  assert.deepEqual([status, info.detectedTransportProtocol], ['Continue', 'tls']);
  assert.deepEqual(counts, ['tls_found', 'sni_not_found', 'alpn_not_found']);
});

test('fingerprints are taken when asked for', () => {
  const bytes = clientHello({ extensions: [serverName('a.test'), alpn('h2')] });
  assert.match(run({ enable_ja4_fingerprinting: true }, bytes).info.ja4Hash, /^t12d0202h2_[0-9a-f]{12}_0{12}$/);
  assert.match(run({ enable_ja3_fingerprinting: true }, bytes).info.ja3Hash, /^[0-9a-f]{32}$/);
});

test('what is no TLS goes on as plaintext, with the reason in the stream info', () => {
  const { info, status, counts, failure, reason } = run({}, 'GET / HTTP/1.1\r\n');
  assert.deepEqual([status, info.detectedTransportProtocol], ['Continue', '']);
  assert.deepEqual([counts, failure], [['tls_not_found'], 'ClientHelloNotDetected']);
  assert.equal(reason, 'TLS_error|error:1000009c:SSL routines:OPENSSL_internal:HTTP_REQUEST:TLS_error_end');
});

test('or is closed, where only TLS is wanted', () => {
  const { status, continued, counts } = run({ close_connection_on_client_hello_parsing_errors: true }, 'GET / HTTP');
  assert.deepEqual([status, continued, counts], ['StopIteration', [false], ['tls_not_found']]);
});

test('a version that does not exist closes', () => {
  const { continued, failure, reason, counts } = run({}, clientHello({ version: 0x0300 }));
  assert.deepEqual([continued, failure], [[false], 'ClientHelloInvalidTlsVersion']);
  assert.match(reason ?? '', /:10000085:.*:CONNECTION_REJECTED:/);
  assert.deepEqual(counts, ['tls_not_found', 'sni_found']);
});

test('close_notify instead of a hello closes', () => {
  assert.deepEqual(run({}, '\x15\x03\x01\0\x02\x01\0').continued, [false]);
});

test('a hello that is longer than the limit closes', () => {
  const long = clientHello({ extensions: [extension(21, 'x'.repeat(500))] });
  const { continued, counts, failure } = run({ max_client_hello_size: 300 }, long);
  assert.deepEqual([continued, counts, failure], [[false], ['client_hello_too_large'], 'ClientHelloTooLarge']);
  assert.equal(run({ max_client_hello_size: 700 }, long).status, 'Continue');
});

test('it asks for twice as much until it has enough', () => {
  const bytes = clientHello({ extensions: [extension(21, 'x'.repeat(1000))] });
  const { filter, status } = run({ initial_read_buffer_size: 256 }, bytes.slice(0, 600));
  assert.deepEqual([status, filter.maxReadBytes], ['StopIteration', 1024]);
  assert.equal(run({ initial_read_buffer_size: 256 }, bytes).status, 'Continue');
});

test('a byte at a time', () => {
  const { status, info } = run({}, ...clientHello());
  assert.deepEqual([status, info.requestedServerName], ['Continue', 'a.test']);
});
