/** Costs of the connection manager, in ns of CPU a request: `node bench/micro/hcm.bench.ts [name]`. */
import type { Buffer } from '../../sdk/buffer.ts';
import type { ResponseEncoder, ServerCodec, ServerCodecCallbacks, Stream } from '../../sdk/codec.ts';
import type { HttpFilter } from '../../sdk/http.ts';
import {
  defaultServerOptions,
  Http1ServerCodec,
  makeHttp1CodecStats,
  makeServerShared,
} from '../../src/codec/http1/index.ts';
import { SliceBuffer } from '../../src/common/buffer/slice-buffer.ts';
import { RequestHeaders, ResponseHeaders } from '../../src/common/headers/header-map.ts';
import { createStatsMemory } from '../../src/common/stats/stats-memory.ts';
import { StatsStore } from '../../src/common/stats/stats-store.ts';
import { RealDispatcher } from '../../src/event/real-dispatcher.ts';
import { UuidRequestIds } from '../../src/extensions/request_id/uuid/index.ts';
import { HttpConnectionManager } from '../../src/worker/http/connection-manager.ts';
import type { DecoderFilter } from '../../src/worker/http/decoder-filter.ts';
import { FakeConnection } from '../../test/harness/fake-connection.ts';
import { HttpManagerHarness } from '../../test/harness/http-manager.ts';

const rounds = 300_000;

/** Takes bytes away. */
class SinkConnection extends FakeConnection {
  override write(data: Buffer): void {
    data.drain(data.length);
  }
}

/** Answers at once, as a router does on a direct response with headers only. */
class Answer implements HttpFilter {
  callbacks!: DecoderFilter;
  setDecoderFilterCallbacks(callbacks: DecoderFilter): void {
    this.callbacks = callbacks;
  }
  decodeHeaders() {
    const headers = ResponseHeaders.withStatus(200);
    headers.add('content-length', '0');
    this.callbacks.encodeHeaders(headers, true, 'via_upstream');
    return 'StopIteration' as const;
  }
}

class PassThrough implements HttpFilter {
  decodeHeaders() {
    return 'Continue' as const;
  }
  encodeHeaders() {
    return 'Continue' as const;
  }
}

/** A codec that costs nothing: what is left is the connection manager. */
class NullCodec implements ServerCodec, ResponseEncoder, Stream {
  readonly protocol = 'HTTP/1.1';
  readonly output = new SliceBuffer();
  readonly bufferLimitBytes = 65536;
  readonly responseDetails = '';
  readonly streamErrorOnInvalidHttpMessage = false;
  readonly #callbacks: ServerCodecCallbacks;
  constructor(callbacks: ServerCodecCallbacks) {
    this.#callbacks = callbacks;
  }
  get stream(): Stream {
    return this;
  }
  dispatch(data: Buffer): undefined {
    data.drain(data.length);
    this.#callbacks.newStream(this).decodeHeaders(request(), true);
  }
  onPeerClosed(): undefined {}
  goAway() {}
  shutdownNotice() {}
  wantsToWrite() {
    return false;
  }
  onUnderlyingConnectionAboveWriteBufferHighWatermark() {}
  onUnderlyingConnectionBelowWriteBufferLowWatermark() {}
  encode1xxHeaders() {}
  encodeHeaders() {}
  encodeData() {}
  encodeTrailers() {}
  addCallbacks() {}
  removeCallbacks() {}
  resetStream() {}
  readDisable() {}
}

const names = [
  ':method',
  ':path',
  ':authority',
  'user-agent',
  'accept',
  'accept-language',
  'accept-encoding',
  'cookie',
];
const values = ['GET', '/index.html?page=1', 'www.example.com', 'Mozilla/5.0', 'text/html', 'en-US', 'gzip', 'a=b'];
function request(): RequestHeaders {
  const headers = new RequestHeaders();
  for (let i = 0; i < names.length; i++) headers.set(names[i] as string, values[i] as string);
  return headers;
}

const wire = globalThis.Buffer.from(
  `GET /index.html?page=1 HTTP/1.1\r\nHost: www.example.com\r\nUser-Agent: Mozilla/5.0\r\nAccept: text/html\r\nAccept-Language: en-US\r\nAccept-Encoding: gzip\r\nCookie: a=b\r\n\r\n`,
  'latin1',
);

const only = process.argv[2];
const { config: base } = new HttpManagerHarness([() => new Answer()]);
const dispatcher = new RealDispatcher('worker_0');
const requestId = new UuidRequestIds({ packTraceReason: true, useRequestIdForTraceSampling: true }, dispatcher.random);
const shared = makeServerShared(
  defaultServerOptions,
  makeHttp1CodecStats(new StatsStore(createStatsMemory()).createScope('bench')),
);

function measure(name: string, codec: 'null' | 'http1', filters: readonly (() => HttpFilter)[], timeouts = true): void {
  if (only !== undefined && !name.includes(only)) return;
  const manager = new HttpConnectionManager({
    ...base,
    accessLogs: undefined,
    requestId,
    requestHeaders: { ...base.requestHeaders, requestId },
    timeouts: timeouts ? { ...base.timeouts, idleMs: 3_600_000, streamIdleMs: 300_000 } : base.timeouts,
    filterChain: filters.map((createFilter, i) => ({
      configName: `f${i}`,
      filterName: `f${i}`,
      createFilter,
      disabled: false,
    })),
    createCodec: (_connection, callbacks) =>
      codec === 'null' ? new NullCodec(callbacks) : new Http1ServerCodec(shared, callbacks, { readDisable() {} }),
  });
  manager.initializeReadFilterCallbacks(new SinkConnection(dispatcher));
  const received = new SliceBuffer();
  const run = (times: number) => {
    for (let i = 0; i < times; i++) {
      received.addFragment(wire);
      manager.onData(received);
    }
  };
  run(rounds / 4);
  let bestNs = Number.POSITIVE_INFINITY;
  for (let round = 0; round < 3; round++) {
    const start = process.cpuUsage();
    run(rounds);
    const { user, system } = process.cpuUsage(start);
    bestNs = Math.min(bestNs, ((user + system) * 1e3) / rounds);
  }
  process.stdout.write(`${name.padEnd(44)} ${bestNs.toFixed(0).padStart(6)} ns\n`);
}

measure('manager: one filter', 'null', [() => new Answer()]);
measure('manager: four filters', 'null', [
  () => new PassThrough(),
  () => new PassThrough(),
  () => new PassThrough(),
  () => new Answer(),
]);
measure('manager + http1 codec: one filter', 'http1', [() => new Answer()]);
process.exit(0);
