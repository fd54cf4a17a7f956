import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ListenerFactoryContext } from '../../../../../sdk/extension.ts';
import type { NetworkFilter } from '../../../../../sdk/network.ts';
import { configReader } from '../../../../../test/harness/extension-config.ts';
import { FakeConnection } from '../../../../../test/harness/fake-connection.ts';
import { TerminalFilters } from '../../../../../test/harness/terminal-filter.ts';
import { SliceBuffer } from '../../../../common/buffer/slice-buffer.ts';
import { createStatsMemory } from '../../../../common/stats/stats-memory.ts';
import { StatsStore } from '../../../../common/stats/stats-store.ts';
import { SimulatedDispatcher, SimulatedTime } from '../../../../event/simulated-dispatcher.ts';
import type { HttpConnectionManagerConfig } from './config.ts';
import { httpConnectionManager } from './index.ts';

const HCM = 'envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager';
const ROUTER = 'envoy.extensions.filters.http.router.v3.Router';

const uuid = {
  category: 'envoy.request_id',
  name: 'envoy.request_id.uuid',
  configTypes: [],
  createRequestIdGenerator: () => ({
    set: (headers: { set(name: string, value: string): void }) => headers.set('x-request-id', 'id'),
    setInResponse() {},
    get: () => 'id',
  }),
};

function fallbackOf<Value>(_key: string, fallback: Value): Value {
  return fallback;
}

/** A connection with the whole extension on it: bytes in, bytes out. */
function start(overrides: Record<string, unknown> = {}) {
  const terminals = new TerminalFilters();
  const router = {
    category: 'envoy.filters.http',
    name: 'envoy.filters.http.router',
    configTypes: [ROUTER],
    terminal: true,
    parseConfig: () => ({}),
    createFilterFactory: () => terminals.create,
  };
  const { read, registry } = configReader([httpConnectionManager, router, uuid]);
  const { config, problems } = read(HCM, {
    stat_prefix: 'in',
    route_config: {
      virtual_hosts: [
        { name: 'v', domains: ['*'], routes: [{ match: { prefix: '/' }, direct_response: { status: 200 } }] },
      ],
    },
    http_filters: [{ name: 'envoy.filters.http.router', typed_config: { '@type': `type.googleapis.com/${ROUTER}` } }],
    ...overrides,
  } as never);
  assert.deepEqual(problems, []);
  const time = new SimulatedTime();
  const dispatcher = new SimulatedDispatcher('worker_0', time);
  const stats = new StatsStore(createStatsMemory());
  const context = {
    dispatcher,
    timeSource: time,
    random: dispatcher.random,
    runtime: { snapshot: { getInteger: fallbackOf<number>, getBoolean: fallbackOf<boolean> } },
    scope: stats.createScope(),
    listenerScope: stats.createScope('listener.x'),
    localInfo: { nodeId: '', clusterName: '', zone: '', address: '10.0.0.1' },
    clusterManager: { getThreadLocalCluster: () => undefined },
    extensions: registry,
    singleton: (_key: string, create: () => unknown) => create(),
    bufferLimitBytes: 1_048_576,
  } as unknown as ListenerFactoryContext;
  const connection = new FakeConnection(dispatcher);
  const filter: NetworkFilter = httpConnectionManager.createFilterFactory(
    config as HttpConnectionManagerConfig,
    context,
  )();
  filter.initializeReadFilterCallbacks?.(connection);
  const received = new SliceBuffer();
  const send = (text: string) => {
    received.add(text);
    filter.onData?.(received, false);
  };
  const value = (name: string) => stats.createScope().counter(name).value;
  return { connection, terminals, send, value, time, received };
}

test('a request of bytes is answered in bytes, in one write', () => {
  const { connection, terminals, send, value } = start();
  send('GET / HTTP/1.1\r\nHost: h\r\n\r\n');
  terminals.last.respond(200, 'hi');
  assert.equal(
    connection.written,
    'HTTP/1.1 200 OK\r\ndate: Tue, 14 Nov 2023 22:13:20 GMT\r\nserver: envoy\r\ntransfer-encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n',
  );
  assert.equal(connection.writes, 1);
  assert.equal(value('http.in.downstream_rq_2xx'), 1);
  assert.equal(value('listener.x.http.in.downstream_rq_2xx'), 1);
  assert.equal(value('http1.response_flood'), 0);
});

test('pipelined requests are answered one after the other', () => {
  const { connection, terminals, send, received } = start();
  send('GET /a HTTP/1.1\r\nHost: h\r\n\r\nGET /b HTTP/1.1\r\nHost: h\r\n\r\n');
  assert.equal(terminals.all.length, 1);
  assert.equal(connection.readEnabled, false);
  terminals.last.respond(204);
  assert.equal(connection.readEnabled, true);
  assert.notEqual(received.length, 0);
  send('');
  assert.equal(terminals.last.callbacks.requestHeaders?.path, '/b');
  terminals.last.respond(204);
  assert.equal(connection.written.match(/HTTP\/1\.1 204 No Content/g)?.length, 2);
});

test('a bad request is answered 400 and the connection closed with a delay', () => {
  const { connection, send, value } = start();
  send('FOO / HTTP/1.1\r\nHost: h\r\n\r\n');
  assert.match(
    connection.written,
    /^HTTP\/1\.1 400 Bad Request\r\ncontent-length: 11\r\ncontent-type: text\/plain\r\n/,
  );
  assert.match(connection.written, /connection: close\r\n\r\nBad Request$/);
  assert.deepEqual(connection.closes, ['FlushWriteAndDelay']);
  assert.equal(value('http.in.downstream_cx_protocol_error'), 1);
});

test('a body and trailers reach the filters; a chunked answer goes back as it comes', () => {
  const { connection, terminals, send, time } = start({ http_protocol_options: { enable_trailers: true } });
  send('POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n');
  assert.equal(terminals.last.body, 'abc');
  send('0\r\nt: 1\r\n\r\n');
  assert.equal(terminals.last.ended, true);
  terminals.last.respondHeaders(200);
  time.runUntilIdle();
  terminals.last.respondData('x', true);
  assert.match(connection.written, /transfer-encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n$/);
});

test('HTTP/2 on a plaintext connection is no bad HTTP/1', () => {
  const { connection, send } = start();
  send('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
  assert.equal(connection.written, '');
  assert.deepEqual(connection.closes, ['FlushWrite']);
});

test('mapped local replies', () => {
  const filter = { status_code_filter: { comparison: { op: 'EQ', value: { default_value: 404, runtime_key: 'k' } } } };
  const headers_to_add = [{ header: { key: 'foo', value: 'bar' } }];
  const mappers = [{ filter, status_code: 401, body: { inline_string: 'nope' }, headers_to_add }];
  const { connection, send } = start({ local_reply_config: { mappers } });
  send('GET * HTTP/1.1\r\nHost: h\r\n\r\n'.replace('GET', 'OPTIONS'));
  assert.match(connection.written, /^HTTP\/1\.1 401 Unauthorized\r\nfoo: bar\r\ncontent-length: 4\r\n/);
  assert.match(connection.written, /nope$/);
});

test('local replies in a format, with the line feed that Envoy puts behind JSON', () => {
  const body_format = { json_format: { a: '%LOCAL_REPLY_BODY%', c: '%RESPONSE_CODE%', p: '%REQ(:path)%' } };
  const { connection, send } = start({ local_reply_config: { body_format } });
  send('GET /a#b HTTP/1.1\r\nHost: h\r\n\r\n');
  assert.match(
    connection.written,
    /^HTTP\/1\.1 400 Bad Request\r\ncontent-length: 28\r\ncontent-type: application\/json\r\n/,
  );
  assert.match(connection.written, /\r\n\r\n\{"a":"","c":400,"p":"\/a#b"\}\n$/);
});
