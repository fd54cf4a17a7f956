import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { DecoderFilterCallbacks, HttpFilter } from '../../../sdk/http.ts';
import { HttpManagerHarness } from '../../../test/harness/http-manager.ts';
import { SliceBuffer } from '../../common/buffer/slice-buffer.ts';
import { ResponseHeaders } from '../../common/headers/header-map.ts';

/** A terminal filter that the test answers through. */
class Terminal implements HttpFilter {
  callbacks!: DecoderFilterCallbacks;

  setDecoderFilterCallbacks(callbacks: DecoderFilterCallbacks): void {
    this.callbacks = callbacks;
  }

  decodeHeaders() {
    return 'StopIteration' as const;
  }

  decodeData() {
    return 'StopIterationNoBuffer' as const;
  }

  respond(status: number, body = ''): void {
    this.callbacks.encodeHeaders(ResponseHeaders.withStatus(status), body === '', 'via_upstream');
    if (body === '') return;
    const data = new SliceBuffer();
    data.add(body);
    this.callbacks.encodeData(data, true);
  }
}

function harness(...args: ConstructorParameters<typeof HttpManagerHarness> extends [unknown, ...infer R] ? R : never) {
  const terminals: Terminal[] = [];
  const make = () => {
    const terminal = new Terminal();
    terminals.push(terminal);
    return terminal;
  };
  return { http: new HttpManagerHarness([make], ...args), terminals };
}

test('a request goes in, a response comes out, in one write', () => {
  const { http, terminals } = harness();
  const stream = http.request();
  terminals[0]?.respond(200, 'hello');
  assert.deepEqual(stream.lines, [':status: 200', 'date: Tue, 14 Nov 2023 22:13:20 GMT', 'server: envoy']);
  assert.equal(stream.body, 'hello');
  assert.equal(http.connection.written, '200|hello');
  assert.equal(http.connection.writes, 1);
  assert.equal(http.counter('downstream_rq_2xx'), 1);
  assert.equal(http.gauge('downstream_rq_active'), 0);
  assert.equal(http.logged[0]?.info.responseCodeDetails, 'via_upstream');
  assert.equal(http.logged[0]?.info.bytesSent, 5);
});
