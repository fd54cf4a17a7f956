import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RequestIdGenerator } from '../../../sdk/http.ts';
import type { TraceReason } from '../../../sdk/stream-info.ts';
import { HttpManagerHarness, testRoute } from '../../../test/harness/http-manager.ts';
import { TerminalFilters } from '../../../test/harness/terminal-filter.ts';
import { LayeredRuntimeSnapshot } from '../../common/runtime/runtime-snapshot.ts';
import type { TracingOptions } from './tracing.ts';

const random = { random: () => 0, uuid: () => '' };
/** An id of hexadecimal digits to draw by, and the reason; apart from x-request-id, which the harness sets. */
const requestId: RequestIdGenerator = {
  set() {},
  setInResponse() {},
  get: (headers) => headers.get('own-id'),
  tracing: {
    toInteger: (headers) => {
      const id = Number.parseInt(headers.get('own-id') ?? '', 16);
      return Number.isNaN(id) ? undefined : id;
    },
    reason: (headers) => (headers.get('own-id')?.split(' ')[1] ?? 'NotTraceable') as TraceReason,
    setReason: (headers, reason) => headers.set('own-id', `ffffffff ${reason}`),
  },
};
const ID = 'ffffffff';
const NONE = { numerator: 0, denominator: 100 } as const;
const HALF = { numerator: 50, denominator: 100 } as const;

function start(options: Partial<TracingOptions> = {}, route: Parameters<typeof testRoute>[0] = {}) {
  const terminals = new TerminalFilters();
  const runtime = { snapshot: new LayeredRuntimeSnapshot([], random) };
  const sampling = { client: undefined, random: undefined, overall: undefined };
  const tracing = { sampling, runtime, isEgress: false, ...options };
  const http = new HttpManagerHarness([terminals.create], { tracing, requestId });
  http.route = testRoute(route);
  const ask = (headers: Record<string, string> = {}, responseHeaders: Record<string, string> = {}) => {
    const stream = http.request({ 'own-id': ID, ...headers });
    const seen = terminals.last.callbacks.requestHeaders;
    terminals.last.respondHeaders(200, responseHeaders);
    terminals.last.respondData('', true);
    return {
      id: seen?.get('own-id'),
      reason: http.logged.at(-1)?.info.traceReason,
      request: seen?.get('x-envoy-decorator-operation'),
      response: stream.headers?.get('x-envoy-decorator-operation'),
    };
  };
  return { ask, counter: (name: string) => http.counter(`tracing.${name}`) };
}

test('a request is chosen by its id, and the reason stands in that', () => {
  const { ask, counter } = start();
  assert.deepEqual([ask().id, ask().reason], ['ffffffff Sampling', 'Sampling']);
  assert.deepEqual(ask({ 'own-id': 'xyz' }).reason, 'NotTraceable');
  assert.deepEqual(['random_sampling', 'not_traceable'].map(counter), [2, 1]);
});

test('less than all can be chosen, by the manager or by the route', () => {
  // ffffffff draws 7295 of 10000, 95 of 100.
  const half = { client: undefined, random: HALF, overall: undefined };
  assert.equal(start({ sampling: half }).ask().id, ID);
  const nothing = { client: undefined, random: undefined, overall: NONE };
  assert.equal(start({ sampling: nothing }).ask({ 'x-client-trace-id': 't' }).reason, 'NotTraceable');
  assert.equal(start({ sampling: nothing }, { tracing: { ...half, random: undefined } }).ask().reason, 'Sampling');
});

test("a route's operation is told to the client of an ingress, to the upstream of an egress", () => {
  const decorator = { operation: 'op', propagate: true };
  const ingress = start({}, { decorator });
  assert.deepEqual([ingress.ask().request, ingress.ask().response], [undefined, 'op']);
  const egress = start({ isEgress: true }, { decorator }).ask({}, { 'x-envoy-decorator-operation': 'theirs' });
  assert.deepEqual([egress.request, egress.response], ['op', undefined]);
  const quiet = start({}, { decorator: { ...decorator, propagate: false } }).ask();
  assert.equal(quiet.response, undefined);
});
